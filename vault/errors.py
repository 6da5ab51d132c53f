"""What `vault` refuses, and the words clients see."""

from kmarket.errors import DomainError


class VaultNotConfigured(DomainError):
    status = 404
    reason = "VAULT_NOT_CONFIGURED"
    message = "There is no vault here: tokens come in and go out in other ways."


class VaultUnavailable(DomainError):
    status = 503
    reason = "VAULT_UNAVAILABLE"
    message = "No withdrawal can be signed now. Your balance is as it was: try again later."


class NoSuchWithdrawal(DomainError):
    status = 404
    reason = "NO_SUCH_WITHDRAWAL"
    message = "There is no such withdrawal."


class WithdrawalTooSmall(DomainError):
    status = 409
    reason = "WITHDRAWAL_TOO_SMALL"
    message = "The amount is below the least that can be withdrawn."


class WithdrawalLimitReached(DomainError):
    status = 409
    reason = "WITHDRAWAL_LIMIT_REACHED"
    message = "The amount is more than you may still withdraw within 24 hours."


class RecipientNeeded(DomainError):
    status = 409
    reason = "RECIPIENT_NEEDED"
    message = "You have no wallet here: say which address gets the tokens."


class BadRecipient(DomainError):
    status = 409
    reason = "BAD_RECIPIENT"
    message = "Nobody could ever take the tokens from this address."


class WithdrawalOver(DomainError):
    status = 409
    reason = "WITHDRAWAL_OVER"
    message = "This withdrawal does not wait to be released any more."


class OwnWithdrawal(DomainError):
    status = 409
    reason = "OWN_WITHDRAWAL"
    message = "Nobody releases a withdrawal of their own."


class SecondOperatorNeeded(DomainError):
    status = 409
    reason = "SECOND_OPERATOR_NEEDED"
    message = "You have released it already: another operator must, too."

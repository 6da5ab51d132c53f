"""What `accounts` refuses, and the words clients see."""

from kmarket.errors import DomainError


class Unauthenticated(DomainError):
    status = 401
    reason = "UNAUTHENTICATED"
    message = "This token signs nobody in: it is not valid, or its session has ended."


class MalformedSignature(DomainError):
    status = 400
    reason = "MALFORMED_SIGNATURE"
    message = "This is not a signature that a wallet makes."


class MalformedMessage(DomainError):
    status = 400
    reason = "MALFORMED_MESSAGE"
    message = "The message is neither the login text nor a well-formed EIP-4361 message."


class NonceUsed(DomainError):
    status = 401
    reason = "NONCE_USED"
    message = "This nonce is used, expired or not ours: ask for a new one and sign again."


class MessageRefused(DomainError):
    status = 401
    reason = "MESSAGE_REFUSED"
    message = "The signed message does not sign this address in here and now."


class BadSignature(DomainError):
    status = 401
    reason = "BAD_SIGNATURE"
    message = "Another key than this address's signed the message."


class AccountDisabled(DomainError):
    status = 403
    reason = "ACCOUNT_DISABLED"
    message = "This account is disabled."

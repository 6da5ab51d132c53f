"""What `markets` refuses, and the words clients see."""

from kmarket.errors import DomainError


class NoSuchMarket(DomainError):
    status = 404
    reason = "NO_SUCH_MARKET"
    message = "There is no such market."


class ChainDecides(DomainError):
    status = 409
    reason = "CHAIN_DECIDES"
    message = "This market is a pool: its prices, its state and its result come from the chain."


class MarketNotOpen(DomainError):
    status = 409
    reason = "MARKET_NOT_OPEN"
    message = "This market takes no bets and no prices now."
    sample = {"status": "suspended"}


class IllegalTransition(DomainError):
    status = 409
    reason = "ILLEGAL_TRANSITION"
    message = "The market cannot change to that state from its present one."
    sample = {"event": "resume", "status": "closed", "possible": ["settle", "void"]}


class NotPriced(DomainError):
    status = 409
    reason = "NOT_PRICED"
    message = "A market opens with prices on at least two options: set its odds first."


class StartIsPast(DomainError):
    status = 400
    reason = "START_IS_PAST"
    message = "That start has passed, in milliseconds since 1970; close the market to end betting."


class StartHasPassed(DomainError):
    status = 409
    reason = "START_HAS_PASSED"
    message = "The match has begun: reschedule it before betting resumes."


class NegativeMargin(DomainError):
    status = 409
    reason = "NEGATIVE_MARGIN"
    message = (
        "These prices would lose money whatever happens: their probabilities add up to less than 1."
    )
    sample = {"group": "moneyline", "overround": "-0.0123"}


class FarMove(DomainError):
    status = 409
    reason = "FAR_MOVE"
    message = "A price moves by more than 25 % or a handicap flips: send force and a reason if that is meant."  # noqa: E501


class WaysAreFixed(DomainError):
    status = 409
    reason = "WAYS_ARE_FIXED"
    message = "A moneyline keeps its draw, or goes without: a tie would mean something else to bets already placed."  # noqa: E501


class MarketPinned(DomainError):
    status = 409
    reason = "MARKET_PINNED"
    message = (
        "An operator has set these prices by hand: release them before a feed prices the market."
    )


class LimitsContradict(DomainError):
    status = 409
    reason = "LIMITS_CONTRADICT"
    message = "The least stake would exceed the greatest."
    sample = {"stakeMin": "10", "stakeMax": "5"}


class NoSuchOption(DomainError):
    status = 400
    reason = "OPTION_NOT_OFFERED"
    message = "The market does not offer this option."

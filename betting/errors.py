"""What `betting` refuses, and the words clients see."""

from kmarket.errors import DomainError


class NoSuchOrder(DomainError):
    status = 404
    reason = "NO_SUCH_ORDER"
    message = "There is no such order."


class NoSuchUser(DomainError):
    status = 404
    reason = "NO_SUCH_USER"
    message = "Nobody has signed in with this address yet."


class NotABook(DomainError):
    status = 409
    reason = "NOT_A_BOOK"
    message = "This market is a pool: its shares are traded, not bet on."


class OptionNotPriced(DomainError):
    status = 409
    reason = "OPTION_NOT_PRICED"
    message = "This option has no price now."


class OptionSuspended(DomainError):
    status = 409
    reason = "OPTION_SUSPENDED"
    message = "This option takes no bets now."


class OddsChanged(DomainError):
    status = 409
    reason = "ODDS_CHANGED"
    message = "The odds moved before your bet arrived."
    sample = {"odds": 190, "oddsSeq": 13}


class StakeTooSmall(DomainError):
    status = 409
    reason = "STAKE_TOO_SMALL"
    message = "The stake is below the least that we take."
    sample = {"minStake": "1"}


class StakeTooLarge(DomainError):
    status = 409
    reason = "STAKE_TOO_LARGE"
    message = "The stake is above the most that we take."
    sample = {"maxStake": "5000"}


class MarketStakeReached(DomainError):
    status = 409
    reason = "MARKET_STAKE_REACHED"
    message = "You have staked what one user may stake in this market."
    sample = {"maxStake": "500"}


class LiabilityReached(DomainError):
    status = 409
    reason = "LIABILITY_REACHED"
    message = "This bet could cost more than we may lose on the market."
    sample = {"maxStake": "500"}


class SelfExcluded(DomainError):
    status = 409
    reason = "SELF_EXCLUDED"
    message = "You have excluded yourself from betting for now."
    sample = {"until": 1_730_908_800_000}


class DailyLimitReached(DomainError):
    status = 409
    reason = "DAILY_LIMIT_REACHED"
    message = "The stake is more than you allow yourself in 24 hours."
    sample = {"dailyStake": "5000", "maxStake": "500"}


class InsufficientBalance(DomainError):
    status = 409
    reason = "INSUFFICIENT_BALANCE"
    message = "Your balance does not cover this amount."
    sample = {"balance": "999"}


class BalanceTooLarge(DomainError):
    status = 409
    reason = "BALANCE_TOO_LARGE"
    message = "The balance would exceed what a token amount can hold."


class NoFaucet(DomainError):
    status = 404
    reason = "NO_FAUCET"
    message = "There is no faucet outside the demo."


class FaucetIsDry(DomainError):
    status = 409
    reason = "FAUCET_IS_DRY"
    message = "The faucet gives once in 24 hours."
    sample = {"retryIn": 3600}


class ContradictoryResult(DomainError):
    status = 400
    reason = "CONTRADICTORY_RESULT"
    message = "The winning option contradicts the scores."
    sample = {"winningOption": 2, "scores": [102, 99], "winner": 1}


class NoSuchOption(DomainError):
    status = 400
    reason = "NO_SUCH_OPTION"
    message = "This market has no such option to win: 1 is home, 2 away, 3 the draw where offered."


class ScoresRequired(DomainError):
    status = 409
    reason = "SCORES_REQUIRED"
    message = "Spread or total bets were placed: settle with home_score and away_score."


class AlreadySettled(DomainError):
    status = 409
    reason = "ALREADY_SETTLED"
    message = "The market has another result already: a correction is a resettlement."
    sample = {"winningOption": 1, "scores": [102, 99]}


class PayoutsClaimed(DomainError):
    status = 409
    reason = "PAYOUTS_CLAIMED"
    message = "Payouts of this market were claimed: resettle it instead."


class MarketNotSettled(DomainError):
    status = 409
    reason = "MARKET_NOT_SETTLED"
    message = "The market has no result to correct."


class OrderAlreadyGraded(DomainError):
    status = 409
    reason = "ORDER_ALREADY_GRADED"
    message = "The order has its result: roll the market back or resettle it."
    sample = {"orderId": 900_001, "result": "WIN"}


class NotSettled(DomainError):
    status = 409
    reason = "NOT_SETTLED"
    message = "The order has no result yet."


class NothingToClaim(DomainError):
    status = 409
    reason = "NOTHING_TO_CLAIM"
    message = "The order pays nothing."


class AlreadyClaimed(DomainError):
    status = 409
    reason = "ALREADY_CLAIMED"
    message = "The payout was claimed before."


class PreviewChanged(DomainError):
    status = 409
    reason = "PREVIEW_CHANGED"
    message = "What was previewed has changed since: look at the preview again."
    sample = {"marketId": 1001, "because": "ALREADY_SETTLED"}


class NoSuchProposal(DomainError):
    status = 404
    reason = "NO_SUCH_PROPOSAL"
    message = "There is no such proposal."


class ProposalOver(DomainError):
    status = 409
    reason = "PROPOSAL_OVER"
    message = "The proposal was approved, withdrawn or found stale before."


class ProposalStale(DomainError):
    status = 409
    reason = "PROPOSAL_STALE"
    message = "The market has changed since this was proposed: propose it again."


class OwnProposal(DomainError):
    status = 403
    reason = "OWN_PROPOSAL"
    message = "Somebody else approves what you have proposed."

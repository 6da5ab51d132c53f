"""What trading refuses, and the words clients see.

What the contract itself would refuse is a `CallRefused`; its details say so in the contract's own
words: the error's name, and its values by theirs, in digits.
"""

from collections.abc import Mapping
from typing import Any

from kmarket.errors import DomainError


class NotAPool(DomainError):
    status = 409
    reason = "NOT_A_POOL"
    message = "This market is no pool of the contract that is followed: there are no shares of it."


class NoSuchOutcome(DomainError):
    status = 400
    reason = "NO_SUCH_OUTCOME"
    message = "This market has no such outcome: they count from 1."


class WrongLength(DomainError):
    status = 400
    reason = "WRONG_LENGTH"
    message = "Send one amount for each outcome of the market, in their order."


class TradingPaused(DomainError):
    status = 409
    reason = "TRADING_PAUSED"
    message = "What happened in this market could not be read whole: nobody enters it for now."


class NoWallet(DomainError):
    status = 403
    reason = "NO_WALLET"
    message = "You have signed in without a wallet, and only a wallet trades."


class InsufficientCollateral(DomainError):
    status = 409
    reason = "INSUFFICIENT_COLLATERAL"
    message = "Your wallet does not hold enough of the market's collateral."


class CallRefused(DomainError):
    status = 409
    reason = "CALL_REFUSED"
    message = "The contract refuses this."


class PoolClosed(CallRefused):
    reason = "POOL_CLOSED"
    message = "This market does not trade any more: its time is up, or it has a result."


class NoResultYet(CallRefused):
    reason = "NO_RESULT_YET"
    message = "This market has no final result yet: there is nothing to claim."


class ContractPaused(CallRefused):
    reason = "CONTRACT_PAUSED"
    message = "The contract takes no money now. Selling, leaving and claiming go on."


class DeadlinePassed(CallRefused):
    reason = "DEADLINE_PASSED"
    message = "The deadline has passed by the chain's clock."


class SlippageExceeded(CallRefused):
    reason = "SLIPPAGE_EXCEEDED"
    message = "The price has moved beyond the bound that you set: ask for a new quote."


class AmountTooSmall(CallRefused):
    reason = "AMOUNT_TOO_SMALL"
    message = "So little comes to nothing here."


class AmountTooLarge(CallRefused):
    reason = "AMOUNT_TOO_LARGE"
    message = "This is more than a market can hold."


class NotEnoughLiquidity(CallRefused):
    reason = "NOT_ENOUGH_LIQUIDITY"
    message = "The market does not have the liquidity for this amount."


class InsufficientShares(CallRefused):
    reason = "INSUFFICIENT_SHARES"
    message = "You do not hold enough shares of this outcome."


class InsufficientLp(CallRefused):
    reason = "INSUFFICIENT_LP"
    message = "You do not provide so much liquidity here."


class NothingToPay(CallRefused):
    reason = "NOTHING_TO_PAY"
    message = "Nothing is due to you here."


class CollateralRefused(CallRefused):
    reason = "COLLATERAL_REFUSED"
    message = "The market's collateral does not let itself be moved like this."


class MalformedTransaction(DomainError):
    status = 400
    reason = "MALFORMED_TRANSACTION"
    message = "This is not a signed transaction of a kind that is taken here."


class WrongChain(DomainError):
    status = 400
    reason = "WRONG_CHAIN"
    message = "The transaction is not signed for this chain alone: choose it in your wallet, and sign again."  # noqa: E501


class WrongContract(DomainError):
    status = 400
    reason = "WRONG_CONTRACT"
    message = "The transaction is not a call of the contract that is followed here."


class UnknownCall(DomainError):
    status = 409
    reason = "UNKNOWN_CALL"
    message = "The contract that is followed has no such function."


class NotTheSigner(DomainError):
    status = 403
    reason = "NOT_THE_SIGNER"
    message = "Another wallet than the one that you signed in with has signed this transaction."


class NonceSpent(DomainError):
    status = 409
    reason = "NONCE_SPENT"
    message = "Another transaction of your wallet has this one's nonce: sign it anew."


class Underpriced(DomainError):
    status = 409
    reason = "UNDERPRICED"
    message = "The transaction offers too little for its gas: sign it anew with a higher price."


class CannotPayGas(DomainError):
    status = 409
    reason = "CANNOT_PAY_GAS"
    message = "Your wallet cannot pay for the transaction's gas."


class RelayRefused(DomainError):
    status = 409
    reason = "RELAY_REFUSED"
    message = "The chain's node does not take this transaction."


class TooManyPending(DomainError):
    status = 409
    reason = "TOO_MANY_PENDING"
    message = "So many of your transactions are pending already: wait until some of them are mined."


class NotYourStats(DomainError):
    status = 404
    reason = "NOT_YOUR_STATS"
    message = "You see your own sums only."


class NoSuchTransaction(DomainError):
    status = 404
    reason = "NO_SUCH_TRANSACTION"
    message = "You have submitted no such transaction."


# All that the contract's own refusals are told as.
BY_THE_CONTRACT = (CallRefused, *CallRefused.__subclasses__())

# By the contract's words. What is not here has none but CALL_REFUSED.
_REFUSALS: dict[str, type[CallRefused]] = {
    "WrongStatus": PoolClosed,
    "TooLate": PoolClosed,
    "EnforcedPause": ContractPaused,
    "DeadlinePassed": DeadlinePassed,
    "TooFewShares": SlippageExceeded,
    "TooManyShares": SlippageExceeded,
    "TooLittleLp": SlippageExceeded,
    "ZeroAmount": AmountTooSmall,
    "BeyondLimit": AmountTooLarge,
    "PoolTooShallow": NotEnoughLiquidity,
    "InsufficientShares": InsufficientShares,
    "InsufficientLp": InsufficientLp,
    "NothingToPay": NothingToPay,
    "CollateralRefused": CollateralRefused,
    "SafeERC20FailedOperation": CollateralRefused,
}


def refused(error: str, values: Mapping[str, Any], *, function: str = "") -> CallRefused:
    """Return the refusal for an error of the contract, raised by one of its functions."""
    kind = _REFUSALS.get(error, CallRefused)
    if kind is PoolClosed and function == "claim":
        kind = NoResultYet
    elif values.get("lp") == 0 or (function == "buy" and values.get("shares") == 0):
        kind = AmountTooSmall
    return kind(**contract_words(error, values))


def contract_words(error: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an error of the contract as JSON has it: numbers in digits."""
    return {"error": error, "values": {name: _plain(value) for name, value in values.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, bool | str) else str(value)

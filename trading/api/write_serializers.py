"""The JSON of quotes, calls to be signed and submitted transactions. Shapes and types only.

Amounts, shares, LP, prices and fees are strings of digits: the collateral's smallest unit, or
10^18ths of it. Outcomes count from 1, as a market's options do.
"""

import re
from typing import Annotated, Any

from eth_utils.address import to_checksum_address
from rest_framework import serializers

from chain.models import RawLog
from kmarket.api_fields import (
    AddressStringField,
    AmountStringField,
    EpochMsField,
    IdField,
    StrictSerializer,
    epoch_ms,
)
from kmarket.schema import shapes
from trading.api import answers
from trading.desk import Offer
from trading.maker import BPS, Deal, Provision
from trading.quotes import Quote, Side
from trading.submission import Submission
from trading.transactions import Bounds
from trading.trying import Approval, Prepared, Unsigned

# Half a percent.
SLIPPAGE_BPS = 50
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_HEX = re.compile(r"0x[0-9a-fA-F]+")


class AmountOrNothing(AmountStringField):
    """An amount that may be "0"."""

    shape = shapes.Amount

    def to_internal_value(self, data: Any) -> int:
        return 0 if data == "0" else super().to_internal_value(data)


class WholeField(serializers.IntegerField):
    """A whole JSON number, and nothing that only looks like one."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class TradeSerializer(StrictSerializer):
    """What to trade, and within which bounds: slippage, or what the quote said."""

    marketId = IdField(source="market_id")
    outcome = WholeField(source="option", min_value=1, max_value=2**31 - 1)
    # What a buy pays, and what a sale brings.
    amount = AmountStringField()
    slippageBps = WholeField(
        source="slippage_bps", min_value=0, max_value=BPS, default=SLIPPAGE_BPS
    )


class SaleSerializer(TradeSerializer):
    """For so much collateral, or of so many shares."""

    default_error_messages = {"either": "Send either amount or shares."}

    amount = AmountStringField(required=False)
    shares = AmountStringField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if ("amount" in values) == ("shares" in values):
            self.refuse("either")
        return {"amount": None, "shares": None} | values


class QuoteTradeSerializer(SaleSerializer):
    example = {"marketId": 1003, "outcome": 1, "side": "buy", "amount": "1000000000000000000"}

    side = serializers.ChoiceField(choices=[side.value for side in Side])

    default_error_messages = {"shares": "A buy is for an amount."}

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        values["side"] = Side(values["side"])
        if values["side"] == Side.BUY and values["amount"] is None:
            self.refuse("shares")
        return values


class BuySerializer(TradeSerializer):
    example = {"marketId": 1003, "outcome": 1, "amount": "1000000000000000000"}

    minShares = AmountStringField(source="bound", default=None)
    deadline = EpochMsField(default=None)


class SellSerializer(SaleSerializer):
    example = {"marketId": 1003, "outcome": 1, "shares": "2000000000000000000"}

    maxShares = AmountStringField(source="bound", default=None)
    deadline = EpochMsField(default=None)


class LiquiditySerializer(StrictSerializer):
    marketId = IdField(source="market_id")
    slippageBps = WholeField(
        source="slippage_bps", min_value=0, max_value=BPS, default=SLIPPAGE_BPS
    )
    # One for each outcome, in turn.
    minShares = serializers.ListField(
        source="each", child=AmountOrNothing(), max_length=256, default=None
    )


class AddLiquiditySerializer(LiquiditySerializer):
    example = {"marketId": 1003, "amount": "1000000000000000000"}

    amount = AmountStringField()
    minLp = AmountStringField(source="least_lp", default=None)


class RemoveLiquiditySerializer(LiquiditySerializer):
    example = {"marketId": 1003, "lp": "1000000000000000000"}

    # "0" takes the fees alone.
    lp = AmountOrNothing()


class ClaimSerializer(StrictSerializer):
    example = {"marketId": 1003}

    marketId = IdField(source="market_id")
    recipient = AddressStringField(default=None)


class HashField(serializers.Field):
    """A transaction's hash."""

    shape = shapes.AnyHash
    default_error_messages = {"invalid": "Send the hash as 0x and 64 hex digits."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not _HASH.fullmatch(data):
            self.fail("invalid")
        return data.lower()

    def to_representation(self, value: str) -> str:
        return value


class RawField(serializers.Field):
    """A signed transaction."""

    shape = Annotated[str, shapes.Says(pattern="^0x[0-9a-fA-F]+$"), shapes.eg("0x02f8b1")]
    default_error_messages = {"invalid": "Send the transaction as 0x and hex digits."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or not _HEX.fullmatch(data):
            self.fail("invalid")
        return data.lower()

    def to_representation(self, value: str) -> str:
        return value


class SubmitSerializer(StrictSerializer):
    """A transaction to be relayed, or the hash of one that the wallet has sent itself."""

    example = {"txHash": "0x" + "1f" * 32}
    default_error_messages = {"either": "Send either rawTx or txHash."}

    rawTx = RawField(source="raw", required=False)
    txHash = HashField(source="tx_hash", required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if len(values) != 1:
            self.refuse("either")
        return values


def bounds_of(body: dict[str, Any]) -> Bounds:
    """Return the bounds that a body sets."""
    each = body.get("each")
    return Bounds(
        slippage_bps=body["slippage_bps"],
        shares=body.get("bound"),
        lp=body.get("least_lp"),
        each=None if each is None else tuple(each),
    )


def offer_answer(offer: Offer) -> answers.TradeQuote:
    """Return a quote with its bound."""
    is_buy = offer.quote.side == Side.BUY
    return {
        "marketId": offer.pool.market_id,
        **quote_answer(offer.quote),
        "slippageBps": offer.slippage_bps,
        "minShares": str(offer.bound) if is_buy else None,
        "maxShares": None if is_buy else str(offer.bound),
        "blockNumber": offer.block_number,
    }


def quote_answer(quote: Quote) -> answers.QuoteBase:
    """Return what a trade comes to."""
    deal: Deal = quote.deal
    return {
        "side": quote.side,
        "outcome": quote.outcome + 1,
        "amount": str(deal.collateral),
        "shares": str(deal.shares),
        "fee": str(deal.fee),
        "averagePrice": str(quote.average_price),
        "priceBefore": str(quote.before[quote.outcome]),
        "priceAfter": str(quote.after[quote.outcome]),
        "priceImpact": str(quote.price_impact),
        "prices": [str(price) for price in quote.after],
    }


def prepared_answer(market_id: int, prepared: Prepared) -> dict[str, Any]:
    """Return a call to be signed, and what it is for."""
    plan = prepared.plan
    answer = {
        **_unsigned(prepared.chain_id, prepared.transaction),
        "marketId": market_id,
        "function": plan.function,
        **{name: _digits(bound) for name, bound in plan.bounds.items()},
        "approval": _approval(prepared.chain_id, prepared.approval),
        "blockNumber": prepared.block_number,
    }
    if plan.deadline is not None:
        answer["deadline"] = plan.deadline * 1000
    if plan.quote is not None:
        answer["quote"] = quote_answer(plan.quote)
    elif plan.provision is not None:
        answer["quote"] = _provision(plan.provision)
        if plan.function == "removeLiquidity":
            fees, _ = prepared.returned
            answer["quote"]["fees"] = str(fees)
    else:
        answer["quote"] = {"amount": str(prepared.returned)}
    return answer


def _provision(provision: Provision) -> answers.Provision:
    return {"lp": str(provision.lp), "shares": _digits(provision.shares)}


def _unsigned(chain_id: int, call: Unsigned) -> answers.UnsignedCall:
    """Return a transaction without nonce, price and signature: the wallet adds those."""
    return {
        "chainId": chain_id,
        "to": to_checksum_address(call.to),
        "data": call.data,
        "value": "0",
        "gas": call.gas,
    }


def _approval(chain_id: int, approval: Approval | None) -> answers.ApprovalAnswer | None:
    if approval is None:
        return None
    return {
        "token": to_checksum_address(approval.token),
        "spender": to_checksum_address(approval.spender),
        "allowance": str(approval.allowance),
        "required": str(approval.required),
        "transactions": [_unsigned(chain_id, call) for call in approval.transactions],
    }


def _digits(value: int | tuple[int, ...]) -> Any:
    return [str(each) for each in value] if isinstance(value, tuple) else str(value)


class SubmissionQuery(serializers.Serializer):
    """Filters of the list. A parameter that is not here is ignored."""

    state = serializers.ChoiceField(choices=Submission.State.values, default="", allow_blank=True)
    marketId = IdField(default=None)


def submission_answer(submission: Submission, *, final: int | None) -> answers.TransactionAnswer:
    """Return a transaction and what became of it. `final`: the newest final block."""
    return {
        "txHash": submission.hash,
        "state": submission.state,
        "finality": _finality(submission, final),
        "function": submission.function or None,
        "marketId": submission.market_id,
        "from": to_checksum_address(submission.sender),
        "nonce": submission.nonce,
        "blockNumber": submission.block_number,
        "error": submission.error,
        "replacedBy": submission.replaced_by or None,
        "submittedAt": epoch_ms(submission.submitted_at),
        "changedAt": epoch_ms(submission.changed_at),
    }


def _finality(submission: Submission, final: int | None) -> str:
    """Return how sure it is that it stays in its block, if it is in one."""
    if submission.block_number is None:
        return RawLog.Finality.PENDING
    is_final = final is not None and submission.block_number <= final
    return RawLog.Finality.FINAL if is_final else RawLog.Finality.CONFIRMED

"""The JSON of betting. Shapes and types only; whether a bet is allowed, services decide."""

from typing import Any

from eth_utils.address import to_checksum_address
from rest_framework import serializers

from betting.models import Order, Settlement
from betting.public_status import STATES, public_status
from betting.services import AcceptOdds
from kmarket.api_fields import (
    AddressStringField,
    AmountStringField,
    IdField,
    StrictSerializer,
    epoch_ms,
)
from markets.api.fields import OddsField
from markets.lines import Line
from markets.models import Option

SCORE_MAX = 1000


class OptionField(serializers.Field):
    """An option's number, 1 to 7."""

    default_error_messages = {"invalid": "Send the option as a number from 1 to 7."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool) or data not in Option.Number.values:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        return value


class ScoreField(serializers.Field):
    """A side's score, 0 to 1000."""

    default_error_messages = {"invalid": f"Send the score as a whole number up to {SCORE_MAX}."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= SCORE_MAX:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        return value


class PlaceOrderSerializer(StrictSerializer):
    marketId = IdField(source="market_id")
    option = OptionField()
    amount = AmountStringField(source="stake")
    odds = OddsField(source="seen_odds")
    acceptOdds = serializers.ChoiceField(
        source="accept_odds", choices=[choice.value for choice in AcceptOdds], default="none"
    )
    clientRef = serializers.CharField(
        source="client_ref", max_length=64, default="", allow_blank=True
    )


class OrderQuery(serializers.Serializer):
    """Filters of the list. A parameter that is not here is ignored."""

    userAddress = AddressStringField(default=None)
    marketId = IdField(default=None)
    status = serializers.ChoiceField(choices=list(STATES), default="", allow_blank=True)


class SettleSerializer(StrictSerializer):
    default_error_messages = {
        "result": "Send winning_option, or home_score and away_score.",
        "scores": "Send home_score and away_score together.",
    }

    winning_option = OptionField(required=False)
    home_score = ScoreField(required=False)
    away_score = ScoreField(required=False)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)
    dry_run = serializers.BooleanField(default=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        scores = values.pop("home_score", None), values.pop("away_score", None)
        if (scores[0] is None) != (scores[1] is None):
            self.refuse("scores")
        if scores[0] is None and "winning_option" not in values:
            self.refuse("result")
        return values | {"scores": None if scores[0] is None else scores}


def order_answer(order: Order) -> dict[str, Any]:
    """Return an order as the contract prints it, and what it says beside. Needs `order.user`."""
    claim = getattr(order, "claim", None)
    address = order.user.address
    return {
        "orderId": order.pk,
        "userAddress": to_checksum_address(address) if address else None,
        "marketId": order.market_id,
        "amount": str(order.stake),
        "odds": order.odds_hundredths,
        "option": order.option,
        **public_status(state=order.state, payout=order.payout),
        "txHash": order.tx_hash,
        "claimTxHash": claim.tx_hash if claim else None,
        "state": order.state,
        "result": order.result,
        "maxPayout": str(order.max_payout),
        "line": None if order.line_q is None else Line(order.line_q).number,
        "oddsSeq": order.odds_seq,
        "settlementVersion": order.settlement_version,
        "clientRef": order.client_ref,
        "createdAt": epoch_ms(order.placed_at),
    }


def settlement_answer(settlement: Settlement, *, changed: bool, dry_run: bool) -> dict[str, Any]:
    """Return what a settlement did, or would do."""
    return {
        "marketId": settlement.market_id,
        "status": settlement.market.status,
        "winningOption": settlement.winning_option,
        "homeScore": settlement.home_score,
        "awayScore": settlement.away_score,
        "settlementVersion": settlement.version,
        "orders": settlement.order_count,
        "staked": str(settlement.staked),
        "paidOut": str(settlement.paid_out),
        "houseProfit": str(settlement.staked - settlement.paid_out),
        "changed": changed,
        "dryRun": dry_run,
    }

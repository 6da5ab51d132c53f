"""The JSON of betting. Shapes and types only; whether a bet is allowed, services decide."""

from typing import Annotated, Any

from eth_utils.address import to_checksum_address
from rest_framework import serializers

from betting.api.answers import (
    Coming,
    EntryAnswer,
    MarketLimitsAnswer,
    OrderAnswer,
    OwnLimitsAnswer,
    OwnLimitsBase,
)
from betting.models import LedgerEntry, Order
from betting.personal_limits import Limits, Standing
from betting.public_status import STATES, public_status
from betting.services import AcceptOdds
from kmarket.api_fields import (
    AddressStringField,
    AmountStringField,
    EpochMsField,
    IdField,
    StrictSerializer,
    epoch_ms,
)
from kmarket.schema.shapes import Says
from markets.api.answers import OptionNumber
from markets.api.fields import OddsField
from markets.lines import Line
from markets.models import Market, Option


class OptionField(serializers.Field):
    """An option's number, 1 to 7."""

    shape = Annotated[OptionNumber, Says(maximum=max(Option.Number))]
    default_error_messages = {"invalid": "Send the option as a number from 1 to 7."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool) or data not in Option.Number.values:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        return value


class PlaceOrderSerializer(StrictSerializer):
    example = {"marketId": 1001, "option": 1, "amount": "1000", "odds": 185}

    marketId = IdField(source="market_id")
    option = OptionField()
    amount = AmountStringField(source="stake")
    odds = OddsField(source="seen_odds")
    acceptOdds = serializers.ChoiceField(
        source="accept_odds", choices=[choice.value for choice in AcceptOdds], default="none"
    )
    minOdds = OddsField(source="least_odds", required=False)
    clientRef = serializers.CharField(
        source="client_ref", max_length=64, default="", allow_blank=True
    )


class QuoteSerializer(StrictSerializer):
    example = {"marketId": 1001, "option": 1}

    marketId = IdField(source="market_id")
    option = OptionField()


class PersonalLimitsSerializer(StrictSerializer):
    """Both are sent: null says that there is to be no such limit."""

    example = {"dailyStake": "5000000000000000000", "excludedUntil": None}

    dailyStake = AmountStringField(source="daily_stake", allow_null=True)
    excludedUntil = EpochMsField(source="excluded_until", allow_null=True)


class OrderQuery(serializers.Serializer):
    """Filters of the list. A parameter that is not here is ignored."""

    example = {"marketId": 1001, "status": "pending"}

    userAddress = AddressStringField(default=None)
    marketId = IdField(default=None)
    status = serializers.ChoiceField(choices=list(STATES), default="", allow_blank=True)
    claimable = serializers.BooleanField(default=False)
    clientRef = serializers.CharField(max_length=64, default="", allow_blank=True)


class ReasonSerializer(StrictSerializer):
    example = {"reason": "Abandoned at half-time"}

    reason = serializers.CharField(max_length=500)


class MoneySerializer(ReasonSerializer):
    example = {"amount": "1000", "reason": "A gift"}

    amount = AmountStringField()


class MarketLimitsSerializer(ReasonSerializer):
    """What is absent stays, null lifts the limit."""

    example = {"stakeMax": "5000", "optionStakeMax": {"2": "500"}, "reason": "A thin market"}

    stakeMin = AmountStringField(source="stake_min", required=False, allow_null=True)
    stakeMax = AmountStringField(source="stake_max", required=False, allow_null=True)
    userStakeMax = AmountStringField(source="user_stake_max", required=False, allow_null=True)
    liabilityCap = AmountStringField(source="liability_cap", required=False, allow_null=True)
    # By option number, as JSON has it: {"4": "500", "5": null}.
    optionStakeMax = serializers.DictField(
        source="option_stake_max", child=AmountStringField(allow_null=True), required=False
    )

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        by_number = values.pop("option_stake_max", {})
        if unknown := sorted(set(by_number) - {str(number) for number in Option.Number.values}):
            faults = dict.fromkeys(unknown, "There is no such option.")
            raise serializers.ValidationError({"optionStakeMax": faults})
        reason = values.pop("reason")
        return {
            "limits": values,
            "reason": reason,
            "option_stake_max": {int(name): limit for name, limit in by_number.items()},
        }


def order_answer(order: Order) -> OrderAnswer:
    """Return an order as the contract prints it, and what it says beside. Needs `order.user`."""
    claim = order.claim if order.state == Order.State.CLAIMED else None
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
        # A handicap is the home side's, whichever side was bet on.
        "line": None if order.line_q is None else Line(order.line_q).number,
        "oddsSeq": order.odds_seq,
        "settlementVersion": order.settlement_version,
        "clientRef": order.client_ref,
        "createdAt": epoch_ms(order.placed_at),
    }


def standing_answer(standing: Standing, *, staked_today: int) -> OwnLimitsAnswer:
    """Return a user's own limits as they are and as they will be."""
    coming: Coming | None = None
    if standing.coming_at is not None:
        coming = {"from": epoch_ms(standing.coming_at), **_limits(standing.coming)}
    return {**_limits(standing.present), "stakedToday": str(staked_today), "coming": coming}


def entry_answer(entry: LedgerEntry) -> EntryAnswer:
    """Return one entry of a user's account; the amount is negative where it left the account."""
    left = entry.debit == LedgerEntry.Account.USER
    return {
        "id": entry.pk,
        "cause": entry.cause,
        "amount": str(-entry.amount if left else entry.amount),
        "other": entry.credit if left else entry.debit,
        "marketId": entry.market_id,
        "orderId": entry.order_id,
        "reason": entry.reason,
        "createdAt": epoch_ms(entry.at),
    }


def market_limits_answer(market: Market) -> MarketLimitsAnswer:
    """Return a market's limits; null where there is none."""
    options = market.options.order_by("number").values_list("number", "stake_max")
    return {
        "marketId": market.pk,
        "stakeMin": _digits(market.stake_min),
        "stakeMax": _digits(market.stake_max),
        "userStakeMax": _digits(market.user_stake_max),
        "liabilityCap": _digits(market.liability_cap),
        "optionStakeMax": {str(number): _digits(limit) for number, limit in options},
    }


def _limits(limits: Limits) -> OwnLimitsBase:
    end = limits.excluded_until
    return {
        "dailyStake": _digits(limits.daily_stake),
        "excludedUntil": None if end is None else epoch_ms(end),
    }


def _digits(amount: int | None) -> str | None:
    return None if amount is None else str(amount)

"""The JSON of markets. Shapes and types only; what is allowed, services decide."""

from typing import Any

from rest_framework import serializers

from kmarket.api_fields import EpochMsField, IdField, StrictSerializer, epoch_ms
from kmarket.pages import DigitsField
from markets import wire
from markets.api.fields import ChangesSerializer, PricesSerializer
from markets.lifecycle import MarketStatus
from markets.models import Market, OddsUpdate, Option
from markets.odds import Prices, Spread, Total

ORDERINGS = ("start_time", "-start_time", "id", "-id")


class MarketQuery(serializers.Serializer):
    """Filters of the list. A parameter that is not here is ignored."""

    example = {"status": "active", "league": "NBA", "q": "Lakers", "ordering": "-start_time"}

    status = serializers.ChoiceField(
        choices=[status.value for status in MarketStatus], default="", allow_blank=True
    )
    kind = serializers.ChoiceField(choices=Market.Kind.values, default="", allow_blank=True)
    league = serializers.CharField(max_length=80, default="", allow_blank=True)
    q = serializers.CharField(max_length=80, default="", allow_blank=True)
    startsAfter = EpochMsField(default=None)
    startsBefore = EpochMsField(default=None)
    ordering = serializers.ChoiceField(choices=ORDERINGS, default="start_time")


class UpdatesQuery(serializers.Serializer):
    example = {"since_seq": 12, "limit": 100}

    since_seq = DigitsField(min_value=0, max_value=2**53, default=0)
    limit = DigitsField(min_value=1, max_value=500, default=100)


class StatusField(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> MarketStatus:
        return MarketStatus(super().to_internal_value(data))


class CreateMarketSerializer(StrictSerializer):
    example = {
        "league": "NBA",
        "home_team": "Lakers",
        "away_team": "Warriors",
        "start_time": 1_730_908_800_000,
        "payload": {"moneyline": {"home": 1.85, "away": 2.1}},
    }

    league = serializers.CharField(max_length=80)
    home_team = serializers.CharField(max_length=80)
    away_team = serializers.CharField(max_length=80)
    start_time = EpochMsField()
    category = serializers.CharField(max_length=40, default="sports")
    description = serializers.CharField(max_length=5000, default="", allow_blank=True)
    live = serializers.BooleanField(default=False)
    status = StatusField(choices=["draft", "active"], default=MarketStatus.ACTIVE)
    payload = PricesSerializer(source="prices", required=False)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class UpdateMarketSerializer(StrictSerializer):
    """Only what is sent changes."""

    example = {"status": "suspended", "reason": "A player is hurt"}
    default_error_messages = {"empty": "Send at least one of status, description, start_time."}

    status = StatusField(choices=[status.value for status in MarketStatus], required=False)
    description = serializers.CharField(max_length=5000, required=False, allow_blank=True)
    start_time = EpochMsField(required=False)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)

    def to_internal_value(self, data: Any) -> Any:
        changes = super().to_internal_value(data)
        if set(changes) <= {"reason"}:
            self.refuse("empty")
        return changes


class OverrideSerializer(StrictSerializer):
    example = {
        "market_id": 1001,
        "payload": {
            "moneyline": {"home": 1.82, "away": 2.15},
            "spread": {"line": -3.0, "home": 1.92, "away": 1.88},
            "total": {"line": 219.5, "over": 1.9, "under": 1.9},
        },
        "reason": "Manual adjustment",
    }

    market_id = IdField()
    payload = ChangesSerializer(source="changes")
    reason = serializers.CharField(max_length=500)
    force = serializers.BooleanField(default=False)


def market_row(market: Market, update: OddsUpdate | None) -> dict[str, Any]:
    """Return one line of the list: {id, league, title, status, start_time, odds, …}."""
    return {
        "id": market.pk,
        "kind": market.kind,
        "category": market.category,
        "league": market.league,
        "title": market.title,
        "home_team": market.home_team,
        "away_team": market.away_team,
        "status": market.status,
        "start_time": epoch_ms(market.start_time),
        "live": market.live,
        "odds": _odds(update),
    }


def market_detail(
    market: Market, options: list[Option], update: OddsUpdate | None
) -> dict[str, Any]:
    """Return a market with its options and, once there is one, its result."""
    row = market_row(market, update)
    del row["odds"]
    return row | {
        "description": market.description,
        "seq": market.seq,
        "winning_option": market.winning_option,
        "home_score": market.home_score,
        "away_score": market.away_score,
        "options": _outcomes(market, update)
        if market.is_pool
        else [_option(option, update) for option in options],
    }


def odds_answer(state: dict[str, Any], *, source: str) -> dict[str, Any]:
    """Return a market's odds as its page shows them. `state`: {"seq", "ts", "payload"}."""
    # The last one is a pool's alone.
    shown = ("moneyline", "spread", "total", "odds_a", "odds_b", "status", "outcomes")
    payload = state["payload"]
    return {
        **{name: payload[name] for name in shown if name in payload},
        "seq": state["seq"],
        "timestamp": state["ts"],
        "source": source,
    }


def odds_body(market_id: int, state: dict[str, Any], *, source: str) -> dict[str, Any]:
    """Return the answer of odds/{id}. `state`: {"seq", "ts", "epoch", "payload"}."""
    return {"marketId": market_id, **odds_answer(state, source=source)}


def snapshot_body(market_id: int, state: dict[str, Any], *, source: str) -> dict[str, Any]:
    """Return the answer of odds/snapshot, of the same state."""
    names = ("seq", "ts", "epoch", "payload")
    picked = {name: state[name] for name in names}
    return {"type": "snapshot", "marketId": market_id, **picked, "source": source}


def odds_etag(market_id: int, *, epoch: str, seq: int) -> str:
    """Return the tag of a market's odds: the same wherever the answer came from."""
    return f'"{epoch}-{market_id}-{seq}"'


def _odds(update: OddsUpdate | None) -> dict[str, Any] | None:
    if update is None or not (update.outcome_prices or update.prices.groups()):
        return None
    message = wire.update_message(update)
    odds = odds_answer(message, source="db")
    del odds["source"], odds["status"]
    return odds


def _option(option: Option, update: OddsUpdate | None) -> dict[str, Any]:
    kind, side = SIDES[option.number]
    group = getattr(update.prices if update else Prices(), kind)
    line = group.line.number if isinstance(group, (Spread, Total)) else None
    return {
        "option": option.number,
        "kind": kind,
        "side": side,
        "label": option.label,
        # A handicap is the home side's, at the away option too, as everywhere.
        "line": line,
        "odds": getattr(group, side).hundredths if group else None,
        "status": option.status if group else "off",
    }


def _outcomes(market: Market, update: OddsUpdate | None) -> list[dict[str, Any]]:
    """Return a pool's outcomes with all that the options of a book have, and their prices."""
    status = Option.Status.OPEN if update and update.outcome_prices else "off"
    of_books = {"kind": "outcome", "side": None, "line": None, "status": status}
    outcomes = wire.outcomes_of(market, update.outcome_prices if update else None)
    return [{**outcome, **of_books} for outcome in outcomes]


SIDES: dict[int, tuple[str, str]] = {
    Option.Number.HOME: ("moneyline", "home"),
    Option.Number.AWAY: ("moneyline", "away"),
    Option.Number.DRAW: ("moneyline", "draw"),
    Option.Number.SPREAD_HOME: ("spread", "home"),
    Option.Number.SPREAD_AWAY: ("spread", "away"),
    Option.Number.TOTAL_OVER: ("total", "over"),
    Option.Number.TOTAL_UNDER: ("total", "under"),
}

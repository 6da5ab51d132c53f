"""JSON forms of the value types of `markets`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from kmarket.api_fields import StrictSerializer
from markets.api import answers
from markets.lines import Line
from markets.odds import Moneyline, Odds, Prices, Spread, Total


class OddsField(serializers.Field):
    """Odds in whole hundredths, 185 for 1.85."""

    shape = answers.Odds
    default_error_messages = {"invalid": "Send the odds as a whole number of hundredths."}

    def to_internal_value(self, data: Any) -> Odds:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        try:
            return Odds(data)
        except ValueError as exc:
            raise serializers.ValidationError("Odds must lie between 101 and 100000.") from exc

    def to_representation(self, value: Odds) -> int:
        return value.hundredths


class _NumberField(serializers.Field):
    """A JSON number that the type's own parser reads exactly."""

    default_error_messages = {"invalid": "Send a number."}
    parse: Callable[[int | Decimal], Any]

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, (int, Decimal)) or isinstance(data, bool):
            self.fail("invalid")
        try:
            return type(self).parse(data)
        except ValueError as exc:
            raise serializers.ValidationError(str(exc)) from exc


class DecimalOddsField(_NumberField):
    """Odds as a JSON number with at most two decimals, 1.85."""

    shape = answers.DecimalOdds
    parse = staticmethod(Odds.parse)


class LineField(_NumberField):
    """A line as a JSON number, a multiple of 0.25."""

    shape = answers.Line
    parse = staticmethod(Line.parse)


class MoneylineSerializer(StrictSerializer):
    home = DecimalOddsField()
    away = DecimalOddsField()
    draw = DecimalOddsField(required=False, default=None, allow_null=True)

    def to_internal_value(self, data: Any) -> Moneyline:
        return Moneyline(**super().to_internal_value(data))


class SpreadSerializer(StrictSerializer):
    line = LineField()
    home = DecimalOddsField()
    away = DecimalOddsField()

    def to_internal_value(self, data: Any) -> Spread:
        return Spread(**super().to_internal_value(data))


class TotalSerializer(StrictSerializer):
    line = LineField()
    over = DecimalOddsField()
    under = DecimalOddsField()

    def to_internal_value(self, data: Any) -> Total:
        try:
            return Total(**super().to_internal_value(data))
        except ValueError as exc:
            raise serializers.ValidationError({"line": [str(exc)]}) from exc


class ChangesSerializer(StrictSerializer):
    """The groups of an override: absent stays, null takes the group off."""

    default_error_messages = {"empty": "Send at least one of moneyline, spread and total."}

    moneyline = MoneylineSerializer(required=False, allow_null=True)
    spread = SpreadSerializer(required=False, allow_null=True)
    total = TotalSerializer(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> Any:
        changes = super().to_internal_value(data)
        if not changes:
            self.refuse("empty")
        return changes


class PricesSerializer(ChangesSerializer):
    """The opening prices of a new market."""

    def to_internal_value(self, data: Any) -> Prices:
        return Prices(**super().to_internal_value(data))

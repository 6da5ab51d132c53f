"""Odds as whole hundredths, and the prices of a market. Pure: no Django, no clock, no network."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Self, cast

from kmarket.sentences import said
from markets.lines import Line, has_long_tail

HUNDREDTHS_MIN = 101
HUNDREDTHS_MAX = 100_000


@dataclass(frozen=True, slots=True, order=True)
class Odds:
    """Decimal odds, 1.85 kept as 185. Comparing two odds compares what they pay."""

    hundredths: int

    def __post_init__(self) -> None:
        if not HUNDREDTHS_MIN <= self.hundredths <= HUNDREDTHS_MAX:
            raise ValueError(
                said("Odds must lie between 1.01 and 1000.00, not %(odds)s.", odds=self)
            )

    @classmethod
    def parse(cls, value: str | int | Decimal) -> Self:
        """Read 1.85, from text or a number. A third decimal place is an error, never rounded.

        Raises:
            ValueError: no number, a third decimal, or outside 1.01 to 1000.00.
        """
        try:
            exact = Decimal(value)
        except InvalidOperation:
            raise ValueError(
                said("Odds are a number such as 1.85, not %(value)r.", value=value)
            ) from None
        # Bounds first: 1e999999 times 100 would be written out.
        if not exact.is_finite() or not 1 < exact <= HUNDREDTHS_MAX // 100:
            raise ValueError(said("Odds must lie between 1.01 and 1000.00."))
        hundredths = exact * 100
        # Decimal rounds products to 28 digits, so a long tail is looked at before.
        if has_long_tail(exact) or hundredths != hundredths.to_integral_value():
            raise ValueError(said("Odds have at most two decimals."))
        return cls(int(hundredths))

    @property
    def number(self) -> float:
        """The JSON number, 1.85. Its shortest form has the two decimals and no others."""
        return self.hundredths / 100

    def __str__(self) -> str:
        return f"{self.hundredths // 100}.{self.hundredths % 100:02}"

    def moved_far(self, before: Self) -> bool:
        """Tell whether this is more than 25 % away from `before`."""
        return 4 * abs(self.hundredths - before.hundredths) > before.hundredths


@dataclass(frozen=True, slots=True)
class Moneyline:
    """Who wins. With a draw it is 3-way, without one a tie is a push."""

    home: Odds
    away: Odds
    draw: Odds | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Who wins after the handicap; the line is the home side's."""

    line: Line
    home: Odds
    away: Odds


@dataclass(frozen=True, slots=True)
class Total:
    """More or fewer points than the line, of both sides together."""

    line: Line
    over: Odds
    under: Odds

    def __post_init__(self) -> None:
        if self.line.quarters <= 0:
            raise ValueError(
                said(
                    "A total lies above 0, not at %(line)s: scores are not negative.",
                    line=self.line,
                )
            )


Group = Moneyline | Spread | Total


@dataclass(frozen=True, slots=True)
class Prices:
    """Everything that can be bet on in a market at one moment. None: the group is not offered."""

    moneyline: Moneyline | None = None
    spread: Spread | None = None
    total: Total | None = None

    def changed(self, changes: Mapping[str, Group | None]) -> Self:
        """Return these prices with the named groups replaced, or taken off by None."""
        return replace(self, **cast("dict[str, Any]", changes))

    def groups(self) -> dict[str, Group]:
        """Return the groups on offer by their names."""
        return {
            field.name: group
            for field in fields(self)
            if (group := getattr(self, field.name)) is not None
        }


def odds_of(group: Group) -> dict[str, Odds]:
    """Return a group's odds by side."""
    return {
        field.name: odds
        for field in fields(group)
        if isinstance(odds := getattr(group, field.name), Odds)
    }


def written(group: Group) -> str:
    """Return a group for a person to read: "home 1.85, draw 3.40, away 4.10"."""
    odds = odds_of(group)
    sides = [side for side in ("home", "draw", "away", "over", "under") if side in odds]
    prices = ", ".join(f"{side} {odds[side]}" for side in sides)
    return prices if isinstance(group, Moneyline) else f"line {group.line}, {prices}"


def overround(group: Group) -> Fraction:
    """Return by how much the prices' probabilities exceed 1: the house's margin, exactly."""
    return sum((Fraction(100, odds.hundredths) for odds in odds_of(group).values()), Fraction(-1))


def far_moves(before: Prices, after: Prices) -> list[str]:
    """Name the moves that need a second look: a price by more than 25 %, a handicap that flipped.

    Each is one readable line such as "moneyline home 1.85 → 2.60".
    """
    moves = []
    old_groups = before.groups()
    for name, group in after.groups().items():
        if (old := old_groups.get(name)) is None:
            continue
        old_odds = odds_of(old)
        moves += [
            f"{name} {side} {old_odds[side]} → {odds}"
            for side, odds in odds_of(group).items()
            if side in old_odds and odds.moved_far(old_odds[side])
        ]
    if before.spread and after.spread:
        old_line, line = before.spread.line, after.spread.line
        if old_line.quarters * line.quarters < 0:
            moves.append(f"spread line {old_line} → {line}")
    return moves

"""One price of a feed, as JSON has it, read into value types. Pure.

    {"market_id": 1001, "moneyline": {"home": 1.85, "away": 2.1}, "spread": null}

names its market by `market_id` or by `external_ref`; a group that is absent stays as it is, null
takes it off.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markets.lines import Line
from markets.odds import Group, Moneyline, Odds, Spread, Total

MARKET_ID_MAX = 2**53 - 1
REF_LENGTH_MAX = 200


class BadRow(ValueError):
    """The row cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A market, by number or by reference, and the groups that change."""

    number: int  # the row's place in what was sent, from 1
    market_id: int | None
    external_ref: str | None
    changes: Mapping[str, Group | None]


def read(number: int, row: Any) -> FeedRow:
    """Read one row; its fractions are `Decimal`, so that no digit is lost.

    Raises:
        BadRow: another shape, or a price or line that cannot be.
    """
    if not isinstance(row, dict):
        raise BadRow("a row is a JSON object")
    if unknown := sorted(set(row) - {"market_id", "external_ref", *_GROUPS}):
        raise BadRow(f"there is no member {unknown[0][:40]!r}")
    market_id, reference = row.get("market_id"), row.get("external_ref")
    if (market_id is None) == (reference is None):
        raise BadRow("a row names its market by market_id or by external_ref")
    if market_id is not None and not _is_id(market_id):
        raise BadRow("market_id is a whole number below 2^53")
    if reference is not None and not _is_reference(reference):
        raise BadRow(f"external_ref is text of at most {REF_LENGTH_MAX} characters")
    changes = {name: _group(name, row[name]) for name in _GROUPS if name in row}
    if not changes:
        raise BadRow("a row has at least one of moneyline, spread and total")
    return FeedRow(number, market_id, reference, changes)


def _group(name: str, value: Any) -> Group | None:
    if value is None:
        return None
    kind, required, optional = _GROUPS[name]
    if not isinstance(value, dict) or not required <= set(value) <= required | optional:
        raise BadRow(f"{name} has {', '.join(sorted(required))}")
    try:
        sides = {
            side: (Line if side == "line" else Odds).parse(_number(number))
            for side, number in value.items()
            if number is not None or side in required
        }
        group: Group = kind(**sides)
    except ValueError as exc:
        raise BadRow(f"{name}: {exc}") from exc
    return group


def _number(value: Any) -> int | Decimal:
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool):
        raise BadRow("prices and lines are numbers")
    return value


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MARKET_ID_MAX


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= REF_LENGTH_MAX and "\x00" not in value


# Of each group: its type, the members that it must have, and those that it may have.
_GROUPS: dict[str, tuple[Any, set[str], set[str]]] = {
    "moneyline": (Moneyline, {"home", "away"}, {"draw"}),
    "spread": (Spread, {"line", "home", "away"}, set()),
    "total": (Total, {"line", "over", "under"}, set()),
}

"""The prices that a market ever had, for its chart: all of them, or where there are too many a
selection that hides no extreme and says how many there were."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Any

from django.core.exceptions import BadRequest
from django.db import connection

from console import sides
from console.vocabulary import phrase, reason
from markets import outcomes
from markets.models import Market, OddsUpdate

# More than a screen has columns.
POINTS_MAX = 2000
# The only group of a pool.
OUTCOMES = "outcomes"
# 9999-12-31 in milliseconds: beyond it Python has no dates.
MS_MAX = 253_402_214_400_000


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a history: from one moment to another, both included. None: no end."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of_query(cls, query: Any) -> "Span":
        """Read `from` and `to` in milliseconds.

        Raises:
            BadRequest: one of them is no moment.
        """
        return cls(_moment(query.get("from")), _moment(query.get("to")))


@dataclass(frozen=True, slots=True)
class Curve:
    """One side of a group: its column in SQL, and its odds in hundredths in an update."""

    name: str
    column: str
    odds: Callable[[OddsUpdate], int | None]


def history(*, market: Market, group: str, span: Span) -> dict[str, Any]:
    """Return the prices of a group by column: {"seq": […], "at": […], "odds": {"home": […]}, …}.

    `total` says how many updates there are in the span; `at` is in milliseconds, odds are in
    hundredths and lines in quarter points. The update in force when the span begins comes first.
    A pool has its outcomes instead: outcome_1, outcome_2, …

    Three queries.

    Raises:
        BadRequest: the market has no such group.
    """
    curves = _curves(market, group)
    inside = OddsUpdate.objects.filter(market=market, **_within(span))
    total = inside.count()
    if total > POINTS_MAX:
        inside = inside.filter(seq__in=_selected(market.pk, span, curves))
    # By time, as a chart needs it: a clock that was put back makes the two differ.
    found = list(inside.select_related("changed_by").order_by("at", "seq"))
    if span.since is not None:
        earlier = OddsUpdate.objects.filter(market=market, at__lt=span.since)
        found = [*earlier.select_related("changed_by").order_by("-seq")[:1], *found]
    return {"total": total, "shown": len(found), **_columns(found, group, curves)}


def _curves(market: Market, group: str) -> list[Curve]:
    if market.labels is not None and group == OUTCOMES:
        return [
            # Where the price is lowest, the odds are highest: either way an extreme.
            Curve(f"outcome_{n}", f"outcome_prices[{n}]", partial(_outcome_odds, n))
            for n in range(1, len(market.labels) + 1)
        ]
    if market.is_pool or group not in sides.GROUP_TITLES:
        raise BadRequest("`group` is moneyline, spread or total; of a pool it is outcomes.")
    return [Curve(side.name, side.field, attrgetter(side.field)) for side in sides.sides_of(group)]


def _outcome_odds(option: int, update: OddsUpdate) -> int | None:
    prices = update.outcome_prices
    return None if prices is None else outcomes.odds_of(prices[option - 1]).hundredths


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MS_MAX))):
        raise BadRequest("A moment is a number of milliseconds.")
    return datetime.fromtimestamp(min(int(text), MS_MAX) / 1000, tz=UTC)


def _within(span: Span) -> dict[str, datetime]:
    ends = {"at__gte": span.since, "at__lte": span.until}
    return {name: end for name, end in ends.items() if end is not None}


def _selected(market_id: int, span: Span, curves: list[Curve]) -> list[int]:
    """Return the seqs of a selection of at most POINTS_MAX updates.

    The span is cut into parts of equally many updates. Of each part stay the first, the last,
    where each price was lowest and highest, and the first one that was set by hand.
    """
    extremes = [
        f"(min(ARRAY[{column}::bigint, seq]) FILTER (WHERE {column} IS NOT NULL))[2],"
        f" (max(ARRAY[{column}::bigint, seq]) FILTER (WHERE {column} IS NOT NULL))[2]"
        for column in (curve.column for curve in curves)
    ]
    parts = POINTS_MAX // (3 + 2 * len(curves))
    statement = f"""
    SELECT DISTINCT unnest(ARRAY[
        min(seq), max(seq), min(seq) FILTER (WHERE source = 'admin'), {", ".join(extremes)}
    ])
    FROM (
        SELECT *, ntile(%s) OVER (ORDER BY seq) AS part
        FROM markets_oddsupdate WHERE market_id = %s
            AND at >= coalesce(%s::timestamptz, '-infinity')
            AND at <= coalesce(%s::timestamptz, 'infinity')
    ) parted GROUP BY part
    """  # noqa: S608 (columns of our own)
    with connection.cursor() as cursor:
        cursor.execute(statement, [parts, market_id, span.since, span.until])
        return [seq for (seq,) in cursor.fetchall() if seq is not None]


def _columns(found: list[OddsUpdate], group: str, curves: list[Curve]) -> dict[str, Any]:
    line = sides.LINES.get(group)
    return {
        "seq": [update.seq for update in found],
        "at": [int(update.at.timestamp() * 1000) for update in found],
        "odds": {curve.name: [curve.odds(update) for update in found] for curve in curves},
        "line": [getattr(update, f"{line}_q") if line else None for update in found],
        "status": [phrase(update.status) for update in found],
        "source": [phrase(update.source) for update in found],
        "by": [str(update.changed_by) if update.changed_by else "" for update in found],
        "why": [reason(update.reason) for update in found],
    }

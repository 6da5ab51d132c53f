"""The prices that a market ever had, for its chart: all of them, or where there are too many a
selection that hides no extreme and says how many there were."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.db import connection

from console import sides
from console.sides import Side
from console.vocabulary import phrase, reason
from markets.models import OddsUpdate

# More than a screen has columns.
POINTS_MAX = 2000
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


def history(*, market_id: int, group: str, span: Span) -> dict[str, Any]:
    """Return the prices of a group by column: {"seq": […], "at": […], "odds": {"home": […]}, …}.

    `total` says how many updates there are in the span; `at` is in milliseconds, odds are in
    hundredths and lines in quarter points. The update in force when the span begins comes first.
    Three queries.
    """
    chosen = sides.sides_of(group)
    inside = OddsUpdate.objects.filter(market_id=market_id, **_within(span))
    total = inside.count()
    if total > POINTS_MAX:
        inside = inside.filter(seq__in=_selected(market_id, span, chosen))
    # By time, as a chart needs it: a clock that was put back makes the two differ.
    found = list(inside.select_related("changed_by").order_by("at", "seq"))
    if span.since is not None:
        earlier = OddsUpdate.objects.filter(market_id=market_id, at__lt=span.since)
        found = [*earlier.select_related("changed_by").order_by("-seq")[:1], *found]
    return {"total": total, "shown": len(found), **_columns(found, group, chosen)}


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MS_MAX))):
        raise BadRequest("A moment is a number of milliseconds.")
    return datetime.fromtimestamp(min(int(text), MS_MAX) / 1000, tz=UTC)


def _within(span: Span) -> dict[str, datetime]:
    ends = {"at__gte": span.since, "at__lte": span.until}
    return {name: end for name, end in ends.items() if end is not None}


def _selected(market_id: int, span: Span, chosen: list[Side]) -> list[int]:
    """Return the seqs of a selection of at most POINTS_MAX updates.

    The span is cut into parts of equally many updates. Of each part stay the first, the last,
    where each price was lowest and highest, and the first one that was set by hand.
    """
    extremes = [
        f"(min(ARRAY[{column}::bigint, seq]) FILTER (WHERE {column} IS NOT NULL))[2],"
        f" (max(ARRAY[{column}::bigint, seq]) FILTER (WHERE {column} IS NOT NULL))[2]"
        for column in (side.field for side in chosen)
    ]
    parts = POINTS_MAX // (3 + 2 * len(chosen))
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


def _columns(found: list[OddsUpdate], group: str, chosen: list[Side]) -> dict[str, Any]:
    line = sides.LINES.get(group)
    return {
        "seq": [update.seq for update in found],
        "at": [int(update.at.timestamp() * 1000) for update in found],
        "odds": {side.name: [getattr(one, side.field) for one in found] for side in chosen},
        "line": [getattr(update, f"{line}_q") if line else None for update in found],
        "status": [phrase(update.status) for update in found],
        "source": [phrase(update.source) for update in found],
        "by": [str(update.changed_by) if update.changed_by else "" for update in found],
        "why": [reason(update.reason) for update in found],
    }

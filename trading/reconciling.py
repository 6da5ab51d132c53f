"""Do the rows of trading say what the chain's logs say? A part of every comparison."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Max, Min

from chain import projecting
from chain.checks import Difference, Kind, Moment, Part
from chain.events import MarketCreated
from chain.logs import Log, Placed
from chain.models import Quarantine, RawLog
from trading import consistency, history
from trading.models import Happening, Pool

# Of single logs so many are read again: half of them the newest, half by chance.
LOGS_MAX = 2000
# What a pool keeps from its creation.
FACTS = (
    "creator",
    "collateral",
    "outcome_count",
    "closes_at",
    "resolve_by",
    "dispute_window",
    "fee_wad",
    "question_hash",
)


def rows(moment: Moment) -> Part:
    """Do the rows follow from the logs, and from each other?"""
    placed = _some_events(moment)
    found = [*consistency.differences(moment), *_misread(placed)]
    return Part({"rows": len(placed)}, lambda view: iter(found))


def _some_events(moment: Moment) -> list[Placed]:
    """Return the newest events, some others, and those that were found wrong."""
    logs = RawLog.objects.of(moment.cursor).canonical()
    newest = logs.order_by("-block_number", "-log_index").values_list("pk", flat=True)
    wanted = set(newest[: LOGS_MAX // 2])
    ends = logs.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is not None:
        first, last = ends["first"], ends["last"]
        wanted.update(moment.chance.randint(first, last) for _ in range(LOGS_MAX // 2))
    wanted.update(each.evidence["log"] for each in moment.suspects if "log" in each.evidence)
    found = logs.filter(pk__in=wanted)
    return events(moment, [row.plain() for row in found])


def events(moment: Moment, logs: Iterable[Log]) -> list[Placed]:
    """Return what these logs say, without those that were never projected."""
    held = Quarantine.objects.unresolved().filter(
        cursor=moment.cursor, reason__in=projecting.UNPROJECTED
    )
    held_ids = set(held.values_list("log_id", flat=True))
    return [
        Placed(reading.event, reading.log)
        for reading in projecting.read(moment.profile, logs)
        if reading.event is not None and reading.log.id not in held_ids
    ]


def _misread(placed: Sequence[Placed]) -> Iterator[Difference]:
    """Yield rows that say something else than their logs."""
    numbers = {each.event.market_id for each in placed}
    contracts = {each.log.address for each in placed}
    pools = Pool.objects.filter(contract__in=contracts, number__in=numbers)
    by_number = {pool.number: pool for pool in pools}
    told: dict[type[Happening], dict[int, tuple[Placed, tuple[Any, ...]]]] = defaultdict(dict)
    for each in placed:
        pool = by_number.get(each.event.market_id)
        # One that is missing is found elsewhere: its log has no row.
        if pool is None or each.log.id is None:
            continue
        if isinstance(each.event, MarketCreated):
            facts = {name: getattr(each.event, name) for name in FACTS}
            had = {name: getattr(pool, name) for name in FACTS}
            yield from _unequal("pool", each, facts, had)
            continue
        model, row = history.told(each, {pool.number: pool.pk})
        told[model][each.log.id] = (each, row)
    for model, rows_told in told.items():
        # The others follow from what was before, too: sums show whether they do.
        names = history.columns(model)[: len(next(iter(rows_told.values()))[1])]
        had_rows = model._default_manager.filter(pk__in=rows_told)  # noqa: SLF001 (Django's word)
        for had_row in had_rows.values_list(*names):
            each, row = rows_told[had_row[0]]
            yield from _unequal(
                model.__name__.lower(),
                each,
                dict(zip(names, row, strict=True)),
                dict(zip(names, had_row, strict=True)),
            )


def _unequal(
    name: str, placed: Placed, told: Mapping[str, Any], had: Mapping[str, Any]
) -> Iterator[Difference]:
    wrong = [column for column in told if told[column] != had[column]]
    if not wrong:
        return
    log = placed.log
    yield Difference(
        Kind.AMOUNT_MISMATCH,
        f"{name} of log {log.id}",
        {column: told[column] for column in wrong},
        {column: had[column] for column in wrong},
        placed.event.market_id,
        {"log": log.id, "block": log.block_number, "transaction": log.transaction_hash},
    )

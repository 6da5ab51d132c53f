"""What the chain's events come to in our tables. The listener calls this inside its transaction
(chain.handlers): logs, cursor and these rows are committed together or not at all."""

from collections import defaultdict
from collections.abc import Sequence

from chain.events import MarketCreated
from chain.handlers import Refused
from chain.logs import Placed
from markets import pools
from markets.models import Market
from trading import history, naming, tables
from trading.book import Senseless
from trading.models import Happening, Pause, Pool


def apply(events: Sequence[Placed]) -> list[Refused]:
    """Project events, oldest first. Return those that make no sense here; the others count."""
    if not events:
        return []
    book, ids = tables.load(_contract(events), [placed.event for placed in events])
    taken: list[Placed] = []
    refused: list[Refused] = []
    for placed in events:
        try:
            book.take(placed.event)
        except Senseless as why:
            refused.append(Refused(placed, f"It makes no sense: {why}."))
        else:
            taken.append(placed)

    ids |= _create([placed for placed in taken if isinstance(placed.event, MarketCreated)])
    rows: dict[type[Happening], list[history.Row]] = defaultdict(list)
    for placed in taken:
        if not isinstance(placed.event, MarketCreated):
            model, row = history.told(placed, ids)
            rows[model].append(row)
    tables.append(rows)
    tables.store(book, ids, [placed.event for placed in taken])
    return refused


def undo(events: Sequence[Placed]) -> None:
    """Take back the newest events that were applied, newest first."""
    if not events:
        return
    book, ids = tables.load(_contract(events), [placed.event for placed in events])
    for placed in events:
        book.give_back(placed.event)

    tables.remove([placed.log.id for placed in events if placed.log.id])
    left = {number: pk for number, pk in ids.items() if number in book.pools}
    tables.store(book, left, [placed.event for placed in events])
    tables.remove_pools([pk for number, pk in ids.items() if number not in left])


def finalize(block_number: int) -> None:
    """Nothing to do: whether a row is final is read off its block and the cursor."""


def pause(market_id: int, reason: str) -> None:
    """Say that a market's rows may be wrong, whether or not it has a pool."""
    Pause.objects.update_or_create(number=market_id, defaults={"reason": reason})


def resume(market_id: int) -> None:
    """Say that a market's rows are right again."""
    Pause.objects.filter(number=market_id).delete()


def reset() -> None:
    """Forget everything. All canonical events follow, from the first."""
    tables.clear()


def _contract(events: Sequence[Placed]) -> str:
    """Return whose events these are: the listener follows one contract."""
    (contract,) = {placed.log.address for placed in events}
    return contract


def _create(creations: Sequence[Placed]) -> dict[int, int]:
    """Make pools and their markets; return the pools' ids by their numbers."""
    if not creations:
        return {}
    wanted = [naming.market_of(_creation(placed), placed.log.address) for placed in creations]
    created = [
        _pool(placed, market)
        for placed, market in zip(creations, pools.create(wanted), strict=True)
    ]
    Pool.objects.bulk_create(created)
    return {pool.number: pool.pk for pool in created}


def _creation(placed: Placed) -> MarketCreated:
    assert isinstance(placed.event, MarketCreated), placed
    return placed.event


def _pool(placed: Placed, market: Market) -> Pool:
    event, log = _creation(placed), placed.log
    assert log.id is not None, log
    return Pool(
        log_id=log.id,
        market=market,
        contract=log.address,
        number=event.market_id,
        creator=event.creator,
        collateral=event.collateral,
        outcome_count=event.outcome_count,
        closes_at=event.closes_at,
        resolve_by=event.resolve_by,
        dispute_window=event.dispute_window,
        fee_wad=event.fee_wad,
        question_hash=event.question_hash,
        reserves=[0] * event.outcome_count,
    )

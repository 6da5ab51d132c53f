"""What the chain's events come to in our tables. The listener calls this inside its transaction
(chain.handlers): logs, cursor and these rows are committed together or not at all."""

import gc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from chain.events import MarketCreated, SharesBought, SharesSold
from chain.handlers import Refused
from chain.logs import Placed
from markets import pools
from markets.models import Market
from trading import announcing, candle_rows, history, naming, pricing, tables
from trading.accounts import Entry
from trading.book import Senseless
from trading.models import Happening, Pause, Pool, Trade
from trading.tables import Known


@contextmanager
def _no_collection() -> Iterator[None]:
    """Leave garbage lie: of rows by thousands, all live until the end, and none makes a circle.

    The collector would look at all of them again and again, a tenth of the time that is spent here.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_no_collection()
def apply(events: Sequence[Placed], *, is_replay: bool = False) -> list[Refused]:
    """Project events, oldest first. Return those that make no sense here; the others count."""
    if not events:
        return []
    book, known = tables.load(_contract(events), [placed.event for placed in events])
    taken: list[tuple[Placed, Entry]] = []
    refused: list[Refused] = []
    for placed in events:
        try:
            entry = book.take(placed.event)
        except Senseless as why:
            refused.append(Refused(placed, f"It makes no sense: {why}."))
        else:
            taken.append((placed, entry))

    _create([placed for placed, _ in taken], known)
    rows: dict[type[Happening], list[history.Row]] = defaultdict(list)
    for placed, entry in taken:
        if not isinstance(placed.event, MarketCreated):
            model, row = history.told(placed, known.ids)
            rows[model].append((*row, *history.entered(placed.event, entry)))
    tables.append(rows)
    candle_rows.add(candle_rows.ticks(rows.get(Trade, ())))
    tables.store(book, known)
    if not is_replay and taken:
        placed_ones = [placed for placed, _ in taken]
        news = announcing.news_of(placed_ones)
        pricing.applied(placed_ones, news, book, known)
        announcing.applied(news, known)
    return refused


def undo(events: Sequence[Placed]) -> None:
    """Take back the newest events that were applied, newest first."""
    if not events:
        return
    book, known = tables.load(_contract(events), [placed.event for placed in events])
    entries = history.entries(events)
    for placed in events:
        book.give_back(placed.event, entries.get(placed.log.id, Entry()))

    tables.remove([placed.log.id for placed in events if placed.log.id])
    left = {number: pk for number, pk in known.ids.items() if number in book.pools}
    tables.store(book, known)
    candle_rows.count_again(
        {
            (left[event.market_id], candle_rows.second(log.block_time))
            for event, log in events
            if isinstance(event, SharesBought | SharesSold) and event.market_id in left
        }
    )
    announcing.undone(events, known)
    tables.remove_pools([pk for number, pk in known.ids.items() if number not in left])
    gone = [market for number, market in known.markets.items() if number not in left]
    pricing.undone(left.values(), gone)


def finalize(block_number: int) -> None:
    """Nothing to do: whether a row is final is read off its block and the cursor."""


def pause(contract: str, market_id: int, reason: str) -> None:
    """Say that a market's rows may be wrong, whether or not it has a pool."""
    Pause.objects.update_or_create(contract=contract, number=market_id, defaults={"reason": reason})
    pricing.stand(Pool.objects.filter(contract=contract, number=market_id))


def resume(contract: str, market_id: int) -> None:
    """Say that a market's rows are right again."""
    Pause.objects.filter(contract=contract, number=market_id).delete()
    pricing.stand(Pool.objects.filter(contract=contract, number=market_id))


def reset(contract: str) -> None:
    """Forget everything of a contract. All canonical events follow, from the first."""
    tables.clear(contract)


def replayed(contract: str) -> None:
    """Have the markets as the pools are after a replay."""
    pricing.replayed(contract)


def _contract(events: Sequence[Placed]) -> str:
    """Return whose events these are: the listener follows one contract."""
    (contract,) = {placed.log.address for placed in events}
    return contract


def _create(taken: Sequence[Placed], known: Known) -> None:
    """Make the pools that were created, and their markets."""
    creations = [placed for placed in taken if isinstance(placed.event, MarketCreated)]
    if not creations:
        return
    wanted = [naming.market_of(_creation(placed), placed.log.address) for placed in creations]
    created = [
        _pool(placed, market)
        for placed, market in zip(creations, pools.create(wanted), strict=True)
    ]
    Pool.objects.bulk_create(created)
    for pool in created:
        known.ids[pool.number], known.markets[pool.number] = pool.pk, pool.market_id


def _creation(placed: Placed) -> MarketCreated:
    assert isinstance(placed.event, MarketCreated), placed
    return placed.event


def _pool(placed: Placed, market: Market) -> Pool:
    event, log = _creation(placed), placed.log
    assert log.id, log
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

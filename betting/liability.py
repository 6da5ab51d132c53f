"""The exposure of markets with a liability cap, kept in the database.

Where no cap is set there is no row, and bets of one market don't wait for each other. Where one is,
each bet locks the row, last of all its locks, adds itself and is refused if the worst score would
cost more than the cap. `services.set_market_limits` drops the row whenever a limit changes, under
the market's exclusive lock: the next bet sums the orders up anew, and none is under way unseen.
"""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from betting import errors, exposure
from betting.exposure import Book, Kind, Pays
from betting.models import Exposure, Order
from markets.lifecycle import MarketStatus

# While one bet holds the row all others of its market wait: one statement, and the commit.
_ADD = """
UPDATE betting_exposure SET book = jsonb_set(book, ARRAY[%(kind)s], (
    SELECT jsonb_agg(coalesce((book->%(kind)s->(at::int - 1))::numeric, 0) + more ORDER BY at)
    FROM unnest(%(bet)s::numeric[]) WITH ORDINALITY AS bet (more, at)
))
WHERE market_id = %(market_id)s AND book <> '{}' RETURNING book
"""
_LOCK = "SELECT book FROM betting_exposure WHERE market_id = %s FOR NO KEY UPDATE"
_OPEN = "INSERT INTO betting_exposure (market_id, book) VALUES (%s, '{}') ON CONFLICT DO NOTHING"
_WRITE = "UPDATE betting_exposure SET book = %s::jsonb WHERE market_id = %s"
_COLUMNS = """
    option, coalesce(line_q, 0), three_way,
    sum(stake), sum(div(stake * 2 * odds_hundredths, 200)),
    sum(div(stake * (odds_hundredths + 100), 200)), sum(stake), sum(div(stake * 100, 200))
"""
_SUMS = f"""
SELECT {_COLUMNS} FROM betting_order WHERE market_id = %s AND state = 'accepted' AND id <> %s
GROUP BY 1, 2, 3
"""  # noqa: S608 (the pieces are this file's own)
_SUMS_OF_MANY = f"""
SELECT market_id, {_COLUMNS} FROM betting_order WHERE market_id = ANY(%s) AND state = 'accepted'
GROUP BY 1, 2, 3, 4
"""  # noqa: S608
# Markets in these states may have bets without a result.
_UNDECIDED = (MarketStatus.ACTIVE, MarketStatus.SUSPENDED, MarketStatus.CLOSED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a market's bets without a result have staked, and what the worst score would cost.

    A cost below zero: the house wins whatever happens.
    """

    staked: int = 0
    worst: int = 0


def take_on(order: Order, *, cap: int) -> None:
    """Add a bet to its market's exposure. The last lock before the commit.

    Raises:
        LiabilityReached: the worst score would cost more than `cap`, and more than without this
            bet; `details` carries the stake that would still fit.
    """
    kind = (order.option, order.line_q or 0, order.three_way)
    bet = Pays.of_bet(stake=order.stake, odds=order.odds_hundredths)
    book = _added(order.market_id, kind, bet) or _begun(order, kind, bet)
    # A bet that makes the worst no worse is welcome, also where a lowered cap is exceeded.
    if (worst := exposure.worst_loss(book)) > cap:
        without = exposure.added(book, kind, -bet)
        if worst > exposure.worst_loss(without):
            fits = _room(without, kind, odds=order.odds_hundredths, cap=cap)
            raise errors.LiabilityReached(maxStake=str(fits))


def room(*, market_id: int, kind: Kind, odds: int, cap: int) -> int:
    """Return the largest stake on `kind` that would fit under `cap` now."""
    return _room(book_of(market_id), kind, odds=odds, cap=cap)


def book_of(market_id: int) -> dict[Kind, Pays]:
    """Return a market's bets without a result, by what decides them: as kept, or summed up now."""
    kept = Exposure.objects.filter(market_id=market_id).values_list("book", flat=True).first()
    return (kept and _read(kept)) or _summed(market_id)


def worst_loss(market_id: int) -> int:
    """Return what the worst score would cost, summed up from the orders."""
    return exposure.worst_loss(_summed(market_id))


def standings(market_ids: Collection[int]) -> dict[int, Standing]:
    """Return how each of these markets stands; one without bets is not in it.

    Two queries, however many they are: what is kept for capped markets, and the others' orders.
    """
    kept = Exposure.objects.filter(market_id__in=market_ids, market__status__in=_UNDECIDED)
    books = {pk: _read(book) for pk, book in kept.values_list("market_id", "book") if book}
    books |= _summed_of_many([pk for pk in market_ids if pk not in books])
    return {pk: _standing(book) for pk, book in books.items()}


def forget(market_id: int) -> None:
    """Have the next bet sum the orders up anew. Under the market's exclusive lock."""
    Exposure.objects.filter(market_id=market_id).delete()


def _room(book: Book, kind: Kind, *, odds: int, cap: int) -> int:
    # Up to the present worst, where that exceeds the cap already.
    return exposure.room(book, kind, odds=odds, cap=max(cap, exposure.worst_loss(book)))


def _summed(market_id: int, *, without: int = 0) -> dict[Kind, Pays]:
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, [market_id, without])
        return {
            (option, line_q, three_way): Pays(*map(int, sums))
            for option, line_q, three_way, *sums in cursor.fetchall()
        }


def _summed_of_many(market_ids: list[int]) -> dict[int, dict[Kind, Pays]]:
    books: defaultdict[int, dict[Kind, Pays]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_SUMS_OF_MANY, [market_ids])
        for market_id, option, line_q, three_way, *sums in cursor.fetchall():
            books[market_id][option, line_q, three_way] = Pays(*map(int, sums))
    return dict(books)


def _standing(book: dict[Kind, Pays]) -> Standing:
    return Standing(
        staked=sum(pays.staked for pays in book.values()), worst=exposure.worst_loss(book)
    )


def _added(market_id: int, kind: Kind, bet: Pays) -> dict[Kind, Pays]:
    """Add a bet to its market's row and hold that until the commit; {} if there is none yet."""
    with connection.cursor() as cursor:
        numbers = list(_numbers(bet))
        given: dict[str, Any] = {"market_id": market_id, "kind": _name(kind), "bet": numbers}
        cursor.execute(_ADD, given)
        row = cursor.fetchone()
    return _read(json.loads(row[0])) if row else {}


def _begun(order: Order, kind: Kind, bet: Pays) -> dict[Kind, Pays]:
    """As `_added`, where there was no row: sum the orders up, unless another bet did meanwhile."""
    with connection.cursor() as cursor:
        # What is not there cannot be held: made first.
        cursor.execute(_OPEN, [order.market_id])
        cursor.execute(_LOCK, [order.market_id])
        (text,) = cursor.fetchone()
        before = _read(json.loads(text)) or _summed(order.market_id, without=order.pk)
        book = exposure.added(before, kind, bet)
        cursor.execute(_WRITE, [_written(book), order.market_id])
    return book


def _read(book: dict[str, Any]) -> dict[Kind, Pays]:
    kinds = {}
    for key, sums in book.items():
        option, line_q, ways = map(int, key.split(":"))
        kinds[option, line_q, ways == 3] = Pays(*sums)  # noqa: PLR2004
    return kinds


def _written(book: dict[Kind, Pays]) -> str:
    return json.dumps({_name(kind): _numbers(pays) for kind, pays in book.items()})


def _name(kind: Kind) -> str:
    option, line_q, three_way = kind
    return f"{option}:{line_q}:{3 if three_way else 2}"


def _numbers(pays: Pays) -> tuple[int, ...]:
    return pays.staked, pays.win, pays.half_win, pays.push, pays.half_lose

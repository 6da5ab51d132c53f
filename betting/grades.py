"""Grading many orders at once: each kind of bet is graded in Python, and one statement applies it.

The number of statements does not depend on the number of orders, and no order passes through
Python. What decides the end of a bet, whatever its price and stake, is its kind: option, line and
ways; a market has a few dozen kinds at most.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection

from betting import grading
from betting.grading import Outcome, Result


class Which(StrEnum):
    """Which orders of a market are meant, as a condition on `o`."""

    WAITING = "o.state = 'accepted'"
    # Graded with the market; what was voided one by one stays void whatever the result.
    GRADED = (
        "o.state <> 'accepted' AND o.settlement_version NOT IN ("
        "SELECT version FROM betting_settlement"
        " WHERE market_id = %(market_id)s AND kind = 'void_orders')"
    )
    WAITING_SINCE = "o.state = 'accepted' AND o.placed_at > %(since)s"
    ONE = "o.state = 'accepted' AND o.id = %(order_id)s"


@dataclass(frozen=True, slots=True)
class Scope:
    """Some orders of one market."""

    market_id: int
    which: Which
    since: datetime | None = None
    order_id: int | None = None

    @property
    def condition(self) -> str:
        return f"o.market_id = %(market_id)s AND {self.which}"

    @property
    def values(self) -> dict[str, Any]:
        return {"market_id": self.market_id, "since": self.since, "order_id": self.order_id}


@dataclass(frozen=True, slots=True)
class Graded:
    """The bets of one kind, how many there are, and how they end."""

    option: int
    line_q: int | None
    three_way: bool
    orders: int
    staked: int
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What a grading did to how many orders. Amounts in the smallest unit."""

    orders: int
    staked: int
    paid_out: int

    @property
    def profit(self) -> int:
        """What the house keeps, negative where it pays more than was staked."""
        return self.staked - self.paid_out


# One row for each kind of bet. div() rounds down where a cast of "/" would round up half the time.
_TERMS = """
unnest(
    %(options)s::int[], %(lines)s::int[], %(ways)s::bool[],
    %(results)s::text[], %(by_odds)s::int[], %(flats)s::int[]
) AS t (option, line_q, three_way, result, by_odds, flat)
"""
_SAME_KIND = (
    "o.option = t.option AND coalesce(o.line_q, 0) = t.line_q AND o.three_way = t.three_way"
)
_PAYOUT = "div(o.stake * (t.by_odds * o.odds_hundredths + t.flat), 200)"


def kinds(scope: Scope) -> list[Graded]:
    """Return the kinds of bets in the scope, not graded yet. One query, one pass."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.option, o.line_q, o.three_way, count(*), sum(o.stake)"  # noqa: S608
            f" FROM betting_order o WHERE {scope.condition} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            scope.values,
        )
        return [
            Graded(option, line_q, three_way, orders, int(staked))
            for option, line_q, three_way, orders, staked in cursor.fetchall()
        ]


def graded(bets: list[Graded], outcome: Outcome | None) -> list[Graded]:
    """Return the kinds with their results; without an outcome, all of them void."""
    return [
        Graded(
            bet.option,
            bet.line_q,
            bet.three_way,
            bet.orders,
            bet.staked,
            Result.VOID
            if outcome is None
            else grading.grade(
                option=bet.option,
                line_q=bet.line_q,
                three_way=bet.three_way,
                outcome=outcome,
            ),
        )
        for bet in bets
    ]


def need_scores(bets: list[Graded]) -> bool:
    """Tell whether some of these can only be graded by the score."""
    return any(bet.option not in grading.MONEYLINE for bet in bets)


def apply(scope: Scope, bets: list[Graded], *, version: int) -> Totals:
    """Write the results and payouts of the orders in the scope. One statement."""
    statement = f"""
    WITH done AS (
        UPDATE betting_order o SET state = 'settled', settlement_version = %(version)s,
            result = t.result, payout = {_PAYOUT}
        FROM {_TERMS} WHERE {scope.condition} AND {_SAME_KIND}
        RETURNING o.stake, o.payout
    )
    SELECT count(*), coalesce(sum(stake), 0), coalesce(sum(payout), 0) FROM done
    """  # noqa: S608 (the pieces are this file's own)
    with connection.cursor() as cursor:
        cursor.execute(statement, scope.values | _values(bets) | {"version": version})
        orders, staked, paid_out = cursor.fetchone()
    assert orders == sum(bet.orders for bet in bets), "an order escaped its grade"
    return Totals(orders, int(staked), int(paid_out))


def apply_again(scope: Scope, bets: list[Graded], *, version: int) -> tuple[Totals, int]:
    """Replace results and payouts; claimed orders stay claimed. Two statements.

    Returns the totals, and by how much the payouts that wait to be claimed grew. What changed for
    those that were claimed is left in the temporary table `regraded (user_id, delta)`, one row
    for each user, none of them zero.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE TEMPORARY TABLE regraded_orders ON COMMIT DROP AS
            WITH before AS (
                SELECT o.id, o.payout FROM betting_order o WHERE {scope.condition}
            ), done AS (
                UPDATE betting_order o SET settlement_version = %(version)s,
                    result = t.result, payout = {_PAYOUT}
                FROM before, {_TERMS} WHERE o.id = before.id AND {_SAME_KIND}
                RETURNING o.user_id, o.state, o.stake, o.payout, o.payout - before.payout AS delta
            )
            SELECT * FROM done
            """,  # noqa: S608 (the pieces are this file's own)
            scope.values | _values(bets) | {"version": version},
        )
        cursor.execute(
            """
            CREATE TEMPORARY TABLE regraded ON COMMIT DROP AS
            SELECT user_id, sum(delta) AS delta FROM regraded_orders
            WHERE state = 'claimed' GROUP BY user_id HAVING sum(delta) <> 0
            """
        )
        cursor.execute(
            "SELECT count(*), coalesce(sum(stake), 0), coalesce(sum(payout), 0),"
            " coalesce(sum(delta) FILTER (WHERE state = 'settled'), 0) FROM regraded_orders"
        )
        orders, staked, paid_out, grown = cursor.fetchone()
        cursor.execute("DROP TABLE regraded_orders")
    assert orders == sum(bet.orders for bet in bets), "an order escaped its grade"
    return Totals(orders, int(staked), int(paid_out)), int(grown)


def take_back(scope: Scope) -> Totals:
    """Return the orders in the scope to where they wait for a result. One statement."""
    statement = f"""
    WITH done AS (
        UPDATE betting_order o SET state = 'accepted', result = NULL, payout = NULL,
            settlement_version = 0
        WHERE {scope.condition} AND o.state = 'settled' RETURNING o.stake
    )
    SELECT count(*), coalesce(sum(stake), 0) FROM done
    """  # noqa: S608 (the pieces are this file's own)
    with connection.cursor() as cursor:
        cursor.execute(statement, scope.values)
        orders, staked = cursor.fetchone()
    return Totals(orders, int(staked), 0)


def by_option(scope: Scope, bets: list[Graded]) -> list[dict[str, Any]]:
    """Return what the grading would do: {option, result, orders, staked, payout}, one query."""
    statement = f"""
    SELECT o.option, t.result, count(*), sum(o.stake), sum({_PAYOUT})
    FROM betting_order o JOIN {_TERMS} ON {_SAME_KIND}
    WHERE {scope.condition} GROUP BY 1, 2 ORDER BY 1, 2
    """  # noqa: S608 (the pieces are this file's own)
    with connection.cursor() as cursor:
        cursor.execute(statement, scope.values | _values(bets))
        return _rows(cursor.fetchall())


def present(scope: Scope) -> list[dict[str, Any]]:
    """Return what the orders in the scope were graded: rows as `by_option` has them, one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.option, o.result, count(*), sum(o.stake), sum(o.payout)"  # noqa: S608
            f" FROM betting_order o WHERE {scope.condition} GROUP BY 1, 2 ORDER BY 1, 2",
            scope.values,
        )
        return _rows(cursor.fetchall())


def claimed_deltas(scope: Scope, bets: list[Graded]) -> tuple[str, dict[str, Any]]:
    """Return a query, with its values, of (user_id, delta): by how much a user's claimed payouts
    would change. None of the deltas is zero."""
    delta = f"sum({_PAYOUT} - o.payout)"
    statement = f"""
    SELECT o.user_id, {delta} AS delta
    FROM betting_order o JOIN {_TERMS} ON {_SAME_KIND}
    WHERE {scope.condition} AND o.state = 'claimed' GROUP BY o.user_id HAVING {delta} <> 0
    """  # noqa: S608 (the pieces are this file's own)
    return statement, scope.values | _values(bets)


def _rows(found: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    names = ("option", "result", "orders", "staked", "payout")
    return [
        dict(zip(names, (*about, int(staked), int(payout)), strict=True))
        for *about, staked, payout in found
    ]


def _values(bets: list[Graded]) -> dict[str, Any]:
    results = [bet.result for bet in bets]
    assert None not in results, "grade the kinds first"
    pays = [grading.PAYS[result] for result in results if result is not None]
    return {
        "options": [bet.option for bet in bets],
        "lines": [bet.line_q or 0 for bet in bets],
        "ways": [bet.three_way for bet in bets],
        "results": [str(result) for result in results],
        "by_odds": [by_odds for by_odds, _ in pays],
        "flats": [flat for _, flat in pays],
    }

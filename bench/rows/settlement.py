"""Settling a market of many orders, against one bare UPDATE of the same rows.

The bare one changes the same columns on a copy of the table with the same indexes and checks. Both
begin with tables and indexes freshly written and a checkpoint behind them, and take turns in going
first.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from bench import bulk
from bench.harness import MemoryWatch, Options, Result, growth, seconds_of
from bench.harness import servers as embedded_servers
from betting import corrections, settlement
from betting.settlement import Result as Outcome

RATIO_MAX = 1.5
# What Python's allocator may take for a few dozen rows of sums.
FLAT_BYTES = 4 << 20
MB = 1 << 20

_COPY = (
    "DROP TABLE IF EXISTS bare",
    "CREATE TABLE bare (LIKE betting_order INCLUDING ALL) WITH (autovacuum_enabled = off)",
    "INSERT INTO bare SELECT * FROM betting_order",
)
_BARE = """
UPDATE bare SET state = 'settled', settlement_version = 1,
    result = CASE WHEN option IN (1, 4, 6) THEN 'WIN' ELSE 'LOSE' END,
    payout = CASE WHEN option IN (1, 4, 6) THEN div(stake * 2 * odds_hundredths, 200) ELSE 0 END
WHERE market_id = %s AND state = 'accepted'
"""


@dataclass
class Rounds:
    """Seconds, a figure for each round."""

    settle: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    rollback: list[float] = field(default_factory=list)
    resettle: list[float] = field(default_factory=list)
    # By how much this process and the database's grew, in bytes.
    grown_here: int = 0
    grown_there: int = 0

    @property
    def ratio(self) -> float:
        # Each with the bare one beside it: the machine may be slower in one round than in another.
        return median(a / b for a, b in zip(self.settle, self.bare, strict=True))


def run(options: Options) -> Iterator[Result]:
    with embedded_servers():
        # What comes by itself now and then would meet the one or the other.
        bulk.execute("ALTER TABLE betting_order SET (autovacuum_enabled = off)")
        bulk.execute("ALTER TABLE betting_ledgerentry SET (autovacuum_enabled = off)")
        users = bulk.add_users(max(options.size // 10, 2))
        tenth = measured(options.size // 10, users=users, rounds=options.rounds)
        full = measured(options.size, users=users, rounds=options.rounds)
    yield from lines(full, size=options.size)
    # Each beside the bare UPDATE of its size: beyond its buffers PostgreSQL's own cost grows.
    yield growth(
        "settlement, an order",
        small=tenth.ratio,
        large=full.ratio,
        unit="x bare",
        tenth=vars(tenth),
    )


def lines(rounds: Rounds, *, size: int) -> Iterator[Result]:
    bare = median(rounds.bare)
    yield Result(
        row=f"settlement of {size:,} orders",
        figure=median(rounds.settle),
        unit="s",
        yardstick=bare,
        ratio=rounds.ratio,
        bar=f"≤ {RATIO_MAX} x one bare UPDATE",
        met=rounds.ratio <= RATIO_MAX,
        seen=vars(rounds),
    )
    yield Result(
        row="settlement: memory of its process",
        figure=rounds.grown_here / MB,
        unit="MB more",
        bar=f"flat: ≤ {FLAT_BYTES / MB:.0f} MB",
        met=rounds.grown_here <= FLAT_BYTES,
    )
    yield Result(
        row="settlement: memory of the database's process",
        figure=rounds.grown_there / MB,
        unit="MB more",
    )
    for name in ("rollback", "resettle"):
        seconds = median(vars(rounds)[name])
        yield Result(
            row=f"{name} of {size:,} orders",
            figure=seconds,
            unit="s",
            yardstick=bare,
            ratio=seconds / bare,
        )


def measured(size: int, *, users: list[int], rounds: int) -> Rounds:
    """Settle a market of `size` orders, take it back, and so on; at last correct the result."""
    market_id = bulk.open_market().pk
    bulk.add_orders(size, users=users, markets=[market_id])
    bulk.check_ledger()
    seen = Rounds()
    for number in range(rounds):
        for statement in _COPY:
            bulk.execute(statement)
        turns = [lambda: _settle(market_id, seen), lambda: _update(market_id, size, seen)]
        for turn in turns if number % 2 else reversed(turns):
            turn()
        bulk.check_ledger()
        if number < rounds - 1:
            seen.rollback.append(seconds_of(lambda: _rollback(market_id)))
            bulk.check_ledger()
    bulk.claim_some(market_id)
    seen.resettle.append(seconds_of(lambda: _resettle(market_id)))
    bulk.check_ledger()
    return seen


def _settle(market_id: int, seen: Rounds) -> None:
    _freshen("betting_order")
    ((database_pid,),) = bulk.execute("SELECT pg_backend_pid()")
    with MemoryWatch(os.getpid()) as here, MemoryWatch(database_pid) as there:
        seen.settle.append(
            seconds_of(
                lambda: settlement.settle_market(
                    market_id=market_id, result=Outcome(scores=(2, 1)), actor=None
                )
            )
        )
    seen.grown_here = max(seen.grown_here, here.grown)
    seen.grown_there = max(seen.grown_there, there.grown)


def _update(market_id: int, size: int, seen: Rounds) -> None:
    _freshen("bare")
    seen.bare.append(seconds_of(lambda: bulk.execute(_BARE, [market_id])))
    ((changed,),) = bulk.execute(
        "SELECT count(*) FROM bare WHERE market_id = %s AND state = 'settled'", [market_id]
    )
    assert changed == size, changed


def _rollback(market_id: int) -> Any:
    return corrections.rollback_market(market_id=market_id, actor=None, reason="bench")


def _resettle(market_id: int) -> Any:
    return corrections.resettle_market(
        market_id=market_id, result=Outcome(scores=(0, 3)), actor=None, reason="bench"
    )


def _freshen(table: str) -> None:
    bulk.execute(f"VACUUM (FULL, ANALYZE) {table}")
    bulk.execute("CHECKPOINT")

"""A projection that shows whatever is applied twice, out of order, or not undone.

Its tables refuse nothing: what happened twice is there twice, and sums say so too.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection

from chain.handlers import Refused
from chain.logs import Placed

TABLES = {
    # Every event that is applied now, in the order of being applied.
    "recorded_event": (
        "id bigserial PRIMARY KEY, block_number bigint, log_index int, block_hash text,"
        " transaction_hash text, kind text, says text"
    ),
    # Shares by owner and outcome; liquidity and payouts by owner, under the numbers below.
    "recorded_amount": (
        "market numeric, owner text, outcome int, amount numeric,"
        " PRIMARY KEY (market, owner, outcome)"
    ),
    "recorded_pause": "market numeric, reason text",
    # Each word about finality.
    "recorded_final": "block_number bigint",
}
LIQUIDITY, PAYOUT = -1, -2


def camel(name: str) -> str:
    """market_id → marketId"""
    return re.sub(r"_(\w)", lambda found: found.group(1).upper(), name)


def said(values: dict[str, Any]) -> str:
    """An event's values in one spelling, whoever names them."""
    spelled = {camel(name): _spelled(value) for name, value in values.items()}
    return " ".join(f"{name}={spelled[name]}" for name in sorted(spelled))


def _spelled(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_spelled, value)) + "]"
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def moves(kind: str, values: dict[str, Any]) -> Counter[tuple[str, int]]:
    """What an event gives to whom: (owner, outcome) → amount, by the contract's names."""
    match kind:
        case "SharesBought":
            return Counter({(values["trader"], values["outcome"]): values["sharesOut"]})
        case "SharesSold":
            return Counter({(values["trader"], values["outcome"]): -values["sharesIn"]})
        case "LiquidityAdded":
            owner, shares, lp = values["provider"], values["sharesReturned"], values["lpMinted"]
        case "LiquidityRemoved":
            owner, shares, lp = values["provider"], values["sharesOut"], -values["lpBurned"]
        case "WinningsClaimed":
            burned = {(values["claimant"], i): -n for i, n in enumerate(values["sharesBurned"])}
            return Counter(burned | {(values["recipient"], PAYOUT): values["payout"]})
        case _:
            return Counter()
    return Counter({(owner, LIQUIDITY): lp} | {(owner, i): n for i, n in enumerate(shares)})


class Recorder:
    """The handler. `watch` is called with each event before it is applied, and may raise; what
    `refuses` says yes to makes no sense, whatever it says.
    """

    def __init__(self) -> None:
        self.watch: Callable[[Placed], object] = lambda _: None
        self.refuses: Callable[[Placed], bool] = lambda _: False

    def apply(self, events: Sequence[Placed], *, is_replay: bool = False) -> Sequence[Refused]:
        outcomes, refused, rows = _outcomes(), [], []
        amounts: Counter[tuple[int, str, int]] = Counter()
        for placed in events:
            self.watch(placed)
            kind, values = type(placed.event).__name__, _values(placed.event)
            nonsense = _nonsense(kind, values, outcomes)
            if nonsense or self.refuses(placed):
                refused.append(Refused(placed, nonsense or "not now"))
                continue
            if kind == "MarketCreated":
                outcomes[values["marketId"]] = values["outcomeCount"]
            log = placed.log
            place = (log.block_number, log.log_index, log.block_hash, log.transaction_hash)
            rows.append((*place, kind, said(values)))
            _add(amounts, kind, values, 1)
        _run_each(
            "INSERT INTO recorded_event"
            " (block_number, log_index, block_hash, transaction_hash, kind, says)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            rows,
        )
        _store(amounts)
        return refused

    def undo(self, events: Sequence[Placed]) -> None:
        amounts: Counter[tuple[int, str, int]] = Counter()
        for placed in events:
            last = _rows(
                "DELETE FROM recorded_event WHERE id = (SELECT max(id) FROM recorded_event)"
                " RETURNING block_hash, log_index"
            )
            assert last == [(placed.log.block_hash, placed.log.log_index)], (last, placed)
            assert placed.log.block_number > final(), placed
            _add(amounts, type(placed.event).__name__, _values(placed.event), -1)
        _store(amounts)

    def finalize(self, block_number: int) -> None:
        assert block_number >= final(), (block_number, final())
        _run("INSERT INTO recorded_final VALUES (%s)", block_number)

    def reset(self, contract: str) -> None:
        # But not what was final.
        for table in TABLES.keys() - {"recorded_final"}:
            _run(f"DELETE FROM {table}")

    def replayed(self, contract: str) -> None: ...

    def pause(self, contract: str, market_id: int, reason: str) -> None:
        _run("INSERT INTO recorded_pause VALUES (%s, %s)", market_id, reason)

    def resume(self, contract: str, market_id: int) -> None:
        _run("DELETE FROM recorded_pause WHERE market = %s", market_id)


def _nonsense(kind: str, values: dict[str, Any], outcomes: dict[int, int]) -> str:
    """Return why an event makes no sense where these markets have so many outcomes; or nothing."""
    count = outcomes.get(values["marketId"])
    if kind == "MarketCreated":
        return "" if count is None else "the market is there already"
    if count is None:
        return "no such market"
    if not values.get("voided") and values.get("outcome", 0) >= count:
        return "no such outcome"
    lengths = {len(value) for value in values.values() if isinstance(value, tuple)}
    return "" if lengths <= {count} else "numbers of other outcomes"


def _add(
    amounts: Counter[tuple[int, str, int]], kind: str, values: dict[str, Any], sign: int
) -> None:
    for (owner, outcome), amount in moves(kind, values).items():
        amounts[values["marketId"], owner, outcome] += sign * amount


def _store(amounts: Counter[tuple[int, str, int]]) -> None:
    _run_each(
        "INSERT INTO recorded_amount VALUES (%s, %s, %s, %s) ON CONFLICT (market, owner, outcome)"
        " DO UPDATE SET amount = recorded_amount.amount + excluded.amount",
        [(*place, amount) for place, amount in amounts.items()],
    )


def _values(event: Any) -> dict[str, Any]:
    return {camel(name): getattr(event, name) for name in event.__dataclass_fields__}


# --- What is recorded ------------------------------------------------------------------------


def make_tables() -> None:
    with connection.cursor() as cursor:
        for table, columns in TABLES.items():
            cursor.execute(f"CREATE TABLE {table} ({columns})")


def empty_tables() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(TABLES))


def drop_tables() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")


def events() -> list[tuple[int, int, str, str, str, str]]:
    """Every event that counts, in the order in which it was applied."""
    return _rows(
        "SELECT block_number, log_index, block_hash, transaction_hash, kind, says"
        " FROM recorded_event ORDER BY id"
    )


def amounts() -> dict[tuple[int, str, int], int]:
    """Who has how much, without zeros."""
    rows = _rows("SELECT market, owner, outcome, amount FROM recorded_amount WHERE amount <> 0")
    return {(int(market), owner, outcome): int(n) for market, owner, outcome, n in rows}


def paused() -> set[int]:
    return {int(market) for (market,) in _rows("SELECT DISTINCT market FROM recorded_pause")}


def finals() -> list[int]:
    """Every block up to which the handler heard that all is final, in that order."""
    return [number for (number,) in _rows("SELECT block_number FROM recorded_final")]


def final() -> int:
    """The last block that was said to be final."""
    return _rows("SELECT coalesce(max(block_number), -1) FROM recorded_final")[0][0]


def _outcomes() -> dict[int, int]:
    """How many outcomes each market has."""
    created = _rows("SELECT says FROM recorded_event WHERE kind = 'MarketCreated'")
    found = [re.search(r"marketId=(\d+) outcomeCount=(\d+)", says) for (says,) in created]
    return {int(words[1]): int(words[2]) for words in found}


def _run_each(query: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(query, rows)


def _run(query: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query, params)


def _rows(query: str, *params: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        return cursor.fetchall()

"""A contract's whole history, read from the deployment on: decoded, stored and projected.

Beside it what the least would be: eth_abi decodes the same logs, and one COPY stores them in a
table with the same indexes and checks. The node is in this process and answers from memory. Figures
are of CPU, this process's and the database's together: one core, whatever else the machine does.
"""

import gc
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from statistics import median
from typing import Any

import eth_abi
from django.conf import settings
from django.db import connection, transaction

from bench import bulk
from bench.harness import Options, Result, cpu_seconds_here, growth, seconds_of
from bench.harness import servers as embedded_servers
from chain import handlers, profiles
from chain.config import ChainConfig
from chain.events import Family
from chain.finality import Finality
from chain.listener import Listener
from chain.models import Cursor, Quarantine, RawLog
from chain.nodes import Nodes
from chain.tests.fake_contract import CONTRACT, EVENTS, ONE, Emitted, Reverted, World, topic
from trading.models import Trade

SIZE = 100_000
RATIO_MIN = 0.5
PER_SECOND_MIN = 5000
LOGS_A_BLOCK = 4
MARKETS = 200
TRADERS_EACH = 10
CHAIN_ID = 56
GENESIS_TIME = 1_700_000_000

_TABLE = (
    "DROP TABLE IF EXISTS bare",
    "CREATE TABLE bare (LIKE chain_rawlog INCLUDING ALL)",
)
_COPY = """
COPY bare (id, chain_id, block_number, block_hash, log_index, transaction_hash, address, topics,
    data, block_time, is_canonical) FROM STDIN
"""
_TYPES = {
    topic(name): (
        [kind for _, kind, is_indexed in inputs if is_indexed],
        [kind for _, kind, is_indexed in inputs if not is_indexed],
    )
    for name, inputs in EVENTS.items()
}
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Rounds:
    """Seconds of CPU, a figure for each round; and of the clock."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    ours_clock: list[float] = field(default_factory=list)
    bare_clock: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """How fast we are beside the bare one, each round by itself: machines have moods."""
        return median(b / a for a, b in zip(self.ours, self.bare, strict=True))


@dataclass
class Told:
    """A node that has every answer ready."""

    logs: dict[int, list[dict[str, Any]]]
    headers: list[dict[str, Any]]
    name: str = "memory"

    def batch(self, calls: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        return [self.call(*call) for call in calls]

    ask = batch

    def call(self, method: str, params: Sequence[Any]) -> Any:
        match method:
            case "eth_chainId":
                return hex(CHAIN_ID)
            case "eth_getBlockByNumber":
                named = params[0] in {"latest", "finalized"}
                return self.headers[-1 if named else int(params[0], 16)]
        first, last = int(params[0]["fromBlock"], 16), int(params[0]["toBlock"], 16)
        return [log for number in range(first, last + 1) for log in self.logs.get(number, ())]


def run(options: Options) -> Iterator[Result]:
    size = min(options.size, SIZE)
    tenth, full = history(size // 10), history(size)
    # A line for each unit is for those who watch.
    logging.getLogger("chain").setLevel(logging.WARNING)
    # The history is nobody's garbage: neither side pays for looking at it again and again.
    gc.freeze()
    with embedded_servers():
        of_tenth = measured(tenth, rounds=options.rounds)
        of_full = measured(full, rounds=options.rounds)
    per_second = size / median(of_full.ours)
    yield Result(
        row=f"chain backfill of {size:,} events",
        figure=per_second,
        unit="events/s of CPU",
        yardstick=size / median(of_full.bare),
        ratio=of_full.ratio,
        bar=f"≥ {RATIO_MIN} x eth_abi and COPY, ≥ {PER_SECOND_MIN:,}/s",
        met=of_full.ratio >= RATIO_MIN and per_second >= PER_SECOND_MIN,
        seen=vars(of_full),
    )
    yield growth(
        "chain backfill, an event",
        small=1e6 * median(of_tenth.ours) / (size // 10),
        large=1e6 * median(of_full.ours) / size,
        unit="µs of CPU",
        tenth=vars(of_tenth),
    )


def history(size: int) -> Told:
    """Return a node with so many events of markets that many trade in."""
    random, world = Random(size), World()
    emitted: list[Emitted] = []
    while len(emitted) < size:
        try:
            emitted.append(something(random, world, len(emitted)))
        except Reverted:
            continue
    logs: dict[int, list[dict[str, Any]]] = {}
    headers = [header(0)]
    for place, each in enumerate(emitted):
        number = 1 + place // LOGS_A_BLOCK
        if number == len(headers):
            headers.append(header(number))
        logs.setdefault(number, []).append(log(each, place, headers[number]))
    return Told(logs, headers)


def something(random: Random, world: World, number: int) -> Emitted:
    """Open the markets; then buy mostly, sell sometimes, and now and then provide liquidity."""
    if number < 2 * MARKETS:
        market = number // 2
        return (
            world.add(market=market, amount=10**6 * ONE)
            if number % 2
            else world.create(market=market)
        )
    market, outcome = random.randrange(MARKETS), random.randrange(2)
    trader = f"0x{market * TRADERS_EACH + random.randrange(TRADERS_EACH):040x}"
    match random.choices(["buy", "sell", "add"], [70, 25, 5])[0]:
        case "buy":
            amount = random.randrange(1, 100 * ONE)
            return world.buy(market=market, trader=trader, outcome=outcome, amount=amount)
        case "sell":
            amount = random.randrange(1, ONE)
            return world.sell(market=market, trader=trader, outcome=outcome, amount=amount)
    return world.add(market=market, provider=trader, amount=random.randrange(ONE, 100 * ONE))


def header(number: int) -> dict[str, Any]:
    return {
        "number": hex(number),
        "hash": f"0x{number + (1 << 255):064x}",
        "parentHash": f"0x{max(0, number - 1) + (1 << 255):064x}",
        "timestamp": hex(GENESIS_TIME + number // 2),
    }


def log(emitted: Emitted, place: int, block: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": CONTRACT,
        "topics": list(emitted.topics),
        "data": emitted.data,
        "blockNumber": block["number"],
        "blockHash": block["hash"],
        "blockTimestamp": block["timestamp"],
        "transactionHash": f"0x{place + (1 << 254):064x}",
        "transactionIndex": hex(place % LOGS_A_BLOCK),
        "logIndex": hex(place % LOGS_A_BLOCK),
        "removed": False,
    }


def measured(node: Told, *, rounds: int) -> Rounds:
    seen = Rounds()
    for number in range(rounds):
        turns = [
            (lambda: by_listener(node), seen.ours, seen.ours_clock),
            (lambda: bare(node), seen.bare, seen.bare_clock),
        ]
        for turn, cpu, clock in turns if number % 2 else reversed(turns):
            bulk.execute("CHECKPOINT")
            before = cpu_seconds_here()
            clock.append(turn())
            cpu.append(cpu_seconds_here() - before)
    return seen


def by_listener(node: Told) -> float:
    bulk.execute(
        "TRUNCATE chain_cursor, chain_rawlog, trading_candle, trading_position, markets_market"
        " CASCADE"
    )
    config = ChainConfig(
        chain_id=CHAIN_ID,
        contract=CONTRACT,
        start_block=1,
        finality=Finality(),
        profile=profiles.load(settings.CHAIN_PROFILE),
    )
    listener = Listener(config, Nodes([node]), handlers.registered(Family.MARKETS))

    def follow() -> None:
        while listener.step(_NOW):
            pass

    took = seconds_of(follow)
    count = sum(map(len, node.logs.values()))
    assert Cursor.objects.get().last_block == len(node.headers) - 1
    assert RawLog.objects.count() == count
    assert not Quarantine.objects.exists()
    assert Trade.objects.exists()
    return took


def bare(node: Told) -> float:
    """Decode the same logs with eth_abi and COPY them, in one transaction."""
    for statement in _TABLE:
        bulk.execute(statement)
    told = [each for number in sorted(node.logs) for each in node.logs[number]]
    return seconds_of(lambda: decode_and_copy(told))


def decode_and_copy(told: list[dict[str, Any]]) -> None:
    decoded = [plainly_decoded(each) for each in told]
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(_COPY) as into:
        for place, each in enumerate(told, 1):
            into.write_row(row(place, each))
    assert len(decoded) == len(told)


def plainly_decoded(each: dict[str, Any]) -> tuple[Any, ...]:
    indexed, rest = _TYPES[each["topics"][0]]
    topics = bytes.fromhex("".join(text[2:] for text in each["topics"][1:]))
    return eth_abi.decode(indexed, topics) + eth_abi.decode(rest, bytes.fromhex(each["data"][2:]))


def row(place: int, each: dict[str, Any]) -> tuple[Any, ...]:
    return (
        place,
        CHAIN_ID,
        int(each["blockNumber"], 16),
        each["blockHash"],
        int(each["logIndex"], 16),
        each["transactionHash"],
        each["address"],
        each["topics"],
        each["data"],
        datetime.fromtimestamp(int(each["blockTimestamp"], 16), tz=UTC),
        True,
    )

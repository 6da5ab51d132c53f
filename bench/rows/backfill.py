"""A contract's whole history, read from the deployment on: decoded, stored and projected.

Beside it what the least would be: eth_abi decodes the same logs, and one COPY stores them in a
table with the same indexes and checks. The node is in this process and answers from memory.
"""

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
from bench.harness import Options, Result, growth, seconds_of
from bench.harness import servers as embedded_servers
from chain import handlers, profiles
from chain.config import ChainConfig
from chain.finality import Finality
from chain.listener import Listener
from chain.models import Cursor, Quarantine, RawLog
from chain.nodes import Nodes
from chain.tests.fake_contract import CONTRACT, EVENTS, Emitted, Reverted, World, topic
from trading.models import Trade

SIZE = 100_000
RATIO_MIN = 0.5
PER_SECOND_MIN = 5000
LOGS_A_BLOCK = 4
MARKETS = 200
TRADERS = 2000
CHAIN_ID = 56
GENESIS_TIME = 1_700_000_000

_COPY = (
    "DROP TABLE IF EXISTS bare",
    "CREATE TABLE bare (LIKE chain_rawlog INCLUDING ALL)",
)
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
    """Seconds, a figure for each round."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

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
    node = history(size)
    with embedded_servers():
        tenth = measured(history(size // 10), rounds=options.rounds)
        full = measured(node, rounds=options.rounds)
    per_second = size / median(full.ours)
    yield Result(
        row=f"chain backfill of {size:,} events",
        figure=per_second,
        unit="events/s",
        yardstick=size / median(full.bare),
        ratio=full.ratio,
        bar=f"≥ {RATIO_MIN} x eth_abi and COPY, ≥ {PER_SECOND_MIN:,}/s",
        met=full.ratio >= RATIO_MIN and per_second >= PER_SECOND_MIN,
        seen=vars(full),
    )
    yield growth(
        "chain backfill, an event",
        small=1e6 * median(tenth.ours) / (size // 10),
        large=1e6 * median(full.ours) / size,
        unit="µs",
        tenth=vars(tenth),
    )


def history(size: int) -> Told:
    """Return a node with so many events of markets that many trade in."""
    random, world = Random(size), World()  # noqa: S311 (nothing secret)
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
    if number < 2 * MARKETS:
        market = number // 2
        return world.add(market=market, amount=10**24) if number % 2 else world.create(market=market)
    market, outcome = random.randrange(MARKETS), random.randrange(2)
    trader = f"0x{market * TRADERS // MARKETS + random.randrange(TRADERS // MARKETS):040x}"
    if random.random() < 0.7:
        amount = random.randrange(1, 10**20)
        return world.buy(market=market, trader=trader, outcome=outcome, amount=amount)
    if random.random() < 0.9:
        amount = random.randrange(1, 10**18)
        return world.sell(market=market, trader=trader, outcome=outcome, amount=amount)
    return world.add(market=market, provider=trader, amount=random.randrange(10**18, 10**20))


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
        turns = [lambda: seen.ours.append(by_listener(node)), lambda: seen.bare.append(bare(node))]
        for turn in turns if number % 2 else reversed(turns):
            bulk.execute("CHECKPOINT")
            turn()
    return seen


def by_listener(node: Told) -> float:
    bulk.execute("TRUNCATE chain_cursor, chain_rawlog CASCADE")
    config = ChainConfig(
        chain_id=CHAIN_ID,
        contract=CONTRACT,
        start_block=1,
        finality=Finality(),
        profile=profiles.load(settings.CHAIN_PROFILE),
    )
    listener = Listener(config, Nodes([node]), handlers.registered())

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
    for statement in _COPY:
        bulk.execute(statement)
    told = [each for number in sorted(node.logs) for each in node.logs[number]]
    return seconds_of(lambda: decode_and_copy(told))


def decode_and_copy(told: list[dict[str, Any]]) -> None:
    decoded = []
    for each in told:
        indexed, rest = _TYPES[each["topics"][0]]
        topics = bytes.fromhex("".join(topic[2:] for topic in each["topics"][1:]))
        decoded.append(
            (eth_abi.decode(indexed, topics), eth_abi.decode(rest, bytes.fromhex(each["data"][2:])))
        )
    statement = "COPY bare (id, chain_id, block_number, block_hash, log_index, transaction_hash, address, topics, data, block_time, is_canonical) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as into:
        for place, each in enumerate(told, 1):
            into.write_row(
                (
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
            )

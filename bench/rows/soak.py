"""Everything at once for a long time: sockets, reads, bets, overrides, settlements.

A minute unless told otherwise; the figures in docs/performance.md are of `--seconds=600`. At the
end: what each process's memory and connections grew by since the load had run for a while, and
whether any acknowledged bet, any update at a socket or any unit of money is lost or double.
"""

import json
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from io import StringIO
from itertools import count

from django.core.management import call_command
from django.db import connection

from bench import bulk, harness, load, serving
from bench.crowds import Crowd, Wish, crowd
from bench.harness import Options, Result, Running
from bench.serving import Target
from betting.models import Order
from markets.models import Market

SECONDS = 60.0
SLICE_SECONDS = 5.0
# Of the whole; caches, pools and Python's own heap have filled up by then.
WARM_UP_SHARE = 0.25
MARKETS = 20
FOLLOWED = 5
STAKE = 1_000_003
REFERENCE = "soak-"
# Of each ten requests of a client: the others are reads.
BETS, OVERRIDES = 2, 1
READS = ("odds/{}", "markets/{}/odds/snapshot", "markets/active", "markets?pageSize=20", "balance")
# What a request may be told: the market that it is about may have been settled just now.
EXPECTED = {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.CONFLICT}
# A process may grow by so much and be flat all the same.
GROWN_BYTES_MAX = 16 * 1024 * 1024
CONNECTIONS_MORE_MAX = 8


@dataclass(frozen=True, slots=True)
class Use:
    """What each process holds, by what it is and its number, and what the servers are used by."""

    memory: dict[str, int]
    descriptors: int
    database_connections: int

    @classmethod
    def of(cls, running: Running) -> "Use":
        memory, descriptors = {}, 0
        for process in [running.process, *running.process.children()]:
            words = process.cmdline()
            name = next((word for word in words[1:] if word in NAMES), words[0].rpartition("/")[2])
            info = process.memory_info()
            # PostgreSQL's buffers are shared: they fill up once.
            memory[f"{name} {process.pid}"] = info.rss - getattr(info, "shared", 0)
            descriptors += process.num_fds()
        rows = bulk.execute("SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'cl%%'")
        return cls(memory, descriptors, rows[0][0])


NAMES = {"serve", "run_clock", "demo_feed", "run_all"}


@dataclass
class Town:
    """Who does what, and what they were told."""

    bettors: list[bulk.Bettor]
    operator: bulk.Bettor
    # Settled from the left, opened on the right.
    markets: deque[int]
    said: Counter[HTTPStatus] = field(default_factory=Counter)
    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    settled: int = 0

    def __post_init__(self) -> None:
        self._numbers = count()

    def next_request(self, client: int) -> bytes:
        """Return what this client does next: mostly reads, some bets, a few overrides."""
        number = next(self._numbers)
        kind, market_id = number % 10, self.markets[number // 10 % len(self.markets)]
        bettor = self.bettors[client]
        if kind < BETS:
            return load.request("POST", "bets", token=bettor.token, body=_bet(market_id, number))
        if kind < BETS + OVERRIDES:
            body = _override(market_id, number)
            return load.request("POST", "admin/odds/override", token=self.operator.token, body=body)
        path = READS[kind % len(READS)].format(market_id)
        return load.request("GET", path, token=bettor.token)

    def note(self, done: load.Load) -> None:
        """Keep what the answers of a slice say.

        Raises:
            AssertionError: something was answered that should not be.
        """
        for status, bodies in done.answers.items():
            assert status in EXPECTED, (status, bodies[0])
            self.said[status] += len(bodies)
        for body in done.answers.get(HTTPStatus.CREATED, ()):
            if reference := json.loads(body).get("clientRef"):
                self.acknowledged.append((json.loads(body)["orderId"], reference))

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Settle the oldest market and open another one while the block runs."""
        thread = threading.Thread(target=self._settle_one)
        thread.start()
        try:
            yield
        finally:
            thread.join()

    def _settle_one(self) -> None:
        try:
            self.markets.append(bulk.open_market().pk)
            market_id = str(self.markets.popleft())
            call_command("settle_market", market_id, home=2, away=1, stdout=StringIO())
            self.settled += 1
        finally:
            connection.close()


def run(options: Options) -> Iterator[Result]:
    seconds = SECONDS if options.seconds == Options().seconds else options.seconds
    with harness.running(workers=options.workers) as running, crowd() as clients:
        users = bulk.add_users(options.clients)
        town = Town(
            [bulk.sign_in(user_id) for user_id in users],
            serving.operator(),
            deque(bulk.open_market().pk for _ in range(MARKETS)),
        )
        wrong = Counter[str]()
        followed = join(clients, running, town, options.sockets)
        slices = max(4, round(seconds / SLICE_SECONDS))
        before = Use.of(running)
        for number in range(slices):
            if number == round(WARM_UP_SHARE * slices):
                before = Use.of(running)
            with town.settling():
                town.note(
                    load.run(
                        running.house.url,
                        clients=options.clients,
                        seconds=seconds / slices,
                        next_request=town.next_request,
                    )
                )
            wrong += heard(clients, followed)
        after = Use.of(running)
        clients.leave()
        yield from flat(before, after, town)
        yield unharmed(town, wrong)
        running.house.manage("check_ledger")
        running.house.manage("check_audit")


def join(clients: Crowd, running: Running, town: Town, sockets: int) -> list[int]:
    """Let so many sockets follow FOLLOWED markets each; return all that are followed."""
    host = running.house.url.removeprefix("http://")
    paths = tuple(f"/ws/odds?token={bettor.token}" for bettor in town.bettors)
    target = Target("kmarket", host, running.process, paths=paths, gives_states=True)
    ids = list(town.markets)
    followed = [[ids[(n + step) % MARKETS] for step in range(FOLLOWED)] for n in range(MARKETS)]
    clients.join(target, Wish(followed, count=sockets))
    clients.begin()
    return ids


def heard(clients: Crowd, followed: list[int]) -> Counter[str]:
    """Wait until everybody has all there is; return what was not as it should be since then."""
    heads = dict(Market.objects.filter(pk__in=followed).values_list("pk", "seq"))
    seen = clients.catch_up(heads)
    clients.begin()
    bad = {"gaps": seen.gaps, "repeats": seen.repeats, "lost": seen.lost}
    return Counter(bad | {"resyncs": seen.resyncs, "behind": seen.behind})


def flat(before: Use, after: Use, town: Town) -> Iterator[Result]:
    """Compare what the processes held after the warm-up with what they hold at the end."""
    same = before.memory.keys() & after.memory.keys()
    grown = {name: after.memory[name] - before.memory[name] for name in same}
    # One that ended and began again would look small.
    restarted = len(before.memory.keys() ^ after.memory.keys())
    most = max(grown.values())
    yield Result(
        row="soak: memory, the process that grew most",
        figure=most / 1e6,
        unit="MB more",
        bar=f"≤ {GROWN_BYTES_MAX / 1e6:.0f} MB, none restarted",
        met=most <= GROWN_BYTES_MAX and not restarted,
        seen={
            "MB": {name: (before.memory[name] / 1e6, after.memory[name] / 1e6) for name in same},
            "restarted": restarted,
            "answers": {str(int(status)): times for status, times in town.said.items()},
            "settled": town.settled,
        },
    )
    more = after.database_connections - before.database_connections
    yield Result(
        row="soak: connections to the database",
        figure=after.database_connections,
        unit="at the end",
        yardstick=before.database_connections,
        bar=f"≤ {CONNECTIONS_MORE_MAX} more",
        met=more <= CONNECTIONS_MORE_MAX,
        seen={"descriptors": (before.descriptors, after.descriptors)},
    )


def unharmed(town: Town, wrong: Counter[str]) -> Result:
    """Compare what clients were told with what is stored, and add what sockets missed."""
    stored = list(
        Order.objects.filter(client_ref__startswith=REFERENCE).values_list("pk", "client_ref")
    )
    differing = set(town.acknowledged) ^ set(stored)
    double = len(stored) - len({reference for _, reference in stored})
    # A socket that is asked to resync had missed more than it could be given.
    bad = len(differing) + double + wrong.total()
    return Result(
        row=f"soak: lost or double of {len(town.acknowledged):,} bets, gaps at sockets",
        figure=bad,
        unit="",
        bar="0",
        met=bad == 0,
        seen=dict(wrong),
    )


def _bet(market_id: int, number: int) -> dict[str, object]:
    return {
        "marketId": market_id,
        "option": 1,
        "amount": str(STAKE),
        "odds": bulk.PRICES.moneyline.home.hundredths,
        "acceptOdds": "any",
        "clientRef": f"{REFERENCE}{number}",
    }


def _override(market_id: int, number: int) -> dict[str, object]:
    moneyline = {"home": (240 + number // 10 % 2) / 100, "away": 2.9, "draw": 3.3}
    return {"market_id": market_id, "payload": {"moneyline": moneyline}, "reason": "bench"}

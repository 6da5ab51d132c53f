"""Placing bets over HTTP on one hot market, against the same SQL in bare psycopg.

The bare one replays the statements of one such request, in as many processes as there are web
processes and on as many connections as there are clients. The two take turns.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from statistics import median

from django.test import Client

from accounts.models import User
from bench import bare, bulk, harness, load
from bench.harness import Options, Result, Running
from betting import services
from betting.models import Order

RATIO_MIN = 0.25
PER_SECOND_MIN = 250
# No bet of the bench reaches it.
CAP = 10**40
CAPS = {"no cap": None, "a liability cap": CAP}
STAKE = 1_000_003
WARM_UP_SECONDS = 1.0
REFERENCE = "load-"


@dataclass
class Seen:
    """The rounds on one market."""

    statements: int = 0
    per_second: list[float] = field(default_factory=list)
    bare_per_second: list[float] = field(default_factory=list)
    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    # µs of CPU a bet: web, postgres, valkey, other, client
    cpu: list[dict[str, float]] = field(default_factory=list)
    # What the load generator took of one core.
    client_share: list[float] = field(default_factory=list)

    @property
    def server_cpu(self) -> float:
        return median(used["web"] + used["postgres"] for used in self.cpu)


@dataclass
class Table:
    """Whoever bets here, where, and what they were told."""

    options: Options
    running: Running
    bettors: list[bulk.Bettor]
    # Each order that was acknowledged: (id, reference of the request).
    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)

    def against_bare(self, market_id: int, *, cap: int | None) -> Seen:
        """Bet on a market, and replay such a bet on another one, in turns."""
        recording = self._recorded(cap)
        callers = [(bettor.user_id, bettor.session_id) for bettor in self.bettors]
        seen = Seen(statements=len(recording.statements))
        self._bet(market_id, WARM_UP_SECONDS)

        def replay() -> None:
            seen.bare_per_second.append(
                bare.replay(
                    recording,
                    callers=callers,
                    processes=self.options.workers,
                    seconds=self.options.seconds,
                )
            )

        for number in range(self.options.rounds):
            turns = [lambda: self._round(market_id, seen), replay]
            for turn in turns if number % 2 else reversed(turns):
                turn()
        return seen

    def alone(self, market_id: int) -> Seen:
        """Bet on a market."""
        seen = Seen()
        self._bet(market_id, WARM_UP_SECONDS)
        for _ in range(self.options.rounds):
            self._round(market_id, seen)
        return seen

    def _recorded(self, cap: int | None) -> bare.Recording:
        market_id = hot_market(orders=0, users=[])
        set_cap(market_id, cap)
        # Not one of those that bet at the same time.
        bettor = bulk.sign_in(bulk.add_users(1)[0])
        client = Client(headers={"authorization": f"Bearer {bettor.token}"})
        for attempt in ("the first, which makes the market's rows", "one like all others"):
            with bare.recorded() as statements:
                answer = client.post("/api/v1/bets", bet(market_id, attempt), "application/json")
            assert answer.status_code == HTTPStatus.CREATED, answer.content
        return bare.Recording(statements, (bettor.user_id, bettor.session_id))

    def _round(self, market_id: int, seen: Seen) -> None:
        before = self.running.cpu_seconds()
        done = self._bet(market_id, self.options.seconds)
        after = self.running.cpu_seconds()
        bets = len(done.latencies)
        used = {kind: 1e6 * (after[kind] - before[kind]) / bets for kind in after}
        seen.cpu.append(used | {"client": 1e6 * done.cpu_seconds / bets})
        seen.per_second.append(done.per_second)
        seen.p50_ms.append(done.latency_ms(0.5))
        seen.p99_ms.append(done.latency_ms(0.99))
        seen.client_share.append(done.cpu_seconds / done.seconds)

    def _bet(self, market_id: int, seconds: float) -> load.Load:
        def next_request(client: int) -> bytes:
            body = bet(market_id, f"{REFERENCE}{next(self.numbers)}")
            return load.request("POST", "bets", token=self.bettors[client].token, body=body)

        done = load.run(
            self.running.house.url,
            clients=len(self.bettors),
            seconds=seconds,
            next_request=next_request,
        )
        assert set(done.answers) == {HTTPStatus.CREATED}, {
            status: bodies[0] for status, bodies in done.answers.items()
        }
        orders = map(json.loads, done.answers[HTTPStatus.CREATED])
        self.acknowledged += [(order["orderId"], order["clientRef"]) for order in orders]
        return done


def run(options: Options) -> Iterator[Result]:
    with harness.running(workers=options.workers) as running:
        # Many, so that the ids of those who bet are not small numbers, which mean other things.
        *others, _ = users = bulk.add_users(1000 + options.clients)
        bettors = [bulk.sign_in(user_id) for user_id in users[-options.clients :]]
        table = Table(options, running, bettors)
        costs = {}
        market_id = hot_market(orders=options.size // 10, users=others)
        for name, cap in CAPS.items():
            set_cap(market_id, cap)
            seen = table.against_bare(market_id, cap=cap)
            costs[name] = seen.server_cpu
            yield line(f"placing bets, {name}", seen)
        market_id = hot_market(orders=options.size, users=others)
        for name, cap in CAPS.items():
            set_cap(market_id, cap)
            seen = table.alone(market_id)
            yield harness.growth(
                f"placing a bet, {name}",
                small=costs[name],
                large=seen.server_cpu,
                unit="µs of CPU",
                rounds=vars(seen),
            )
        yield none_lost(table.acknowledged)
        running.house.manage("check_ledger")


def line(work: str, seen: Seen) -> Result:
    per_second = median(seen.per_second)
    ratio = median(a / b for a, b in zip(seen.per_second, seen.bare_per_second, strict=True))
    return Result(
        row=work,
        figure=per_second,
        unit="/s",
        yardstick=median(seen.bare_per_second),
        ratio=ratio,
        bar=f"≥ {RATIO_MIN} x, ≥ {PER_SECOND_MIN}/s",
        met=ratio >= RATIO_MIN and per_second >= PER_SECOND_MIN,
        seen=vars(seen),
    )


def none_lost(acknowledged: list[tuple[int, str]]) -> Result:
    """Compare what clients were told with what is stored, each order under its own reference."""
    stored = list(
        Order.objects.filter(client_ref__startswith=REFERENCE).values_list("pk", "client_ref")
    )
    differing = set(acknowledged) ^ set(stored)
    double = len(stored) - len({reference for _, reference in stored})
    wrong = len(differing) + double
    return Result(
        row=f"placing: lost or double of {len(acknowledged):,}",
        figure=wrong,
        unit="bets",
        bar="0",
        met=wrong == 0,
    )


def bet(market_id: int, reference: str) -> dict[str, object]:
    odds = bulk.PRICES.moneyline.home.hundredths
    return {
        "marketId": market_id,
        "option": 1,
        "amount": str(STAKE),
        "odds": odds,
        "clientRef": reference,
    }


def hot_market(*, orders: int, users: list[int]) -> int:
    """Make a market that holds so many orders already, and let the database come to rest."""
    market_id = bulk.open_market().pk
    if orders:
        bulk.add_orders(orders, users=users, markets=[market_id])
        bulk.execute("CHECKPOINT")
    return market_id


def set_cap(market_id: int, cap: int | None) -> None:
    operator, _ = User.objects.get_or_create(username="operator")
    services.set_market_limits(
        market_id=market_id, limits={"liability_cap": cap}, actor=operator, reason="bench"
    )

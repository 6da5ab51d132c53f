"""Suspending a market under bets: how long a trader waits while clients bet without a pause."""

import time
from collections.abc import Iterator
from statistics import quantiles

from accounts.models import User
from bench import bulk, harness
from bench.harness import Options, Result
from betting.tests import hammer
from markets import services as market_services
from markets.lifecycle import Event

MS_MAX = 100.0
TIMES = 300


def run(options: Options) -> Iterator[Result]:
    with harness.servers():
        market_id = bulk.open_market().pk
        users = bulk.add_users(options.clients)
        actor = User.objects.create(username="operator")
        about = {"market_id": market_id, "actor": actor, "reason": "bench"}
        took = []
        with hammer.hammering(market_id, users) as answers:
            for _ in range(TIMES):
                begin = time.perf_counter()
                market_services.change_status(**about, event=Event.SUSPEND)
                took.append(1000 * (time.perf_counter() - begin))
                market_services.change_status(**about, event=Event.RESUME)
        bulk.check_ledger()
    percent = quantiles(took, n=100, method="inclusive")
    seen = {"p50 ms": percent[49], "max ms": max(took), "answers": dict(answers)}
    yield Result(
        row=f"suspend under {options.clients} who bet without a pause, p99",
        figure=percent[98],
        unit="ms",
        bar=f"≤ {MS_MAX:.0f} ms",
        met=percent[98] <= MS_MAX,
        seen=seen,
    )

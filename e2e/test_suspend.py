"""Sixteen clients bet without a pause, from processes of their own, and somebody suspends."""

import time
from contextlib import contextmanager
from statistics import quantiles

import pytest

from betting.models import Order
from betting.tests import elsewhere
from betting.tests.conftest import people  # noqa: F401  (a fixture)
from betting.tests.proof import cases, takes_its_time
from markets import services as market_services
from markets.lifecycle import Event

PROCESSES, THREADS = 4, 4
SUSPENSIONS = cases(20, 300)


@contextmanager
def hammering(market, users):
    """The market under bets of so many users, each waiting for nothing but its answer."""
    shares = [users[number::PROCESSES] for number in range(PROCESSES)]
    processes = [
        elsewhere.python(
            *("-m", "betting.tests.hammer", str(market.pk)), *(str(user.pk) for user in share)
        )
        for share in shares
    ]
    taken: list[int] = []
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n", process.communicate()
        yield taken
    finally:
        for process in processes:
            said, _ = process.communicate()
            answers = dict(word.split("=") for word in said.split())
            taken.append(int(answers["taken"]))
            assert set(answers) <= {"taken", "MarketNotOpen"}


@takes_its_time
@pytest.mark.django_db(transaction=True)
def test_a_suspend_takes_effect_at_once_under_sixteen_who_bet_without_a_pause(
    market,
    people,  # noqa: F811
    trader,
):
    users = people(PROCESSES * THREADS, each=10**9)
    about = {"market_id": market.pk, "actor": trader, "reason": "news"}
    took = []
    with hammering(market, users) as taken:
        for _ in range(SUSPENSIONS):
            began = time.perf_counter()
            market_services.change_status(**about, event=Event.SUSPEND)
            took.append(1000 * (time.perf_counter() - began))
            market_services.change_status(**about, event=Event.RESUME)

    percents = quantiles(took, n=100, method="inclusive")
    print(f"suspended within p50 {percents[49]:.1f} ms, p99 {percents[98]:.1f} ms")
    # On any machine, however busy: nobody is starved. How fast it is, is for a quiet one to say.
    assert max(took) < 2000
    assert Order.objects.count() == sum(taken)
    assert sum(taken) > PROCESSES * THREADS
    ends = {update.seq: update for update in market.updates.all()}
    for seq, placed_at in Order.objects.values_list("odds_seq", "placed_at"):
        assert seq % 2 == 1
        assert ends[seq].at < placed_at
        assert seq + 1 not in ends or placed_at < ends[seq + 1].at

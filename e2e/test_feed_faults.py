"""Two web processes, many sockets, and what dies beside them: Redis, messages, the publisher.

Nobody who listens misses a seq, gets one twice, or waits for it much longer than a second.
"""

import json
import time
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connection

from kmarket import cache
from kmarket.tests import elsewhere
from kmarket.tests.processes import eventually
from kmarket.tests.proof import cases, takes_its_time
from markets import caches
from markets.models import Market, OddsUpdate
from oddsfeed import line
from oddsfeed.tests import passage
from oddsfeed.tests.conftest import HEALED_SECONDS, open_session
from oddsfeed.tests.downpour import Downpour
from oddsfeed.tests.followers import Crowd, Follower
from oddsfeed.tests.test_outages import own_redis  # noqa: F401  (a fixture)
from oddsfeed.tests.webs import webs

pytestmark = [pytest.mark.django_db(transaction=True), takes_its_time]

MARKETS = 24
# Of these, each socket follows so many.
FOLLOWED = 8
SOCKETS = 32
SECONDS_BETWEEN = 0.05
SECONDS_BEFORE = SECONDS_AWAY = SECONDS_AFTER = 1.5
OUTAGES = cases(2, 20)
# What a publisher says to Redis next when it is stopped and killed.
BEFORE_THE_COPIES, BEFORE_THE_MESSAGES, BEFORE_THE_LIST = b"EVAL", b"PUBLISH", b"INCR"


@contextmanager
def watched(processes, markets, *, sockets=SOCKETS, followed=FOLLOWED):
    """So many followers, half of them at each process, who have their snapshots."""
    url = f"{processes.url}?token={open_session().token}"
    ids = [market.pk for market in markets]
    followers = [
        Follower(
            url,
            [ids[(number + step) % len(ids)] for step in range(followed)],
            door=processes.door(processes.pids[number % len(processes.pids)]),
        )
        for number in range(sockets)
    ]
    with Crowd(followers) as crowd:
        yield crowd


def assert_all_came(crowd, rain, *, back_at=()):
    """Everybody gets all of it, within two seconds of being stored or of Redis being back."""
    eventually(lambda: crowd.has(rain.heads))
    assert crowd.complaints() == []
    for follower in crowd.followers:
        assert follower.closes == []
        assert follower.known.came_at.keys() == {
            (market_id, seq)
            for market_id in follower.markets
            for seq in range(2, rain.heads[market_id] + 1)
        }
    due = {
        which: max([at, *(back for away, back in back_at if away <= at < back)])
        for which, at in rain.stored_at.items()
    }
    longest = crowd.longest_wait(due)
    print(f"{len(due)} updates, the longest on its way for {longest:.2f} s")
    assert longest < HEALED_SECONDS


def test_redis_killed_under_load_is_a_delay_and_nothing_else(own_redis, open_market):  # noqa: F811
    rain = Downpour([open_market() for _ in range(MARKETS)])
    outages = []
    with webs() as processes, watched(processes, rain.markets) as crowd:
        with rain.falling(pause=SECONDS_BETWEEN):
            for _ in range(OUTAGES):
                time.sleep(SECONDS_BEFORE)
                # What was stored just before may have been on its way.
                killed_at = time.monotonic() - SECONDS_BETWEEN
                own_redis.kill()
                time.sleep(SECONDS_AWAY)
                own_redis.start()
                outages.append((killed_at, time.monotonic()))
            time.sleep(SECONDS_AFTER)

        assert_all_came(crowd, rain, back_at=outages)
        for killed_at, back_at in outages:
            assert any(killed_at < stored_at < back_at for stored_at in rain.stored_at.values())
        # Both processes hear each market from Redis again; they don't live on comparisons.
        channels = [line.channel_of(market.pk) for market in rain.markets]
        eventually(lambda: {count for _, count in cache.redis().pubsub_numsub(*channels)} == {2})
        for pid in processes.pids:
            eventually(lambda pid=pid: processes.get(pid, "ws/health")["status"] == "ok")


def test_one_message_in_five_lost_on_its_way_to_two_processes(settings, open_market):
    rain = Downpour([open_market() for _ in range(MARKETS)])
    lossy = passage.OneInFiveLost()
    way = passage.Passage(settings.REDIS_URL, shape=lossy)
    with ExitStack() as stack:
        stack.callback(way.close)
        processes = stack.enter_context(webs(REDIS_URL=way.url))
        crowd = stack.enter_context(watched(processes, rain.markets))
        with rain.falling(pause=SECONDS_BETWEEN):
            time.sleep(SECONDS_AFTER)

        assert_all_came(crowd, rain)
        # Each process has a connection of its own.
        assert lossy.count > len(rain.stored_at)
        for pid in processes.pids:
            assert processes.get(pid, "ws/health")["process"]["healed"] > 0


@contextmanager
def clock():
    """The clock, which looks after the copies in Redis."""
    process = elsewhere.manage("run_clock")
    try:
        while "This clock process acts." not in process.stderr.readline():
            assert process.poll() is None
        yield
    finally:
        end(process)


def end(process):
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()


@contextmanager
def publisher_stopped_at(word, settings, *args):
    """Start a process of a publisher and stop it when it is about to say this to Redis."""
    here = settings.REDIS_URL
    way = passage.Passage(here, hold=word)
    settings.REDIS_URL = way.url
    try:
        process = elsewhere.python(*args)
    finally:
        settings.REDIS_URL = here
    try:
        yield process, way.held
    finally:
        end(process)
        way.close()


def kill_when_held(process, held):
    eventually(lambda: held.is_set() or process.poll() is not None)
    assert held.is_set(), process.stderr.read()
    process.kill()
    process.wait()
    return time.monotonic()


def test_a_publisher_that_is_killed_between_commit_and_message_is_stood_in_for(
    open_market, settings
):
    with webs() as processes, clock():
        for word in (BEFORE_THE_COPIES, BEFORE_THE_MESSAGES):
            kill_while_prices_come(processes, [open_market() for _ in range(3)], settings, word)
        kill_while_suspending(processes, open_market(), settings)


def kill_while_prices_come(processes, markets, settings, word):
    """Everybody has the prices all the same, and soon: sockets, both processes, the copies."""
    lines = "".join(
        json.dumps({"market_id": market.pk, "moneyline": {"home": 1.9, "away": 2.1}}) + "\n"
        for market in markets
    )
    with watched(processes, markets, sockets=6, followed=3) as crowd:
        for market in markets:
            assert caches.read(market.pk)["seq"] == 1
        command = ("manage.py", "ingest_odds", "-")
        with publisher_stopped_at(word, settings, *command) as (process, held):
            process.stdin.write(lines)
            process.stdin.close()
            killed_at = kill_when_held(process, held)
            ours = Market.objects.filter(pk__in=[market.pk for market in markets])
            stored = dict(ours.values_list("pk", "seq"))
            connection.close()

        assert stored == {market.pk: 2 for market in markets}
        eventually(lambda: crowd.has(stored))
        assert crowd.complaints() == []
        due = {(market.pk, 2): killed_at for market in markets}
        assert crowd.longest_wait(due) < HEALED_SECONDS
        for market in markets:
            for pid in processes.pids:
                assert_rest_is_right(processes, pid, market, killed_at)
        eventually(lambda: [caches.read(m.pk)["seq"] for m in markets] == [2, 2, 2], seconds=2)


def assert_rest_is_right(processes, pid, market, killed_at):
    left = max(0.1, killed_at + HEALED_SECONDS - time.monotonic())
    eventually(
        lambda: processes.get(pid, f"odds/{market.pk}")["moneyline"]["home"] == 1.9,
        seconds=left,
    )
    eventually(
        lambda: processes.get(pid, f"markets/{market.pk}/odds/snapshot")["seq"] == 2, seconds=left
    )


SUSPEND = """
import sys, django
django.setup()
from markets import services
from markets.lifecycle import Event
services.change_status(market_id=int(sys.argv[1]), event=Event.SUSPEND, actor=None, reason="")
"""


def kill_while_suspending(processes, market, settings):
    """The market leaves the list of active ones in both processes all the same."""
    with watched(processes, [market], sockets=4, followed=1) as crowd:

        def active(pid):
            return {row["market_id"] for row in processes.get(pid, "markets/active")["data"]}

        others = set(Market.objects.exclude(pk=market.pk).values_list("pk", flat=True))
        for pid in processes.pids:
            eventually(lambda pid=pid: active(pid) == others | {market.pk})
        command = ("-c", SUSPEND, str(market.pk))
        # The update has been told by then; that the list of active markets is another one, has not.
        with publisher_stopped_at(BEFORE_THE_LIST, settings, *command) as (process, held):
            killed_at = kill_when_held(process, held)
        assert OddsUpdate.objects.filter(market=market, seq=2, status="suspended").exists()

        eventually(lambda: crowd.has({market.pk: 2}))
        assert crowd.longest_wait({(market.pk, 2): killed_at}) < HEALED_SECONDS
        for pid in processes.pids:
            eventually(
                lambda pid=pid: active(pid) == others,
                seconds=max(0.1, killed_at + HEALED_SECONDS - time.monotonic()),
            )

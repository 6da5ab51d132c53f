"""A deploy: one web process after the other is replaced under five hundred clients.

As `make run` does it: both accept from one listening socket, and what ends is started again.
"""

import signal
import time

import psutil
import pytest

from e2e.stage import web_processes
from kmarket.tests import elsewhere
from kmarket.tests.processes import eventually
from oddsfeed import farewell
from oddsfeed.tests.conftest import open_session
from oddsfeed.tests.downpour import Downpour
from oddsfeed.tests.followers import BEGIN_SECONDS_MAX, Crowd, Follower
from oddsfeed.tests.webs import Webs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CLIENTS = 500
MARKETS = 10
SECONDS_BETWEEN = 0.15
EXIT_SECONDS_MAX = 10.0
# What a process that has just started needs of the clients to be one of two.
SHARE_MIN = 50


@pytest.fixture
def pair(run):
    """Two web processes on this test's database, kept running by `run_all`."""
    ours = elsewhere.environment()
    names = ("DATABASE_URL", "REDIS_URL", "JWT_SECRET")
    return run(WORKERS="2", RATE_LIMIT="off", **{name: ours[name] for name in names})


def both_serve(pair):
    """Return the web processes when there are two that answer."""
    host, _, port = pair.host.rpartition(":")
    eventually(lambda: len(web_processes(pair.process.pid)) == 2)
    found = web_processes(pair.process.pid)
    webs = Webs((host, int(port)), [process.pid for process in found])
    for pid in webs.pids:
        webs.get(pid, "healthz")
    return found


def end(process):
    """Ask one process to end, and return how long it took."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(EXIT_SECONDS_MAX + 20)
    return time.monotonic() - begun


def sockets_of(process: psutil.Process) -> int:
    return sum(1 for one in process.net_connections("tcp") if one.status == "ESTABLISHED")


def test_a_rolling_restart_loses_and_doubles_nothing(pair, open_market):
    rain = Downpour([open_market() for _ in range(MARKETS)])
    ids = list(rain.heads)
    both_old = both_serve(pair.wait_until_up())
    url = f"ws://{pair.host}/ws/odds?token={open_session().token}"
    followers = [
        Follower(url, {ids[number % MARKETS], ids[(number + 3) % MARKETS]})
        for number in range(CLIENTS)
    ]
    with Crowd(followers) as crowd:
        with rain.falling(pause=SECONDS_BETWEEN):
            assert all(sockets_of(process) > SHARE_MIN for process in both_old)
            took = [end(both_old[0])]
            sent_away = [follower for follower in followers if follower.byes]
            both_serve(pair)
            took.append(end(both_old[1]))
            eventually(lambda: all(follower.byes for follower in followers))
            both_new = both_serve(pair)
            eventually(lambda: sum(map(sockets_of, both_new)) >= CLIENTS, seconds=60)
        eventually(lambda: crowd.has(rain.heads), seconds=BEGIN_SECONDS_MAX)

    assert crowd.complaints() == []
    for follower in followers:
        assert follower.known.came_at.keys() == {
            (market_id, seq)
            for market_id in follower.markets
            for seq in range(2, rain.heads[market_id] + 1)
        }
        assert set(follower.closes) == {(1012, "restart")}
        assert len(follower.closes) == len(follower.byes)
    print(f"{len(rain.stored_at)} updates, {len(sent_away)} sent away first; ended in {took}")
    assert max(took) < EXIT_SECONDS_MAX
    assert not {process.pid for process in both_old} & {process.pid for process in both_new}
    assert_spread(sent_away)


def assert_spread(sent_away):
    """They are sent away slice by slice, and don't come back all at once."""
    retries = sorted(follower.byes[0]["retryIn"] for follower in sent_away)
    latest = farewell.RETRY_MS_MIN + farewell.RETRY_MS_PER_CLIENT * len(sent_away)
    assert farewell.RETRY_MS_MIN <= retries[0] < retries[-1] <= latest
    # No tenth of the time has more than a fifth of them.
    tenth = (latest - farewell.RETRY_MS_MIN) / 10
    for begin in retries:
        together = sum(begin <= retry < begin + tenth for retry in retries)
        assert together <= len(retries) / 5
    closed_at = sorted(follower.closed_at[0] for follower in sent_away)
    slices = len(sent_away) / farewell.SLICE_MIN
    assert closed_at[-1] - closed_at[0] > (slices - 2) * farewell.SLICE_SECONDS

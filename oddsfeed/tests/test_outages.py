"""Redis or the database away: what is known goes on, and what was missed is healed."""

import os
import signal
import time
from pathlib import Path

import pytest

from kmarket import embedded
from oddsfeed import reads
from oddsfeed.tests.conftest import HEALED_SECONDS, heard, in_thread, move, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def own_redis(tmp_path, settings):
    """A Redis of this test's own: start(), kill(), url. Hub and publisher use it."""

    class Own:
        url = embedded.redis_url(tmp_path)
        _running = None

        def start(self):
            self._running = embedded.servers(tmp_path, durable=False, with_postgres=False)
            self._running.__enter__()

        def kill(self):
            if self._running is None:
                return
            pid = int(Path(tmp_path, "valkey", "pid").read_text(encoding="ascii"))
            os.kill(pid, signal.SIGKILL)
            self._running.__exit__(None, None, None)
            self._running = None

    settings.REDIS_URL = Own.url
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": Own.url}}
    own = Own()
    own.start()
    yield own
    own.kill()


async def test_redis_killed_and_back_loses_nothing(own_redis, connect, market, the_hub):
    socket = await connect()
    await socket.follow(market)
    await move(market)
    assert await socket.seqs(1) == [2]

    own_redis.kill()
    await until(lambda: the_hub.status == "degraded")
    begun = time.monotonic()
    await move(market)
    assert await socket.seqs(1) == [3]
    assert time.monotonic() - begun < HEALED_SECONDS + 1

    own_redis.start()
    await until(lambda: the_hub.status == "ok")
    healed = the_hub.numbers().healed
    for _ in range(5):
        await move(market)
    assert await socket.seqs(5) == [4, 5, 6, 7, 8]
    # By the line, not by the comparison.
    assert the_hub.numbers().healed == healed
    assert await socket.is_quiet()


async def test_a_market_can_be_followed_while_redis_is_away(own_redis, connect, market, the_hub):
    own_redis.kill()
    socket = await connect()

    ack, snapshot = await socket.follow(market)
    await move(market)

    assert (ack["subscribed"], snapshot["seq"]) == ([market.pk], 1)
    assert await socket.seqs(1) == [2]


async def test_each_reconnection_is_compared_with_the_database(
    rare_checks, own_redis, connect, market, the_hub, unannounced
):
    socket = await connect()
    await socket.follow(market)
    own_redis.kill()
    await until(lambda: the_hub.status == "degraded")
    with unannounced():
        await move(market)

    own_redis.start()

    assert await socket.seqs(1) == [2]


class DatabaseAway:
    """Stands where the hub asks the database, and has no answer."""

    def __init__(self, monkeypatch):
        self._monkeypatch = monkeypatch

    def __call__(self, *args):
        raise reads.OperationalError("the database is away")

    def begin(self):
        for name in ("states", "observe", "frames_since"):
            self._monkeypatch.setattr(reads, name, self)

    def end(self):
        self._monkeypatch.undo()


@pytest.fixture
def database_away(monkeypatch):
    return DatabaseAway(monkeypatch)


async def test_with_the_database_away_what_is_known_goes_on(
    connect, market, open_market, the_hub, database_away, caplog
):
    unknown = await in_thread(open_market)
    socket, other = await connect(), await connect()
    await socket.follow(market)

    database_away.begin()
    await until(lambda: the_hub.status == "degraded")
    # The line still works.
    await move(market)
    assert await socket.seqs(1) == [2]
    ack = await other.ask(type="subscribe", markets=[unknown.pk, market.pk])
    assert ack["rejected"] == [{"market": unknown.pk, "reason": "SERVICE_UNAVAILABLE"}]
    assert ack["subscribed"] == [market.pk]
    assert (await other.next())["seq"] == 2
    # What would have to be read is replaced by what is known.
    await other.send_json_to({"type": "resume", "offsets": {str(market.pk): 0}})
    resync = await other.next()
    assert (resync["type"], resync["reason"], resync["seq"]) == ("resync", "limit", 2)
    assert caplog.text.count("The hub cannot read the database") == 1

    database_away.end()
    await until(lambda: the_hub.status == "ok")
    assert (await other.next())["type"] == "ack"
    assert (await other.follow(unknown))[1]["seq"] == 1


async def test_what_was_missed_while_the_database_was_away_is_healed_after(
    connect, market, unannounced, the_hub, database_away
):
    socket = await connect()
    await socket.follow(market)
    database_away.begin()
    await until(lambda: the_hub.status == "degraded")
    with unannounced():
        second = await move(market)
        third = await move(market)
    await heard(market, third)
    assert await socket.is_quiet()

    database_away.end()

    assert await socket.seqs(2) == [second.seq, third.seq]

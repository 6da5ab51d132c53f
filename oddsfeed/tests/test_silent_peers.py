"""A peer that is gone without a word is noticed: the server asks, and waits for two answers."""

import asyncio
import time

import pytest

from kmarket import server
from oddsfeed.tests.conftest import move, until
from oddsfeed.tests.test_servers import Deaf, follower, hear, served, the_hub

pytestmark = pytest.mark.django_db(transaction=True)

PING_SECONDS = 0.4
PONG_SECONDS = 2 * PING_SECONDS


class Mute(Deaf):
    """Reads whatever comes and answers nothing, pings neither. Counts them."""

    pings = 0

    def _take(self, size):
        taken = super()._take(size)
        if size == 2 and taken is not None and taken[0] & 0x0F == 9:
            self.pings += 1
        return taken

    def listen_until_cut_off(self):
        while self.hear() is not None:
            pass
        return time.monotonic()


@pytest.fixture
def url(session, monkeypatch):
    monkeypatch.setattr(server, "WS_PING_SECONDS", PING_SECONDS)
    monkeypatch.setattr(server, "WS_PONG_SECONDS", PONG_SECONDS)
    with served() as (_, host):
        yield f"ws://{host}/ws/odds?token={session.token}"


async def test_who_answers_no_ping_is_cut_off_and_who_does_stays(url, market):
    async with follower(url, market) as alive:
        begun = time.monotonic()
        mute = await asyncio.to_thread(Mute, url)
        await until(lambda: len(the_hub().clients) == 2)

        ended = await asyncio.to_thread(mute.listen_until_cut_off)

        assert PONG_SECONDS < ended - begun < 2 * (PING_SECONDS + PONG_SECONDS)
        assert mute.pings >= 1
        await until(lambda: len(the_hub().clients) == 1)
        await move(market)
        assert (await hear(alive))["seq"] == 2
        mute.socket.close()


def test_in_production_it_asks_every_15_seconds_and_waits_for_two_answers():
    assert server.WS_PING_SECONDS == 15.0
    assert server.WS_PONG_SECONDS == 2 * server.WS_PING_SECONDS

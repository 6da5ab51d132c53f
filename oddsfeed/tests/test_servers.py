"""The sockets on real servers with real clients: what only a connection can show."""

import asyncio
import base64
import json
import os
import socket
import threading
import time
from contextlib import asynccontextmanager, contextmanager

import pytest
from django.db import transaction
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed

from accounts import services as account_services
from kmarket import draining, listening, server
from kmarket.asgi import application
from markets.models import Market, OddsUpdate
from oddsfeed import hub as hub_module
from oddsfeed import outbox, publisher
from oddsfeed.tests import frames
from oddsfeed.tests.conftest import PATIENCE, in_thread, move, until

pytestmark = pytest.mark.django_db(transaction=True)

# redis-py's own time-out for reading, which must not be ours.
LONGER_THAN_REDIS_WAITS = 6.5
# As long as a reason may be, so that few updates fill a connection.
LONG_REASON = "€" * 500
PORTION = 20
LAST = 361


@contextmanager
def served():
    """Serve in a thread, as `manage.py serve` does; yield the server and its host:port."""
    listener = listening.bound("127.0.0.1", 0)
    web = server.make(application, deflate=False)
    thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield web, listening.url_host(listener)
    finally:
        web.should_exit = True
        thread.join(30)
        draining._begun.clear()
        assert not thread.is_alive()


@pytest.fixture
def web(transactional_db):
    with served() as (_, host):
        yield host


@pytest.fixture
def url(web, session):
    return f"ws://{web}/ws/odds?token={session.token}"


async def say(client, **message):
    await client.send(json.dumps(message))


async def hear(client):
    return frames.heard(json.loads(await asyncio.wait_for(client.recv(), PATIENCE)))


@asynccontextmanager
async def follower(url, market):
    """A client that follows the market and has its snapshot."""
    async with dial(url) as client:
        await say(client, type="subscribe", markets=[market.pk])
        assert (await hear(client))["type"] == "ack"
        assert (await hear(client))["type"] == "snapshot"
        yield client


async def closed(client):
    """Return the code and the reason of the end, past whatever came before."""
    try:
        while True:
            await asyncio.wait_for(client.recv(), PATIENCE)
    except ConnectionClosed as end:
        return end.rcvd.code, end.rcvd.reason


def the_hub():
    return hub_module.running()[0]


def move_far_and_wide(market, seqs):
    """Store and publish many updates at once, each with a long reason."""
    with transaction.atomic():
        rows = OddsUpdate.objects.bulk_create(
            OddsUpdate(
                market=market,
                seq=seq,
                home=185,
                away=210,
                status=market.status,
                start_time=market.start_time,
                source=OddsUpdate.Source.FEED,
                reason=LONG_REASON,
            )
            for seq in seqs
        )
        Market.objects.filter(pk=market.pk).update(seq=seqs[-1])
    stored = OddsUpdate.objects.filter(pk__in=[row.pk for row in rows]).order_by("seq")
    publisher.publish_odds(tuple(stored))


async def overfill(market, *healthy):
    """Move the market until a connection that nobody reads is full; the healthy get it all."""
    for start in range(2, LAST, PORTION):
        seqs = range(start, start + PORTION)
        await in_thread(move_far_and_wide, market, seqs)
        for client in healthy:
            assert [(await hear(client))["seq"] for _ in seqs] == list(seqs)


class Deaf:
    """A client that speaks the protocol by hand, so that it can refrain from reading."""

    def __init__(self, url):
        host, _, path = url.removeprefix("ws://").partition("/")
        address, port = host.split(":")
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((address, int(port)))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.socket.recv(4096)
        self.buffer = self.buffer.partition(b"\r\n\r\n")[2]

    def say(self, **message):
        body = json.dumps(message).encode()
        length = bytes([0x80 | len(body)])
        if len(body) > 125:
            length = bytes([0x80 | 126]) + len(body).to_bytes(2, "big")
        # A mask of zeros leaves the body as it is.
        self.socket.sendall(b"\x81" + length + bytes(4) + body)

    def hear(self):
        """Return the next message, or the code of the close, or None at the bare end."""
        head = self._take(2)
        if head is None:
            return None
        size = head[1]
        if size == 126:
            size = int.from_bytes(self._take(2), "big")
        body = self._take(size)
        if body is None:
            return None
        if head[0] & 0x0F == 8:
            return int.from_bytes(body[:2], "big")
        return json.loads(body) if head[0] & 0x0F == 1 else self.hear()

    def _take(self, size):
        while len(self.buffer) < size:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.buffer += data
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken


@pytest.fixture
def deaf(url, market):
    """A follower of the market that reads only when it is asked to."""
    client = Deaf(url)
    client.say(type="subscribe", markets=[market.pk])
    assert client.hear()["type"] == "ack"
    assert client.hear()["type"] == "snapshot"
    yield client
    client.socket.close()


async def test_a_socket_that_was_idle_for_long_still_gets_its_updates(url, market):
    async with follower(url, market) as client:
        await asyncio.sleep(LONGER_THAN_REDIS_WAITS)

        await move(market)

        assert (await hear(client))["seq"] == 2
        # By the line, which was never cut.
        assert the_hub().numbers().healed == 0
        assert the_hub().status == "ok"


@pytest.mark.parametrize(
    ("path", "code"), [("/ws/odds", 4401), ("/ws/odds?token=x", 4401), ("/ws/else", 4404)]
)
async def test_a_browser_sees_why_it_is_sent_away(web, path, code):
    async with dial(f"ws://{web}{path}") as client:
        assert (await closed(client))[0] == code


async def test_a_reader_that_stalls_delays_nobody_and_costs_no_memory(url, market, deaf):
    async with follower(url, market) as first, follower(url, market) as second:
        await overfill(market, first, second)

        # It is behind by now, by as much as its connection holds and one collapsed update.
        (stalled,) = [client for client in the_hub().clients if client._task is not None]
        assert len(stalled._updates) == 1
        assert stalled._queued_texts == 0

    # It reads again: each seq once and in order, the last ones as one.
    last = 1
    while last < LAST:
        update = await asyncio.to_thread(deaf.hear)
        assert update.get("from_seq", update["seq"]) == last + 1
        last = update["seq"]
    assert update["con"] == "slow"
    await until(lambda: stalled._task is None)


async def test_a_reader_that_stalls_for_long_is_cut_off(url, market, deaf, monkeypatch):
    monkeypatch.setattr(outbox, "STALL_SECONDS", 0.5)
    async with follower(url, market) as healthy:
        await overfill(market, healthy)
        await until(lambda: len(the_hub().clients) == 1)
        assert the_hub().numbers().slow_closes == 1

        def read_on():
            while deaf.hear() is not None:
                pass

        # Cut off in the midst: what the system still had for it, and then the end.
        await asyncio.wait_for(asyncio.to_thread(read_on), PATIENCE)


async def test_answers_that_nobody_reads_end_in_4408(deaf):
    def ask_and_ask():
        for number in range(4000):
            deaf.say(type="ping", ts="x" * 60, id=f"{number:060}")

    def read_on():
        answers = []
        while isinstance(answer := deaf.hear(), dict):
            answers.append(answer)
        return answers, answer

    await asyncio.to_thread(ask_and_ask)
    await until(lambda: not the_hub().clients)
    assert the_hub().numbers().slow_closes == 1

    answers, end = await asyncio.to_thread(read_on)
    assert end == 4408
    # What came before is whole and in order.
    assert [int(answer["id"]) for answer in answers] == list(range(len(answers)))


async def test_a_session_that_ends_is_closed_at_once(url, market, session):
    async with follower(url, market) as client:
        begun = time.monotonic()

        await in_thread(account_services.sign_out, session_id=session.session.pk)

        assert await closed(client) == (4401, "signed out")
        assert time.monotonic() - begun < 1.0


async def test_a_server_that_stops_sends_its_clients_away_first(session, market):
    with served() as (web, host):
        url = f"ws://{host}/ws/odds?token={session.token}"
        async with follower(url, market) as first, follower(url, market) as second:
            web.should_exit = True

            for client in (first, second):
                bye = await hear(client)
                assert (bye["type"], bye["reason"]) == ("bye", "restart")
                assert await closed(client) == (1012, "restart")

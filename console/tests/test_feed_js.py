"""static/console/feed.js as a browser runs it: against our server, and against one that errs."""

import asyncio
import json
import threading
from contextlib import asynccontextmanager, contextmanager

import pytest
from django.conf import settings
from django.test import Client
from websockets.asyncio.server import serve

from accounts import services as account_services
from kmarket import draining, listening, server
from kmarket.asgi import application
from kmarket.testing import node
from oddsfeed.tests.conftest import PATIENCE, in_thread, set_home

pytestmark = pytest.mark.needs("node")

PROGRAM = settings.BASE_DIR / "console/tests/feed_client.mjs"
EPOCH = "the epoch"


class Follower:
    """A page's feed in a process of its own, and what it tells."""

    def __init__(self, process):
        self.process = process

    async def next(self) -> list:
        line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
        assert line, "the page's feed ended"
        return json.loads(line)

    async def until(self, wanted) -> list[list]:
        """Return what it tells up to and with `wanted`."""
        told = [await self.next()]
        while told[-1] != wanted:
            told.append(await self.next())
        return told


@asynccontextmanager
async def following(*args):
    process = await asyncio.create_subprocess_exec(
        # Node.js 20 has it, and not yet by itself.
        *(node(), "--experimental-websocket", "--no-warnings", PROGRAM, *args),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Follower(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


# --- Against our server ----------------------------------------------------------------------


@contextmanager
def serving(port=0):
    """Serve in a thread, as `manage.py serve` does; yield host:port."""
    listener = listening.bound("127.0.0.1", port)
    web = server.make(application, deflate=False)
    thread = threading.Thread(target=web.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield listening.url_host(listener)
    finally:
        web.should_exit = True
        thread.join(30)
        draining._begun.clear()
        assert not thread.is_alive()


@pytest.fixture
def cookies(transactional_db, trader):
    """What an operator's browser sends: (cookies, CSRF token)."""
    client = Client()
    client.force_login(trader)
    client.get("/admin/")
    csrf = client.cookies["csrftoken"].value
    return f"sessionid={client.cookies['sessionid'].value}; csrftoken={csrf}", csrf


def of_a_page(host, market, cookies):
    url = f"http://{host}/admin/live-token/"
    return following(f"ws://{host}/ws/odds", str(market.pk), url, *cookies)


async def test_a_page_follows_prices_and_resumes_when_the_server_comes_back(cookies, market):
    pk = str(market.pk)
    first = serving()
    host = await asyncio.to_thread(first.__enter__)
    async with of_a_page(host, market, cookies) as page:
        assert await page.until(["state", "live"]) == [
            ["state", "catching-up"],
            ["changed", pk, 1, 1.85],
            ["state", "live"],
        ]
        await in_thread(set_home, market, 190)
        assert await page.next() == ["changed", pk, 2, 1.9]

        await asyncio.to_thread(first.__exit__, None, None, None)
        assert await page.next() == ["state", "offline"]
        await in_thread(set_home, market, 180)
        await in_thread(set_home, market, 188)
        with serving(int(host.rpartition(":")[2])):
            told = await page.until(["state", "live"])

    assert told[0] == ["state", "catching-up"]
    changes = [words[2:] for words in told if words[0] == "changed"]
    assert changes in ([[3, 1.8], [4, 1.88]], [[4, 1.88]])


async def test_a_page_of_whoever_is_signed_out_says_so_and_asks_no_more(cookies, market, trader):
    with serving() as host:
        async with of_a_page(host, market, cookies) as page:
            await page.until(["state", "live"])
            await in_thread(
                account_services.end_sessions, user=trader, actor=None, reason="lost a laptop"
            )
            assert await page.until(["state", "signed-out"]) == [
                ["state", "offline"],
                ["state", "signed-out"],
            ]
            # Nothing is left to do: the program ends by itself.
            assert await asyncio.wait_for(page.process.wait(), PATIENCE) == 0


# --- Against a server that errs --------------------------------------------------------------


class Script:
    """The other end of one connection, by hand."""

    def __init__(self, socket):
        self.socket = socket

    @property
    def token(self) -> str:
        return self.socket.request.headers["Sec-WebSocket-Protocol"].partition("bearer.")[2]

    async def asked(self) -> dict:
        return json.loads(await asyncio.wait_for(self.socket.recv(), PATIENCE))

    async def say(self, *messages) -> None:
        """Send these in one frame."""
        await self.socket.send(json.dumps(messages[0] if len(messages) == 1 else messages))

    async def begin(self, seq=1) -> None:
        """Answer the subscription to market 7."""
        asked = await self.asked()
        await self.say(ack(asked), state(seq, kind="snapshot", epoch=EPOCH))


def ack(asked, **members) -> dict:
    return {"type": "ack", "ok": True, "id": asked["id"], **members}


def state(seq, *, kind="odds_update", **members) -> dict:
    payload = {"market_id": 7, "moneyline": {"home": 1 + seq / 100, "away": 2.0}}
    return {"type": kind, "marketId": 7, "seq": seq, "payload": payload, **members}


def changed(seq) -> list:
    return ["changed", "7", seq, 1 + seq / 100]


@pytest.fixture
async def talk():
    """A page that follows market 7, and the connections that it makes to us."""
    connections = asyncio.Queue()
    over = asyncio.Event()

    async def accept(socket):
        connections.put_nowait(Script(socket))
        await over.wait()

    async with serve(accept, "127.0.0.1", 0, subprotocols=["kmarket.v1"]) as ours:
        port = ours.sockets[0].getsockname()[1]
        async with following(f"ws://127.0.0.1:{port}/ws/odds", "7") as page:
            yield page, lambda: asyncio.wait_for(connections.get(), PATIENCE)
            over.set()


async def test_what_comes_twice_is_ignored_and_what_stands_for_several_is_taken(talk):
    page, connection = talk
    server = await connection()
    await server.begin(seq=3)
    await page.until(["state", "live"])

    await server.say(state(2), state(3), state(4), state(7, from_seq=4, con="slow"), state(6))
    await server.say(state(8))

    assert [await page.next() for _ in range(3)] == [changed(4), changed(7), changed(8)]


async def test_a_gap_is_asked_for_once_and_filled_in_order(talk):
    page, connection = talk
    server = await connection()
    await server.begin()
    await page.until(["state", "live"])

    await server.say(state(3))
    await server.say(state(4))
    asked = await server.asked()
    assert (asked["type"], asked["offsets"], asked["epoch"]) == ("resume", {"7": 1}, EPOCH)
    await server.say(state(2), state(3), state(4), ack(asked, resumed={"7": 4}))
    await server.say(state(5))

    assert [await page.next() for _ in range(6)] == [
        ["state", "catching-up"],
        *(changed(2), changed(3), changed(4)),
        ["state", "live"],
        changed(5),
    ]


async def test_a_heartbeat_tells_of_what_was_lost_without_a_later_update(talk):
    page, connection = talk
    server = await connection()
    await server.begin()
    await page.until(["state", "live"])

    await server.say({"type": "heartbeat", "ts": 1, "status": "ok", "marks": {"7": 1}})
    await server.say({"type": "heartbeat", "ts": 2, "status": "ok", "marks": {"7": 2}})

    assert (await server.asked())["offsets"] == {"7": 1}
    assert await page.next() == ["state", "catching-up"]


async def test_a_server_that_is_behind_itself_is_not_taken_for_live(talk):
    page, connection = talk
    server = await connection()
    await server.begin()
    await page.until(["state", "live"])
    for status, shown in (("degraded", "catching-up"), ("ok", "live")):
        await server.say({"type": "heartbeat", "ts": 1, "status": status, "marks": {}})
        assert await page.next() == ["state", shown]


async def test_a_page_is_live_once_every_snapshot_is_there(talk):
    page, connection = talk
    server = await connection()
    asked = await server.asked()
    assert (asked["type"], asked["markets"]) == ("subscribe", ["7"])
    assert asked["options"]["heartbeat"]

    await server.say(ack(asked))
    await server.say({"type": "unheard of"})
    await server.say(state(1, kind="snapshot", epoch=EPOCH))

    assert await page.until(["state", "live"]) == [
        ["state", "catching-up"],
        changed(1),
        ["state", "live"],
    ]


async def test_a_market_that_is_refused_is_not_waited_for(talk):
    page, connection = talk
    server = await connection()
    asked = await server.asked()
    await server.say(ack(asked, rejected=[{"market": 7, "reason": "NOT_FOUND"}]))
    assert await page.until(["state", "live"]) == [["state", "catching-up"], ["state", "live"]]


@pytest.mark.parametrize("code", [1012, 4401, 4408])
async def test_after_a_close_the_page_comes_back_with_a_new_token_and_resumes(talk, code):
    page, connection = talk
    server = await connection()
    assert server.token == "token-1"
    await server.begin(seq=5)
    await page.until(["state", "live"])

    await server.socket.close(code)
    server = await connection()

    assert server.token == "token-2"
    subscribed, resumed = await server.asked(), await server.asked()
    assert (subscribed["markets"], resumed["offsets"]) == ([], {"7": 5})
    replaced = state(2, kind="resync", epoch="another", reason="epoch_changed")
    await server.say(ack(subscribed), replaced, ack(resumed, resumed={"7": 2}))
    assert await page.until(["state", "live"]) == [
        ["state", "offline"],
        ["state", "catching-up"],
        changed(2),
        ["state", "live"],
    ]


async def test_a_refused_request_is_made_again_on_a_new_connection(talk):
    page, connection = talk
    server = await connection()
    asked = await server.asked()
    await server.say({"type": "error", "code": "RATE_LIMITED", "message": "", "id": asked["id"]})

    server = await connection()

    await server.begin()
    assert (await page.until(["state", "live"]))[:2] == [
        ["state", "catching-up"],
        ["state", "offline"],
    ]


async def test_a_page_that_is_told_when_to_come_back_waits_so_long(talk):
    page, connection = talk
    server = await connection()
    await server.begin()
    await page.until(["state", "live"])

    await server.say({"type": "bye", "reason": "restart", "retryIn": 1500})
    await server.socket.close(1012)
    begun = asyncio.get_running_loop().time()
    await connection()

    assert asyncio.get_running_loop().time() - begun >= 1.4

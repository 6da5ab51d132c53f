"""Socket.IO without a websocket: by polling, on a real server."""

import asyncio
import json

import httpx
import pytest
from engineio.packet import NOOP, Packet

from accounts import services as account_services
from kmarket.asgi import application
from oddsfeed import engine, outbox, sio
from oddsfeed.tests.conftest import in_thread, move, until
from oddsfeed.tests.test_servers import move_far_and_wide, served, the_hub

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "/socket.io/"
LISTED = "http://localhost:5173"


@pytest.fixture
def host(transactional_db):
    with served() as (_, host):
        yield f"http://{host}"


@pytest.fixture
async def http(host):
    async with httpx.AsyncClient(base_url=host, timeout=60) as client:
        yield client


class Polling:
    """A session of one client."""

    def __init__(self, http):
        self.http = http
        self.sid = ""
        self.packets = []

    @property
    def query(self):
        return {"EIO": "4", "transport": "polling"} | ({"sid": self.sid} if self.sid else {})

    async def open(self):
        answer = await self.http.get(PATH, params=self.query)
        assert answer.status_code == 200
        self.sid = json.loads(answer.text[1:])["sid"]
        return self

    async def post(self, *packets):
        return await self.http.post(PATH, params=self.query, content="\x1e".join(packets))

    async def poll(self):
        return await self.http.get(PATH, params=self.query)

    async def packet(self):
        """Return the next packet that is neither a ping nor of a market that was made meanwhile."""
        while not self.packets:
            answer = await self.poll()
            assert answer.status_code == 200, answer.text
            packets = answer.text.split("\x1e")
            self.packets = [one for one in packets if one != "2" and "market:created" not in one]
        return self.packets.pop(0)

    async def sign_in(self, token):
        assert (await self.post("40" + json.dumps({"token": token}))).text == "OK"
        assert (await self.packet()).startswith("40{")
        return self

    async def follow(self, market):
        await self.post(f'421["subscribe:market",{market.pk}]')
        assert (await self.packet()).startswith('431[{"ok":true')


@pytest.fixture
async def client(http, session):
    return await (await Polling(http).open()).sign_in(session.token)


async def test_everything_goes_by_polling_too(client, market, open_market):
    other = await in_thread(open_market)
    await client.post(f'421["subscribe:market",{market.pk}]', f'422["subscribe:market",{other.pk}]')
    answers = [json.loads((await client.packet())[3:])[0] for _ in range(2)]
    assert [(one["marketId"], one["seq"]) for one in answers] == [(market.pk, 1), (other.pk, 1)]

    waiting = asyncio.create_task(client.packet())
    await move(market, 181)

    name, update = json.loads((await waiting)[2:])
    assert (name, update["seq"], update["payload"]["odds_a"]) == ("price:update", 2, 181)


async def test_what_is_not_fetched_is_bounded_and_prices_collapse(client, market, monkeypatch):
    monkeypatch.setattr(engine, "UNFETCHED_BYTES_MAX", 5000)
    await client.follow(market)
    for start in range(2, 302, 20):
        await in_thread(move_far_and_wide, market, range(start, start + 20))
        await asyncio.sleep(0.06)

    (sio_client,) = the_hub().clients
    session = sio_client._engine.session(client.sid)
    # Of 15 ticks with 2 kB each: what fits, the one that was too many, and the newest.
    assert session.queue.bytes < 5000 + 2500
    assert list(sio_client._held) == [market.pk]

    last = 1
    while last < 301:
        _, update = json.loads((await client.packet())[2:])
        assert update.get("from_seq", update["seq"]) == last + 1
        last = update["seq"]


async def test_who_fetches_nothing_at_all_is_given_up(client, market, monkeypatch):
    monkeypatch.setattr(outbox, "STALL_SECONDS", 0.3)
    monkeypatch.setattr(engine, "UNFETCHED_BYTES_MAX", 1000)
    await client.follow(market)
    for _ in range(8):
        await move(market)
        await asyncio.sleep(0.06)

    await until(lambda: not the_hub().clients)

    assert the_hub().people.tally.slow_closes == 1
    gone = await client.poll()
    assert (gone.status_code, gone.json()["code"]) == (400, "BAD_REQUEST")


async def test_a_poll_that_breaks_off_ends_its_session(client, market):
    await client.follow(market)
    with pytest.raises(httpx.ReadTimeout):
        await client.http.get(PATH, params=client.query, timeout=0.3)

    # What it would be given now, it would never get.
    await until(lambda: not the_hub().clients)

    assert (await client.poll()).status_code == 400


async def ask(query, *, before_the_answer=None):
    """Ask the application in this process; return the status and the body."""
    said = []
    asked = iter([{"type": "http.request", "body": b""}])

    async def receive():
        if (message := next(asked, None)) is not None:
            return message
        return await asyncio.Event().wait()

    async def send(message):
        if before_the_answer and not said:
            before_the_answer()
            # As long as it takes another request to get here.
            await asyncio.sleep(0.05)
        said.append(message)

    scope = {"type": "http", "method": "GET", "path": PATH, "headers": []}
    text = f"EIO=4&transport=polling{query}".encode()
    await application({**scope, "query_string": text}, receive, send)
    return said[0]["status"], said[1]["body"].decode()


async def test_the_next_poll_may_come_before_the_last_one_is_done(the_hub, monkeypatch):
    monkeypatch.setattr(sio, "CONNECT_SECONDS", 0.3)
    status, body = await ask("")
    sid = json.loads(body[1:])["sid"]
    session = sio.current().eio.session(sid)
    session.queue.put_nowait(Packet(NOOP))
    polls = []

    first = await ask(
        f"&sid={sid}",
        before_the_answer=lambda: polls.append(asyncio.create_task(ask(f"&sid={sid}"))),
    )

    assert (status, first) == (200, (200, "6"))
    # Which waits until it is sent away, for it has said no token.
    status, body = await polls[0]
    assert (status, "token missing" in body) == (200, True)


async def test_a_logout_is_told_to_who_polls(client, session):
    waiting = asyncio.create_task(client.packet())
    await asyncio.sleep(0.2)

    await in_thread(account_services.sign_out, session_id=session.session.pk)

    assert json.loads((await waiting)[2:])[1]["reason"] == "signed out"
    # Stay away; and the end of the session.
    assert client.packets == ["41", "1"]


async def test_what_is_no_poll_is_refused_in_the_one_shape(http, client):
    async def refusal(method="GET", *, content=b"", **query):
        answer = await http.request(method, PATH, params=client.query | query, content=content)
        assert answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json()["code"]

    assert await refusal(sid="nobody") == (400, "BAD_REQUEST")
    assert await refusal("POST", sid="nobody", content=b"3") == (400, "BAD_REQUEST")
    assert await refusal(sid="", EIO="3") == (400, "BAD_REQUEST")
    assert await refusal(transport="websocket") == (400, "BAD_REQUEST")
    assert await refusal(j="0") == (400, "BAD_REQUEST")
    assert await refusal("PUT") == (405, "METHOD_NOT_ALLOWED")
    assert await refusal("POST", content=b"4" * 70_000) == (413, "PAYLOAD_TOO_LARGE")
    for junk in (b"", b"\xff", b"b42[]", b"3\x1e", b"\x1e".join([b"3"] * 17)):
        assert await refusal("POST", content=junk) == (400, "BAD_REQUEST")
    waiting = asyncio.create_task(client.packet())
    await asyncio.sleep(0.2)
    assert await refusal() == (400, "BAD_REQUEST")
    # None of that harmed the session.
    await client.post('421["unsubscribe:market",1]')
    assert await waiting == '431[{"ok":true,"marketId":1}]'


async def test_pages_read_answers_where_the_api_lets_them(http):
    query = {"EIO": "4", "transport": "polling"}
    listed = await http.get(PATH, params=query, headers={"Origin": LISTED})
    foreign = await http.get(PATH, params=query, headers={"Origin": "https://evil.example"})
    refused = await http.get(PATH, headers={"Origin": LISTED})
    asked = {"Origin": LISTED, "Access-Control-Request-Method": "POST"}
    preflight = await http.options(PATH, headers=asked)
    api = await http.get("/api/v1/healthz", headers={"Origin": LISTED})

    for answer in (listed, refused, preflight):
        assert answer.headers["access-control-allow-origin"] == LISTED
        for name in ("access-control-expose-headers", "vary"):
            assert answer.headers[name] == api.headers[name]
    assert (refused.status_code, preflight.status_code) == (400, 204)
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert foreign.status_code == 200
    assert "access-control-allow-origin" not in foreign.headers


async def test_sessions_are_begun_at_the_rate_of_requests_and_polled_at_any(
    http, client, settings, market
):
    settings.RATE_LIMIT = True
    begun = [await http.get(PATH, params={"EIO": "4", "transport": "polling"}) for _ in range(30)]

    assert [answer.status_code for answer in begun[:20]] == [200] * 20
    refused = begun[-1]
    assert (refused.status_code, refused.json()["code"]) == (429, "RATE_LIMITED")
    assert refused.headers["retry-after"] == "1"
    for _ in range(30):
        assert (await client.post("3")).status_code == 200

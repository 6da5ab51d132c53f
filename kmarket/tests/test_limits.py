"""Token buckets, who a client is, and bodies that are too large."""

import asyncio
import ipaddress
import json

import httpx
import pytest
from django.test import Client

from kmarket.asgi import django_app
from kmarket.buckets import Buckets
from kmarket.limits import DENIAL, TOO_LARGE, BodyCap, Handshakes, Meter, client_ip, client_scheme


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def buckets(clock):
    return Buckets(rate=10, burst=20, clock=clock)


def test_a_burst_goes_through_and_then_one_a_tenth_of_a_second(buckets, clock):
    assert [buckets.wait("alice") for _ in range(20)] == [0] * 20
    assert buckets.wait("alice") == pytest.approx(0.1)
    clock.now += 0.1
    assert buckets.wait("alice") == 0
    assert buckets.wait("alice") == pytest.approx(0.1)


def test_clients_do_not_share_a_bucket(buckets):
    for _ in range(20):
        buckets.wait("alice")
    assert buckets.wait("bob") == 0
    assert buckets.wait("alice") > 0


def test_idling_fills_the_bucket_and_no_more(buckets, clock):
    for _ in range(20):
        buckets.wait("alice")
    clock.now += 3600
    assert [buckets.wait("alice") == 0 for _ in range(21)] == [True] * 20 + [False]


def test_refusals_do_not_push_the_end_of_the_wait_away(buckets, clock):
    for _ in range(100):
        buckets.wait("alice")
    clock.now += 0.1
    assert buckets.wait("alice") == 0


def test_the_idlest_client_is_forgotten_first(buckets, monkeypatch):
    monkeypatch.setattr("kmarket.buckets.CLIENTS_MAX", 2)
    for _ in range(20):
        buckets.wait("alice")
    buckets.wait("bob")
    buckets.wait("alice")
    buckets.wait("carol")
    assert buckets.wait("alice") > 0, "alice was active and is still remembered"
    assert set(buckets._levels) == {"carol", "alice"}


@pytest.mark.parametrize(
    ("remote", "forwarded", "trusted", "client"),
    [
        ("203.0.113.9", "", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "<script>", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.0/8", "10.0.0.1"),
    ],
)
def test_a_forwarded_address_counts_as_far_as_trusted_proxies_wrote_it(
    settings, remote, forwarded, trusted, client
):
    settings.TRUSTED_PROXIES = (ipaddress.ip_network(trusted),) if trusted else ()
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert client_ip({"client": (remote, 4000), "headers": headers}) == client


def test_several_forwarded_headers_are_one_list(settings):
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)
    headers = [(b"x-forwarded-for", b"1.1.1.1"), (b"x-forwarded-for", b"198.51.100.1, 10.0.0.2")]
    assert client_ip({"client": ("10.0.0.1", 4000), "headers": headers}) == "198.51.100.1"


@pytest.mark.parametrize(
    ("remote", "said", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "HTTPS", "https"),
        ("10.0.0.1", "http, https", "https"),
        ("10.0.0.1", "https, http", "http"),
        ("10.0.0.1", "gopher", "http"),
        ("10.0.0.1", "", "http"),
        ("203.0.113.9", "https", "http"),
    ],
)
def test_a_trusted_proxy_tells_whether_the_caller_came_by_tls(settings, remote, said, scheme):
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)
    headers = [(b"x-forwarded-proto", said.encode())] if said else []
    assert client_scheme({"client": (remote, 4000), "headers": headers}) == scheme
    settings.TRUSTED_PROXIES = ()
    assert client_scheme({"client": (remote, 4000), "headers": headers}) == "http"


@pytest.mark.django_db(transaction=True)
def test_an_operator_signs_in_through_a_proxy_with_tls(settings, trader):
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)

    async def sign_in(**headers):
        transport = httpx.ASGITransport(app=Meter(django_app), client=("10.0.0.1", 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            await client.get("/admin/login/")
            form = {"username": "trader", "password": "a long password"}
            form["csrfmiddlewaretoken"] = client.cookies["csrftoken"]
            headers["origin"] = "https://testserver"
            return await client.post("/admin/login/", data=form, headers=headers)

    answer = asyncio.run(sign_in(**{"x-forwarded-proto": "https"}))
    assert answer.status_code == 302
    assert asyncio.run(sign_in()).status_code == 403


def answers_to(path, times, *, address, method="GET", **headers):
    """Ask the whole application so often at once, however busy the machine, from one address."""
    meter = Meter(django_app)
    for counted in meter.counted.values():
        counted._buckets.clock = Clock()

    async def ask():
        transport = httpx.ASGITransport(app=meter, client=(address, 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return [await client.request(method, path, headers=headers) for _ in range(times)]

    return asyncio.run(ask())


@pytest.mark.django_db(transaction=True)
def test_the_twenty_first_request_is_told_when_to_come_back(settings):
    settings.RATE_LIMIT = True
    answers = answers_to(
        "/api/v1/markets", 25, address="203.0.113.77", origin="http://localhost:3000"
    )
    refused = [answer for answer in answers if answer.status_code == 429]

    assert [answer.status_code for answer in answers] == [200] * 20 + [429] * 5
    assert refused[0].json() == {
        "code": "RATE_LIMITED",
        "message": "At most 10 requests a second: wait 1 s.",
    }
    assert refused[0].headers["Retry-After"] == "1"
    assert refused[0].headers["RateLimit-Limit"] == "20"
    assert refused[0].headers["RateLimit-Remaining"] == "0"
    # A page in a browser may read the refusal.
    assert refused[0].headers["Access-Control-Allow-Origin"] == "http://localhost:3000"


@pytest.mark.django_db(transaction=True)
def test_health_is_never_limited(settings):
    settings.RATE_LIMIT = True
    answers = answers_to("/api/v1/healthz", 40, address="203.0.113.78")
    assert {answer.status_code for answer in answers} == {200}


def test_a_body_of_unknown_length_is_cut_off_at_the_limit(settings):
    settings.BODY_MAX_BYTES = 100
    chunks = [{"type": "http.request", "body": b"x" * 40, "more_body": True}] * 1000
    chunks.append({"type": "http.disconnect"})
    left = iter(chunks)
    received = []

    async def receive():
        return next(left)

    async def app(scope, receive, send):
        while (message := await receive())["type"] == "http.request":
            received.append(message)

    scope = {"type": "http", "path": "/api/v1/bets"}
    asyncio.run(BodyCap(app)(scope, receive, None))

    assert [len(message["body"]) for message in received] == [40, 40, 0]
    assert received[-1]["more_body"] is False
    assert scope[TOO_LARGE] is True


def test_a_body_over_64_kib_is_refused(db):
    body = json.dumps({"message": "x" * 65_536})
    answer = Client().post("/api/v1/auth/verify-sig", body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.json() == {
        "code": "PAYLOAD_TOO_LARGE",
        "message": "A body may hold 65536 bytes at most.",
    }


@pytest.mark.django_db(transaction=True)
def test_passwords_are_tried_slowly(settings):
    settings.RATE_LIMIT = True
    answers = answers_to("/admin/login/", 8, address="203.0.113.79", method="POST")
    assert [answer.status_code for answer in answers] == [403] * 5 + [429] * 3
    assert answers[-1].json()["message"] == "Too many passwords were tried: wait 5 s."


class Knocker:
    """Begins sockets of one address, and tells what became of each."""

    def __init__(self, app, address, **extensions):
        self._app = app
        self._scope = {"type": "websocket", "headers": [], "client": (address, 1)}
        self._scope["extensions"] = extensions

    async def knock(self):
        sent = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await self._app(dict(self._scope), receive, send)
        return sent


async def let_in(scope, receive, send):
    await send({"type": "websocket.accept"})


async def test_an_address_begins_as_many_sockets_as_it_may_have_and_then_waits(settings):
    settings.RATE_LIMIT, settings.WS_PER_ADDRESS_MAX = True, 5
    app = Handshakes(let_in)
    many, other = Knocker(app, "203.0.113.7", **{DENIAL: {}}), Knocker(app, "203.0.113.8")
    accepted = [{"type": "websocket.accept"}]

    assert [await many.knock() for _ in range(5)] == [accepted] * 5
    start, body = await many.knock()

    assert (start["status"], dict(start["headers"])[b"retry-after"]) == (429, b"2")
    assert json.loads(body["body"])["code"] == "RATE_LIMITED"
    assert await other.knock() == accepted
    settings.RATE_LIMIT = False
    assert await many.knock() == accepted


async def test_a_server_that_cannot_answer_a_handshake_refuses_it(settings):
    settings.RATE_LIMIT, settings.WS_PER_ADDRESS_MAX = True, 1
    one = Knocker(Handshakes(let_in), "203.0.113.7")
    await one.knock()
    assert await one.knock() == [{"type": "websocket.close"}]


async def test_any_number_of_sockets_is_begun_at_any_rate(settings):
    settings.RATE_LIMIT, settings.WS_PER_ADDRESS_MAX = True, 0
    one = Knocker(Handshakes(let_in), "203.0.113.7")
    assert [len(await one.knock()) for _ in range(1000)] == [1] * 1000

"""Limits that several processes keep together: here, two meters beside each other."""

import asyncio
import ipaddress

import pytest
import redis
from django.http import HttpResponse
from django.test import RequestFactory
from redis.backoff import NoBackoff
from redis.retry import Retry

from kmarket import buckets, cache, limits
from kmarket.buckets import Ledger, Limit
from kmarket.limits import WAIT, Limits, Meter, client_address

TOKEN_PATH = "/api/v1/ws/token"
ALICE = "203.0.113.7"


@pytest.fixture(autouse=True)
def _limited(settings):
    settings.RATE_LIMIT = True
    cache.redis().flushdb()
    limits.ledger.cache_clear()
    yield
    cache.redis().flushdb()
    limits.ledger.cache_clear()


@pytest.fixture
def redis_away(tmp_path):
    """How often somebody asked for Redis, which nobody answers."""
    asked = []
    gone = redis.Redis(unix_socket_path=str(tmp_path / "gone"), retry=Retry(NoBackoff(), 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "redis", lambda: asked.append(1) or gone)
        yield asked


async def nothing(scope, receive, send):
    pass


async def passes(meter, path="/api/v1/markets", *, method="GET", address=ALICE):
    """Ask one process; return whether it lets the request through."""
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "client": (address, 4000),
        "headers": [],
    }
    await meter(scope, None, None)
    if WAIT in scope:
        return False
    request = RequestFactory().generic(method, path)
    request.scope = scope
    return Limits(lambda _: HttpResponse())(request).status_code == 200


async def let_through(meters, count, **asked):
    """Ask the processes in turn; return how many requests passed."""
    return sum([await passes(meters[n % len(meters)], **asked) for n in range(count)])


def pair():
    return Meter(nothing), Meter(nothing)


@pytest.mark.parametrize(
    ("asked", "burst"),
    [
        ({"path": "/api/v1/bets", "method": "POST"}, 20),
        ({"path": TOKEN_PATH, "method": "POST"}, 20),
        ({"path": "/api/v1/auth/nonce"}, 20),
        ({"path": "/api/v1/auth/verify-sig", "method": "POST"}, 20),
        ({"path": "/api/v1/session", "method": "POST"}, 20),
        ({"path": "/api/v1/admin/odds/override", "method": "POST"}, 60),
        ({"path": "/admin/login/", "method": "POST"}, 5),
    ],
)
def test_what_changes_something_is_counted_by_all_processes_together(asked, burst, monkeypatch):
    # A token that comes back while the test runs is no refusal.
    for limit in limits.CLASSES:
        object.__setattr__(limit, "rate", limit.rate / 1e6)
    try:
        assert asyncio.run(let_through(pair(), 3 * burst, **asked)) == burst
    finally:
        for limit in limits.CLASSES:
            object.__setattr__(limit, "rate", limit.rate * 1e6)


async def test_reads_of_several_processes_are_put_together_and_the_excess_is_owed():
    here, there = pair()
    assert await let_through([here, there], 38) == 38, "one burst each, at first"
    for meter in (here, there):
        await meter.settle()
    await here.settle()
    await passes(here)
    await here.settle()

    assert not await passes(here)
    scope = {"type": "http", "method": "GET", "path": "/api/v1/markets", "query_string": b""}
    scope |= {"client": (ALICE, 4000), "headers": []}
    await here(scope, None, None)
    assert scope[WAIT].seconds > 1.5, "it took 38 tokens, and 20 is what there was"
    assert await passes(here, address="203.0.113.8"), "nobody else pays for it"


async def test_what_was_let_through_is_told_by_itself(monkeypatch):
    monkeypatch.setattr(limits, "SETTLE_SECONDS", 0.001)
    meter = Meter(nothing)
    await passes(meter)
    await meter._settling
    assert cache.redis().keys("limits:*") == [b"limits:read:203.0.113.7"]
    assert 0 < cache.redis().pttl("limits:read:203.0.113.7") <= 100, "as long as it is not full"


async def test_with_redis_away_each_process_limits_by_itself(redis_away, caplog):
    here, there = pair()
    for asked, burst in (
        ({"path": "/api/v1/bets", "method": "POST"}, 20),
        ({"path": "/admin/login/", "method": "POST"}, 5),
        ({}, 20),
    ):
        for meter in (here, there):
            passed = await let_through([meter], burst + 5, **asked)
            assert burst <= passed < burst + 5, asked
            await meter.settle()
    assert caplog.text.count("Redis is away") == 1


def test_with_redis_away_it_is_asked_once_a_second(redis_away, monkeypatch):
    ledger, limit = Ledger(), Limit("any", 1, 1)
    redis_away.clear()
    assert [ledger.take(limit, "alice") for _ in range(9)] == [0] * 9
    assert len(redis_away) == 1
    monkeypatch.setattr(buckets.time, "monotonic", lambda: ledger._away_until + 0.01)
    assert ledger.take(limit, "alice") == 0
    assert len(redis_away) == 2


def test_a_full_redis_refuses_nobody():
    server = cache.redis()
    memory = server.config_get("maxmemory")["maxmemory"]
    server.config_set("maxmemory", 1)
    try:
        assert Ledger().take(Limit("full", 1, 1), "alice") == 0
    finally:
        server.config_set("maxmemory", memory)


def test_a_bucket_in_redis_fills_again_and_is_forgotten_when_full():
    ledger, limit = Ledger(), Limit("quick", 1000, 2)
    assert ledger.settle(limit, {"alice": 50}) == {"alice": -48}
    wait = ledger.take(limit, "alice")
    assert 0 < wait < 0.05
    while ledger.take(limit, "alice"):
        pass
    while cache.redis().exists("limits:quick:alice"):
        pass


def test_many_clients_are_settled_in_portions(monkeypatch):
    monkeypatch.setattr(buckets, "SETTLED_AT_ONCE", 3)
    told = Ledger().settle(Limit("many", 1, 10), {f"c{n}": n + 1 for n in range(10)})
    assert told == {f"c{n}": 9 - n for n in range(10)}


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("local", "local"),
    ],
)
def test_a_network_of_ipv6_addresses_is_one_client(address, client):
    assert client_address({"client": (address, 4000), "headers": []}) == client


def test_a_proxy_is_known_by_the_other_form_of_its_address(settings):
    settings.TRUSTED_PROXIES = (ipaddress.ip_network("10.0.0.0/8"),)
    headers = [(b"x-forwarded-for", b"6.6.6.6, 203.0.113.7")]
    assert client_address({"client": ("::ffff:10.0.0.1", 1), "headers": headers}) == "203.0.113.7"
    # Whoever isn't trusted may write there what they like.
    assert client_address({"client": ("203.0.113.9", 1), "headers": headers}) == "203.0.113.9"

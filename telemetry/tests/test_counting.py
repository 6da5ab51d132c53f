"""What happens, as Prometheus is told of it."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from channels.db import database_sync_to_async
from channels.testing import HttpCommunicator
from django.db import OperationalError

from betting import settlement
from betting.settlement import Result
from chain.models import Cursor
from console import checks
from kmarket import cache, clock, metrics
from kmarket.asgi import application
from kmarket.clock import Job
from markets.models import Market
from oddsfeed import hub
from telemetry import collectors
from telemetry.requests import Counted

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="module")
def _requests():
    """As in a web process."""
    collector = collectors.Requests()
    metrics.REGISTRY.register(collector)
    yield
    metrics.REGISTRY.unregister(collector)


def value(name, **labels):
    return metrics.REGISTRY.get_sample_value(name, labels) or 0


@contextmanager
def more(name, by=1, **labels):
    """The number grows by so much in the block."""
    before = value(name, **labels)
    yield
    assert value(name, **labels) - before == pytest.approx(by)


def looked_up(collector):
    """Return {(name, label values): value} of what a collector tells."""
    samples = (sample for family in collector.collect() for sample in family.samples)
    return {(each.name, *each.labels.values()): each.value for each in samples}


@pytest.fixture
def announced(django_capture_on_commit_callbacks):
    """A block whose commits are announced."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def test_bets_prices_and_results_are_counted_where_they_are_committed(
    announced, open_market, place, settings, trader
):
    settings.TOKEN_DECIMALS = 2
    with (
        more("kmarket_price_changes_total", source="admin"),
        announced(),
    ):
        market = open_market()
    with (
        more("kmarket_bets_total", by=2),
        more("kmarket_bets_staked_tokens_total", by=1.5),
        announced(),
    ):
        place(market_id=market.pk)
        place(market_id=market.pk, stake=50)
    with (
        more("kmarket_settlements_total", kind="settle"),
        more("kmarket_settled_orders_total", by=2),
        more("kmarket_settlements_paid_tokens_total", by=1.85 + 0.92),
        announced(),
    ):
        result = Result(winning_option=1)
        settlement.settle_market(market_id=market.pk, result=result, actor=trader)


def test_a_bet_that_is_rolled_back_is_none(place):
    with more("kmarket_bets_total", by=0):
        place()


def test_the_clock_says_what_it_did_and_what_broke():
    def breaks(now):
        raise ValueError("by design")

    with more("kmarket_clock_job_duration_seconds_count", task="a job"):
        assert clock.run(Job("a job", 1, lambda now: None), NOW)
    done = value("kmarket_clock_job_timestamp_seconds", task="a job")
    assert done > 1_700_000_000
    with more("kmarket_clock_job_failures_total", task="a job"):
        assert not clock.run(Job("a job", 1, breaks), NOW)
    # It was not done then.
    assert value("kmarket_clock_job_timestamp_seconds", task="a job") == done


class Leaves(Exception):
    pass


@pytest.mark.parametrize(
    ("scope", "labels"),
    [
        ({"kmarket.route": "api/v1/bets"}, {"route": "api/v1/bets"}),
        ({"method": "BREW"}, {"method": "other"}),
        # A made-up address must not make a number of its own.
        ({"path": "/api/v1/8231"}, {"route": "unknown"}),
        ({"path": "/socket.io/"}, {"route": "socket.io/"}),
        ({"leaves": True}, {"status": "499"}),
    ],
)
async def test_requests_are_counted_by_what_they_asked_for(scope, labels):
    async def app(scope, receive, send):
        if "leaves" in scope:
            raise Leaves
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    sent = []

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "http", "method": "GET", "path": "/", **scope}
    labels = {"method": "GET", "route": "unknown", "status": "200", **labels}
    counted = Counted(app)
    with more("kmarket_requests_total", by=2, **labels):
        for _ in range(2):
            try:
                await counted(dict(scope), None, send)
            except Leaves:
                sent += ["http.response.start", "http.response.body"]
    assert sent == ["http.response.start", "http.response.body"] * 2
    # How long it waited for something to say is no measure of a poll.
    timed = value("kmarket_request_duration_seconds_count", route=labels["route"])
    assert bool(timed) == (labels["route"] != "socket.io/")


@pytest.mark.parametrize("path", ["odds/{}", "markets/{}", "markets/{}/odds/updates"])
async def test_a_view_is_counted_by_its_pattern(transactional_db, open_market, path):
    market = await database_sync_to_async(open_market)()
    route = "api/v1/" + path.format("<id:market_id>")
    with more("kmarket_requests_total", by=2, method="GET", route=route, status="200"):
        for _ in range(2):
            http = HttpCommunicator(application, "GET", "/api/v1/" + path.format(market.pk))
            assert (await http.get_response(timeout=10))["status"] == 200
    here = hub.running()
    for one in here:
        await one.close()


def test_the_house_is_read_from_the_database(transactional_db, open_market, settings):
    late = open_market()
    Market.objects.filter(pk=late.pk).update(
        status="closed", start_time=datetime.now(tz=UTC) - timedelta(hours=3)
    )
    open_market()
    checks.run(checks.Kind.LEDGER)
    settings.CHAIN_CONTRACT = "0x" + "c0" * 20
    Cursor.objects.create(
        chain_id=settings.CHAIN_ID,
        contract=settings.CHAIN_CONTRACT,
        start_block=1,
        last_block=98,
        head_block=120,
        halt="OTHER_HISTORY",
        halted_reason="too deep",
        halted_at=NOW,
    )

    told = looked_up(collectors.House())

    assert told["kmarket_markets", "active"] == told["kmarket_markets", "closed"] == 1
    assert told["kmarket_markets", "draft"] == 0
    assert 3 * 3600 <= told["kmarket_market_awaiting_result_seconds",] < 4 * 3600
    assert told["kmarket_check_faults", "ledger"] == 0
    assert told["kmarket_check_timestamp_seconds", "ledger"] > 1_700_000_000
    assert ("kmarket_check_faults", "audit") not in told
    assert told["kmarket_chain_head_block", "markets"] == 120
    assert told["kmarket_chain_indexed_block", "markets"] == 98
    assert told["kmarket_chain_halted", "markets"] == 1
    assert told["kmarket_database_up",] == told["kmarket_redis_up",] == 1


def test_what_is_away_is_said(monkeypatch, db):
    def away(*args):
        raise OperationalError("gone")

    def no_redis():
        raise cache.RedisAway("gone")

    monkeypatch.setattr(collectors, "_markets", away)
    monkeypatch.setattr(collectors.cache, "redis", no_redis)

    assert looked_up(collectors.House()) == {("kmarket_redis_up",): 0, ("kmarket_database_up",): 0}

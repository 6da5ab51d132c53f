"""Answers before Django: the view's own, as fresh as the hub, and under the same limits."""

import asyncio
from functools import partial

import httpx
import orjson
import pytest
from asgiref.sync import sync_to_async

from kmarket.asgi import django_app
from kmarket.limits import Meter
from markets import caches
from markets import services as market_services
from markets.lifecycle import Event
from markets.lines import Line
from markets.odds import Moneyline, Odds, Prices, Spread
from oddsfeed.hot_reads import HotReads
from oddsfeed.tests.conftest import HEALED_SECONDS, in_thread, move, set_home, until

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = {"origin": "http://localhost:3000"}


def client_of(app) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, client=("203.0.113.5", 4000))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


class Roads:
    """The hot road and Django's, and how often the former had to ask the latter."""

    def __init__(self) -> None:
        self.asked = 0
        self.app = HotReads(self._django)
        self.hot, self.slow = client_of(self.app), client_of(django_app)

    async def _django(self, scope, receive, send):
        self.asked += 1
        await django_app(scope, receive, send)

    async def without_django(self, path, **headers) -> httpx.Response:
        """Ask until the answer comes without Django, and return it."""
        while True:
            before = self.asked
            answer = await self.hot.get(f"/api/v1/{path}", headers=headers)
            if self.asked == before:
                return answer
            await asyncio.sleep(0.01)


async def eventually(ask, holds):
    """Ask until the answer's JSON is as it should be. Others than we change what it says."""
    async with asyncio.timeout(HEALED_SECONDS):
        while not holds((await ask()).json()):  # noqa: ASYNC110
            await asyncio.sleep(0.001)


@pytest.fixture
async def roads(the_hub):
    roads = Roads()
    await until(lambda: the_hub.hears)
    yield roads
    await roads.hot.aclose()
    await roads.slow.aclose()


@pytest.fixture
def paths(market):
    return [f"odds/{market.pk}", f"markets/{market.pk}/odds/snapshot", "markets/active"]


def has_seq(seq, body):
    return body["seq"] >= seq


def is_empty(body):
    return body["data"] == []


def shown(answer, *, drop=("x-request-id",)):
    headers = {name: value for name, value in answer.headers.multi_items() if name not in drop}
    return answer.status_code, headers, answer.content


@pytest.mark.parametrize("headers", [{}, ORIGIN, {"origin": "https://elsewhere.example"}])
async def test_both_roads_say_the_same_to_the_byte(roads, paths, market, headers):
    await in_thread(set_home, market, 189)
    for path in paths:
        hot = await roads.without_django(path, **headers)
        # Twice: the first may be the one that fills the copy in Redis, and says so.
        for _ in range(2):
            slow = await roads.slow.get(f"/api/v1/{path}", headers=headers)
        assert shown(hot) == shown(slow)
        assert hot.json()["source"] == "cache"

        tag = {"if-none-match": hot.headers["etag"]}
        hot = await roads.without_django(path, **headers, **tag)
        slow = await roads.slow.get(f"/api/v1/{path}", headers=headers | tag)
        assert shown(hot) == shown(slow)
        assert (hot.status_code, hot.content) == (304, b"")


async def test_all_kinds_of_prices_and_names_look_the_same(roads, open_market):
    spread = Spread(Line.parse("-0.25"), Odds(101), Odds(9_999))
    full = await in_thread(
        open_market,
        Prices(Moneyline(Odds(333), Odds(290), Odds(115)), spread, None),
        home_team="Bayern <München> \u2028 & \U0001f3c0",
    )
    empty = await in_thread(open_market, Prices())
    for market in (full, empty):
        for path in (f"odds/{market.pk}", f"markets/{market.pk}/odds/snapshot", "markets/active"):
            hot = await roads.without_django(path)
            for _ in range(2):
                slow = await roads.slow.get(f"/api/v1/{path}")
            assert hot.content.replace(b'"db"', b'"cache"') == slow.content.replace(
                b'"db"', b'"cache"'
            )


async def test_a_change_is_told_at_once(roads, paths, market):
    for path in paths[:2]:
        await roads.without_django(path)
    for home in (187, 188, 189):
        update = await in_thread(set_home, market, home)
        for path in paths[:2]:
            url = f"/api/v1/{path}"
            await eventually(partial(roads.hot.get, url), partial(has_seq, update.seq))


async def test_a_change_that_nobody_announced_is_told_within_two_seconds(
    roads, paths, market, unannounced
):
    for path in paths[:2]:
        await roads.without_django(path)
    with unannounced():
        update = await move(market)
    for path in paths[:2]:
        await eventually(partial(roads.without_django, path), partial(has_seq, update.seq))


async def test_a_market_that_ceases_to_take_bets_leaves_the_list_at_once(roads, market, trader):
    def suspend():
        market_services.change_status(
            market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="news"
        )

    listed = await roads.without_django("markets/active")
    assert [row["market_id"] for row in listed.json()["data"]] == [market.pk]
    await in_thread(suspend)
    await eventually(partial(roads.hot.get, "/api/v1/markets/active"), is_empty)


async def test_a_list_that_nobody_dropped_is_healed_by_the_clock(
    roads, market, trader, unannounced
):
    await roads.without_django("markets/active")
    await in_thread(caches.heal)

    def suspend_unheard():
        from markets.signals import market_changed  # noqa: PLC0415
        from oddsfeed import publisher  # noqa: PLC0415

        market_changed.disconnect(dispatch_uid="oddsfeed.tell_market")
        with unannounced():
            market_services.change_status(
                market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="news"
            )
        publisher.connect()

    await in_thread(suspend_unheard)
    assert (await roads.slow.get("/api/v1/markets/active")).json()["data"]
    await in_thread(caches.heal)
    await eventually(partial(roads.hot.get, "/api/v1/markets/active"), is_empty)


async def test_the_request_id_is_taken_or_made(roads, paths):
    for path in paths:
        asked = await roads.without_django(path, **{"x-request-id": "mine-1"})
        assert asked.headers["x-request-id"] == "mine-1"
        made = await roads.without_django(path, **{"x-request-id": "no\tgood one"})
        assert len(made.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("tag", "status"),
    [("*", 304), ("W/{}", 304), ('"other", {}', 304), ('"other"', 200), ("nonsense", 200)],
)
async def test_tags_are_compared_as_django_does(roads, paths, tag, status):
    for path in paths:
        known = (await roads.without_django(path)).headers["etag"]
        asked = {"if-none-match": tag.format(known)}
        hot = await roads.without_django(path, **asked)
        slow = await roads.slow.get(f"/api/v1/{path}", headers=asked)
        assert hot.status_code == slow.status_code == status


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("GET", "odds/{}", {"authorization": "Bearer nonsense"}),
        ("GET", "odds/{}", {"if-match": '"other"'}),
        ("GET", "odds/{}?a=%00", {}),
        ("HEAD", "odds/{}", {}),
        ("OPTIONS", "odds/{}", ORIGIN | {"access-control-request-method": "GET"}),
        ("POST", "odds/{}", {}),
        ("GET", "odds/0", {}),
        ("GET", "odds/99999999999999999", {}),
        ("GET", "odds/9999999999999999", {}),
        ("GET", "odds/{}/", {}),
        ("GET", "odds//{}", {}),
        ("GET", "markets/{}/odds/snapshot", {"content-length": "2"}),
        ("GET", "odds/{}", {"host": "evil.example"}),
    ],
)
async def test_what_only_django_knows_is_asked_of_django(
    roads, market, settings, method, path, headers
):
    settings.ALLOWED_HOSTS = ["testserver"]
    await roads.without_django(f"odds/{market.pk}")
    await roads.without_django(f"markets/{market.pk}/odds/snapshot")
    url = f"/api/v1/{path.format(market.pk)}"
    hot = await roads.hot.request(method, url, headers=headers)
    slow = await roads.slow.request(method, url, headers=headers)
    assert shown(hot) == shown(slow)


async def test_the_rate_limit_counts_both_roads(roads, paths, settings):
    settings.RATE_LIMIT = True
    limited = client_of(Meter(roads.app))
    answers = [await limited.get(f"/api/v1/{paths[0]}", headers=ORIGIN) for _ in range(30)]
    assert [answer.status_code for answer in answers[:20]] == [200] * 20
    refused = answers[-1]
    assert refused.status_code == 429
    assert refused.json()["code"] == "RATE_LIMITED"
    assert refused.headers["access-control-allow-origin"] == ORIGIN["origin"]
    await limited.aclose()


async def test_with_redis_away_nothing_is_answered_from_memory(roads, paths, market, the_hub):
    for path in paths:
        await roads.without_django(path)
    before = roads.asked
    # What the line does when its connection breaks.
    the_hub._line.up = False
    update = await move(market)
    for path in paths[:2]:
        assert (await roads.hot.get(f"/api/v1/{path}")).json()["seq"] == update.seq
    assert roads.asked == before + 2
    the_hub._line.up = True


async def test_a_market_that_is_asked_for_stays_known(roads, market, the_hub, monkeypatch):
    monkeypatch.setattr("oddsfeed.hub.IDLE_SECONDS", 0.3)
    path = f"odds/{market.pk}"
    await roads.without_django(path)
    asked = roads.asked
    for _ in range(20):
        await roads.hot.get(f"/api/v1/{path}")
        await sync_to_async(the_hub._tidy, thread_sensitive=False)()
        await asyncio.sleep(0.03)
    assert roads.asked == asked
    await until(lambda: market.pk not in the_hub.topics)


async def test_what_was_made_is_a_body_that_clients_can_read(roads, paths, market):
    hot = await roads.without_django(paths[0])
    assert hot.headers["content-type"] == "application/json"
    assert orjson.loads(hot.content)["marketId"] == market.pk

"""The JSON of pools, pinned: what books have, and their outcomes."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client

from conftest import YES_NO
from kmarket import cache, epoch
from kmarket.api_fields import epoch_ms
from markets import caches, pools
from markets.lifecycle import MarketStatus
from markets.models import OddsUpdate
from markets.outcomes import ONE
from markets.pools import Change

YES_NO_LINE = {"home": 1.6, "away": 2.66}
OUTCOMES = [
    {"option": 1, "label": "Yes", "price": "625000000000000000", "odds": 160},
    {"option": 2, "label": "No", "price": "375000000000000000", "odds": 266},
]
NO_GROUPS = {"moneyline": None, "spread": None, "total": None, "odds_a": None, "odds_b": None}
TWO_WAY_GROUPS = NO_GROUPS | {"moneyline": YES_NO_LINE, "odds_a": 160, "odds_b": 266}
THREE = (ONE // 2, 499 * 10**15, 10**15)
THREE_OUTCOMES = [
    {"option": 1, "label": "Ann", "price": "500000000000000000", "odds": 200},
    {"option": 2, "label": "Bo", "price": "499000000000000000", "odds": 200},
    {"option": 3, "label": "Cy", "price": "1000000000000000", "odds": 100_000},
]


@pytest.fixture
def get(db):
    def answer(path, status=200):
        response = Client().get(f"/api/v1/{path}")
        assert response.status_code == status, response.content
        return response.json()

    return answer


@pytest.fixture
def three(open_pool):
    return open_pool(THREE, labels=("Ann", "Bo", "Cy"), question="Who wins?", league="WCC")


def record(*changes):
    with transaction.atomic():
        return pools.record(changes)


def at(market, seq):
    return epoch_ms(OddsUpdate.objects.get(market=market, seq=seq).at)


def test_the_list_shows_a_pool_beside_books(get, open_pool, market):
    pool = open_pool(closes_at=market.start_time + timedelta(hours=1))

    book, row = get("markets")["items"]

    assert row == {
        "id": pool.pk,
        "kind": "pool",
        "category": "prediction",
        "league": "Pools",
        "title": "Will it rain?",
        "home_team": "Yes",
        "away_team": "No",
        "status": "active",
        "start_time": epoch_ms(pool.start_time),
        "live": False,
        "odds": TWO_WAY_GROUPS | {"outcomes": OUTCOMES, "seq": 1, "timestamp": at(pool, 1)},
    }
    assert "outcomes" not in book["odds"]


def test_more_outcomes_are_no_moneyline_and_no_teams(get, three):
    (row,) = get("markets")["items"]
    assert (row["title"], row["home_team"], row["away_team"]) == ("Who wins?", "", "")
    rest = {"outcomes": THREE_OUTCOMES, "seq": 1, "timestamp": at(three, 1)}
    assert row["odds"] == NO_GROUPS | rest


def test_the_list_is_filtered_by_kind_and_searched_by_question(get, three, open_pool, market):
    rain = open_pool()

    def ids(query):
        return {item["id"] for item in get(f"markets?{query}")["items"]}

    assert ids("kind=pool") == {three.pk, rain.pk}
    assert ids("kind=book") == {market.pk}
    assert ids("kind=") == {three.pk, rain.pk, market.pk}
    assert ids("kind=pool&q=rain") == {rain.pk}
    assert ids("q=who+wins") == {three.pk}
    assert ids("q=lakers") == {market.pk}
    get("markets?kind=auction", status=400)


def test_pools_cost_the_list_no_query_more(get, open_pool, market, django_assert_num_queries):
    for _ in range(10):
        open_pool()
    with django_assert_num_queries(3):
        assert len(get("markets")["items"]) == 11


def test_the_detail_lists_the_outcomes_as_options(get, three):
    body = get(f"markets/{three.pk}")
    of_books = {"kind": "outcome", "side": None, "line": None, "status": "open"}
    assert body["market"]["options"] == [outcome | of_books for outcome in THREE_OUTCOMES]
    assert body["market"]["winning_option"] is None
    assert body["odds"] == NO_GROUPS | {
        "status": "active",
        "outcomes": THREE_OUTCOMES,
        "seq": 1,
        "timestamp": at(three, 1),
        "source": "db",
    }

    record(Change(three.pk, status=MarketStatus.SETTLED, winner=3))
    assert get(f"markets/{three.pk}")["market"]["winning_option"] == 3


def test_a_pool_without_liquidity_has_nulls(get, open_pool):
    pool = open_pool(prices=())
    nulls = [{**outcome, "price": None, "odds": None} for outcome in OUTCOMES]
    of_books = {"kind": "outcome", "side": None, "line": None, "status": "off"}

    assert get("markets")["items"][0]["odds"] is None
    assert get(f"markets/{pool.pk}")["market"]["options"] == [one | of_books for one in nulls]
    snapshot = get(f"markets/{pool.pk}/odds/snapshot")
    assert (snapshot["seq"], snapshot["payload"]) == (
        0,
        NO_GROUPS
        | {
            "market_id": pool.pk,
            "outcomes": nulls,
            "status": "active",
            "start_time": epoch_ms(pool.start_time),
            "source": "amm",
        },
    )
    # Suspended before it ever had a price: the state is told, the prices are still nulls.
    record(Change(pool.pk, status=MarketStatus.SUSPENDED))
    assert get(f"odds/{pool.pk}")["outcomes"] == nulls


def test_odds_and_snapshot_are_the_same_from_the_database_and_from_the_copy(get, open_pool):
    pool = open_pool()
    odds = TWO_WAY_GROUPS | {
        "marketId": pool.pk,
        "status": "active",
        "outcomes": OUTCOMES,
        "seq": 1,
        "timestamp": at(pool, 1),
    }
    payload = TWO_WAY_GROUPS | {
        "market_id": pool.pk,
        "outcomes": OUTCOMES,
        "status": "active",
        "start_time": epoch_ms(pool.start_time),
        "source": "amm",
    }
    snapshot = {
        "type": "snapshot",
        "marketId": pool.pk,
        "seq": 1,
        "ts": at(pool, 1),
        "epoch": epoch.current(),
        "payload": payload,
    }
    cache.redis().flushdb()
    assert get(f"odds/{pool.pk}") == odds | {"source": "db"}
    assert get(f"odds/{pool.pk}") == odds | {"source": "cache"}
    assert get(f"markets/{pool.pk}/odds/snapshot") == snapshot | {"source": "cache"}
    cache.redis().flushdb()
    assert get(f"markets/{pool.pk}/odds/snapshot") == snapshot | {"source": "db"}


def test_updates_carry_outcomes_and_why(get, open_pool, django_assert_num_queries):
    pool = open_pool()
    record(
        Change(pool.pk, prices=(0, ONE)),
        Change(pool.pk, prices=YES_NO, status=MarketStatus.ACTIVE, reason=pools.REORG),
    )
    with django_assert_num_queries(5):
        body = get(f"markets/{pool.pk}/odds/updates?since_seq=1")

    assert body["updates"][1] == {
        "type": "odds_update",
        "marketId": pool.pk,
        "payload": TWO_WAY_GROUPS
        | {
            "market_id": pool.pk,
            "outcomes": OUTCOMES,
            "status": "active",
            "start_time": epoch_ms(pool.start_time),
            "source": "amm",
            "reason": "reorg",
        },
        "seq": 3,
        "ts": at(pool, 3),
    }
    gone = body["updates"][0]["payload"]
    assert [(one["price"], one["odds"]) for one in gone["outcomes"]] == [
        ("0", 100_000),
        (str(ONE), 101),
    ]
    assert gone["moneyline"] == {"home": 1000.0, "away": 1.01}


def test_the_copies_of_pools_are_healed_too(open_pool, monkeypatch):
    monkeypatch.setattr(caches, "_healed", caches._Healed())
    pool = open_pool()
    cache.redis().flushdb()
    caches.heal()
    assert caches.read(pool.pk)["payload"]["outcomes"] == OUTCOMES
    assert cache.redis().get(f"odds:{pool.pk}") is not None


def test_active_markets_hold_pools_while_they_trade(get, open_pool):
    row = {"market_id": open_pool().pk, "title": "Will it rain?", "category": "prediction"}
    open_pool(closes_at=datetime.now(tz=UTC) - timedelta(seconds=1))
    cache.redis().flushdb()
    assert get("markets/active") == {"source": "db", "data": [row]}

"""The JSON of markets and odds, pinned."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from conftest import ALL_GROUPS
from kmarket import cache, epoch
from kmarket.api_fields import epoch_ms
from markets import selectors, services
from markets.lifecycle import Event, MarketStatus
from markets.models import OddsUpdate
from markets.odds import Moneyline, Odds, Prices

MONEYLINE = {"home": 1.85, "away": 2.1}
SPREAD = {"line": -3.0, "home": 1.92, "away": 1.88}
TOTAL = {"line": 219.5, "over": 1.9, "under": 1.9}


@pytest.fixture
def get(db):
    def answer(path, status=200, **headers):
        response = Client().get(f"/api/v1/{path}", headers=headers)
        assert response.status_code == status, response.content
        return response

    return answer


@pytest.fixture
def reprice(trader):
    def set_odds(market, home, away):
        return services.set_odds(
            market_id=market.pk,
            changes={"moneyline": Moneyline(Odds(home), Odds(away))},
            actor=trader,
            source=OddsUpdate.Source.ADMIN,
            reason="news",
        )

    return set_odds


def ts(market, seq):
    return epoch_ms(OddsUpdate.objects.get(market=market, seq=seq).at)


def test_the_list_has_what_a_page_needs(get, open_market):
    market = open_market(ALL_GROUPS)
    unpriced = open_market(Prices(), start_time=market.start_time + timedelta(hours=1))

    body = get("markets?forceRefresh=true").json()

    assert {name: body[name] for name in ("page", "pageSize", "total")} == {
        "page": 1,
        "pageSize": 20,
        "total": 2,
    }
    assert body["items"][0] == {
        "id": market.pk,
        "kind": "book",
        "category": "sports",
        "league": "NBA",
        "title": "Lakers vs Warriors",
        "home_team": "Lakers",
        "away_team": "Warriors",
        "status": "active",
        "start_time": epoch_ms(market.start_time),
        "live": False,
        "odds": {
            "moneyline": MONEYLINE,
            "spread": SPREAD,
            "total": TOTAL,
            "odds_a": 185,
            "odds_b": 210,
            "seq": 1,
            "timestamp": ts(market, 1),
        },
    }
    assert (body["items"][1]["id"], body["items"][1]["odds"]) == (unpriced.pk, None)


def test_the_list_is_filtered_ordered_and_paged(get, open_market, trader):
    base = datetime.now(tz=UTC) + timedelta(days=2)
    first = open_market(league="EPL", home_team="Arsenal", start_time=base)
    second = open_market(league="NBA", start_time=base + timedelta(days=1))
    services.change_status(market_id=second.pk, event=Event.SUSPEND, actor=trader, reason="x")

    def ids(query):
        return [item["id"] for item in get(f"markets?{query}").json()["items"]]

    assert ids("") == [first.pk, second.pk]
    assert ids("ordering=-start_time") == [second.pk, first.pk]
    assert ids("ordering=-id") == [second.pk, first.pk]
    assert ids("status=suspended") == [second.pk]
    assert ids("league=EPL") == [first.pk]
    assert ids("q=arsen") == [first.pk]
    assert ids("q=%25") == []
    assert ids(f"startsAfter={epoch_ms(base) + 1}") == [second.pk]
    assert ids(f"startsBefore={epoch_ms(base) + 1}") == [first.pk]
    assert ids("page=2&pageSize=1") == [second.pk]


def test_a_list_of_many_takes_as_many_queries_as_a_list_of_one(
    get, open_market, django_assert_num_queries
):
    for _ in range(30):
        open_market()
    with django_assert_num_queries(3):
        assert len(get("markets?pageSize=30").json()["items"]) == 30


def test_a_draft_is_seen_by_operators_only(get, open_market, operator_client):
    draft = open_market(status=MarketStatus.DRAFT)
    for path in ("markets/{}", "odds/{}", "markets/{}/odds/snapshot", "markets/{}/odds/updates"):
        get(path.format(draft.pk), status=404)
        assert operator_client.get(f"/api/v1/{path.format(draft.pk)}").status_code == 200
    assert get("markets").json()["total"] == 0
    assert get("markets/active").json()["data"] == []
    # What an operator looked at must not reach the public through a copy.
    get(f"odds/{draft.pk}", status=404)


def test_the_detail_lists_the_options_with_their_prices(get, open_market):
    market = open_market(ALL_GROUPS, description="Game 7")

    body = get(f"markets/{market.pk}").json()

    assert body["odds"] == {
        "moneyline": MONEYLINE,
        "spread": SPREAD,
        "total": TOTAL,
        "odds_a": 185,
        "odds_b": 210,
        "status": "active",
        "seq": 1,
        "timestamp": ts(market, 1),
        "source": "db",
    }
    options = body["market"].pop("options")
    assert body["market"] == {
        "id": market.pk,
        "kind": "book",
        "category": "sports",
        "league": "NBA",
        "title": "Lakers vs Warriors",
        "home_team": "Lakers",
        "away_team": "Warriors",
        "status": "active",
        "start_time": epoch_ms(market.start_time),
        "live": False,
        "description": "Game 7",
        "seq": 1,
        "winning_option": None,
        "home_score": None,
        "away_score": None,
    }
    assert options[3] == {
        "option": 5,
        "kind": "spread",
        "side": "away",
        "label": "Warriors",
        "line": -3.0,
        "odds": 188,
        "status": "open",
    }
    assert [(option["option"], option["line"], option["odds"]) for option in options] == [
        (1, None, 185),
        (2, None, 210),
        (4, -3.0, 192),
        (5, -3.0, 188),
        (6, 219.5, 190),
        (7, 219.5, 190),
    ]


def test_odds_come_from_the_database_first_and_from_the_copy_then(get, market):
    odds = {
        "marketId": market.pk,
        "moneyline": MONEYLINE,
        "spread": None,
        "total": None,
        "odds_a": 185,
        "odds_b": 210,
        "status": "active",
        "seq": 1,
        "timestamp": ts(market, 1),
    }
    cache.redis().flushdb()
    assert get(f"odds/{market.pk}").json() == odds | {"source": "db"}
    assert get(f"odds/{market.pk}").json() == odds | {"source": "cache"}


def test_the_copies_have_the_names_and_lifetimes_of_the_contract(get, market):
    cache.redis().flushdb()
    get(f"odds/{market.pk}")
    get("markets/active")
    lives = {
        key: cache.redis().ttl(key)
        for key in (f"odds:{market.pk}", f"oddsq:{market.pk}", "markets:active")
    }
    assert 58 <= lives[f"odds:{market.pk}"] <= 60
    assert 58 <= lives[f"oddsq:{market.pk}"] <= 60
    assert 28 <= lives["markets:active"] <= 30


def test_odds_are_answered_while_redis_is_away(get, market, monkeypatch):
    def gone():
        raise cache.RedisAway("connection refused")

    monkeypatch.setattr(cache, "redis", gone)
    assert get(f"odds/{market.pk}").json()["source"] == "db"
    assert get("markets/active").json()["source"] == "db"


def test_a_snapshot_tells_the_true_seq(get, market, reprice):
    reprice(market, 190, 205)
    cache.redis().flushdb()
    assert get(f"markets/{market.pk}/odds/snapshot").json() == {
        "type": "snapshot",
        "marketId": market.pk,
        "seq": 2,
        "ts": ts(market, 2),
        "epoch": epoch.current(),
        "payload": {
            "market_id": market.pk,
            "moneyline": {"home": 1.9, "away": 2.05},
            "spread": None,
            "total": None,
            "odds_a": 190,
            "odds_b": 205,
            "status": "active",
            "start_time": epoch_ms(market.start_time),
            "source": "admin",
            "reason": "news",
        },
        "source": "db",
    }


def test_a_market_without_prices_has_a_snapshot_of_nulls(get, open_market):
    market = open_market(Prices())
    body = get(f"markets/{market.pk}/odds/snapshot").json()
    assert (body["seq"], body["payload"]["moneyline"], body["payload"]["odds_a"]) == (0, None, None)


def test_the_same_odds_have_the_same_tag_wherever_they_came_from(get, market, reprice):
    cache.redis().flushdb()
    for path in (f"odds/{market.pk}", f"markets/{market.pk}/odds/snapshot"):
        tag = get(path)["ETag"]
        assert get(path)["ETag"] == tag
        assert get(path, status=304, if_none_match=tag).content == b""
    tag = get(f"odds/{market.pk}")["ETag"]
    cache.redis().flushdb()
    reprice(market, 190, 205)
    assert get(f"odds/{market.pk}", if_none_match=tag)["ETag"] != tag


@pytest.mark.parametrize("path", ["markets", "markets/active", "markets/{}"])
def test_an_unchanged_page_is_a_304(get, market, path):
    get(path.format(market.pk))
    tag = get(path.format(market.pk))["ETag"]
    get(path.format(market.pk), status=304, if_none_match=tag)


def test_updates_fill_what_a_socket_missed(get, market, reprice):
    for home in (190, 191, 192):
        reprice(market, home, 205)

    def updates(query):
        body = get(f"markets/{market.pk}/odds/updates?{query}").json()
        body["updates"] = [update["seq"] for update in body["updates"]]
        return body

    rest = {"marketId": market.pk, "epoch": epoch.current(), "headSeq": 4, "oldestSeq": 1}
    assert updates("") == rest | {
        "fromSeq": 1,
        "toSeq": 4,
        "updates": [1, 2, 3, 4],
        "hasMore": False,
    }
    assert updates("since_seq=1&limit=2") == rest | {
        "fromSeq": 2,
        "toSeq": 3,
        "updates": [2, 3],
        "hasMore": True,
    }
    assert updates("since_seq=4") == rest | {
        "fromSeq": 4,
        "toSeq": 4,
        "updates": [],
        "hasMore": False,
    }
    update = get(f"markets/{market.pk}/odds/updates?since_seq=3").json()["updates"][0]
    assert update == {
        "type": "odds_update",
        "marketId": market.pk,
        "payload": {
            "market_id": market.pk,
            "moneyline": {"home": 1.92, "away": 2.05},
            "spread": None,
            "total": None,
            "odds_a": 192,
            "odds_b": 205,
            "status": "active",
            "start_time": epoch_ms(market.start_time),
            "source": "admin",
            "reason": "news",
        },
        "seq": 4,
        "ts": ts(market, 4),
    }


def test_active_markets_come_from_the_copy_until_one_changes(
    get, market, trader, django_capture_on_commit_callbacks
):
    row = {"market_id": market.pk, "title": "Lakers vs Warriors", "category": "sports"}
    cache.redis().flushdb()
    assert get("markets/active").json() == {"source": "db", "data": [row]}
    assert get("markets/active").json() == {"source": "cache", "data": [row]}

    with django_capture_on_commit_callbacks(execute=True):
        services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="x")
    assert get("markets/active").json() == {"source": "db", "data": []}


def test_browsers_of_our_front_ends_may_read(get, market):
    for origin in ("http://localhost:5173", "http://127.0.0.1", "https://kmarket.com"):
        answer = get("markets", origin=origin)
        assert answer["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Origin" not in get("markets", origin="https://evil.example")


def test_heads_name_the_public_markets_only(market, open_market):
    draft = open_market(status=MarketStatus.DRAFT)
    assert selectors.heads([market.pk, draft.pk, 4711]) == {market.pk: 1}

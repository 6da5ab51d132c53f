"""The history behind the charts: all of it where that is little, an honest selection where not."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection

from accounts.models import Role
from conftest import ALL_GROUPS
from console import odds_history
from markets import services
from markets.lifecycle import Event
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds

# Made where they are kept: that is twenty times as quick.
MANY = """
    INSERT INTO markets_oddsupdate
        (market_id, seq, home, away, status, start_time, reason, source, at)
    SELECT id, n, CASE n WHEN 3333 THEN 900 ELSE 180 + mod(n * 7919, 10) END,
        205 + mod(n * 104729, 7) + mod(n, 4), 'active', start_time, '', 'feed',
        %(begin)s + n * interval '1 second'
    FROM markets_market, generate_series(2, 5000) AS n WHERE id = %(market)s
"""
VENDORED = settings.BASE_DIR / "console/static/console/vendor/uplot"
BEGIN = datetime(2030, 1, 1, tzinfo=UTC)


def ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def history(client, market, **query) -> dict:
    answer = client.get(
        f"/admin/markets/market/{market.pk}/prices/", {"group": "moneyline"} | query
    )
    assert answer.status_code == 200
    return answer.json()


@pytest.fixture
def busy_market(open_market) -> Market:
    """A market with 5,000 changes, one a second; the 3,333rd home price is a spike."""
    market = open_market()
    with connection.cursor() as cursor:
        cursor.execute(MANY, {"market": market.pk, "begin": BEGIN})
    Market.objects.filter(pk=market.pk).update(seq=5000)
    return market


def test_each_change_tells_when_what_who_and_why(console, market, trader):
    services.set_odds(
        market_id=market.pk,
        changes={"moneyline": Moneyline(Odds(190), Odds(205))},
        actor=trader,
        source=OddsUpdate.Source.ADMIN,
        reason="injury",
    )
    services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=None, reason="weather")
    updates = OddsUpdate.objects.filter(market=market).order_by("seq")
    assert history(console, market) == {
        "total": 3,
        "shown": 3,
        "seq": [1, 2, 3],
        "at": [ms(update.at) for update in updates],
        "odds": {"home": [185, 190, 190], "draw": [None] * 3, "away": [210, 205, 205]},
        "line": [None, None, None],
        "status": ["active", "active", "suspended"],
        "source": ["admin", "admin", "admin"],
        "by": ["trader", "trader", ""],
        "why": ["", "injury", "weather"],
    }


def test_a_group_with_a_line_tells_it(console, open_market):
    market = open_market(prices=ALL_GROUPS)
    told = history(console, market, group="spread")
    assert (told["odds"], told["line"]) == ({"home": [192], "away": [188]}, [-12])


def test_a_long_history_is_selected_and_says_so(console, busy_market):
    told = history(console, busy_market)
    assert told["total"] == 5000
    assert told["shown"] == len(told["seq"]) <= odds_history.POINTS_MAX
    assert told["shown"] > odds_history.POINTS_MAX // 4
    assert told["seq"] == sorted(set(told["seq"]))
    assert (told["seq"][0], told["seq"][-1]) == (1, 5000)
    # No extreme is hidden, and nothing is made up.
    assert told["odds"]["home"][told["seq"].index(3333)] == 900
    kept = dict(OddsUpdate.objects.filter(market=busy_market).values_list("seq", "home"))
    assert told["odds"]["home"] == [kept[seq] for seq in told["seq"]]
    assert min(told["odds"]["away"]) == 205
    assert max(told["odds"]["away"]) == 214


def test_what_was_set_by_hand_is_among_the_selected(console, busy_market, trader):
    services.set_odds(
        market_id=busy_market.pk,
        changes={"moneyline": Moneyline(Odds(187), Odds(210))},
        actor=trader,
        source=OddsUpdate.Source.ADMIN,
        reason="by hand",
        force=True,
    )
    told = history(console, busy_market)
    assert told["why"][told["seq"].index(5001)] == "by hand"


def test_looking_closer_shows_every_change_of_the_span_and_what_held_before(console, busy_market):
    since, until = BEGIN + timedelta(seconds=3300), BEGIN + timedelta(seconds=3400)
    told = history(console, busy_market, **{"from": str(ms(since)), "to": str(ms(until))})
    assert told["total"] == 101
    assert told["seq"] == list(range(3299, 3401))


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ({"from": "0"}, [1]),
        ({"to": "0"}, []),
        ({"from": "9" * 15}, [1]),
        ({"from": "9" * 15, "to": "0"}, [1]),
    ],
)
def test_a_span_may_lie_anywhere(console, market, query, seqs):
    assert history(console, market, **query)["seq"] == seqs


@pytest.mark.parametrize(
    "query",
    [
        {"group": "futures"},
        {"group": ""},
        *({"group": "total", "from": text} for text in ("x", "-1", "1.5", "9" * 16)),
    ],
)
def test_what_is_no_group_and_no_moment_is_a_bad_request(console, market, query):
    assert console.get(f"/admin/markets/market/{market.pk}/prices/", query).status_code == 400


def test_the_number_of_queries_does_not_grow(console, busy_market, django_assert_num_queries):
    # Session and user, the market, how much there is, which of it, and the rows.
    with django_assert_num_queries(7):
        history(console, busy_market)


def test_history_is_for_who_may_see_prices(as_role, market, client):
    path = f"/admin/markets/market/{market.pk}/prices/?group=moneyline"
    assert as_role(Role.AUDITOR).get(path).status_code == 200
    answer = client.get(path)
    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]


def test_a_page_draws_a_chart_for_each_group_that_was_ever_offered(console, market, open_market):
    def charts(one) -> list[str]:
        page = console.get(f"/admin/markets/market/{one.pk}/change/").content.decode()
        return re.findall(r'data-chart="[^"]*group=(\w+)"', page)

    assert charts(market) == ["moneyline"]
    assert charts(open_market(prices=ALL_GROUPS)) == ["moneyline", "spread", "total"]


def test_the_vendored_files_are_those_that_their_note_names():
    note = (VENDORED / "README.md").read_text()
    named = dict(re.findall(r"^\| `([\w.]+)` \|.*`([0-9a-f]{64})` \|$", note, re.MULTILINE))
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDORED.iterdir()
        if path.name != "README.md"
    }
    assert named == found
    assert {"LICENSE", "uPlot.esm.js"} <= set(found)
    assert "The MIT License" in (VENDORED / "LICENSE").read_text()

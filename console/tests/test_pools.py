"""Pools in the console: shown beside books, and left to the chain."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AdminAction, Role
from console import market_rows, odds_history, queues
from console.tests.test_market_list import LIST, fields, listed, press
from console.tests.test_market_page import buttons, said, url
from markets import pools
from markets.errors import ChainDecides
from markets.lifecycle import MarketStatus
from markets.models import Market, OddsUpdate
from markets.outcomes import ONE
from markets.pools import Change

THREE = (ONE // 2, 499 * 10**15, 10**15)


@pytest.fixture
def pool(open_pool):
    return open_pool(
        THREE, labels=("Ann", "Bo & co", "Cy"), question="Who wins?", description="The final."
    )


def record(*changes):
    with transaction.atomic():
        return pools.record(changes)


def text_of(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page.content.decode()).split())


def history(client, market, **query):
    return client.get(f"/admin/markets/market/{market.pk}/prices/", {"group": "outcomes"} | query)


def test_the_list_shows_each_outcomes_odds_and_no_terms_of_books(console, pool, open_pool):
    unpriced = open_pool(prices=())
    page = console.get(LIST)
    assert fields(page, pool) == {
        "start": f"{pool.start_time:%Y-%m-%d %H:%M}",
        "status": "active",
        "outcome_1": "2.00",
        "outcome_2": "2.00",
        "outcome_3": "1000.00",
    }
    assert fields(page, unpriced)["outcome_1"] == "-"
    shown = text_of(page)
    assert "Who wins?" in shown
    assert "Ann 2.00 / Bo &amp; co 2.00 / Cy 1000.00" in shown


def test_pools_cost_the_list_no_query_more(console, open_market, open_pool):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            console.get(LIST)
        return len(counted)

    open_market()
    open_pool()
    console.get(LIST)
    few = queries()
    for _ in range(10):
        open_pool()
    assert queries() == few


def test_the_list_is_searched_by_question_and_filtered_by_kind(console, pool, market):
    assert listed(console.get(LIST, {"q": "who wins"})) == [pool.pk]
    assert listed(console.get(LIST, {"kind__exact": "pool"})) == [pool.pk]
    assert listed(console.get(LIST, {"kind__exact": "book"})) == [market.pk]


@pytest.mark.parametrize("action", ["suspend", "resume", "close"])
def test_a_button_of_the_list_passes_pools_by_and_says_why(console, pool, market, action):
    said_of_pool = press(console, action, [pool, market])[0]
    assert said_of_pool == f"Market {pool.pk}: {ChainDecides.message}"
    pool.refresh_from_db()
    assert (pool.status, pool.seq) == ("active", 1)


def words(**changes):
    named = {"label_1": "Ann", "label_2": "Bo", "label_3": "Cy"}
    about = {"question": "Who wins it?", "category": "chess", "league": "Cup", "description": ""}
    return {"act": "describe", "reason": "as announced", **about, **named, **changes}


def test_an_operator_gives_a_pool_its_words(console, pool, trader):
    answer = console.post(url(pool), words(), follow=True)
    assert said(answer) == ["The market has its words."]
    pool.refresh_from_db()
    assert (pool.question, pool.labels, pool.league) == ("Who wins it?", ["Ann", "Bo", "Cy"], "Cup")
    done = AdminAction.objects.get(target_id=str(pool.pk))
    assert (done.action, done.actor, done.reason) == ("market.describe", trader, "as announced")


@pytest.mark.parametrize(
    "fault",
    [{"label_2": "Ann"}, {"label_3": ""}, {"question": "x" * 301}, {"reason": ""}, {"league": ""}],
)
def test_words_that_cannot_be_are_shown_again_and_not_stored(console, pool, fault):
    before = Market.objects.values().get(pk=pool.pk)
    answer = console.post(url(pool), words(**fault))
    assert "Nothing was done: please correct what is marked." in text_of(answer)
    assert Market.objects.values().get(pk=pool.pk) == before


def test_only_whoever_manages_markets_describes_and_only_pools(as_role, console, pool, market):
    auditor = as_role(Role.AUDITOR)
    assert "describe" not in buttons(auditor.get(url(pool)))
    assert auditor.post(url(pool), words()).status_code == 403
    assert console.post(url(market), words()).status_code == 403


def test_a_pools_page_tells_what_is_so_and_offers_its_words_alone(console, pool):
    page = console.get(url(pool))
    shown = text_of(page)
    for fact in (
        "Who wins?",
        ChainDecides.message,
        f"Number {pool.pk} Status active Category prediction League Pools",
        f"Closes (UTC) {pool.start_time:%Y-%m-%d %H:%M} Prices number 1",
        f"External reference {pool.external_ref} Description The final.",
        "Ann 0.5000 2.00 Bo &amp; co 0.4990 2.00 Cy 0.0010 1000.00",
    ):
        assert fact in shown
    assert fields(page, pool).keys() >= {"status", "start", "price_3", "outcome_3"}
    assert buttons(page) == ["describe"]
    content = page.content.decode()
    for absent in ("console/settle/", "?copy=", "Overround"):
        assert absent not in content[content.index('id="content-main"') :], absent


def test_a_pool_that_is_over_shows_who_won(console, pool):
    record(Change(pool.pk, status=MarketStatus.SETTLED, winner=2))
    shown = text_of(console.get(url(pool)))
    assert "Bo &amp; co won 0.4990" in shown
    assert shown.count(" won ") == 1


def test_the_tab_of_prices_has_a_column_for_each_outcome(console, open_pool):
    pool = open_pool(prices=(), labels=("Rain", "Sun"))
    record(Change(pool.pk, status=MarketStatus.SUSPENDED, reason="a log in quarantine"))
    record(Change(pool.pk, prices=(ONE // 4, 3 * ONE // 4), status=MarketStatus.ACTIVE))
    shown = text_of(console.get(url(pool, "?tab=prices")))
    assert "Status Rain Sun From Who Why 2" in shown
    assert "active 4.00 1.33 amm 1" in shown
    assert "suspended amm a log in quarantine" in shown
    assert [tab.name for tab in console.get(url(pool)).context["tabs"]] == ["prices", "audit"]
    assert console.get(url(pool, "?tab=orders")).status_code == 403


def test_a_pools_page_takes_as_many_queries_with_many_trades_as_with_one(console, pool):
    def queries():
        with CaptureQueriesContext(connection) as counted:
            assert console.get(url(pool)).status_code == 200
        return len(counted)

    console.get(url(pool))
    few = queries()
    record(*(Change(pool.pk, prices=(n, n, n)) for n in range(40)))
    assert queries() == few <= 8


@pytest.mark.parametrize(
    "act", ["open", "suspend", "resume", "close", "odds", "pin", "release", "limits", "start"]
)
def test_whatever_is_pressed_beside_the_page_is_refused_in_words(console, pool, act):
    before = Market.objects.values().get(pk=pool.pk)
    answer = console.post(url(pool), {"act": act, "reason": "x", "seq": "1"})
    assert (answer.status_code, said(answer)) == (200, [ChainDecides.message])
    assert Market.objects.values().get(pk=pool.pk) == before
    assert not AdminAction.objects.filter(target_id=str(pool.pk)).exists()


def test_the_pages_of_results_and_of_prices_are_books_alone(console, pool):
    for ask in (console.get, console.post):
        answer = ask(f"/admin/console/settle/{pool.pk}/", {"kind": "void"}, follow=True)
        assert answer.redirect_chain == [(url(pool), 302)]
        assert said(answer) == [ChainDecides.message]
    assert console.get(f"/admin/markets/market/{pool.pk}/effect/").status_code == 404
    assert console.get(f"/admin/console/create/?copy={pool.pk}").status_code == 404


def test_the_chart_has_the_odds_of_each_outcome(console, open_pool, as_role):
    pool = open_pool(prices=())
    record(
        Change(pool.pk, status=MarketStatus.SUSPENDED),
        Change(pool.pk, prices=(ONE // 4, 3 * ONE // 4), reason="reorg"),
    )
    told = history(console, pool).json()
    assert told["odds"] == {"outcome_1": [None, 400], "outcome_2": [None, 133]}
    assert (told["total"], told["seq"], told["line"]) == (2, [1, 2], [None, None])
    assert (told["source"], told["why"]) == (["amm", "amm"], ["", "reorg"])
    assert history(as_role(Role.AUDITOR), pool).status_code == 200
    page = console.get(url(pool)).content.decode()
    assert f"/admin/markets/market/{pool.pk}/prices/?group=outcomes" in page
    assert '<li data-side="outcome_2">No</li>' in page


def test_a_long_history_keeps_its_extremes(console, open_pool):
    pool = open_pool()
    prices = [ONE // 2 + n for n in range(5000)]
    prices[3333] = 3 * ONE // 4
    record(*(Change(pool.pk, prices=(price, ONE - price)) for price in prices))
    told = history(console, pool).json()
    assert (told["total"], told["shown"] <= odds_history.POINTS_MAX) == (5001, True)
    assert (min(told["odds"]["outcome_1"]), max(told["odds"]["outcome_2"])) == (133, 400)


def test_groups_are_those_of_the_kind(console, pool, market):
    assert history(console, pool, group="moneyline").status_code == 400
    assert history(console, market).status_code == 400


def test_no_pool_awaits_a_result_from_an_operator(pool, open_market, trader):
    past = datetime.now(tz=UTC) - timedelta(hours=1)
    record(Change(pool.pk, status=MarketStatus.CLOSED))
    Market.objects.filter(pk=pool.pk).update(start_time=past)
    assert not queues.awaiting_result(Market.objects.all()).exists()


def test_the_texts_cut_off_what_they_do_not_show(open_pool):
    pool = open_pool()
    assert market_rows.outcome_texts(pool, [ONE - 1, 1]) == {
        "price_1": "0.9999",
        "outcome_1": "1.01",
        "price_2": "0.0000",
        "outcome_2": "1000.00",
    }
    assert market_rows.outcome_texts(pool, [ONE, 0])["price_1"] == "1.0000"
    assert set(market_rows.outcome_texts(pool, None).values()) == {"-"}
    assert OddsUpdate.objects.count() == 1

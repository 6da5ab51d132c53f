"""Each impossibility of the tables, tried from outside."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from markets.models import Market, OddsUpdate, Option
from markets.outcomes import ONE


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("status", "'open'", "market_status_known"),
        ("home_score", "1", "market_scores_both_or_none"),
        ("kind", "'pool'", "market_book_or_pool"),
        ("kind", "'auction'", "market_book_or_pool"),
        ("question", "'Who wins?'", "market_book_or_pool"),
        ("labels", "'{Yes,No}'", "market_book_or_pool"),
    ],
)
def test_a_market_that_cannot_be(market, column, value, name):
    with pytest.raises(IntegrityError, match=name), connection.cursor() as cursor:
        cursor.execute(f"UPDATE markets_market SET {column} = {value}")


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("kind", "'book'", "market_book_or_pool"),
        ("question", "NULL", "market_book_or_pool"),
        ("labels", "NULL", "market_book_or_pool"),
        ("labels", "'{}'", "market_book_or_pool"),
        ("labels", "'{Yes}'", "market_book_or_pool"),
        ("labels", "'{1,2,3,4,5,6,7,8,9}'", "market_book_or_pool"),
        ("live", "true", "market_pool_without_a_books_terms"),
        ("pinned_at", "now()", "market_pool_without_a_books_terms"),
        ("stake_max", "1", "market_pool_without_a_books_terms"),
        ("liability_cap", "1", "market_pool_without_a_books_terms"),
        ("status", "'draft'", "market_pool_without_a_books_terms"),
        ("home_score", "1, away_score = 0", "market_pool_without_a_books_terms"),
    ],
)
def test_a_pool_that_cannot_be(open_pool, column, value, name):
    open_pool()
    with pytest.raises(IntegrityError, match=name), connection.cursor() as cursor:
        cursor.execute(f"UPDATE markets_market SET {column} = {value}")


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"seq": 1}, "odds_update_once_per_seq"),
        ({"seq": 0}, "odds_update_seq_from_one"),
        ({"home": 100}, "odds_update_home_in_range"),
        ({"away": 100_001}, "odds_update_away_in_range"),
        ({"home": None}, "odds_update_groups_whole"),
        ({"home": None, "away": None, "draw": 300}, "odds_update_groups_whole"),
        ({"spread_line_q": 4}, "odds_update_groups_whole"),
        ({"total_over": 190, "total_under": 190}, "odds_update_groups_whole"),
        ({"outcome_prices": [0, 1]}, "odds_update_of_book_or_pool"),
        ({"source": "amm"}, "odds_update_of_book_or_pool"),
    ],
)
def test_an_update_that_cannot_be(market, changes, name):
    wanted = {
        "market": market,
        "seq": 2,
        "home": 185,
        "away": 210,
        "status": "active",
        "start_time": market.start_time,
        "source": "admin",
    }
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        OddsUpdate.objects.create(**wanted | changes)
    assert OddsUpdate.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"source": "admin"}, "odds_update_of_book_or_pool"),
        ({"home": 185, "away": 210}, "odds_update_of_book_or_pool"),
        (
            {"total_line_q": 4, "total_over": 190, "total_under": 190},
            "odds_update_of_book_or_pool",
        ),
        ({"outcome_prices": []}, "odds_update_outcome_prices_in_range"),
        ({"outcome_prices": [ONE]}, "odds_update_outcome_prices_in_range"),
        ({"outcome_prices": [0] * 9}, "odds_update_outcome_prices_in_range"),
        ({"outcome_prices": [-1, ONE]}, "odds_update_outcome_prices_in_range"),
        ({"outcome_prices": [0, ONE + 1]}, "odds_update_outcome_prices_in_range"),
        ({"outcome_prices": [0, None]}, "odds_update_outcome_prices_in_range"),
    ],
)
def test_an_update_of_a_pool_that_cannot_be(open_pool, changes, name):
    pool = open_pool(prices=())
    wanted = {
        "market": pool,
        "seq": 1,
        "outcome_prices": [0, ONE],
        "status": "active",
        "start_time": pool.start_time,
        "source": "amm",
    }
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        OddsUpdate.objects.create(**wanted | changes)
    OddsUpdate.objects.create(**wanted)


@pytest.mark.parametrize(
    "statement", ["UPDATE markets_oddsupdate SET home = 200", "DELETE FROM markets_oddsupdate"]
)
def test_history_is_never_rewritten(market, statement):
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_market_has_each_option_once(market):
    with pytest.raises(IntegrityError, match="option_once_per_market"):
        Option.objects.create(market=market, number=1, label="again")


def test_a_market_with_history_is_not_deleted(market):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="market_id"):
        Market.objects.filter(pk=market.pk)._raw_delete("default")

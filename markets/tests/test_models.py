"""Each impossibility of the tables, tried from outside."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from markets.models import Market, OddsUpdate, Option


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("status", "'open'", "market_status_known"),
        ("home_score", "1", "market_scores_both_or_none"),
    ],
)
def test_a_market_that_cannot_be(market, column, value, name):
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

"""Each impossibility of the tables, tried from outside."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from betting.models import Balance, LedgerEntry, Order
from betting.tests.conftest import past_the_triggers
from kmarket.fields import AMOUNT_MAX


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ("stake = 0", "order_stake_positive"),
        ("odds_hundredths = 100", "order_odds_in_range"),
        ("line_q = 4", "order_line_iff_spread_or_total"),
        ("option = 4", "order_line_iff_spread_or_total"),
        ("payout = 1", "order_settled_iff_graded"),
        ("state = 'settled'", "order_settled_iff_graded"),
        ("state = 'settled', result = 'WIN'", "order_settled_iff_graded"),
        ("state = 'settled', payout = 1", "order_settled_iff_graded"),
        ("state = 'settled', result = 'WIN', payout = -1", "order_settled_iff_graded"),
        ("state = 'paid'", "order_settled_iff_graded"),
    ],
)
def test_an_order_that_cannot_be(place, changes, name):
    place()
    # Not past the CHECKs: those are no triggers.
    with pytest.raises(IntegrityError, match=name), past_the_triggers() as cursor:
        cursor.execute(f"UPDATE betting_order SET {changes}")


@pytest.mark.parametrize(
    "change",
    ["odds_hundredths = 90000", "stake = 1", "option = 2", "placed_at = now()", "user_id = NULL"],
)
def test_what_a_bet_was_placed_at_stays(place, change):
    place()
    with pytest.raises(IntegrityError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE betting_order SET {change}")


@pytest.mark.parametrize("value", [0, 1, 10**40 + 1, AMOUNT_MAX])
def test_an_amount_comes_back_from_the_database_as_it_went_in(bob, value):
    Balance.objects.create(user=bob, available=value)
    assert Balance.objects.get().available == value
    assert type(Balance.objects.get().available) is int


def test_a_balance_cannot_be_negative(alice):
    with pytest.raises(IntegrityError, match="balance_never_negative"):
        Balance.objects.filter(user=alice).update(available=-1)


def test_a_balance_cannot_exceed_a_uint256(alice):
    with pytest.raises(IntegrityError, match="balance_fits_uint256"):
        Balance.objects.filter(user=alice).update(available=2**256)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount": 0}, "entry_amount_positive"),
        ({"credit": "user"}, "entry_moves_something"),
        ({"user": None}, "entry_names_user_iff_touched"),
        ({"debit": "house"}, "entry_names_user_iff_touched"),
        ({"market": None}, "entry_names_market_iff_touched"),
        ({"credit": "house"}, "entry_names_market_iff_touched"),
        ({"order": None}, "entry_names_its_cause"),
        ({"cause": "settlement"}, "entry_names_its_cause"),
        ({"cause": "deposit"}, "entry_names_its_cause"),
    ],
)
def test_an_entry_that_cannot_be(place, alice, market, changes, name):
    wanted = {
        "debit": "user",
        "credit": "escrow",
        "amount": 1,
        "user": alice,
        "market": market,
        "order": place(),
        "cause": "order",
    }
    before = LedgerEntry.objects.count()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        LedgerEntry.objects.create(**wanted | changes)
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize(
    "statement",
    ["UPDATE betting_ledgerentry SET amount = 7", "DELETE FROM betting_ledgerentry"],
)
def test_the_ledger_is_never_rewritten(alice, statement):
    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_user_with_orders_is_not_deleted(place, alice):
    place()
    with pytest.raises(DatabaseError), transaction.atomic():
        alice.delete()
    assert Order.objects.count() == 1

"""settle_market, credit, check_ledger: what they say, what they do, what they refuse."""

import pytest
from django.core.management import CommandError, call_command, load_command_class

from betting.models import LedgerEntry, Settlement
from betting.tests.conftest import available, past_the_triggers
from conftest import ALICE
from markets.models import Market


@pytest.fixture
def run(capsys):
    def command(*args):
        call_command(*map(str, args))
        return capsys.readouterr().out.strip()

    return command


def test_settle_market_settles_by_scores(run, place, market):
    place()
    assert run("settle_market", market.pk, "--home", 2, "--away", 1) == (
        f"Settled market {market.pk}: 1 orders, 100 staked, 185 to pay."
    )
    assert run("settle_market", market.pk, "--winner", 1, "--home", 2, "--away", 1) == (
        "That is so already: nothing changed."
    )


def test_a_command_acts_at_once_and_says_so(run, place, market, settings):
    settings.SETTLEMENT_FOUR_EYES = True
    order = place()
    run("settle_market", market.pk, "--winner", 1)
    run("resettle_market", market.pk, "--winner", 2, "--reason", "wrong side")
    run("rollback_market", market.pk, "--reason", "wrong match")
    run("void_order", order.pk, "--reason", "late")
    run("void_market", market.pk, "--reason", "abandoned")
    kinds = Settlement.objects.order_by("version").values_list("kind", flat=True)
    assert list(kinds) == ["settle", "resettle", "rollback", "void_orders", "void"]
    for kind in (
        "settle_market",
        "resettle_market",
        "rollback_market",
        "void_market",
        "void_order",
    ):
        assert "acts at once" in load_command_class("betting", kind).help


def test_a_dry_run_shows_and_keeps_nothing(run, place, market, alice):
    place()
    assert run("settle_market", market.pk, "--winner", 1, "--dry-run") == (
        f"Would settle market {market.pk}: 1 orders, 100 staked, 185 to pay."
    )
    assert Market.objects.get(pk=market.pk).status == "active"
    assert not Settlement.objects.exists()
    assert run("credit", ALICE, 50, "--reason", "bonus", "--dry-run") == (
        f"Would credit 50 to {ALICE}: the balance would be 950."
    )
    assert available(alice) == 900


@pytest.mark.parametrize(
    ("args", "line"),
    [
        ([], "Give --winner, or both --home and --away."),
        (["--home", 1], "Give --winner, or both --home and --away."),
        (["--home", 1, "--away", -1], "A score lies between 0 and 1000."),
        (["--winner", 2, "--home", 2, "--away", 1], "The winning option contradicts the scores."),
    ],
)
def test_a_result_that_makes_no_sense_fails(run, market, args, line):
    with pytest.raises(CommandError, match=line):
        run("settle_market", market.pk, *args)
    assert Market.objects.get(pk=market.pk).status == "active"


def test_a_market_that_is_not_there_fails(run, db):
    with pytest.raises(CommandError, match="There is no such market"):
        run("settle_market", 4711, "--winner", 1)


def test_credit_credits(run, alice):
    assert run("credit", ALICE, 50, "--reason", "bonus") == (
        f"Credited 50 to {ALICE}: the balance is 1050."
    )
    assert LedgerEntry.objects.get(amount=50).reason == "bonus"


@pytest.mark.parametrize(
    ("address", "amount", "line"),
    [
        (ALICE, "1.5", "Send the amount as a string"),
        (ALICE, "-1", "Send the amount as a string"),
        ("0x1", "1", "Send the address as"),
        ("0x" + "c" * 40, "1", "Nobody has signed in with"),
        (ALICE, str(2**256 - 1), "The balance would exceed"),
    ],
)
def test_a_credit_that_cannot_be_fails(run, alice, address, amount, line):
    with pytest.raises(CommandError, match=line):
        run("credit", address, "--reason", "x", "--", amount)
    assert available(alice) == 1000


@pytest.mark.django_db(transaction=True)
def test_check_ledger_proves_the_books(run, place, market):
    place()
    assert run("check_ledger") == "The books balance. escrow 100, outside -1000, user 900"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("damage", "difference"),
    [
        (
            "UPDATE betting_balance SET available = available + 1",
            "balance of user {user}: stored 901, computed 900",
        ),
        (
            "UPDATE betting_order SET stake = stake + 1",
            "escrow of market {market}: stored 100, computed 101",
        ),
        (
            "UPDATE betting_order SET state = 'settled', result = 'WIN', payout = 186",
            "payout of order {order}: stored 186, computed 185",
        ),
        (
            "UPDATE betting_order SET state = 'claimed', result = 'WIN', payout = 185",
            "claims of order {order}: stored 0, computed 1",
        ),
    ],
)
def test_check_ledger_names_each_difference_and_fails(
    place, market, alice, capsys, damage, difference
):
    order = place()
    with past_the_triggers() as cursor:
        cursor.execute(damage)

    with pytest.raises(CommandError, match="The books do not balance"):
        call_command("check_ledger")

    named = difference.format(user=alice.pk, market=market.pk, order=order.pk)
    assert named in capsys.readouterr().err.splitlines()

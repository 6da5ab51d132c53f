"""Each difference between ledger, rows, logs and chain is found."""

import pytest
from django.db import transaction

from accounts import services as accounts
from betting import books, ledger
from betting.ledger import Account, Cause
from chain.models import Finding, RawLog
from conftest import ALICE
from vault import projection, services
from vault.models import Deposit, Reading, Withdrawal
from vault.tests.conftest import NOW
from vault.tests.logs import deposited, withdrawn


@pytest.fixture
def story(vault, alice):
    """A deposit in a balance, a voucher that is out and one that was paid."""
    projection.apply([deposited(ALICE, 50, seq=1, block=8)])
    paid = services.withdraw(user=alice, amount=30, to=None, now=NOW)
    services.withdraw(user=alice, amount=20, to=None, now=NOW)
    projection.apply([withdrawn(paid, seq=2, block=9)])
    projection.finalize(9)
    assert differences() == []
    return alice


def differences():
    with transaction.atomic():
        return [str(each) for each in books.differences()]


def enter(debit, credit, **about):
    with transaction.atomic():
        ledger.enter(
            debit=debit, credit=credit, amount=7, cause=Cause.DEPOSIT, reason="by hand", **about
        )


def test_a_deposit_that_nobody_made(story):
    enter(Account.VAULT, Account.USER, user=story)
    assert f"deposits of user {story.pk}: stored 57, computed 50" in differences()


def test_a_withdrawal_that_nobody_asked_for(story):
    enter(Account.USER, Account.VOUCHERS, user=story)
    found = differences()
    assert f"withdrawals of user {story.pk}: stored 57, computed 50" in found
    assert "vouchers: stored 27, computed 20" in found


def test_a_payment_that_the_vault_did_not_make(story):
    enter(Account.VOUCHERS, Account.VAULT)
    found = differences()
    assert "vouchers: stored 13, computed 20" in found
    assert "redeemed vouchers: stored 37, computed 30" in found


def test_money_for_a_log_that_is_not_the_chains(story):
    paid = Withdrawal.objects.get(state="redeemed")
    RawLog.objects.update(is_canonical=False)
    assert differences() == [
        "log of deposit 1: stored 50, computed 0",
        f"log of withdrawal {paid.pk}: stored 30, computed 0",
    ]


def test_a_vault_that_held_too_little(story):
    Reading.objects.update(held=1249)
    assert differences() == ["solvency at block 7 (held, owed): stored 1249, computed 1250"]


@pytest.mark.needs("node")
class TestAgainstTheChain:
    @pytest.fixture
    def indexed(self, street, people):
        street.house.deposit(people.alice, 1000)
        street.settle()
        street.look()
        alice = accounts.person(address=people.alice)
        made = services.withdraw(user=alice, amount=400, to=None, now=street.now)
        call = (made.pk, made.to, 400, made.deadline, bytes.fromhex(made.signature[2:]))
        street.house.do(people.alice, "withdraw", *call)
        street.house.deposit(people.alice, 5)
        street.mine(2)
        street.read()
        street.compare()
        assert not Finding.objects.exists()
        return street

    def found(self, street):
        street.compare()
        rows = Finding.objects.unresolved().order_by("pk")
        return [(row.subject, row.on_chain, row.in_database) for row in rows]

    def test_a_deposit_without_a_row(self, indexed, people):
        indexed.house.deposit(people.bob, 9)
        indexed.read()
        waiting = Deposit.objects.waiting().order_by("pk").last()
        log = waiting.log
        waiting.delete()
        assert self.found(indexed) == [
            (f"log {log.log_index} of block {log.block_number}", "an event", "no row")
        ]

    def test_a_row_whose_log_is_gone(self, indexed):
        deposit = Deposit.objects.waiting().first() or Deposit.objects.last()
        RawLog.objects.filter(pk=deposit.log_id).update(is_canonical=False)
        assert (f"Deposit {deposit.pk}", "no log", "a row") in self.found(indexed)

    def test_a_voucher_that_was_paid_and_is_not_noted(self, indexed, people):
        alice = accounts.person(address=people.alice)
        made = services.withdraw(user=alice, amount=1, to=None, now=indexed.now)
        call = (made.pk, made.to, 1, made.deadline, bytes.fromhex(made.signature[2:]))
        indexed.house.do(people.alice, "withdraw", *call)
        indexed.read()
        assert self.found(indexed) == []
        Withdrawal.objects.filter(pk=made.pk).update(log=None)
        indexed.mine(2)
        indexed.read()
        assert (f"voucher {made.pk}, paid", "true", "false") in self.found(indexed)

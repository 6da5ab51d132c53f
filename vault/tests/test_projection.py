"""What the events come to, whatever is undone, done again or replayed in between."""

from random import Random

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from betting import books, ledger
from betting import services as betting
from conftest import ALICE, BOB
from kmarket.fields import AMOUNT_MAX
from kmarket.tests.proof import cases
from vault import projection, services
from vault.models import Deposit, Withdrawal
from vault.tests.conftest import CONTRACT, NOW
from vault.tests.logs import deposited, withdrawn

State = Withdrawal.State


def available(address):
    return ledger.available(user_id=User.objects.get(address=address).pk)


def test_what_is_final_is_credited_and_the_rest_waits(vault, alice):
    projection.apply([deposited(ALICE, 5, seq=1, block=8), deposited(ALICE, 7, seq=2, block=9)])
    projection.finalize(7)
    assert available(ALICE) == 1000
    projection.finalize(8)
    assert available(ALICE) == 1005
    projection.finalize(8)
    assert available(ALICE) == 1005
    projection.finalize(20)
    assert available(ALICE) == 1012


def test_what_is_in_a_balance_cannot_be_undone(vault, alice):
    event = deposited(ALICE, 5, seq=1, block=8)
    projection.apply([event])
    projection.finalize(8)
    with pytest.raises(IntegrityError, match="is in a balance"), transaction.atomic():
        projection.undo([event])
    assert available(ALICE) == 1005


@pytest.mark.parametrize(
    "change", [{"amount": 6}, {"address": BOB}, {"credited_at": None, "user": None}, {"seq": 2}]
)
def test_what_is_in_a_balance_stays_as_it_is(vault, alice, change):
    projection.apply([deposited(ALICE, 5, seq=1, block=8)])
    projection.finalize(8)
    with pytest.raises(IntegrityError, match="is in a balance"), transaction.atomic():
        Deposit.objects.update(**change)


def test_a_count_is_credited_once_on_whatever_branch(vault, alice):
    """Even where what was final was replaced, and an operator accepted that."""
    projection.apply([deposited(ALICE, 5, seq=1, block=8)])
    projection.finalize(8)
    projection.reset(CONTRACT)
    same = deposited(ALICE, 5, seq=1, block=9, branch=1)
    other = deposited(ALICE, 6, seq=1, block=9, branch=2)
    assert projection.apply([same]) == []
    assert Deposit.objects.get().log_id == same.log.id
    (refused,) = projection.apply([other])
    assert "was credited as 5 for" in refused.reason
    projection.finalize(9)
    assert available(ALICE) == 1005


def test_what_a_replay_does_not_tell_again_is_gone(vault, alice):
    """But for what is in a balance, or was paid for good."""
    paid, seen = (services.withdraw(user=alice, amount=9, to=None, now=NOW) for _ in range(2))
    final = [deposited(ALICE, 5, seq=1, block=8), withdrawn(paid, seq=2, block=8)]
    projection.apply([*final, deposited(ALICE, 7, seq=3, block=9)])
    projection.apply([withdrawn(seen, seq=4, block=9)])
    projection.finalize(8)

    projection.reset(CONTRACT)

    assert [deposit.seq for deposit in Deposit.objects.all()] == [1]
    logs = dict(Withdrawal.objects.values_list("pk", "log"))
    assert logs == {paid.pk: final[1].log.id, seen.pk: None}


def test_a_debt_is_repaid_first(vault, alice):
    alice.balance.receivable = 3
    alice.balance.save()
    projection.apply([deposited(ALICE, 5, seq=1, block=8)])
    projection.finalize(8)
    assert available(ALICE) == 1002


def test_one_balance_that_is_full_holds_up_no_other(vault, alice, bob, caplog):
    betting.credit(user=alice, amount=AMOUNT_MAX - 1000, actor=None, reason="all there is")
    projection.apply([deposited(ALICE, 1, seq=1, block=8), deposited(BOB, 2, seq=2, block=8)])
    projection.finalize(8)
    assert "Deposit 1 cannot be credited" in caplog.text
    assert available(BOB) == 2
    betting.debit(user=alice, amount=1, actor=None, reason="makes room")
    projection.finalize(9)
    assert available(ALICE) == AMOUNT_MAX


def test_a_voucher_that_came_back_and_is_paid_is_refused(vault, alice, caplog):
    withdrawal = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    services.expire(withdrawal_id=withdrawal.pk)
    (refused,) = projection.apply([withdrawn(withdrawal, seq=1, block=8)])
    assert refused.reason == f"Voucher {withdrawal.pk} was expired."
    assert "The vault paid what we did not owe" in caplog.text


@pytest.mark.parametrize("number", [0, 2**63, 2**256 - 1])
def test_a_stolen_key_can_name_any_voucher(vault, alice, number):
    """Whatever it names, the listener goes on."""
    withdrawal = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    event = withdrawn(withdrawal, seq=1, block=8, voucher_id=number)
    (refused,) = projection.apply([event])
    assert refused.reason.startswith(f"Voucher {number} is none of ours")


def test_what_is_held_is_not_paid(vault, alice, settings):
    settings.VAULT_RELEASE_ABOVE = 1
    withdrawal = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    (refused,) = projection.apply([withdrawn(withdrawal, seq=1, block=8)])
    assert refused.reason.endswith("was held.")


def test_a_voucher_that_a_block_pays_does_not_come_back(vault, alice):
    """However late it is: the block may stay."""
    withdrawal = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    event = withdrawn(withdrawal, seq=1, block=8)
    projection.apply([event])
    assert not services.expire(withdrawal_id=withdrawal.pk)
    projection.undo([event])
    assert services.expire(withdrawal_id=withdrawal.pk)


class Play:
    """A chain of a few blocks that is cut, grown, made final and replayed as the dice say."""

    def __init__(self, alice, seed):
        self.alice, self.dice = alice, Random(seed)
        self.blocks = []  # of lists of events
        self.final = 0  # how many blocks are
        self.branch = 0
        self.spent = 0
        self.begun_with = available(ALICE)

    def events(self, first=0):
        return [placed for block in self.blocks[first:] for placed in block]

    def step(self):
        name = self.dice.choices(
            ["grow", "cut", "settle", "replay", "withdraw", "expire"], [40, 18, 20, 6, 20, 6]
        )[0]
        getattr(self, name)()
        self.check()

    def grow(self):
        block, events, seq = len(self.blocks) + 1, [], len(self.events())
        paid = {each.event.voucher_id for each in self.events() if is_payment(each)}
        for _ in range(self.dice.randint(0, 3)):
            seq += 1
            where = {"seq": seq, "block": block, "branch": self.branch}
            due = Withdrawal.objects.filter(state=State.ISSUED).exclude(pk__in=paid)
            withdrawal = due.order_by("pk").first()
            if withdrawal is not None and self.dice.random() < 0.5:
                paid.add(withdrawal.pk)
                events.append(withdrawn(withdrawal, **where))
            else:
                who = self.dice.choice([ALICE, BOB])
                events.append(deposited(who, self.dice.randint(1, 50), **where))
        self.blocks.append(events)
        assert projection.apply(events) == []

    def cut(self):
        """A reorganisation, never below what is final."""
        keep = self.dice.randint(self.final, len(self.blocks))
        projection.undo(self.events(keep)[::-1])
        del self.blocks[keep:]
        self.branch += 1

    def settle(self):
        self.final = self.dice.randint(self.final, len(self.blocks))
        projection.finalize(self.final)

    def replay(self):
        projection.reset(CONTRACT)
        events = self.events()
        middle = self.dice.randint(0, len(events))
        assert projection.apply(events[:middle]) == []
        assert projection.apply(events[middle:]) == []
        projection.finalize(self.final)

    def withdraw(self):
        if amount := min(available(ALICE), self.dice.randint(1, 40)):
            services.withdraw(user=self.alice, amount=amount, to=None, now=NOW)

    def expire(self):
        """The chain says that it is over; so no later block pays it."""
        paid = {each.event.voucher_id for each in self.events() if is_payment(each)}
        for withdrawal in Withdrawal.objects.filter(state=State.ISSUED):
            is_back = services.expire(withdrawal_id=withdrawal.pk)
            assert is_back == (withdrawal.pk not in paid)

    def check(self):
        final = [placed for block in self.blocks[: self.final] for placed in block]
        credited = sum(each.event.amount for each in final if is_deposit(each, ALICE))
        out = sum(each.amount for each in Withdrawal.objects.counted())
        assert available(ALICE) == self.begun_with + credited - out
        redeemed = {each.event.voucher_id for each in final if is_payment(each)}
        assert {each.pk for each in Withdrawal.objects.filter(state=State.REDEEMED)} == redeemed
        seen = {placed.log.id for placed in self.events() if is_payment(placed)}
        assert set(Withdrawal.objects.exclude(log=None).values_list("log_id", flat=True)) == seen
        assert Deposit.objects.count() == len(self.events()) - len(seen)
        found = [each for each in books.differences() if "solvency" not in each.what]
        assert found == []


def is_payment(placed):
    return hasattr(placed.event, "voucher_id")


def is_deposit(placed, user):
    return not is_payment(placed) and placed.event.user == user


@settings(
    max_examples=cases(every_day=12, full=1500),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), steps=st.integers(0, 40))
@example(seed=1, steps=40)
@example(seed=2, steps=40)
def test_anything_in_any_order(vault, alice, bob, seed, steps):
    with transaction.atomic():
        play = Play(alice, seed)
        for _ in range(steps):
            play.step()
        transaction.set_rollback(True)

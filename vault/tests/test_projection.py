"""What the events come to, whatever is undone, done again or replayed in between."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from betting import ledger
from betting import services as betting
from betting.models import LedgerEntry
from chain.models import RawLog
from conftest import ALICE, BOB
from kmarket.fields import AMOUNT_MAX
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


def test_what_was_redeemed_may_be_mined_again_and_is_paid_once(vault, alice):
    """After an operator accepted that what was final is replaced, as above."""
    withdrawal = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    first = withdrawn(withdrawal, seq=1, block=8)
    projection.apply([first])
    projection.finalize(8)
    again = withdrawn(withdrawal, seq=1, block=9, branch=1)
    (refused,) = projection.apply([again])
    assert refused.reason == f"Voucher {withdrawal.pk} was redeemed."

    RawLog.objects.filter(pk=first.log.id).update(is_canonical=False)
    projection.reset(CONTRACT)
    assert projection.apply([again]) == []
    projection.finalize(9)

    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.log_id) == (State.REDEEMED, again.log.id)
    assert LedgerEntry.objects.filter(debit="vouchers", credit="vault").count() == 1
    assert available(ALICE) == 600


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

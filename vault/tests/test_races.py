"""Withdrawals at the same moment as other things, and a process that dies in the middle of one."""

import signal

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from betting import books, ledger
from betting import services as betting
from betting.errors import InsufficientBalance
from betting.models import LedgerEntry
from chain.tests.crashes import Crash, crash_at
from conftest import ALICE
from contracts.tests.house import SIGNER_KEY
from kmarket.tests import elsewhere
from kmarket.tests.crowd import all_at_once
from vault import errors, projection, services
from vault.models import Deposit, Withdrawal
from vault.tests.conftest import CONTRACT, NOW
from vault.tests.logs import deposited, withdrawn

pytestmark = pytest.mark.django_db(transaction=True)

State = Withdrawal.State
# Dies by SIGKILL right before the voucher's row is written: the debit is made by then.
DYING = """
import os, signal, sys
import django
django.setup()
from datetime import UTC, datetime
from django.db import connection
from accounts.models import User
from vault import services

def die(execute, sql, params, many, context):
    if sys.argv[2] in sql:
        print("debited", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, params, many, context)

user = User.objects.get(pk=sys.argv[1])
with connection.execute_wrapper(die):
    services.withdraw(user=user, amount=400, to=None, now=datetime.now(tz=UTC))
"""


@pytest.fixture(autouse=True)
def balanced(request, vault):
    yield
    with transaction.atomic():
        assert not [each for each in books.differences() if "solvency" not in each.what]


def withdraw(user, amount):
    return lambda: services.withdraw(user=user, amount=amount, to=None, now=NOW)


def available(user):
    return ledger.available(user_id=user.pk)


def test_two_at_once_for_one_balance(vault, alice):
    """One gets it, and its voucher; the other is refused."""
    outcomes = all_at_once(*[withdraw(alice, 600)] * 4)
    refused = [each for each in outcomes if isinstance(each, InsufficientBalance)]
    assert len(refused) == 3
    assert (available(alice), Withdrawal.objects.count()) == (400, 1)


def test_two_at_once_within_a_daily_limit(vault, alice, settings):
    settings.VAULT_WITHDRAW_DAILY_MAX = 500
    outcomes = all_at_once(*[withdraw(alice, 300)] * 4)
    refused = [each for each in outcomes if isinstance(each, errors.WithdrawalLimitReached)]
    assert len(refused) == 3
    assert available(alice) == 700


def test_two_at_once_below_what_operators_release(vault, alice, settings):
    """Each by itself would go out at once; both may not."""
    settings.VAULT_RELEASE_ABOVE = 500
    outcomes = all_at_once(*[withdraw(alice, 300)] * 3)
    held = [each for each in outcomes if each.state == State.HELD]
    assert len(held) == 2
    assert {each.signature for each in held} == {None}
    assert available(alice) == 100


def test_a_withdrawal_against_a_debit(vault, alice):
    def spend():
        return betting.debit(user=alice, amount=700, actor=None, reason="a bet, say")

    all_at_once(withdraw(alice, 700), spend)
    assert available(alice) == 300


def test_two_operators_who_release_at_once_make_one_voucher(vault, alice, settings):
    settings.VAULT_RELEASE_ABOVE = 1
    held = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    three = [User.objects.create_superuser(name) for name in ("olga", "otto", "ovid")]

    def release(actor):
        return lambda: services.release(withdrawal_id=held.pk, actor=actor, reason="known", now=NOW)

    outcomes = all_at_once(*map(release, three))
    assert sum(isinstance(each, errors.WithdrawalOver) for each in outcomes) == 1
    held.refresh_from_db()
    assert held.state == State.ISSUED
    assert held.released_by != held.confirmed_by


def test_a_voucher_expires_once_whoever_looks(vault, alice):
    withdrawal = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    calls = [lambda: services.expire(withdrawal_id=withdrawal.pk)] * 4
    assert sorted(all_at_once(*calls)) == [False, False, False, True]
    assert available(alice) == 1000


def test_nothing_comes_back_while_its_payment_is_noted(vault, alice):
    """Or it would be paid, and credited back, and nobody would know."""
    withdrawal = services.withdraw(user=alice, amount=400, to=None, now=NOW)
    event = withdrawn(withdrawal, seq=1, block=8)
    waited = []

    def expire():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '20ms'")
            try:
                services.expire(withdrawal_id=withdrawal.pk)
            except OperationalError as exc:
                waited.append(str(exc))

    def watch(execute, sql, params, many, context):
        if sql.startswith('UPDATE "vault_withdrawal"'):
            all_at_once(expire)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(watch):
        assert projection.apply([event]) == []

    assert "lock timeout" in waited[0]
    assert not services.expire(withdrawal_id=withdrawal.pk)
    withdrawal.refresh_from_db()
    assert (withdrawal.log_id, available(alice)) == (event.log.id, 600)


@pytest.mark.parametrize(
    "words", ['INSERT INTO "vault_withdrawal"', 'INSERT INTO "betting_ledgerentry"']
)
def test_killed_between_debit_and_voucher_nothing_happened(vault, alice, words):
    process = elsewhere.python(
        *("-c", DYING, str(alice.pk), words),
        CHAIN_RPC_URLS="http://127.0.0.1:1",
        CHAIN_CONTRACT=CONTRACT,
        VAULT_CONTRACT=CONTRACT,
        VAULT_SIGNER_KEY=SIGNER_KEY,
    )
    said, complaint = process.communicate()
    assert (said, process.returncode) == ("debited\n", -signal.SIGKILL), complaint
    assert available(alice) == 1000
    assert not Withdrawal.objects.exists()
    assert not LedgerEntry.objects.filter(cause="withdrawal").exists()
    # And it can be asked for again.
    services.withdraw(user=alice, amount=1000, to=None, now=NOW)


def everything():
    return (
        list(Deposit.objects.order_by("pk").values_list("seq", "credited_at")),
        list(Withdrawal.objects.order_by("pk").values_list("pk", "state", "log")),
        list(LedgerEntry.objects.order_by("pk").values_list("pk", flat=True)),
        ledger.available(user_id=User.objects.get(address=ALICE).pk),
    )


def test_a_crash_at_any_statement_leaves_all_or_nothing(vault, alice):
    """Of a withdrawal, and of what the listener does with a block that becomes final."""
    first = services.withdraw(user=alice, amount=100, to=None, now=NOW)
    with transaction.atomic():
        projection.apply([deposited(ALICE, 5, seq=1, block=8), withdrawn(first, seq=2, block=8)])

    def settle():
        with transaction.atomic():
            projection.finalize(8)

    for act in (withdraw(alice, 400), settle):
        before, statement = everything(), 0
        while True:
            with crash_at(statement) as reached:
                try:
                    act()
                except Crash:
                    assert reached
            if not reached:
                break
            assert everything() == before, reached
            statement += 1
        assert statement > 3
        assert everything() != before

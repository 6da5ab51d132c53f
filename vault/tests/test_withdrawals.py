"""Withdrawals without a chain: debit and voucher, limits, two operators."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import AdminAction, User
from betting import books, ledger
from betting.errors import InsufficientBalance
from betting.models import LedgerEntry
from conftest import BOB
from contracts.tests.house import OTHER_KEY
from kmarket.fields import AMOUNT_MAX
from vault import errors, services
from vault.models import Reading, Withdrawal
from vault.tests.conftest import CONTRACT, NOW, TOKEN, of_key

State = Withdrawal.State


@pytest.fixture
def withdraw(vault, alice):
    def make(amount=400, **changes):
        return services.withdraw(
            **{"user": alice, "amount": amount, "to": None, "now": NOW} | changes
        )

    return make


@pytest.fixture
def held(withdraw, settings):
    """A withdrawal that waits for operators."""
    settings.VAULT_RELEASE_ABOVE = 100
    return withdraw(101)


@pytest.fixture
def operators(db):
    return [User.objects.create_superuser(name) for name in ("olga", "otto")]


@pytest.fixture(autouse=True)
def balanced(request, db):
    yield
    with transaction.atomic():
        assert not [each for each in books.differences() if "solvency" not in each.what]


def available(user):
    return ledger.available(user_id=user.pk)


def test_a_withdrawal_is_a_debit_and_a_voucher(withdraw, alice, vault):
    withdrawal = withdraw(400)
    assert (withdrawal.state, withdrawal.to, withdrawal.signer) == (
        State.ISSUED,
        alice.address,
        vault.signer,
    )
    assert withdrawal.deadline == NOW.timestamp() + 3600
    assert available(alice) == 600
    entry = LedgerEntry.objects.latest("pk")
    assert (entry.debit, entry.credit, entry.amount) == ("user", "vouchers", 400)
    assert (entry.cause, entry.reason) == ("withdrawal", f"withdrawal {withdrawal.pk}")


def test_more_than_there_is_is_refused_and_nothing_moves(withdraw, alice):
    with pytest.raises(InsufficientBalance) as refusal:
        withdraw(1001)
    assert refusal.value.details == {"balance": "1000"}
    assert available(alice) == 1000
    assert not Withdrawal.objects.exists()


def test_all_of_it_may_go(withdraw, alice):
    withdraw(1000)
    assert available(alice) == 0


@pytest.mark.parametrize("to", ["0x" + "0" * 40, CONTRACT, TOKEN])
def test_an_address_that_the_vault_does_not_pay_is_refused(withdraw, to):
    with pytest.raises(errors.BadRecipient):
        withdraw(1, to=to)


def test_who_has_no_wallet_names_one(withdraw, operators):
    olga = operators[0]
    ledger_user = {"user": olga, "amount": 1}
    with pytest.raises(errors.RecipientNeeded):
        withdraw(**ledger_user)
    with pytest.raises(InsufficientBalance):
        withdraw(**ledger_user, to=BOB)


def test_too_little_is_refused(withdraw, settings):
    settings.VAULT_WITHDRAW_MIN = 10
    with pytest.raises(errors.WithdrawalTooSmall) as refusal:
        withdraw(9)
    assert refusal.value.details == {"minAmount": "10"}
    withdraw(10)


def test_a_day_has_a_limit(withdraw, alice, bob, settings):
    settings.VAULT_WITHDRAW_DAILY_MAX = 500
    first = withdraw(300)
    with pytest.raises(errors.WithdrawalLimitReached) as refusal:
        withdraw(201)
    assert refusal.value.details == {"maxAmount": "200"}
    assert available(alice) == 700
    withdraw(200)
    # What came back does not count, nor what is a day old.
    services.expire(withdrawal_id=first.pk)
    withdraw(300)
    past_a_day()
    withdraw(300)


def past_a_day():
    """Have all withdrawals be a day older. The database refuses that to everybody else."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE vault_withdrawal DISABLE TRIGGER guard_withdrawal")
        cursor.execute("UPDATE vault_withdrawal SET requested_at = requested_at - interval '1 day'")
        cursor.execute("ALTER TABLE vault_withdrawal ENABLE TRIGGER guard_withdrawal")


class TestTwoOperators:
    def test_what_is_not_above_is_not_held(self, withdraw, settings):
        settings.VAULT_RELEASE_ABOVE = 100
        assert withdraw(100).state == State.ISSUED

    def test_many_small_ones_are_held_like_a_large_one(self, withdraw, operators, settings):
        settings.VAULT_RELEASE_ABOVE = 100
        assert [withdraw(amount).state for amount in (60, 40, 1)] == [*[State.ISSUED] * 2, "held"]
        # What two operators have seen does not count, nor what came back, nor what is a day old.
        held = withdraw(500)
        for actor in operators:
            services.release(withdrawal_id=held.pk, actor=actor, reason="known", now=NOW)
        assert withdraw(1).state == State.HELD
        services.expire(withdrawal_id=Withdrawal.objects.get(amount=60).pk)
        assert [withdraw(amount).state for amount in (60, 1)] == [State.ISSUED, State.HELD]
        past_a_day()
        assert withdraw(100).state == State.ISSUED

    def test_what_is_held_is_debited_and_not_signed(self, held, alice):
        assert (held.state, held.signature, held.deadline) == (State.HELD, None, None)
        assert available(alice) == 899

    def test_two_release_it(self, held, operators):
        olga, otto = operators
        one = services.release(withdrawal_id=held.pk, actor=olga, reason="known", now=NOW)
        assert (one.state, one.released_by) == (State.HELD, olga)
        late = NOW + timedelta(hours=5)
        two = services.release(withdrawal_id=held.pk, actor=otto, reason="seen", now=late)
        assert (two.state, two.confirmed_by) == (State.ISSUED, otto)
        assert two.deadline == late.timestamp() + 3600
        actions = AdminAction.objects.filter(action__startswith="withdrawal.").order_by("pk")
        assert [(each.action, each.actor, each.reason) for each in actions] == [
            ("withdrawal.release", olga, "known"),
            ("withdrawal.confirm", otto, "seen"),
        ]

    def test_one_alone_does_not(self, held, operators):
        olga, _ = operators
        services.release(withdrawal_id=held.pk, actor=olga, reason="known", now=NOW)
        with pytest.raises(errors.SecondOperatorNeeded):
            services.release(withdrawal_id=held.pk, actor=olga, reason="known", now=NOW)
        assert Withdrawal.objects.get().state == State.HELD

    def test_nobody_releases_their_own(self, held, alice, operators):
        with pytest.raises(errors.OwnWithdrawal):
            services.release(withdrawal_id=held.pk, actor=alice, reason="mine", now=NOW)
        services.release(withdrawal_id=held.pk, actor=operators[0], reason="known", now=NOW)
        with pytest.raises(errors.OwnWithdrawal):
            services.release(withdrawal_id=held.pk, actor=alice, reason="mine", now=NOW)

    def test_refused_it_comes_back_once(self, held, alice, operators):
        services.refuse(withdrawal_id=held.pk, actor=operators[0], reason="stolen account")
        assert available(alice) == 1000
        for act in (
            lambda: services.refuse(withdrawal_id=held.pk, actor=operators[1], reason="too"),
            lambda: services.release(
                withdrawal_id=held.pk, actor=operators[1], reason="too", now=NOW
            ),
        ):
            with pytest.raises(errors.WithdrawalOver):
                act()
        assert available(alice) == 1000

    def test_without_a_key_the_second_waits(self, held, operators, settings):
        services.release(withdrawal_id=held.pk, actor=operators[0], reason="known", now=NOW)
        settings.VAULT_SIGNER_KEY = of_key(OTHER_KEY)
        with pytest.raises(errors.VaultUnavailable):
            services.release(withdrawal_id=held.pk, actor=operators[1], reason="x", now=NOW)
        held.refresh_from_db()
        assert (held.state, held.confirmed_by) == (State.HELD, None)

    def test_an_unknown_one(self, vault, operators):
        with pytest.raises(errors.NoSuchWithdrawal):
            services.release(withdrawal_id=1, actor=operators[0], reason="x", now=NOW)


def test_what_expires_comes_back_once(withdraw, alice):
    withdrawal = withdraw(400)
    assert services.expire(withdrawal_id=withdrawal.pk)
    assert not services.expire(withdrawal_id=withdrawal.pk)
    assert available(alice) == 1000


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"signer": "0x" + "77" * 20}, "the vault takes what 0x7777"),
        ({"decimals": 6}, "the vault's token has 6 decimals, and TOKEN_DECIMALS is 18."),
        ({"chain_id": 1}, "was not seen on chain 56 yet"),
    ],
)
def test_what_does_not_fit_the_vault_signs_nothing(withdraw, alice, change, trouble, caplog):
    Reading.objects.update(**change)
    with pytest.raises(errors.VaultUnavailable):
        withdraw(1)
    assert trouble in caplog.text
    assert available(alice) == 1000


def test_without_a_vault_there_is_none(db, alice):
    with pytest.raises(errors.VaultNotConfigured):
        services.withdraw(user=alice, amount=1, to=None, now=NOW)


class TestTheDatabase:
    """What it refuses, whoever asks."""

    @pytest.mark.parametrize(
        "change",
        [
            {"amount": 1},
            {"to": BOB},
            {"signature": "0x"},
            {"deadline": 1},
            {"state": "held"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_a_voucher_stays_what_it_says(self, withdraw, change):
        withdraw(400)
        with pytest.raises(IntegrityError, match="is what it is"), transaction.atomic():
            Withdrawal.objects.update(**change)

    def test_what_is_over_stays_over(self, withdraw):
        withdrawal = withdraw(400)
        services.expire(withdrawal_id=withdrawal.pk)
        for change in ({"state": "issued", "ended_at": None}, {"ended_at": NOW}):
            with pytest.raises(IntegrityError, match="is what it is"), transaction.atomic():
                Withdrawal.objects.update(**change)
        with pytest.raises(IntegrityError, match="is what it is"), transaction.atomic():
            Withdrawal.objects.all().delete()

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"amount": 0}, "withdrawal_amount_positive"),
            ({"amount": AMOUNT_MAX + 1}, "withdrawal_amount_positive"),
            ({"to": "0xAB"}, "withdrawal_addresses_hex"),
            ({"state": "lost"}, "withdrawal_"),
            ({"state": "issued"}, "withdrawal_signed_iff_issued"),
            ({"state": "refused"}, "withdrawal_over_iff_ended"),
            ({"ended_at": NOW}, "withdrawal_over_iff_ended"),
        ],
    )
    def test_impossible_rows(self, vault, alice, change, name):
        row = {
            "user": alice,
            "chain_id": 56,
            "contract": CONTRACT,
            "to": BOB,
            "amount": 1,
            "state": "held",
        }
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Withdrawal.objects.create(**row | change)

    def test_two_pairs_of_eyes_are_two(self, held, operators, alice):
        olga, _ = operators
        for pair in ((olga, olga), (None, olga), (alice, olga), (olga, alice)):
            with (
                pytest.raises(IntegrityError, match="withdrawal_released_by_two"),
                transaction.atomic(),
            ):
                Withdrawal.objects.update(released_by=pair[0], confirmed_by=pair[1])

"""Withdrawals: asked for, released by operators, over. Each moves the ledger in its transaction."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from betting import ledger
from betting.errors import InsufficientBalance
from kmarket.ids import NextId
from vault import announcing, errors, signing
from vault.models import Withdrawal, WithdrawalQuerySet

Account = ledger.Account
Cause = ledger.Cause
State = Withdrawal.State

DAY = timedelta(hours=24)
ZERO = "0x" + "0" * 40


def withdraw(*, user: User, amount: int, to: str | None, now: datetime) -> Withdrawal:
    """Take `amount` out of a user's balance and give a voucher for it, or hold it for operators.

    `to` None: the user's own wallet. Whoever has excluded themselves from betting may.

    Raises:
        VaultNotConfigured: there is no vault.
        VaultUnavailable: nobody can sign for it here and now.
        RecipientNeeded: the user has no wallet, and `to` is None.
        BadRecipient: the vault would not pay this address.
        WithdrawalTooSmall: below the least; `details` carries it.
        WithdrawalLimitReached: beyond what a user may take out in 24 hours; `details` says what is
            left.
        InsufficientBalance: the balance is smaller; `details` carries it.
    """
    assert amount > 0, amount
    vault = signing.vault()
    to = _recipient(user, to, contract=vault.contract)
    if amount < settings.VAULT_WITHDRAW_MIN:
        raise errors.WithdrawalTooSmall(minAmount=str(settings.VAULT_WITHDRAW_MIN))
    if amount > (balance := ledger.available(user_id=user.pk)):
        # The debit decides; but nothing is signed that obviously isn't there.
        raise InsufficientBalance(balance=str(balance))
    withdrawal = Withdrawal(
        id=_next_id(),
        user=user,
        chain_id=vault.chain_id,
        contract=vault.contract,
        to=to,
        amount=amount,
        state=State.HELD,
    )
    if not _is_held(withdrawal):
        # Before anything is locked: a signer may be a machine that takes its time. A voucher of a
        # transaction that fails was told to nobody.
        _sign(withdrawal, now)
    return _taken(withdrawal)


@transaction.atomic
def release(*, withdrawal_id: int, actor: User, reason: str, now: datetime) -> Withdrawal:
    """Say that a withdrawal which is held may go out. The second operator to say so issues it.

    Raises:
        NoSuchWithdrawal: none has this id.
        WithdrawalOver: it isn't held, or no more.
        OwnWithdrawal: it is the operator's own.
        SecondOperatorNeeded: this operator has said so already.
        VaultUnavailable: nobody can sign for the vault here and now.
    """
    withdrawal = _held(withdrawal_id)
    if withdrawal.user_id == actor.pk:
        raise errors.OwnWithdrawal(withdrawalId=withdrawal_id)
    if withdrawal.released_by_id is None:
        withdrawal.released_by = actor
        withdrawal.save(update_fields=["released_by"])
        _audit(withdrawal, action="release", actor=actor, reason=reason)
        return withdrawal
    if withdrawal.released_by_id == actor.pk:
        raise errors.SecondOperatorNeeded(withdrawalId=withdrawal_id)
    _sign(withdrawal, now)
    withdrawal.confirmed_by = actor
    withdrawal.save(update_fields=["state", "deadline", "signer", "signature", "confirmed_by"])
    _audit(withdrawal, action="confirm", actor=actor, reason=reason)
    announcing.withdrawals([withdrawal.pk])
    return withdrawal


@transaction.atomic
def refuse(*, withdrawal_id: int, actor: User, reason: str) -> Withdrawal:
    """Give the user back what is held.

    Raises:
        NoSuchWithdrawal: none has this id.
        WithdrawalOver: it isn't held, or no more.
    """
    assert reason, "the user may ask why"
    withdrawal = _held(withdrawal_id)
    _give_back(withdrawal, State.REFUSED)
    _audit(withdrawal, action="refuse", actor=actor, reason=reason)
    return withdrawal


@transaction.atomic
def expire(*, withdrawal_id: int) -> bool:
    """Give the user back what a voucher was for, and return whether this call did.

    The caller knows from the chain that nobody can redeem it any more.
    """
    withdrawal = Withdrawal.objects.select_for_update().get(pk=withdrawal_id)
    if withdrawal.state != State.ISSUED or withdrawal.log_id is not None:
        return False
    _give_back(withdrawal, State.EXPIRED)
    return True


def _recipient(user: User, to: str | None, *, contract: str) -> str:
    to = user.address if to is None else to
    if to is None:
        raise errors.RecipientNeeded
    seen = signing.reading()
    # What a token holds of itself is nobody's.
    if to in {ZERO, contract, seen and seen.token}:
        raise errors.BadRecipient(to=to)
    return to


def _next_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NextId.function}()")
        (number,) = cursor.fetchone()
    return int(number)


def _sign(withdrawal: Withdrawal, now: datetime) -> None:
    """Make the withdrawal one with a voucher; the caller stores it."""
    withdrawal.deadline = int(now.timestamp()) + settings.VAULT_VOUCHER_SECONDS
    withdrawal.signer, withdrawal.signature = signing.sign(withdrawal)
    withdrawal.state = State.ISSUED


@transaction.atomic
def _taken(withdrawal: Withdrawal) -> Withdrawal:
    """Debit and voucher: both, or neither."""
    # From here on until the commit this user's withdrawals wait for each other.
    ledger.take(user_id=withdrawal.user_id, amount=withdrawal.amount)
    if (most := settings.VAULT_WITHDRAW_DAILY_MAX) != 0:
        _refuse_beyond(withdrawal, most=most)
    if withdrawal.state == State.ISSUED and _is_held(withdrawal):
        # Others came in between: this voucher is told to nobody, either.
        withdrawal.state = State.HELD
        withdrawal.deadline = withdrawal.signer = withdrawal.signature = None
    ledger.enter(
        debit=Account.USER,
        credit=Account.VOUCHERS,
        amount=withdrawal.amount,
        cause=Cause.WITHDRAWAL,
        user_id=withdrawal.user_id,
        reason=said(withdrawal),
    )
    withdrawal.save(force_insert=True)
    withdrawal.refresh_from_db(fields=["requested_at"])
    announcing.withdrawals([withdrawal.pk])
    return withdrawal


def _is_held(withdrawal: Withdrawal) -> bool:
    """Tell whether operators have to release it: with what its user took out unseen within 24
    hours it is more than the limit. Many small ones are as much as one large one."""
    above = settings.VAULT_RELEASE_ABOVE
    unseen = Withdrawal.objects.counted().filter(confirmed_by=None).exclude(state=State.HELD)
    return above != 0 and withdrawal.amount + _lately(unseen, withdrawal.user_id) > above


def _lately(some: WithdrawalQuerySet, user_id: int) -> int:
    """Return what a user asked for within 24 hours, of these."""
    recent = some.filter(user_id=user_id, requested_at__gt=Now() - DAY)
    return recent.aggregate(all=Sum("amount"))["all"] or 0


def _refuse_beyond(withdrawal: Withdrawal, *, most: int) -> None:
    left = most - _lately(Withdrawal.objects.counted(), withdrawal.user_id)
    if withdrawal.amount > left:
        raise errors.WithdrawalLimitReached(maxAmount=str(max(0, left)))


def _held(withdrawal_id: int) -> Withdrawal:
    """Hold a withdrawal that waits for operators until the commit."""
    found = Withdrawal.objects.select_for_update(of=("self",)).filter(pk=withdrawal_id)
    withdrawal = found.select_related("user").first()
    if withdrawal is None:
        raise errors.NoSuchWithdrawal(withdrawalId=withdrawal_id)
    if withdrawal.state != State.HELD:
        raise errors.WithdrawalOver(withdrawalId=withdrawal_id, state=withdrawal.state)
    return withdrawal


def _give_back(withdrawal: Withdrawal, state: Withdrawal.State) -> None:
    Withdrawal.objects.filter(pk=withdrawal.pk).update(state=state, ended_at=Now())
    withdrawal.refresh_from_db()
    ledger.give(
        user_id=withdrawal.user_id,
        amount=withdrawal.amount,
        by=Account.VOUCHERS,
        cause=Cause.WITHDRAWAL,
        reason=said(withdrawal),
    )
    announcing.withdrawals([withdrawal.pk])


def said(withdrawal: Withdrawal) -> str:
    """Return the reason of a withdrawal's entries in the ledger."""
    return f"withdrawal {withdrawal.pk}"


def _audit(withdrawal: Withdrawal, *, action: str, actor: User, reason: str) -> None:
    audit.record(
        actor=actor,
        action=f"withdrawal.{action}",
        target=withdrawal,
        reason=reason,
        after={
            "user": withdrawal.user_id,
            "to": withdrawal.to,
            "amount": str(withdrawal.amount),
            "state": withdrawal.state,
        },
    )

"""The only writer of balances and ledger entries.

Each function writes its entry and moves the user's stored balance by it, in the caller's
transaction. Amounts are in the token's smallest unit and above zero.
"""

from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import F

from betting import errors, signals
from betting.models import Balance, LedgerEntry

Account = LedgerEntry.Account
Cause = LedgerEntry.Cause

_ADD = """
INSERT INTO betting_balance (user_id, available) VALUES (%s, %s)
ON CONFLICT (user_id) DO UPDATE SET available = betting_balance.available + EXCLUDED.available
"""


def pay_from_user(*, user_id: int, amount: int, to: Account, cause: Cause, **about: Any) -> None:
    """Take `amount` from a user's balance. `about`: market, order, reason.

    Raises:
        InsufficientBalance: the balance is smaller; `details` carries it.
    """
    assert amount > 0, amount
    # One conditional UPDATE instead of read, compare, write: two bets at the same instant
    # cannot both spend the last coin.
    paid = Balance.objects.filter(user_id=user_id, available__gte=amount).update(
        available=F("available") - amount
    )
    if not paid:
        raise errors.InsufficientBalance(balance=str(available(user_id=user_id)))
    _record(debit=Account.USER, credit=to, amount=amount, cause=cause, user_id=user_id, **about)
    _announce(user_id)


def pay_to_user(*, user_id: int, amount: int, by: Account, cause: Cause, **about: Any) -> None:
    """Add `amount` to a user's balance. `about`: market, order, reason.

    Raises:
        BalanceTooLarge: the balance would exceed 2^256 - 1.
    """
    assert amount > 0, amount
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_ADD, [user_id, amount])
    except IntegrityError as exc:
        if "balance_fits_uint256" in str(exc):
            raise errors.BalanceTooLarge from exc
        raise
    _record(debit=by, credit=Account.USER, amount=amount, cause=cause, user_id=user_id, **about)
    _announce(user_id)


def transfer(*, debit: Account, credit: Account, amount: int, cause: Cause, **about: Any) -> None:
    """Move `amount` between two accounts of ours. Nothing to move: no entry."""
    assert Account.USER not in {debit, credit}, "a user's side moves the stored balance too"
    assert amount >= 0, amount
    if amount:
        _record(debit=debit, credit=credit, amount=amount, cause=cause, **about)


def available(*, user_id: int) -> int:
    """Return what a user may stake now."""
    found = Balance.objects.filter(user_id=user_id).values_list("available", flat=True)
    return next(iter(found), 0)


def _record(**columns: Any) -> None:
    assert connection.in_atomic_block, "an entry belongs to the transaction that it records"
    LedgerEntry.objects.create(**columns)


def _announce(user_id: int) -> None:
    transaction.on_commit(
        partial(signals.balance_changed.send_robust, sender=Balance, user_id=user_id)
    )

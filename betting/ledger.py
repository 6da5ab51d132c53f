"""The only writer of balances and ledger entries.

Each function runs in the caller's transaction. Amounts are in the token's smallest unit and above
zero. What a user is given first repays what the user owes us.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import IntegrityError, connection, transaction

from betting import errors, signals
from betting.models import Balance, LedgerEntry

Account = LedgerEntry.Account
Cause = LedgerEntry.Cause

# One conditional UPDATE instead of read, compare, write: two bets at the same instant cannot both
# spend the last coin.
_TAKE = """
UPDATE betting_balance b SET available = available - %(amount)s
WHERE user_id = %(user)s AND available >= %(amount)s
RETURNING EXISTS (SELECT FROM betting_personallimits l WHERE l.user_id = b.user_id)
"""
# Gives, and repays out of it what is owed.
_GIVE = """
UPDATE betting_balance SET
    available = available + %(amount)s - least(receivable, %(amount)s),
    receivable = receivable - least(receivable, %(amount)s)
WHERE user_id = %(user)s
"""
_OWED = "SELECT receivable FROM betting_balance WHERE user_id = %s FOR NO KEY UPDATE"
_OPEN = """
INSERT INTO betting_balance (user_id, available, receivable) VALUES (%s, 0, 0)
ON CONFLICT DO NOTHING
"""


def take(*, user_id: int, amount: int) -> bool:
    """Take `amount` from a user's balance; the caller enters where it went.

    From here on until the commit no other transaction moves this user's money. Returns whether
    the user has set limits of their own: those who place bets look at them now.

    Raises:
        InsufficientBalance: the balance is smaller; `details` carries it.
    """
    assert amount > 0, amount
    assert connection.in_atomic_block, "money moves in a transaction"
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"user": user_id, "amount": amount})
        taken = cursor.fetchone()
    if taken is None:
        raise errors.InsufficientBalance(balance=str(available(user_id=user_id)))
    announce(user_id)
    return bool(taken[0])


def give(*, user_id: int, amount: int, by: Account, cause: Cause, **about: Any) -> None:
    """Add `amount` to a user's balance and enter it. `about`: market, order, reason.

    Raises:
        BalanceTooLarge: the balance would exceed 2^256 - 1.
    """
    assert amount > 0, amount
    entry = LedgerEntry(
        debit=by, credit=Account.USER, amount=amount, cause=cause, user_id=user_id, **about
    )
    give_many(user_id=user_id, entries=[entry])


def give_many(*, user_id: int, entries: list[LedgerEntry]) -> None:
    """Add what several entries bring to one user's balance, and append them.

    Raises:
        BalanceTooLarge: the balance would exceed 2^256 - 1.
    """
    amount = sum(entry.amount for entry in entries)
    if not amount:
        return
    owed = _held(user_id)
    with fitting(), connection.cursor() as cursor:
        cursor.execute(_GIVE, {"user": user_id, "amount": amount})
    LedgerEntry.objects.bulk_create(entries)
    enter(
        debit=Account.USER,
        credit=Account.RECEIVABLE,
        amount=min(owed, amount),
        cause=Cause.ADJUSTMENT,
        user_id=user_id,
        reason="repays what a corrected result took back",
    )
    announce(user_id)


@contextmanager
def fitting() -> Iterator[None]:
    """Give within the block.

    Raises:
        BalanceTooLarge: a balance would exceed 2^256 - 1.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        if "balance_fits_uint256" in str(exc):
            raise errors.BalanceTooLarge from exc
        raise


def _held(user_id: int) -> int:
    """Hold a user's balance until the commit, and return what the user owes."""
    with connection.cursor() as cursor:
        cursor.execute(_OWED, [user_id])
        row = cursor.fetchone()
        if row is None:
            # What is not there cannot be held: made first, and looked at again.
            cursor.execute(_OPEN, [user_id])
            cursor.execute(_OWED, [user_id])
            row = cursor.fetchone()
    assert row is not None, user_id
    return int(row[0])


def enter(*, debit: Account, credit: Account, amount: int, cause: Cause, **about: Any) -> None:
    """Append a transfer between two accounts. Nothing to move: no entry."""
    assert connection.in_atomic_block, "an entry belongs to the transaction that it records"
    assert amount >= 0, amount
    if amount:
        LedgerEntry.objects.create(debit=debit, credit=credit, amount=amount, cause=cause, **about)


def available(*, user_id: int) -> int:
    """Return what a user may stake now."""
    found = Balance.objects.filter(user_id=user_id).values_list("available", flat=True)
    return next(iter(found), 0)


def announce(*user_ids: int) -> None:
    """Say after the commit that these users' balances moved."""
    transaction.on_commit(
        partial(signals.balance_changed.send_robust, sender=Balance, user_ids=user_ids)
    )

"""Do deposits and withdrawals agree with the ledger, and does the vault hold what is owed?

A part of `check_ledger`.
"""

from django.conf import settings
from django.db import connection

from betting.books import Difference
from vault.models import Reading

_CHECKS = (
    # What came in for each user is what their deposits were.
    """
    WITH entered AS (
        SELECT user_id, sum(amount) AS amount FROM betting_ledgerentry
        WHERE debit = 'vault' AND credit = 'user' GROUP BY user_id
    ), credited AS (
        SELECT user_id, sum(amount) AS amount FROM vault_deposit
        WHERE credited_at IS NOT NULL GROUP BY user_id
    )
    SELECT 'deposits of user ' || coalesce(e.user_id, c.user_id),
        coalesce(e.amount, 0), coalesce(c.amount, 0)
    FROM entered e FULL JOIN credited c USING (user_id)
    WHERE coalesce(e.amount, 0) <> coalesce(c.amount, 0)
    """,
    # What left each user's balance and did not come back is what their withdrawals are.
    """
    WITH entered AS (
        SELECT user_id, sum(CASE debit WHEN 'user' THEN amount ELSE -amount END) AS amount
        FROM betting_ledgerentry
        WHERE (debit, credit) IN (('user', 'vouchers'), ('vouchers', 'user')) GROUP BY user_id
    ), wanted AS (
        SELECT user_id, sum(amount) FILTER (WHERE state IN ('held', 'issued', 'redeemed')) AS amount
        FROM vault_withdrawal GROUP BY user_id
    )
    SELECT 'withdrawals of user ' || coalesce(e.user_id, w.user_id),
        coalesce(e.amount, 0), coalesce(w.amount, 0)
    FROM entered e FULL JOIN wanted w USING (user_id)
    WHERE coalesce(e.amount, 0) <> coalesce(w.amount, 0)
    """,
    # What is on its way out, and what has left the vault.
    """
    WITH held AS (
        SELECT sum(CASE 'vouchers' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END)
                AS vouchers,
            sum(CASE WHEN debit = 'vouchers' AND credit = 'vault' THEN amount ELSE 0 END) AS paid
        FROM betting_ledgerentry
    ), wanted AS (
        SELECT sum(amount) FILTER (WHERE state IN ('held', 'issued')) AS vouchers,
            sum(amount) FILTER (WHERE state = 'redeemed') AS paid
        FROM vault_withdrawal
    ), both_sides AS (
        SELECT coalesce(h.vouchers, 0) AS held, coalesce(w.vouchers, 0) AS wanted,
            coalesce(h.paid, 0) AS held_paid, coalesce(w.paid, 0) AS wanted_paid
        FROM held h, wanted w
    )
    SELECT 'vouchers', held, wanted FROM both_sides WHERE held <> wanted
    UNION ALL
    SELECT 'redeemed vouchers', held_paid, wanted_paid FROM both_sides
    WHERE held_paid <> wanted_paid
    """,
    # What was credited, or noted as paid, is on the chain.
    """
    SELECT 'log of deposit ' || d.seq, d.amount, 0
    FROM vault_deposit d JOIN chain_rawlog l ON l.id = d.log_id
    WHERE d.credited_at IS NOT NULL AND NOT l.is_canonical
    UNION ALL
    SELECT 'log of withdrawal ' || w.id, w.amount, 0
    FROM vault_withdrawal w JOIN chain_rawlog l ON l.id = w.log_id
    WHERE w.state = 'redeemed' AND NOT l.is_canonical
    """,
)


def differences() -> list[Difference]:
    """Return what does not add up, from the caller's snapshot of the database."""
    found = []
    with connection.cursor() as cursor:
        for check in _CHECKS:
            cursor.execute(check)
            found += [Difference(what, int(a), int(b)) for what, a, b in cursor.fetchall()]
    if settings.VAULT_CONTRACT:
        found += _shortfall()
    return found


def _shortfall() -> list[Difference]:
    """Return what the vault lacked when it was seen last. This asks no node."""
    newest = Reading.objects.filter(
        chain_id=settings.CHAIN_ID, contract=settings.VAULT_CONTRACT
    ).first()
    if newest is None or newest.held >= newest.owed:
        return []
    what = f"solvency at block {newest.block_number} (held, owed)"
    return [Difference(what, newest.held, newest.owed)]

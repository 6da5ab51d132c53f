"""Do the books balance? Every stored sum against what it is the sum of."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, slots=True)
class Difference:
    """Two numbers that should be equal. Amounts in the token's smallest unit."""

    what: str
    stored: int
    computed: int

    def __str__(self) -> str:
        return f"{self.what}: stored {self.stored}, computed {self.computed}"


# Each query names what differs and the two numbers; no row: the books balance there.
_CHECKS = (
    # A user's balance, and what the user owes, are the sums of the user's entries.
    """
    WITH moved AS (
        SELECT user_id,
            sum(CASE 'user' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END) AS had,
            sum(CASE 'receivable' WHEN debit THEN amount WHEN credit THEN -amount ELSE 0 END)
                AS owed
        FROM betting_ledgerentry WHERE user_id IS NOT NULL GROUP BY user_id
    ), both_sides AS (
        SELECT coalesce(b.user_id, m.user_id) AS user_id,
            coalesce(b.available, 0) AS available, coalesce(m.had, 0) AS had,
            coalesce(b.receivable, 0) AS receivable, coalesce(m.owed, 0) AS owed
        FROM betting_balance b FULL JOIN moved m USING (user_id)
    )
    SELECT 'balance of user ' || user_id, available, had FROM both_sides WHERE available <> had
    UNION ALL
    SELECT 'debt of user ' || user_id, receivable, owed FROM both_sides WHERE receivable <> owed
    """,
    # A market's escrow holds the stakes of its orders without a result; its claims account what
    # was won and not fetched.
    """
    WITH held AS (
        SELECT market_id,
            sum(CASE 'escrow' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END) AS escrow,
            sum(CASE 'claims' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END) AS claims
        FROM betting_ledgerentry WHERE market_id IS NOT NULL GROUP BY market_id
    ), owed AS (
        SELECT market_id,
            coalesce(sum(stake) FILTER (WHERE state = 'accepted'), 0) AS escrow,
            coalesce(sum(payout) FILTER (WHERE state = 'settled'), 0) AS claims
        FROM betting_order GROUP BY market_id
    ), both_sides AS (
        SELECT coalesce(h.market_id, o.market_id) AS market_id,
            coalesce(h.escrow, 0) AS held_escrow, coalesce(o.escrow, 0) AS owed_escrow,
            coalesce(h.claims, 0) AS held_claims, coalesce(o.claims, 0) AS owed_claims
        FROM held h FULL JOIN owed o USING (market_id)
    )
    SELECT 'escrow of market ' || market_id, held_escrow, owed_escrow
    FROM both_sides WHERE held_escrow <> owed_escrow
    UNION ALL
    SELECT 'claims of market ' || market_id, held_claims, owed_claims
    FROM both_sides WHERE held_claims <> owed_claims
    """,
    # Each claimed order was paid once.
    """
    SELECT 'claims of order ' || coalesce(o.id, c.order_id), count(c.id), count(o.id)
    FROM (SELECT id FROM betting_order WHERE state = 'claimed') o
        FULL JOIN betting_orderclaim c ON c.order_id = o.id
    GROUP BY coalesce(o.id, c.order_id) HAVING count(c.id) <> count(o.id)
    """,
    # What users were paid for their claimed orders, corrections included, is what these pay.
    """
    WITH paid AS (
        SELECT user_id, sum(amount) AS amount FROM betting_orderclaim GROUP BY user_id
    ), adjusted AS (
        SELECT user_id, sum(CASE 'house' WHEN debit THEN amount WHEN credit THEN -amount ELSE 0 END)
            AS amount
        FROM betting_ledgerentry WHERE cause = 'adjustment' AND settlement_id IS NOT NULL
        GROUP BY user_id
    ), due AS (
        SELECT user_id, sum(payout) AS amount FROM betting_order WHERE state = 'claimed'
        GROUP BY user_id
    )
    SELECT 'paid to user ' || user_id, coalesce(p.amount, 0) + coalesce(a.amount, 0), d.amount
    FROM due d LEFT JOIN paid p USING (user_id) LEFT JOIN adjusted a USING (user_id)
    WHERE coalesce(p.amount, 0) + coalesce(a.amount, 0) <> d.amount
    """,
    # Every payout is what its result pays.
    """
    SELECT 'payout of order ' || id, payout, due FROM (
        SELECT id, payout, div(stake * CASE result
            WHEN 'WIN' THEN 2 * odds_hundredths WHEN 'HALF_WIN' THEN odds_hundredths + 100
            WHEN 'HALF_LOSE' THEN 100 WHEN 'LOSE' THEN 0 ELSE 200 END, 200) AS due
        FROM betting_order WHERE state <> 'accepted'
    ) graded WHERE payout <> due
    """,
)


_registered: list[Callable[[], list[Difference]]] = []


def register(check: Callable[[], list[Difference]]) -> None:
    """Have the books of an app that pays into balances, or out of them, checked with ours."""
    _registered.append(check)


def differences() -> list[Difference]:
    """Return everything that does not add up, from one snapshot of the database."""
    assert connection.in_atomic_block, "the checks must see one moment"
    found = [difference for check in _registered for difference in check()]
    with connection.cursor() as cursor:
        for check in _CHECKS:
            cursor.execute(check)
            found += [Difference(what, int(a), int(b)) for what, a, b in cursor.fetchall()]
    return found


def account_totals() -> dict[str, int]:
    """Return what every account holds; the sum over all of them is zero."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT account, sum(amount) FROM ("
            " SELECT credit AS account, amount FROM betting_ledgerentry"
            " UNION ALL SELECT debit, -amount FROM betting_ledgerentry"
            ") sides GROUP BY account ORDER BY account"
        )
        return {account: int(total) for account, total in cursor.fetchall()}

"""Do the books balance? Every stored sum against what it is the sum of."""

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
    # A user's balance is the sum of the user's entries.
    """
    WITH moved AS (
        SELECT user_id, sum(CASE WHEN credit = 'user' THEN amount ELSE -amount END) AS total
        FROM betting_ledgerentry WHERE user_id IS NOT NULL GROUP BY user_id
    )
    SELECT 'balance of user ' || coalesce(b.user_id, m.user_id),
        coalesce(b.available, 0), coalesce(m.total, 0)
    FROM betting_balance b FULL JOIN moved m USING (user_id)
    WHERE coalesce(b.available, 0) <> coalesce(m.total, 0)
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
    # Each claimed order was paid once, and in full.
    """
    SELECT 'claim of order ' || coalesce(o.id, c.order_id),
        coalesce(c.amount, 0), coalesce(o.payout, 0)
    FROM (SELECT * FROM betting_order WHERE state = 'claimed') o
        FULL JOIN betting_orderclaim c ON c.order_id = o.id
    WHERE coalesce(c.amount, 0) <> coalesce(o.payout, 0)
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


def differences() -> list[Difference]:
    """Return everything that does not add up, from one snapshot of the database."""
    assert connection.in_atomic_block, "the checks must see one moment"
    found = []
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

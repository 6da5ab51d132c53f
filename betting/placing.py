"""A bet's rows, written in one statement: the order and the entry that moves its stake."""

from typing import Any

from django.db import connection

from accounts.models import User
from betting.models import Order

# Two inserts of Django's would be two round trips, and three times the processor time.
_PLACE = """
WITH placed AS (
    INSERT INTO betting_order (user_id, market_id, option, stake, odds_hundredths, line_q,
        three_way, odds_seq, placed_at, client_ref, state, settlement_version)
    VALUES (%(user_id)s, %(market_id)s, %(option)s, %(stake)s, %(odds_hundredths)s, %(line_q)s,
        %(three_way)s, %(odds_seq)s, %(placed_at)s, %(client_ref)s, 'accepted', 0)
    RETURNING id
), entered AS (
    INSERT INTO betting_ledgerentry (debit, credit, amount, user_id, market_id, cause, order_id,
        reason)
    SELECT 'user', 'escrow', %(stake)s, %(user_id)s, %(market_id)s, 'order', id, '' FROM placed
)
SELECT id FROM placed
"""


def insert(*, user: User, **columns: Any) -> Order:
    """Store an order and the entry of its stake; return the order. `columns`: the order's.

    In the caller's transaction, after `ledger.take`.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PLACE, {"user_id": user.pk, **columns})
        (order_id,) = cursor.fetchone()
    order = Order(id=order_id, user=user, **columns)
    order._state.adding = False  # noqa: SLF001 (what the ORM itself would set)
    return order

"""Bets by the thousand, stored as place_order would have stored them one by one."""

from dataclasses import dataclass

from django.db import connection

# A user's deposit is what the user's bets take, so that balances stay as they are.
_STORE = """
WITH bet AS (
    SELECT * FROM unnest(
        %(user_ids)s::bigint[], %(market_ids)s::bigint[], %(options)s::int[], %(lines)s::int[],
        %(ways)s::bool[], %(stakes)s::text[]::numeric[], %(odds)s::int[]
    ) WITH ORDINALITY AS b (user_id, market_id, option, line_q, three_way, stake, odds, number)
), placed AS (
    INSERT INTO betting_order (user_id, market_id, option, line_q, three_way, stake,
        odds_hundredths, odds_seq, client_ref, state, settlement_version)
    SELECT user_id, market_id, option, line_q, three_way, stake, odds, 1, number, 'accepted', 0
    FROM bet RETURNING id, user_id, market_id, stake, client_ref
), deposited AS (
    INSERT INTO betting_ledgerentry (debit, credit, amount, user_id, cause, reason)
    SELECT 'outside', 'user', sum(stake), user_id, 'deposit', 'to bet' FROM bet GROUP BY user_id
), opened AS (
    INSERT INTO betting_balance (user_id, available, receivable)
    SELECT DISTINCT user_id, 0, 0 FROM bet ON CONFLICT DO NOTHING
), entered AS (
    INSERT INTO betting_ledgerentry
        (debit, credit, amount, user_id, market_id, cause, order_id, reason)
    SELECT 'user', 'escrow', stake, user_id, market_id, 'order', id, '' FROM placed
)
SELECT id FROM placed ORDER BY client_ref::int
"""


@dataclass(frozen=True, slots=True)
class Bet:
    """What somebody bet: option, its line in quarters, stake, odds in hundredths."""

    user_id: int
    market_id: int
    option: int
    line_q: int | None
    three_way: bool
    stake: int
    odds: int


def store(bets: list[Bet]) -> list[int]:
    """Store the bets, paid for by deposits of their stakes; return the orders' ids."""
    columns = {
        "user_ids": [bet.user_id for bet in bets],
        "market_ids": [bet.market_id for bet in bets],
        "options": [bet.option for bet in bets],
        "lines": [bet.line_q for bet in bets],
        "ways": [bet.three_way for bet in bets],
        "stakes": [str(bet.stake) for bet in bets],
        "odds": [bet.odds for bet in bets],
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, columns)
        return [order_id for (order_id,) in cursor.fetchall()]

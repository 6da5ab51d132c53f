"""Users and orders by the million, straight by SQL, with the ledger entries that belong to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection, transaction

from accounts import tokens
from accounts.models import User
from markets import services as market_services
from markets.lines import Line
from markets.models import Market
from markets.odds import Moneyline, Odds, Prices, Spread, Total

PRICES = Prices(
    moneyline=Moneyline(Odds(240), Odds(290), Odds(330)),
    spread=Spread(Line.parse("-0.25"), Odds(195), Odds(187)),
    total=Total(Line.parse("2.5"), Odds(190), Odds(190)),
)
# What each user can still stake after all orders here: 10^24 of the smallest unit.
LEFT = 10**24

# The rows are this file's own and consistent: no trigger looks at a million of them.
_UNCHECKED = "SET LOCAL session_replication_role = replica"
_USERS = """
INSERT INTO accounts_user (username, address, password, first_name, last_name, email,
    is_superuser, is_staff, is_active, date_joined, role)
SELECT address, address, '', '', '', '', false, false, true, now(), 'user'
FROM (
    SELECT '0x' || lpad(to_hex(n + (SELECT count(*) FROM accounts_user)), 40, '0') AS address
    FROM generate_series(1, %(count)s) n ORDER BY n
) addresses
RETURNING id
"""
_BALANCES = """
INSERT INTO betting_balance (user_id, available, receivable)
SELECT unnest(%(users)s::bigint[]), %(left)s, 0
"""
_DEPOSITS = """
INSERT INTO betting_ledgerentry (debit, credit, amount, user_id, cause, reason)
SELECT 'outside', 'user', %(left)s, unnest(%(users)s::bigint[]), 'deposit', 'to begin with'
"""
# Every `often`-th order is the first user's. Options, odds, lines and stakes follow from hashes:
# mixed, and the same in every run.
_ORDERS = """
INSERT INTO betting_order (user_id, market_id, option, stake, odds_hundredths, line_q, three_way,
    odds_seq, client_ref, placed_at, state, settlement_version)
SELECT
    CASE WHEN n %% %(often)s = 0 THEN (%(users)s)[1]
        ELSE (%(users)s)[2 + a %% (cardinality(%(users)s) - 1)] END,
    (%(markets)s)[1 + b %% cardinality(%(markets)s)],
    option,
    1000000000000000::numeric * (1 + c %% 100000) + b,
    110 + b %% 700,
    CASE WHEN option IN (4, 5) THEN c %% 9 - 4 WHEN option IN (6, 7) THEN 6 + c %% 9 END,
    true, 1,
    CASE WHEN n %% 10 = 0 THEN 'bulk-' || n ELSE '' END,
    now() - (%(count)s - n) * interval '1 second', 'accepted', 0
FROM (
    SELECT n, hashint8(n) & 2147483647 AS a, hashint8(n + 1000000000) & 2147483647 AS b,
        hashint8(n + 2000000000) & 2147483647 AS c,
        1 + (hashint8(n + 3000000000) & 2147483647) %% 7 AS option
    FROM generate_series(1, %(count)s) n
) hashes
"""
# Each user deposited what these orders staked.
_STAKES = """
INSERT INTO betting_ledgerentry (debit, credit, amount, user_id, cause, reason)
SELECT 'outside', 'user', sum(stake), user_id, 'deposit', 'staked at once'
FROM betting_order WHERE market_id = ANY(%(markets)s) GROUP BY user_id
"""
_ENTRIES = """
INSERT INTO betting_ledgerentry
    (debit, credit, amount, user_id, market_id, cause, order_id, reason)
SELECT 'user', 'escrow', stake, user_id, market_id, 'order', id, ''
FROM betting_order WHERE market_id = ANY(%(markets)s) ORDER BY id
"""
# Every tenth winning order is claimed.
_CLAIMS = (
    """
    CREATE TEMPORARY TABLE fetched ON COMMIT DROP AS
    SELECT id, user_id, market_id, payout FROM betting_order
    WHERE market_id = %(market)s AND state = 'settled' AND payout > 0 AND hashint8(id) %% 10 = 0
    """,
    "INSERT INTO betting_orderclaim (order_id, user_id, amount)"
    " SELECT id, user_id, payout FROM fetched",
    """
    INSERT INTO betting_ledgerentry
        (debit, credit, amount, user_id, market_id, cause, order_id, reason)
    SELECT 'claims', 'user', payout, user_id, market_id, 'claim', id, '' FROM fetched
    """,
    """
    UPDATE betting_balance b SET available = available + f.payout
    FROM (SELECT user_id, sum(payout) AS payout FROM fetched GROUP BY user_id) f
    WHERE b.user_id = f.user_id
    """,
    "UPDATE betting_order o SET state = 'claimed' FROM fetched f WHERE f.id = o.id",
)


@dataclass(frozen=True, slots=True)
class Bettor:
    """Somebody who has signed in."""

    user_id: int
    session_id: UUID
    token: str


def open_market() -> Market:
    """Make a market that starts tomorrow, with a price on each of the seven options."""
    return market_services.create_market(
        league="Bench",
        home_team="Home",
        away_team="Away",
        start_time=datetime.now(tz=UTC) + timedelta(days=1),
        prices=PRICES,
        actor=None,
    )


def add_users(count: int) -> list[int]:
    """Make users with LEFT to stake each; return their ids."""
    users = [user_id for (user_id,) in execute(_USERS, {"count": count})]
    _change([_BALANCES, _DEPOSITS], {"users": users, "left": LEFT})
    return users


@transaction.atomic
def sign_in(user_id: int) -> Bettor:
    user = User.objects.get(pk=user_id)
    issued = tokens.issue(kind=tokens.Kind.USER, user=user, now=datetime.now(tz=UTC))
    return Bettor(user_id, issued.session.pk, issued.token)


def add_orders(count: int, *, users: list[int], markets: list[int], of_first: int = 0) -> None:
    """Bet: `of_first` orders of the first user and the others of the others, over the markets.

    The markets have no other orders.
    """
    values = {
        "count": count,
        "users": users,
        "markets": markets,
        "often": count // of_first if of_first else count + 1,
    }
    _change([_ORDERS, _STAKES, _ENTRIES], values)
    execute("VACUUM (ANALYZE) betting_order, betting_ledgerentry, betting_balance, accounts_user")


def claim_some(market_id: int) -> None:
    """Claim every tenth order that won."""
    _change(_CLAIMS, {"market": market_id})


def execute(statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    """Run one statement of the bench's own, and return its rows, if it is one that has any."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def check_ledger() -> None:
    """Prove that the books balance.

    Raises:
        CommandError: they don't.
    """
    call_command("check_ledger", stdout=StringIO())


def _change(statements: Iterable[str], values: dict[str, Any]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_UNCHECKED)
        for statement in statements:
            cursor.execute(statement, values)

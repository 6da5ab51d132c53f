"""Decisions taken back: voids, rollbacks, resettlements. Nothing is edited: all is new entries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from betting import errors, grades, grading, liability, settlement
from betting.grades import Scope, Which
from betting.grading import Outcome
from betting.ledger import Account, announce, fitting
from betting.models import Order, Settlement
from betting.settlement import Result
from markets import selectors as market_selectors
from markets import services as market_services
from markets.lifecycle import Event, MarketStatus
from markets.locks import lock_for_result
from markets.models import Market

Kind = Settlement.Kind
# Of those who would owe us, so many are named.
DEBTORS_MAX = 20

# The decisions since the last rollback that moved money, turned round.
_REVERSE = """
INSERT INTO betting_ledgerentry
    (debit, credit, amount, user_id, market_id, cause, settlement_id, reverses_id, reason)
SELECT e.credit, e.debit, e.amount, e.user_id, e.market_id, e.cause, %(settlement_id)s, e.id, ''
FROM betting_ledgerentry e JOIN betting_settlement s ON s.id = e.settlement_id
WHERE s.market_id = %(market_id)s AND s.kind IN ('settle', 'resettle') AND s.version > coalesce(
    (SELECT max(version) FROM betting_settlement
     WHERE market_id = %(market_id)s AND kind = 'rollback' AND id <> %(settlement_id)s), 0)
"""
# What each delta of a claimed payout does to its owner's balance. The balances are held in this
# order: everybody else locks one a transaction, so any order would do among resettlements only.
_HOLD = "ORDER BY user_id FOR NO KEY UPDATE OF b"
_MOVES = """
SELECT user_id, delta,
    least(greatest(-delta, 0), available) AS taken,
    least(greatest(delta, 0), receivable) AS repaid
FROM (
    SELECT r.user_id, r.delta, b.available, b.receivable
    FROM {regraded} r JOIN betting_balance b USING (user_id) {hold}
) balances
"""
_LOCK_BALANCES = "CREATE TEMPORARY TABLE moved ON COMMIT DROP AS" + _MOVES.format(
    regraded="regraded", hold=_HOLD
)
_SUM_UP = """
WITH moved AS MATERIALIZED ({moves}), owing AS (
    SELECT user_id, -delta - taken AS owed FROM moved WHERE -delta > taken
), named AS (
    SELECT * FROM owing ORDER BY owed DESC, user_id LIMIT {debtors_max}
)
SELECT count(*) FILTER (WHERE delta > 0), coalesce(sum(delta) FILTER (WHERE delta > 0), 0),
    count(*) FILTER (WHERE delta < 0), coalesce(sum(-delta) FILTER (WHERE delta < 0), 0),
    (SELECT count(*) FROM owing), (SELECT coalesce(sum(owed), 0) FROM owing),
    (SELECT array_agg(user_id ORDER BY owed DESC, user_id) FROM named),
    (SELECT array_agg(owed ORDER BY owed DESC, user_id) FROM named)
FROM moved
"""
_MOVE_BALANCES = """
UPDATE betting_balance b SET
    available = b.available + greatest(m.delta, 0) - m.repaid - m.taken,
    receivable = b.receivable - m.repaid + greatest(-m.delta, 0) - m.taken
FROM moved m WHERE m.user_id = b.user_id
"""
_ENTER_ADJUSTMENTS = """
INSERT INTO betting_ledgerentry
    (debit, credit, amount, user_id, cause, settlement_id, reason)
SELECT side.debit, side.credit, side.amount, m.user_id, 'adjustment', %(settlement_id)s, %(reason)s
FROM moved m CROSS JOIN LATERAL (VALUES
    ('house', 'user', greatest(m.delta, 0)),
    ('user', 'receivable', m.repaid),
    ('user', 'house', m.taken),
    ('receivable', 'house', greatest(-m.delta, 0) - m.taken)
) AS side (debit, credit, amount)
WHERE side.amount > 0
"""


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What a resettlement does to the balances of those who claimed: users and amounts."""

    gaining: int
    gained: int
    losing: int
    lost: int
    # Whose balances cannot give it all back, and what they would owe; the largest by name.
    owing: int
    owed: int
    debtors: list[tuple[int, int]]


@transaction.atomic
def void_market(*, market_id: int, actor: User | None, reason: str) -> tuple[Settlement, bool]:
    """Cancel a market: every order gets its stake back, claimable like a win.

    Returns the decision and whether it is new: cancelling again changes nothing.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        IllegalTransition: the market is settled; resettle it as void instead.
    """
    market = lock_for_result(market_id)
    if (stands := standing_void(market)) is not None:
        return stands, False
    market_services.move(market, event=Event.VOID, actor=actor, reason=reason)
    scope = Scope(market_id, Which.WAITING)
    bets = settlement.graded_bets(scope, None)
    totals = grades.apply(scope, bets, version=settlement.next_version(market))
    decision = settlement.record(
        market, kind=Kind.VOID, totals=totals, actor=actor, reason=reason, is_void=True
    )
    _give_stakes_back(decision)
    return decision, True


@transaction.atomic
def void_orders_since(
    *, market_id: int, since: datetime, actor: User | None, reason: str
) -> Settlement | None:
    """Void the orders placed after a moment that have no result yet; the market goes on.

    Returns None where there are none.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
    """
    market = lock_for_result(market_id)
    scope = Scope(market_id, Which.WAITING_SINCE, since=since)
    return _void_some(market, scope, actor=actor, reason=reason)


@transaction.atomic
def void_order(*, order_id: int, actor: User | None, reason: str) -> Settlement | None:
    """Void one order that has no result yet. None: it is void already.

    Raises:
        NoSuchOrder: no order has this id.
        OrderAlreadyGraded: it has its result; its market is rolled back or resettled first.
    """
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise errors.NoSuchOrder(orderId=order_id)
    market = lock_for_result(order.market_id)
    order.refresh_from_db()
    if is_void(order):
        return None
    scope = Scope(market.pk, Which.ONE, order_id=order_id)
    return _void_some(market, scope, actor=actor, reason=reason)


@transaction.atomic
def rollback_market(*, market_id: int, actor: User | None, reason: str) -> tuple[Settlement, bool]:
    """Take a result back: the market is closed again and its orders wait.

    What was voided order by order stays void. Returns the decision and whether it is new.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        MarketNotSettled: there is no result to take back.
        PayoutsClaimed: somebody claimed; resettle instead.
    """
    market = lock_for_result(market_id)
    if (stands := standing_rollback(market)) is not None:
        return stands, False
    settlement.show(market, None)
    market_services.move(market, event=Event.ROLLBACK, actor=actor, reason=reason)
    totals = grades.take_back(Scope(market_id, Which.GRADED))
    decision = settlement.record(
        market, kind=Kind.ROLLBACK, totals=totals, actor=actor, reason=reason
    )
    with connection.cursor() as cursor:
        cursor.execute(_REVERSE, {"market_id": market_id, "settlement_id": decision.pk})
    return decision, True


@transaction.atomic
def resettle_market(
    *, market_id: int, result: Result | None, actor: User | None, reason: str
) -> tuple[Settlement, bool]:
    """Replace a settled market's result; None voids it. Returns the decision and whether it is new.

    Payouts that wait are replaced. What was claimed is adjusted on its owner's balance; what the
    balance cannot give back is owed, and repaid by the next credits and claims.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        MarketNotSettled: there is no result to replace.
        ContradictoryResult, NoSuchOption, ScoresRequired: as settle_market.
    """
    market = lock_for_result(market_id)
    outcome, stands = standing_resettlement(market, result)
    if stands is not None:
        return stands, False

    scope = Scope(market_id, Which.GRADED)
    bets = settlement.graded_bets(scope, outcome)
    settlement.show(market, outcome)
    market_services.correct_result(market, actor=actor, reason=reason)
    version = settlement.next_version(market)
    totals, grown = grades.apply_again(scope, bets, version=version)
    decision = settlement.record(
        market,
        kind=Kind.RESETTLE,
        totals=totals,
        actor=actor,
        reason=reason,
        is_void=outcome is None,
    )
    house, claims = Account.HOUSE, Account.CLAIMS
    settlement.transfer(decision, debit=house, credit=claims, amount=max(grown, 0))
    settlement.transfer(decision, debit=claims, credit=house, amount=max(-grown, 0))
    _adjust_claimed(decision, reason=reason)
    return decision, True


def standing_void(market: Market) -> Settlement | None:
    """Return the decision that voided a market, None where it may be voided.

    Raises:
        IllegalTransition: the market is settled.
    """
    if market.status == MarketStatus.CANCELLED:
        return settlement.latest(market)
    market_selectors.following(market, Event.VOID)
    return None


def is_void(order: Order) -> bool:
    """Tell whether an order is void already, False where it may be voided.

    Raises:
        OrderAlreadyGraded: it has another result.
    """
    if order.result == grading.Result.VOID:
        return True
    if order.state != Order.State.ACCEPTED:
        raise errors.OrderAlreadyGraded(orderId=order.pk, result=order.result)
    return False


def standing_rollback(market: Market) -> Settlement | None:
    """Return the decision that took the result back, None where there is one to take back.

    Raises:
        MarketNotSettled, PayoutsClaimed: as rollback_market.
    """
    decisions = market.settlements.exclude(kind=Kind.VOID_ORDERS)
    last = decisions.order_by("-version").first()
    if last is not None and last.kind == Kind.ROLLBACK:
        return last
    if market.status != MarketStatus.SETTLED:
        raise errors.MarketNotSettled(status=market.status)
    voided = market.settlements.filter(kind=Kind.VOID_ORDERS).values("version")
    claimed = market.orders.filter(state=Order.State.CLAIMED)
    if claimed.exclude(settlement_version__in=voided).exists():
        raise errors.PayoutsClaimed(marketId=market.pk)
    return None


def standing_resettlement(
    market: Market, result: Result | None
) -> tuple[Outcome | None, Settlement | None]:
    """Return how the match ended, and the decision that says so already if there is one.

    Raises:
        MarketNotSettled, ContradictoryResult, NoSuchOption: as resettle_market.
    """
    if market.status != MarketStatus.SETTLED:
        raise errors.MarketNotSettled(status=market.status)
    outcome = None if result is None else settlement.outcome_of(market, result)
    last = settlement.latest(market)
    return outcome, last if settlement.is_same(last, market, outcome) else None


def adjustments(scope: Scope, bets: list[grades.Graded], *, hold: bool) -> Adjustments:
    """Return what regrading would do to the balances of those who claimed. One statement.

    With `hold`, these balances stay as they are until the commit.
    """
    deltas, values = grades.claimed_deltas(scope, bets)
    moves = _MOVES.format(regraded=f"({deltas})", hold=_HOLD if hold else "")
    with connection.cursor() as cursor:
        cursor.execute(_SUM_UP.format(moves=moves, debtors_max=DEBTORS_MAX), values)
        *sums, users, debts = cursor.fetchone()
    gaining, gained, losing, lost, owing, owed = map(int, sums)
    debtors = list(zip(users or [], map(int, debts or []), strict=True))
    return Adjustments(gaining, gained, losing, lost, owing, owed, debtors)


def _void_some(
    market: Market, scope: Scope, *, actor: User | None, reason: str
) -> Settlement | None:
    bets = settlement.graded_bets(scope, None)
    if not bets:
        return None
    totals = grades.apply(scope, bets, version=settlement.next_version(market))
    decision = settlement.record(
        market, kind=Kind.VOID_ORDERS, totals=totals, actor=actor, reason=reason, is_void=True
    )
    _give_stakes_back(decision)
    # What these bets could have cost us is free for others.
    liability.forget(market.pk)
    audit.record(
        actor=actor,
        action="orders.void",
        target=market,
        reason=reason,
        after={"orders": totals.orders, "staked": str(totals.staked), "since": scope.since},
    )
    return decision


def _give_stakes_back(decision: Settlement) -> None:
    escrow, claims = Account.ESCROW, Account.CLAIMS
    settlement.transfer(decision, debit=escrow, credit=claims, amount=decision.paid_out)


def _adjust_claimed(decision: Settlement, *, reason: str) -> None:
    values: dict[str, Any] = {"settlement_id": decision.pk, "reason": reason}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_BALANCES)
        with fitting():
            cursor.execute(_MOVE_BALANCES)
        cursor.execute(_ENTER_ADJUSTMENTS, values)
        cursor.execute("SELECT user_id FROM moved")
        users = [user_id for (user_id,) in cursor.fetchall()]
        cursor.execute("DROP TABLE moved, regraded")
    announce(*users)

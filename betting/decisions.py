"""A decision about a market's orders: looked at first, and carried out as it was shown.

What a decision does, and when it is refused, `settlement` and `corrections` know. Here is which of
them it means, what it would do, and the digest that ties the doing to the looking.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Self

from django.db import transaction

from accounts.models import User
from betting import corrections, errors, grades, settlement
from betting.corrections import Adjustments
from betting.grades import Scope, Totals, Which
from betting.models import Order, Settlement
from betting.settlement import Result
from kmarket.errors import DomainError
from markets import lifecycle
from markets.errors import ChainDecides, NoSuchMarket
from markets.lifecycle import Event, MarketStatus
from markets.locks import lock_for_result
from markets.models import Market

Rows = list[dict[str, Any]]


class Kind(StrEnum):
    """What may be decided about a market's orders."""

    SETTLE = "settle"
    VOID = "void"  # the whole market
    VOID_SINCE = "void_since"  # the orders placed after a moment
    VOID_ORDER = "void_order"
    ROLLBACK = "rollback"
    RESETTLE = "resettle"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision, whoever takes it and whyever."""

    kind: Kind
    result: Result | None = None  # without one, a resettlement voids
    since: datetime | None = None
    order_id: int | None = None

    def __post_init__(self) -> None:
        assert self.result is None or self.kind in {Kind.SETTLE, Kind.RESETTLE}, self
        assert self.result is not None or self.kind != Kind.SETTLE, self
        assert (self.since is not None) == (self.kind == Kind.VOID_SINCE), self
        assert (self.order_id is not None) == (self.kind == Kind.VOID_ORDER), self

    @property
    def terms(self) -> dict[str, Any]:
        """The decision as JSON has it."""
        return {
            "kind": self.kind.value,
            "winning_option": self.result and self.result.winning_option,
            "scores": self.result and self.result.scores and list(self.result.scores),
            "since": self.since and self.since.astimezone(UTC).isoformat(),
            "order_id": self.order_id,
        }

    @classmethod
    def of_terms(cls, terms: dict[str, Any]) -> Self:
        """Read what `terms` wrote."""
        winner, scores, since = terms["winning_option"], terms["scores"], terms["since"]
        says_nothing = winner is None and scores is None
        return cls(
            Kind(terms["kind"]),
            None if says_nothing else Result(winner, scores and (scores[0], scores[1])),
            since and datetime.fromisoformat(since),
            terms["order_id"],
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What a decision would do. Rows are {option, result, orders, staked, payout}."""

    # False: it is so already, and nothing would change.
    is_new: bool
    # What the orders would be paid. None after a rollback: they wait.
    rows: Rows = field(default_factory=list)
    # What is taken back: what they are paid now.
    before: Rows = field(default_factory=list)
    adjustments: Adjustments | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A decision and what it would do to a market as it is."""

    market_id: int
    status: MarketStatus
    # Of the market's last decision, 0 for none.
    version: int
    decision: Decision
    effect: Effect

    @property
    def totals(self) -> Totals:
        return _totals(self.effect.rows)

    @property
    def totals_before(self) -> Totals:
        return _totals(self.effect.before)

    @property
    def digest(self) -> str:
        """The SHA-256, in hex, of all that is shown: whatever differs, it differs."""
        shown = {
            "market": self.market_id,
            "status": self.status,
            "version": self.version,
            "decision": self.decision.terms,
            "effect": asdict(self.effect),
        }
        text = json.dumps(shown, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def preview(*, market_id: int, decision: Decision) -> Preview:
    """Return what a decision would do now. Reads only, and locks nothing.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        What carrying the decision out would be refused with.
    """
    market = Market.objects.filter(pk=market_id).first()
    if market is None:
        raise NoSuchMarket(marketId=market_id)
    if market.is_pool:
        raise ChainDecides(marketId=market_id)
    return _preview(market, decision, hold=False)


def held_preview(*, market_id: int, decision: Decision, previewed: str | None) -> Preview:
    """Return what a decision would do, and hold all that it would touch as it is until the commit.

    Raises:
        PreviewChanged: that is not what has the digest `previewed`.
        What carrying the decision out would be refused with, where no digest is given.
    """
    market = lock_for_result(market_id)
    try:
        shown = _preview(market, decision, hold=True)
    except DomainError as refusal:
        if previewed is None:
            raise
        # When it was looked at, it was allowed.
        raise errors.PreviewChanged(marketId=market_id, because=refusal.reason) from refusal
    if previewed not in {None, shown.digest}:
        raise errors.PreviewChanged(marketId=market_id)
    return shown


@transaction.atomic
def carry_out(
    *,
    market_id: int,
    decision: Decision,
    actor: User | None,
    reason: str,
    previewed: str | None = None,
) -> tuple[Settlement | None, bool]:
    """Do what was decided; return what it became and whether it is new. None: nothing to void.

    With `previewed`, the digest of a preview, it is done only if it does what that one showed.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        PreviewChanged: it would do something else by now.
        What the services of `settlement` and `corrections` refuse it with.
    """
    if previewed is not None:
        held_preview(market_id=market_id, decision=decision, previewed=previewed)
    about: dict[str, Any] = {"market_id": market_id, "actor": actor, "reason": reason}
    match decision.kind:
        case Kind.SETTLE:
            assert decision.result is not None, decision
            return settlement.settle_market(result=decision.result, **about)
        case Kind.VOID:
            return corrections.void_market(**about)
        case Kind.ROLLBACK:
            return corrections.rollback_market(**about)
        case Kind.RESETTLE:
            return corrections.resettle_market(result=decision.result, **about)
        case Kind.VOID_SINCE:
            assert decision.since is not None, decision
            some = corrections.void_orders_since(since=decision.since, **about)
        case Kind.VOID_ORDER:
            order = _order(market_id, decision)
            some = corrections.void_order(order_id=order.pk, actor=actor, reason=reason)
    return some, some is not None


def giving(*, market_id: int, result: Result | None) -> Decision:
    """Return the decision that gives a market this result, or with None voids it, as it is now.

    Raises:
        NoSuchMarket: no market has this id.
    """
    status = Market.objects.filter(pk=market_id).values_list("status", flat=True).first()
    if status is None:
        raise NoSuchMarket(marketId=market_id)
    if status == MarketStatus.SETTLED:
        return Decision(Kind.RESETTLE, result)
    return Decision(Kind.VOID) if result is None else Decision(Kind.SETTLE, result)


def voiding_order(order_id: int) -> tuple[int, Decision]:
    """Return the market of an order, and the decision that voids the order.

    Raises:
        NoSuchOrder: no order has this id.
    """
    market_id = Order.objects.filter(pk=order_id).values_list("market_id", flat=True).first()
    if market_id is None:
        raise errors.NoSuchOrder(orderId=order_id)
    return market_id, Decision(Kind.VOID_ORDER, order_id=order_id)


def possible(market: Market) -> list[Kind]:
    """Return what may be decided about a market now, whatever the result: of a pool nothing."""
    if market.is_pool:
        return []
    status = MarketStatus(market.status)
    waits = market.orders.filter(state=Order.State.ACCEPTED).exists()
    may = {
        Kind.SETTLE: settlement.takes_bets(market) or lifecycle.after(status, Event.SETTLE),
        Kind.RESETTLE: status == MarketStatus.SETTLED,
        Kind.ROLLBACK: _may_roll_back(market),
        Kind.VOID_ORDER: waits,
        Kind.VOID_SINCE: waits,
        Kind.VOID: lifecycle.after(status, Event.VOID),
    }
    return [kind for kind, is_possible in may.items() if is_possible]


def _may_roll_back(market: Market) -> bool:
    try:
        return corrections.standing_rollback(market) is None
    except DomainError:
        return False


def _preview(market: Market, decision: Decision, *, hold: bool) -> Preview:
    if decision.kind == Kind.RESETTLE:
        effect = _resettling(market, decision, hold=hold)
    else:
        effect = _EFFECTS[decision.kind](market, decision)
    return Preview(
        market_id=market.pk,
        status=MarketStatus(market.status),
        version=settlement.next_version(market) - 1,
        decision=decision,
        effect=effect,
    )


def _settling(market: Market, decision: Decision) -> Effect:
    assert decision.result is not None, decision
    outcome = settlement.outcome_of(market, decision.result)
    is_new = settlement.standing(market, outcome) is None
    scope = Scope(market.pk, Which.WAITING if is_new else Which.GRADED)
    bets = settlement.graded_bets(scope, outcome)
    return Effect(is_new, grades.by_option(scope, bets))


def _voiding(market: Market, decision: Decision) -> Effect:
    is_new = corrections.standing_void(market) is None
    return Effect(is_new, _voided(Scope(market.pk, Which.WAITING)))


def _voiding_since(market: Market, decision: Decision) -> Effect:
    rows = _voided(Scope(market.pk, Which.WAITING_SINCE, since=decision.since))
    return Effect(bool(rows), rows)


def _voiding_one(market: Market, decision: Decision) -> Effect:
    order = _order(market.pk, decision)
    is_new = not corrections.is_void(order)
    return Effect(is_new, _voided(Scope(market.pk, Which.ONE, order_id=order.pk)))


def _rolling_back(market: Market, decision: Decision) -> Effect:
    is_new = corrections.standing_rollback(market) is None
    return Effect(is_new, before=grades.present(Scope(market.pk, Which.GRADED)))


def _resettling(market: Market, decision: Decision, *, hold: bool) -> Effect:
    outcome, stands = corrections.standing_resettlement(market, decision.result)
    scope = Scope(market.pk, Which.GRADED)
    bets = settlement.graded_bets(scope, outcome)
    return Effect(
        stands is None,
        grades.by_option(scope, bets),
        grades.present(scope),
        corrections.adjustments(scope, bets, hold=hold),
    )


_EFFECTS: dict[Kind, Callable[[Market, Decision], Effect]] = {
    Kind.SETTLE: _settling,
    Kind.VOID: _voiding,
    Kind.VOID_SINCE: _voiding_since,
    Kind.VOID_ORDER: _voiding_one,
    Kind.ROLLBACK: _rolling_back,
}


def _voided(scope: Scope) -> Rows:
    return grades.by_option(scope, settlement.graded_bets(scope, None))


def _order(market_id: int, decision: Decision) -> Order:
    assert decision.order_id is not None, decision
    order = Order.objects.filter(pk=decision.order_id, market_id=market_id).first()
    if order is None:
        raise errors.NoSuchOrder(orderId=decision.order_id)
    return order


def _totals(rows: Rows) -> Totals:
    return Totals(*(sum(row[name] for row in rows) for name in ("orders", "staked", "payout")))

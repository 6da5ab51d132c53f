"""Payouts on their way to the balance of whoever won them."""

from django.db import transaction

from accounts.models import User
from betting import errors, ledger
from betting.models import LedgerEntry, Order, OrderClaim
from kmarket.errors import DomainError
from markets.locks import share_market

# One call of claim_all; whoever has more calls again.
CLAIMS_AT_ONCE = 500


@transaction.atomic
def claim(*, user: User, order_id: int) -> OrderClaim:
    """Pay an order's payout into its owner's balance, once.

    Raises:
        NoSuchOrder: no order of this user has the id.
        NotSettled: the order has no result yet.
        NothingToClaim: the order lost.
        AlreadyClaimed: it was paid before, perhaps at this same instant.
    """
    order = Order.objects.filter(user=user, pk=order_id).first()
    if order is None:
        raise errors.NoSuchOrder(orderId=order_id)
    # No correction of the result may slip between the checks and the payment.
    share_market(order.market_id)
    # The conditional UPDATE decides between two claims: the second waits and then matches nothing.
    paid = Order.objects.claimable().filter(pk=order_id).update(state=Order.State.CLAIMED)
    order.refresh_from_db()
    if not paid:
        raise _refusal(order)
    assert order.payout is not None, "checked by the UPDATE"
    ledger.give(
        user_id=user.pk,
        amount=order.payout,
        by=ledger.Account.CLAIMS,
        cause=ledger.Cause.CLAIM,
        market_id=order.market_id,
        order=order,
    )
    return OrderClaim.objects.create(order=order, user=user, amount=order.payout)


@transaction.atomic
def claim_all(*, user: User) -> list[OrderClaim]:
    """Pay everything that a user may claim, at most 500 orders, oldest first; return the claims."""
    found = Order.objects.filter(user=user).claimable().order_by("placed_at", "pk")
    markets = sorted(set(found.values_list("market_id", flat=True)[:CLAIMS_AT_ONCE]))
    # In the order of their ids, as everybody who shares several markets.
    for market_id in markets:
        share_market(market_id)
    # Read again under the locks: a result may have been corrected since. And held: another claim
    # of these waits, and then finds nothing.
    waiting = found.filter(market_id__in=markets).select_for_update(no_key=True)
    orders = list(waiting[:CLAIMS_AT_ONCE])
    claims = [
        OrderClaim(order=order, user=user, amount=order.payout)
        for order in orders
        if order.payout is not None
    ]
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(state=Order.State.CLAIMED)
    OrderClaim.objects.bulk_create(claims)
    ledger.give_many(
        user_id=user.pk,
        entries=[
            LedgerEntry(
                debit=ledger.Account.CLAIMS,
                credit=ledger.Account.USER,
                amount=claim.amount,
                cause=ledger.Cause.CLAIM,
                user=user,
                market_id=claim.order.market_id,
                order=claim.order,
            )
            for claim in claims
        ],
    )
    return claims


def _refusal(order: Order) -> DomainError:
    if order.state == Order.State.ACCEPTED:
        return errors.NotSettled(orderId=order.pk)
    if order.state == Order.State.CLAIMED:
        return errors.AlreadyClaimed(orderId=order.pk)
    return errors.NothingToClaim(orderId=order.pk)

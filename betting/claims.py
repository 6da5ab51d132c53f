"""Payouts on their way to the balance of whoever won them."""

from django.db import transaction

from accounts.models import User
from betting import errors, ledger
from betting.models import Order, OrderClaim
from kmarket.errors import DomainError
from markets.locks import share_market


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
    ledger.pay_to_user(
        user_id=user.pk,
        amount=order.payout,
        by=ledger.Account.CLAIMS,
        cause=ledger.Cause.CLAIM,
        market_id=order.market_id,
        order=order,
    )
    return OrderClaim.objects.create(order=order, user=user, amount=order.payout)


def _refusal(order: Order) -> DomainError:
    if order.state == Order.State.ACCEPTED:
        return errors.NotSettled(orderId=order.pk)
    if order.state == Order.State.CLAIMED:
        return errors.AlreadyClaimed(orderId=order.pk)
    return errors.NothingToClaim(orderId=order.pk)

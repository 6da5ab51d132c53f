"""HTTP in, one service call, HTTP out."""

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import signed_in
from betting import claims, errors, selectors, services
from betting.api.serializers import OrderQuery, PlaceOrderSerializer, order_answer
from betting.models import Order
from betting.public_status import STATES
from kmarket.idempotency import once
from kmarket.pages import Pages


class Orders(APIView):
    def get(self, request: Request) -> Response:
        """List the caller's orders, newest first; staff see everybody's."""
        query = OrderQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        orders = _orders(request)
        if address := query.validated_data["userAddress"]:
            orders = orders.filter(user__address=address)
        if market_id := query.validated_data["marketId"]:
            orders = orders.filter(market_id=market_id)
        if public := query.validated_data["status"]:
            orders = orders.filter(state__in=STATES[public])
        pages = Pages()
        page = pages.paginate_queryset(orders.order_by("-placed_at", "-pk"), request)
        return pages.get_paginated_response([order_answer(order) for order in page])

    def post(self, request: Request) -> Response:
        """Place a bet, once per Idempotency-Key."""
        body = PlaceOrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)

        def place() -> Response:
            order = services.place_order(user=signed_in(request), **body.validated_data)
            return Response(order_answer(order), status=status.HTTP_201_CREATED)

        return once(request=request, answer=place)


class OneOrder(APIView):
    def get(self, request: Request, order_id: int) -> Response:
        """Show one order."""
        order = _orders(request).filter(pk=order_id).first()
        if order is None:
            raise errors.NoSuchOrder(orderId=order_id)
        return Response(order_answer(order))


class ClaimOrder(APIView):
    def post(self, request: Request, order_id: int) -> Response:
        """Pay what an order won into its owner's balance."""

        def pay() -> Response:
            claim = claims.claim(user=signed_in(request), order_id=order_id)
            return Response(
                {
                    "orderId": order_id,
                    "claimed": True,
                    "claimAmount": str(claim.amount),
                    "claimTxHash": claim.tx_hash,
                }
            )

        return once(request=request, answer=pay)


class Balance(APIView):
    def get(self, request: Request) -> Response:
        """Show what the caller may stake, and what waits to be claimed."""
        balance, owed = selectors.balance(user=signed_in(request))
        return Response({"balance": str(balance), "owed": str(owed)})


class Faucet(APIView):
    def post(self, request: Request) -> Response:
        """Give a demo user something to play with. There is none outside the demo."""
        if not settings.DEMO:
            raise Http404
        balance = services.tap_faucet(user=signed_in(request), now=timezone.now())
        return Response({"balance": str(balance)})


def _orders(request: Request) -> QuerySet[Order]:
    return Order.objects.visible_to(signed_in(request)).select_related("user", "claim")

"""HTTP in, one service call, HTTP out."""

import json
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from rest_framework import status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import signed_in
from accounts.models import User
from betting import (
    claims,
    errors,
    explanation,
    grading,
    personal_limits,
    selectors,
    services,
)
from betting.api.answers import (
    BalanceAnswer,
    ClaimAnswer,
    ClaimsAnswer,
    EntryAnswer,
    Explanation,
    OrderAnswer,
    OwnBalance,
    OwnLimitsAnswer,
    QuoteAnswer,
    Vectors,
)
from betting.api.serializers import (
    OrderQuery,
    PersonalLimitsSerializer,
    PlaceOrderSerializer,
    QuoteSerializer,
    entry_answer,
    order_answer,
    standing_answer,
)
from betting.models import LedgerEntry, Order, OrderQuerySet
from betting.personal_limits import Limits
from betting.public_status import STATES
from kmarket.api_fields import epoch_ms
from kmarket.idempotency import IdempotencyMismatch, once
from kmarket.pages import Pages
from kmarket.schema.operations import operation
from kmarket.schema.shapes import Page
from markets.errors import MarketNotOpen, NoSuchMarket

# Why a market takes no bet at all.
NOT_TAKEN = (
    NoSuchMarket,
    MarketNotOpen,
    errors.NotABook,
    errors.OptionNotPriced,
    errors.OptionSuspended,
    errors.SelfExcluded,
)


class Orders(APIView):
    @operation("listOrders", Page[OrderAnswer], query=OrderQuery)
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
        if query.validated_data["claimable"]:
            orders = orders.claimable()
        if reference := query.validated_data["clientRef"]:
            orders = orders.filter(client_ref=reference)
        pages = Pages()
        page = pages.paginate_queryset(orders.order_by("-placed_at", "-pk"), request)
        return pages.get_paginated_response([order_answer(order) for order in page])

    @operation(
        "placeOrder",
        OrderAnswer,
        status=201,
        body=PlaceOrderSerializer,
        once=True,
        refuses=[
            *NOT_TAKEN,
            errors.OddsChanged,
            errors.StakeTooSmall,
            errors.StakeTooLarge,
            errors.MarketStakeReached,
            errors.LiabilityReached,
            errors.DailyLimitReached,
            errors.InsufficientBalance,
            IdempotencyMismatch,
        ],
    )
    def post(self, request: Request) -> Response:
        """Place a bet, once per Idempotency-Key."""
        body = PlaceOrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)

        def place() -> Response:
            order = services.place_order(
                user=signed_in(request), now=timezone.now(), **body.validated_data
            )
            return Response(order_answer(order), status=status.HTTP_201_CREATED)

        return once(request=request, answer=place)


class OneOrder(APIView):
    @operation("order", OrderAnswer, refuses=[errors.NoSuchOrder])
    def get(self, request: Request, order_id: int) -> Response:
        """Show one order."""
        order = _orders(request).filter(pk=order_id).first()
        if order is None:
            raise errors.NoSuchOrder(orderId=order_id)
        return Response(order_answer(order))


class QuoteOrder(APIView):
    @operation("quoteOrder", QuoteAnswer, body=QuoteSerializer, refuses=NOT_TAKEN)
    def post(self, request: Request) -> Response:
        """Show what a bet would be placed at now, and how large it may be."""
        body = QuoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        quote = services.quote(user=signed_in(request), now=timezone.now(), **body.validated_data)
        odds, largest = quote.odds.hundredths, quote.stake_max
        win = grading.payout(stake=largest, odds=odds, result=grading.Result.WIN)
        return Response(
            {
                "odds": odds,
                "oddsSeq": quote.seq,
                "maxStake": str(largest),
                "maxPayout": str(win),
                "expiresAt": epoch_ms(quote.expires_at),
            }
        )


class ExplainOrder(APIView):
    @operation("explainOrder", Explanation, refuses=[errors.NoSuchOrder, errors.NotSettled])
    def get(self, request: Request, order_id: int) -> Response:
        """Show why an order pays what it pays, number by number."""
        order = _orders(request).filter(pk=order_id).first()
        if order is None:
            raise errors.NoSuchOrder(orderId=order_id)
        return Response(explanation.explain(order))


class ClaimOrder(APIView):
    @operation(
        "claimOrder",
        ClaimAnswer,
        once=True,
        refuses=[
            errors.NoSuchOrder,
            errors.NotSettled,
            errors.NothingToClaim,
            errors.AlreadyClaimed,
            errors.BalanceTooLarge,
            IdempotencyMismatch,
        ],
    )
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


class ClaimAll(APIView):
    @operation(
        "claimAll",
        ClaimsAnswer,
        once=True,
        refuses=[errors.BalanceTooLarge, IdempotencyMismatch],
    )
    def post(self, request: Request) -> Response:
        """Pay all that the caller may claim; `hasMore` says whether to ask again."""

        def pay() -> Response:
            paid = claims.claim_all(user=signed_in(request))
            rows = [{"orderId": row.order_id, "claimAmount": str(row.amount)} for row in paid]
            return Response(
                {
                    "claimed": rows,
                    "total": str(sum(row.amount for row in paid)),
                    "hasMore": len(rows) == claims.CLAIMS_AT_ONCE,
                }
            )

        return once(request=request, answer=pay)


class Ledger(APIView):
    @operation("ledger", Page[EntryAnswer])
    def get(self, request: Request) -> Response:
        """List what came into and went out of the caller's balance, newest first."""
        touched = Q(debit="user") | Q(credit="user")
        entries = LedgerEntry.objects.filter(touched, user=signed_in(request))
        pages = Pages()
        page = pages.paginate_queryset(entries.order_by("-at", "-id"), request)
        return pages.get_paginated_response([entry_answer(entry) for entry in page])


class OwnLimits(APIView):
    @operation("ownLimits", OwnLimitsAnswer)
    def get(self, request: Request) -> Response:
        """Show the limits that the caller has set for themselves."""
        user = signed_in(request)
        return self._answer(user, personal_limits.standing(user=user, now=timezone.now()))

    @operation("setOwnLimits", OwnLimitsAnswer, body=PersonalLimitsSerializer)
    def put(self, request: Request) -> Response:
        """Set them: tighter at once, looser in 24 hours."""
        body = PersonalLimitsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user, wanted = signed_in(request), Limits(**body.validated_data)
        return self._answer(
            user, personal_limits.set_limits(user=user, wanted=wanted, now=timezone.now())
        )

    def _answer(self, user: User, standing: personal_limits.Standing) -> Response:
        today = personal_limits.staked_today(user=user)
        return Response(standing_answer(standing, staked_today=today))


class SettlementVectors(APIView):
    permission_classes = (AllowAny,)

    @operation("settlementVectors", Vectors)
    def get(self, request: Request) -> Response:
        """Show worked cases of settlement, for whoever wants to check our sums or theirs."""
        return Response(_vectors())


class Balance(APIView):
    @operation("balance", OwnBalance)
    def get(self, request: Request) -> Response:
        """Show what the caller may stake, and what waits to be claimed."""
        balance, owed = selectors.balance(user=signed_in(request))
        return Response({"balance": str(balance), "owed": str(owed)})


class Faucet(APIView):
    @operation(
        "faucet",
        BalanceAnswer,
        refuses=[errors.NoFaucet, errors.FaucetIsDry, errors.BalanceTooLarge],
    )
    def post(self, request: Request) -> Response:
        """Give a demo user something to play with. There is none outside the demo."""
        if not settings.DEMO:
            raise errors.NoFaucet
        balance = services.tap_faucet(user=signed_in(request), now=timezone.now())
        return Response({"balance": str(balance)})


@cache
def _vectors() -> Any:
    path = settings.BASE_DIR / "markets" / "settlement_vectors.json"
    return json.loads(path.read_text(encoding="utf-8"))


def _orders(request: Request) -> OrderQuerySet:
    return Order.objects.visible_to(signed_in(request)).select_related("user", "claim")

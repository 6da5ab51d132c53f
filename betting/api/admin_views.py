"""What operators do with results, orders and money over the API. Each call is one service."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer, ValidationError
from rest_framework.views import APIView

from accounts.access import may, signed_in
from accounts.models import User
from betting import corrections, errors, services, settlement
from betting.api.serializers import (
    MarketLimitsSerializer,
    MaybeVoidSerializer,
    MoneySerializer,
    ReasonSerializer,
    ResettleSerializer,
    SettleSerializer,
    VoidSerializer,
    market_limits_answer,
    preview_answer,
    settlement_answer,
)
from kmarket.api_fields import AddressStringField
from kmarket.idempotency import once


class Settles(APIView):
    """For whoever may settle."""

    permission_classes = (may("markets.settle_market"),)


class SettleMarket(Settles):
    def post(self, request: Request, market_id: int) -> Response:
        """Give a market its result; with dry_run, show what that would pay and keep nothing."""
        wanted = _read(SettleSerializer, request)
        dry_run = wanted.pop("dry_run")
        with transaction.atomic():
            done, is_new = settlement.settle_market(
                market_id=market_id, actor=signed_in(request), **wanted
            )
            transaction.set_rollback(dry_run)
        return Response(settlement_answer(done, changed=is_new and not dry_run, dry_run=dry_run))


class PreviewMarket(Settles):
    def post(self, request: Request, market_id: int) -> Response:
        """Show what a result, or a void, would pay. Changes nothing and locks nothing."""
        wanted = _read(MaybeVoidSerializer, request)
        return Response(preview_answer(settlement.preview(market_id=market_id, **wanted)))


class VoidMarket(Settles):
    def post(self, request: Request, market_id: int) -> Response:
        """Cancel a market; with placed_after, void only the orders placed after that moment."""
        wanted = _read(VoidSerializer, request)
        about = {"market_id": market_id, "actor": signed_in(request), "reason": wanted["reason"]}
        if "placed_after" in wanted:
            some = corrections.void_orders_since(since=wanted["placed_after"], **about)
            return Response(_some_voided(some))
        done, is_new = corrections.void_market(**about)
        return Response(settlement_answer(done, changed=is_new))


class RollBackMarket(Settles):
    def post(self, request: Request, market_id: int) -> Response:
        """Take a result back, as long as nobody has claimed."""
        wanted = _read(ReasonSerializer, request)
        done, is_new = corrections.rollback_market(
            market_id=market_id, actor=signed_in(request), **wanted
        )
        return Response(settlement_answer(done, changed=is_new))


class ResettleMarket(Settles):
    def post(self, request: Request, market_id: int) -> Response:
        """Replace a result, or void a settled market."""
        wanted = _read(ResettleSerializer, request)
        done, is_new = corrections.resettle_market(
            market_id=market_id, actor=signed_in(request), **wanted
        )
        return Response(settlement_answer(done, changed=is_new))


class VoidOrder(Settles):
    def post(self, request: Request, order_id: int) -> Response:
        """Void one order that has no result yet."""
        wanted = _read(ReasonSerializer, request)
        done = corrections.void_order(order_id=order_id, actor=signed_in(request), **wanted)
        return Response(_some_voided(done))


class MarketLimits(APIView):
    permission_classes = (may("markets.manage_market"),)

    def put(self, request: Request, market_id: int) -> Response:
        """Set what a market takes."""
        wanted = _read(MarketLimitsSerializer, request)
        market = services.set_market_limits(market_id=market_id, actor=signed_in(request), **wanted)
        return Response(market_limits_answer(market))


class MoveMoney(APIView):
    """Credits or debits a user's balance: the subclass says which."""

    permission_classes = (may("betting.adjust_balance"),)
    move: Callable[..., int]

    def post(self, request: Request, address: str) -> Response:
        """Move an amount, once per Idempotency-Key, and show the balance after it."""
        wanted = _read(MoneySerializer, request)
        try:
            known_as = AddressStringField().to_internal_value(address)
        except ValidationError as exc:
            raise ValidationError({"address": exc.detail}) from exc
        user = User.objects.filter(address=known_as).first()
        if user is None:
            raise errors.NoSuchUser(address=address)

        def move() -> Response:
            balance = type(self).move(user=user, actor=signed_in(request), **wanted)
            return Response({"balance": str(balance)})

        return once(request=request, answer=move)


class CreditUser(MoveMoney):
    move = staticmethod(services.credit)


class DebitUser(MoveMoney):
    move = staticmethod(services.debit)


def _read(serializer: type[Serializer], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _some_voided(done: Any) -> dict[str, Any]:
    """Return what was voided; nothing left to void is no error, so that a repeat is harmless."""
    if done is None:
        return {"orders": 0, "staked": "0", "changed": False}
    return settlement_answer(done, changed=True)

"""Quotes, and calls for the caller's wallet to sign. HTTP in, one call, HTTP out."""

from typing import Any

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import signed_in
from chain.errors import NodesAway
from kmarket.schema.operations import operation
from markets.errors import NoSuchMarket
from trading import desk, errors, transactions
from trading.api.answers import AddCall, ClaimCall, RemoveCall, TradeCall, TradeQuote
from trading.api.write_serializers import (
    AddLiquiditySerializer,
    BuySerializer,
    ClaimSerializer,
    QuoteTradeSerializer,
    RemoveLiquiditySerializer,
    SellSerializer,
    bounds_of,
    offer_answer,
    prepared_answer,
)
from trading.quotes import Side

NO_POOL = (NoSuchMarket, errors.NotAPool)
REFUSED = (NodesAway, errors.TradingPaused, *errors.BY_THE_CONTRACT)
# Why there is nothing to sign.
UNSIGNED = (*NO_POOL, *REFUSED, errors.NoWallet, errors.UnknownCall)


def wallet_of(request: Request) -> str:
    """Return the caller's address.

    Raises:
        NoWallet: an operator signed in by name.
    """
    address = signed_in(request).address
    if address is None:
        raise errors.NoWallet
    return address


def _read(serializer: Any, request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values


class QuoteTrade(APIView):
    @operation(
        "quoteTrade",
        TradeQuote,
        body=QuoteTradeSerializer,
        refuses=[*NO_POOL, *REFUSED, errors.NoSuchOutcome],
    )
    def post(self, request: Request) -> Response:
        """Show what a trade would come to now."""
        body = _read(QuoteTradeSerializer, request)
        return Response(offer_answer(desk.quote(now=timezone.now(), **body)))


class _Trade(APIView):
    side: Side
    serializer: Any

    def prepared(self, request: Request) -> Response:
        """Return a trade to be signed, which would go through now."""
        body = _read(self.serializer, request)
        pool = desk.pool_of(body["market_id"])
        prepared = transactions.trade(
            owner=wallet_of(request),
            pool=pool,
            outcome=desk.outcome_of(pool, body["option"]),
            side=self.side,
            amount=body["amount"],
            shares=body.get("shares"),
            bounds=bounds_of(body),
            deadline=body["deadline"],
            now=timezone.now(),
        )
        return Response(prepared_answer(pool.market_id, prepared))


class Buy(_Trade):
    side = Side.BUY
    serializer = BuySerializer

    @operation(
        "buyShares",
        TradeCall,
        body=BuySerializer,
        refuses=[*UNSIGNED, errors.NoSuchOutcome, errors.InsufficientCollateral],
    )
    def post(self, request: Request) -> Response:
        """Return a purchase to be signed, which would go through now."""
        return self.prepared(request)


class Sell(_Trade):
    side = Side.SELL
    serializer = SellSerializer

    @operation(
        "sellShares",
        TradeCall,
        body=SellSerializer,
        refuses=[*UNSIGNED, errors.NoSuchOutcome],
    )
    def post(self, request: Request) -> Response:
        """Return a sale to be signed, which would go through now."""
        return self.prepared(request)


class AddLiquidity(APIView):
    @operation(
        "addLiquidity",
        AddCall,
        body=AddLiquiditySerializer,
        refuses=[*UNSIGNED, errors.InsufficientCollateral, errors.WrongLength],
    )
    def post(self, request: Request) -> Response:
        """Return a provision of liquidity to be signed."""
        body = _read(AddLiquiditySerializer, request)
        pool = desk.pool_of(body["market_id"])
        prepared = transactions.add_liquidity(
            owner=wallet_of(request),
            pool=pool,
            amount=body["amount"],
            bounds=bounds_of(body),
            now=timezone.now(),
        )
        return Response(prepared_answer(pool.market_id, prepared))


class RemoveLiquidity(APIView):
    @operation(
        "removeLiquidity",
        RemoveCall,
        body=RemoveLiquiditySerializer,
        refuses=[*UNSIGNED, errors.WrongLength],
    )
    def post(self, request: Request) -> Response:
        """Return a call to be signed that takes liquidity back, with the fees that it earned."""
        body = _read(RemoveLiquiditySerializer, request)
        pool = desk.pool_of(body["market_id"])
        prepared = transactions.remove_liquidity(
            owner=wallet_of(request),
            pool=pool,
            lp=body["lp"],
            bounds=bounds_of(body),
            now=timezone.now(),
        )
        return Response(prepared_answer(pool.market_id, prepared))


class Claim(APIView):
    @operation("claimShares", ClaimCall, body=ClaimSerializer, refuses=UNSIGNED)
    def post(self, request: Request) -> Response:
        """Return a call to be signed that pays the shares of a finished market out."""
        body = _read(ClaimSerializer, request)
        pool = desk.pool_of(body["market_id"])
        owner = wallet_of(request)
        prepared = transactions.claim(
            owner=owner, pool=pool, recipient=body["recipient"] or owner, now=timezone.now()
        )
        return Response(prepared_answer(pool.market_id, prepared))

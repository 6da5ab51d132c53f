"""What operators do over the API. Each call is one service, which writes the audit."""

from django.core.exceptions import PermissionDenied
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import may, signed_in
from kmarket.idempotency import IdempotencyMismatch, once
from kmarket.schema.operations import operation
from markets import errors, selectors, services, wire
from markets.api.answers import Created, MarketAnswer, OddsUpdateAnswer, Released
from markets.api.serializers import (
    CreateMarketSerializer,
    OverrideSerializer,
    UpdateMarketSerializer,
    market_detail,
)
from markets.lifecycle import Event
from markets.models import OddsUpdate

# What whoever sets prices may do to a market's state.
PAUSES = frozenset({Event.SUSPEND, Event.RESUME})


class CreateMarket(APIView):
    permission_classes = (may("markets.manage_market"),)

    @operation(
        "createMarket",
        Created,
        status=201,
        body=CreateMarketSerializer,
        once=True,
        refuses=[errors.NegativeMargin, errors.StartIsPast, IdempotencyMismatch],
    )
    def post(self, request: Request) -> Response:
        """Make a market, once per Idempotency-Key; it takes bets unless it is to be a draft."""
        body = CreateMarketSerializer(data=request.data)
        body.is_valid(raise_exception=True)

        def create() -> Response:
            market = services.create_market(**body.validated_data, actor=signed_in(request))
            return Response({"id": market.pk}, status=status.HTTP_201_CREATED)

        return once(request=request, answer=create)


class UpdateMarket(APIView):
    permission_classes = (may("markets.manage_market") | may("markets.price_market"),)

    @operation(
        "updateMarket",
        MarketAnswer,
        body=UpdateMarketSerializer,
        refuses=[
            errors.NoSuchMarket,
            errors.ChainDecides,
            errors.IllegalTransition,
            errors.NotPriced,
            errors.StartIsPast,
            errors.StartHasPassed,
        ],
    )
    def put(self, request: Request, market_id: int) -> Response:
        """Change a market's status, description or start; what is absent stays.

        Whoever sets prices may suspend and resume, and nothing else.
        """
        body = UpdateMarketSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        events = frozenset(Event)
        if not signed_in(request).has_perm("markets.manage_market"):
            if not set(body.validated_data) <= {"status", "reason"}:
                raise PermissionDenied
            events = PAUSES
        market = services.update_market(
            market_id=market_id, actor=signed_in(request), events=events, **body.validated_data
        )
        update = selectors.current_update(market)
        return Response(market_detail(market, list(market.options.order_by("number")), update))


class OverrideOdds(APIView):
    permission_classes = (may("markets.price_market"),)

    @operation(
        "overrideOdds",
        OddsUpdateAnswer,
        status=201,
        body=OverrideSerializer,
        refuses=[
            errors.NoSuchMarket,
            errors.ChainDecides,
            errors.MarketNotOpen,
            errors.NegativeMargin,
            errors.FarMove,
            errors.WaysAreFixed,
        ],
    )
    def post(self, request: Request) -> Response:
        """Set prices by hand. Answers the update as sockets get it."""
        body = OverrideSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        update = services.set_odds(
            **body.validated_data, actor=signed_in(request), source=OddsUpdate.Source.ADMIN
        )
        assert update is not None, "an override always makes an update"
        return Response(wire.update_message(update), status=status.HTTP_201_CREATED)


class ReleaseOdds(APIView):
    permission_classes = (may("markets.price_market"),)

    @operation("releaseOdds", Released, refuses=[errors.NoSuchMarket, errors.ChainDecides])
    def post(self, request: Request, market_id: int) -> Response:
        """Let feeds price the market again."""
        market = services.release_odds(
            market_id=market_id, actor=signed_in(request), reason="released over the API"
        )
        return Response({"id": market.pk, "pinned": market.pinned_at is not None})

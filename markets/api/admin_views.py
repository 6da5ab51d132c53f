"""What operators do over the API. Each call is one service, which writes the audit."""

from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import may, signed_in
from markets import selectors, services, wire
from markets.api.serializers import (
    CreateMarketSerializer,
    OverrideSerializer,
    UpdateMarketSerializer,
    market_detail,
)
from markets.models import OddsUpdate


class CreateMarket(APIView):
    permission_classes = (may("markets.manage_market"),)

    def post(self, request: Request) -> Response:
        """Make a market; it takes bets at once unless it is to be a draft."""
        body = CreateMarketSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        market = services.create_market(**body.validated_data, actor=signed_in(request))
        return Response({"id": market.pk}, status=status.HTTP_201_CREATED)


class UpdateMarket(APIView):
    permission_classes = (may("markets.manage_market"),)

    def put(self, request: Request, market_id: int) -> Response:
        """Change a market's status, description or start; what is absent stays."""
        body = UpdateMarketSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        market = services.update_market(
            market_id=market_id, actor=signed_in(request), **body.validated_data
        )
        update = selectors.current_update(market)
        return Response(market_detail(market, list(market.options.order_by("number")), update))


class OverrideOdds(APIView):
    permission_classes = (may("markets.price_market"),)

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

    def post(self, request: Request, market_id: int) -> Response:
        """Let feeds price the market again."""
        market = services.release_odds(
            market_id=market_id, actor=signed_in(request), reason="released over the API"
        )
        return Response({"id": market.pk, "pinned": market.pinned_at is not None})

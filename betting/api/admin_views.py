"""What operators do with results over the API."""

from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import may, signed_in
from betting import settlement
from betting.api.serializers import SettleSerializer, settlement_answer


class SettleMarket(APIView):
    permission_classes = (may("markets.settle_market"),)

    def post(self, request: Request, market_id: int) -> Response:
        """Give a market its result; with dry_run, show what that would pay and keep nothing."""
        body = SettleSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = dict(body.validated_data)
        dry_run = wanted.pop("dry_run")
        with transaction.atomic():
            result, is_new = settlement.settle_market(
                market_id=market_id, actor=signed_in(request), **wanted
            )
            transaction.set_rollback(dry_run)
        return Response(settlement_answer(result, changed=is_new and not dry_run, dry_run=dry_run))

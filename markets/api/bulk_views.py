"""Batches of prices over the API."""

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import may, signed_in
from kmarket.api_fields import StrictSerializer
from kmarket.schema.operations import operation
from markets import bulk, feed_rows
from markets.api.answers import BulkAnswer

ROWS_MAX = 50_000


class BulkSerializer(StrictSerializer):
    """The rows themselves are read one by one: a bad one must not cost the others."""

    example = {
        "feed": "acme",
        "updates": [{"market_id": 1001, "moneyline": {"home": 1.85, "away": 2.1}}],
    }

    feed = serializers.CharField(max_length=40)
    # Not of a shape: whatever is in the list, the others count.
    updates = serializers.ListField(
        max_length=ROWS_MAX,
        help_text=(
            "Rows: `market_id` or `external_ref`, and at least one of `moneyline`, `spread` and"
            " `total` as in an override. What is no such row is reported, and not refused."
        ),
    )


class BulkOdds(APIView):
    permission_classes = (may("markets.price_market"),)

    @operation("bulkOdds", BulkAnswer, body=BulkSerializer)
    def post(self, request: Request) -> Response:
        """Apply a feed's prices; report what could not be applied, by the row's number from 1."""
        body = BulkSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rows, bad = [], []
        for number, row in enumerate(body.validated_data["updates"], start=1):
            try:
                rows.append(feed_rows.read(number, row))
            except feed_rows.BadRow as exc:
                bad.append(bulk.Problem(number, "BAD_ROW", str(exc)))
        report = bulk.apply_prices(
            feed=body.validated_data["feed"], rows=rows, actor=signed_in(request)
        )
        return Response(_answer(report, bad))


def _answer(report: bulk.Report, bad: list[bulk.Problem]) -> BulkAnswer:
    problems = sorted([*bad, *report.problems], key=lambda problem: problem.row)
    return {
        "applied": report.applied,
        "unchanged": report.unchanged,
        "held": report.held,
        "problems": [
            {"row": problem.row, "reason": problem.reason, "message": problem.message}
            for problem in problems
        ],
    }

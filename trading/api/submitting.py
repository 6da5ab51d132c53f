"""Transactions handed in, and what became of them. HTTP in, one call, HTTP out."""

from django.conf import settings
from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import signed_in
from chain.errors import NodesAway
from chain.status import cursor_of
from kmarket.pages import Pages
from kmarket.schema.operations import operation
from kmarket.schema.shapes import Page
from trading import errors, submitting
from trading.api.answers import TransactionAnswer
from trading.api.write_serializers import SubmissionQuery, SubmitSerializer, submission_answer
from trading.api.writing import wallet_of
from trading.submission import Submission


class Submit(APIView):
    @operation(
        "submitTransaction",
        TransactionAnswer,
        status=201,
        others={200: TransactionAnswer},
        body=SubmitSerializer,
        refuses=[
            NodesAway,
            errors.NoWallet,
            errors.MalformedTransaction,
            errors.WrongChain,
            errors.WrongContract,
            errors.UnknownCall,
            errors.NotTheSigner,
            errors.NonceSpent,
            errors.Underpriced,
            errors.CannotPayGas,
            errors.RelayRefused,
            errors.TooManyPending,
            *errors.BY_THE_CONTRACT,
        ],
    )
    def post(self, request: Request) -> Response:
        """Relay a signed transaction, or watch one that the wallet has sent itself."""
        body = SubmitSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wallet_of(request)
        user, now = signed_in(request), timezone.now()
        if "raw" in body.validated_data:
            submission, is_new = submitting.submit_raw(
                user=user, raw=body.validated_data["raw"], now=now
            )
        else:
            submission, is_new = submitting.submit_hash(
                user=user, tx_hash=body.validated_data["tx_hash"], now=now
            )
        return Response(
            submission_answer(submission, final=_final()),
            status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK,
        )


class Transactions(APIView):
    @operation("listTransactions", Page[TransactionAnswer], query=SubmissionQuery)
    def get(self, request: Request) -> Response:
        """List the transactions that the caller has handed in, newest first."""
        query = SubmissionQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        submissions = Submission.objects.filter(user=signed_in(request))
        if state := query.validated_data["state"]:
            submissions = submissions.filter(state=state)
        if market_id := query.validated_data["marketId"]:
            submissions = submissions.filter(market_id=market_id)
        pages = Pages()
        page = pages.paginate_queryset(submissions.order_by("-pk"), request)
        final = _final()
        return pages.get_paginated_response([submission_answer(each, final=final) for each in page])


class OneTransaction(APIView):
    @operation("transaction", TransactionAnswer, refuses=[errors.NoSuchTransaction])
    def get(self, request: Request, tx_hash: str) -> Response:
        """Show one of them."""
        submissions = Submission.objects.filter(user=signed_in(request), hash=tx_hash.lower())
        if (submission := submissions.first()) is None:
            raise errors.NoSuchTransaction(txHash=tx_hash)
        return Response(submission_answer(submission, final=_final()))


def _final() -> int | None:
    """Return the newest final block."""
    cursor = cursor_of(settings.CHAIN_ID, settings.CHAIN_CONTRACT)
    return None if cursor is None else cursor.finalized_block

"""HTTP in, one service call, HTTP out. Nothing here asks a node."""

from django.utils import timezone
from rest_framework import permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import signed_in
from accounts.wallet import checksum
from betting.errors import InsufficientBalance
from kmarket.idempotency import IdempotencyMismatch, once
from kmarket.pages import Pages
from kmarket.schema.operations import operation
from kmarket.schema.shapes import Page
from vault import errors, services, signing
from vault.api.answers import DepositAnswer, SolvencyAnswer, VaultAnswer, WithdrawalAnswer
from vault.api.serializers import (
    ListQuery,
    WithdrawSerializer,
    deposit_answer,
    solvency_answer,
    vault_answer,
    withdrawal_answer,
)
from vault.models import Deposit, Withdrawal


class VaultInfo(APIView):
    @operation("vault", VaultAnswer, refuses=[errors.VaultNotConfigured])
    def get(self, request: Request) -> Response:
        """Show which contract takes deposits, of which token, and how."""
        return Response(vault_answer(signing.vault(), signing.reading()))


class Deposits(APIView):
    @operation("listDeposits", Page[DepositAnswer], refuses=[errors.VaultNotConfigured])
    def get(self, request: Request) -> Response:
        """List what came in for the caller's wallet, newest first; pending ones are not final."""
        vault = signing.vault()
        deposits = (
            Deposit.objects.of(vault.chain_id, vault.contract)
            .filter(address=signed_in(request).address)
            .select_related("log")
        )
        pages = Pages()
        page = pages.paginate_queryset(deposits.order_by("-block_number", "-seq"), request)
        return pages.get_paginated_response([deposit_answer(deposit) for deposit in page])


class Withdrawals(APIView):
    @operation(
        "listWithdrawals",
        Page[WithdrawalAnswer],
        query=ListQuery,
        refuses=[errors.VaultNotConfigured],
    )
    def get(self, request: Request) -> Response:
        """List the caller's withdrawals, newest first."""
        signing.vault()
        query = ListQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = Withdrawal.objects.visible_to(signed_in(request)).select_related("log")
        if state := query.validated_data["state"]:
            found = found.filter(state=state)
        pages = Pages()
        page = pages.paginate_queryset(found.order_by("-requested_at", "-pk"), request)
        return pages.get_paginated_response([withdrawal_answer(each) for each in page])

    @operation(
        "withdraw",
        WithdrawalAnswer,
        status=201,
        body=WithdrawSerializer,
        once=True,
        refuses=[
            errors.VaultNotConfigured,
            errors.VaultUnavailable,
            errors.WithdrawalTooSmall,
            errors.WithdrawalLimitReached,
            errors.RecipientNeeded,
            errors.BadRecipient,
            InsufficientBalance,
            IdempotencyMismatch,
        ],
    )
    def post(self, request: Request) -> Response:
        """Debit the caller and give them a voucher, once per Idempotency-Key."""
        signing.vault()
        body = WithdrawSerializer(data=request.data)
        body.is_valid(raise_exception=True)

        def take() -> Response:
            withdrawal = services.withdraw(
                user=signed_in(request), now=timezone.now(), **body.validated_data
            )
            return Response(withdrawal_answer(withdrawal), status=status.HTTP_201_CREATED)

        return once(request=request, answer=take)


class OneWithdrawal(APIView):
    @operation(
        "withdrawal",
        WithdrawalAnswer,
        refuses=[errors.VaultNotConfigured, errors.NoSuchWithdrawal],
    )
    def get(self, request: Request, withdrawal_id: int) -> Response:
        """Show one of the caller's withdrawals."""
        signing.vault()
        found = Withdrawal.objects.visible_to(signed_in(request)).select_related("log")
        withdrawal = found.filter(pk=withdrawal_id).first()
        if withdrawal is None:
            raise errors.NoSuchWithdrawal(withdrawalId=withdrawal_id)
        return Response(withdrawal_answer(withdrawal))


class Solvency(APIView):
    permission_classes = (permissions.AllowAny,)

    @operation("solvency", SolvencyAnswer, refuses=[errors.VaultNotConfigured])
    def get(self, request: Request) -> Response:
        """Show what the vault held at a final block and what was owed then."""
        vault, reading = signing.vault(), signing.reading()
        where = {"chainId": vault.chain_id, "contract": checksum(vault.contract)}
        return Response(where | solvency_answer(reading))

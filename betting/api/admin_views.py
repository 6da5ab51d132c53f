"""What operators do with results, orders and money over the API. Each call is one service."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer, ValidationError
from rest_framework.views import APIView

from accounts.access import may, signed_in
from accounts.models import User
from betting import decisions, errors, proposals, services
from betting.api.answers import (
    BalanceAnswer,
    MarketLimitsAnswer,
    NothingToDo,
    PreviewAnswer,
    ProposalAnswer,
    SettlementAnswer,
)
from betting.api.results import (
    CorrectionSerializer,
    PreviewSerializer,
    ProposalQuery,
    ResettleSerializer,
    SettleSerializer,
    VoidSerializer,
    WithdrawProposalSerializer,
    decided_answer,
    preview_answer,
    proposal_answer,
    settlement_answer,
)
from betting.api.serializers import (
    MarketLimitsSerializer,
    MoneySerializer,
    market_limits_answer,
)
from betting.decisions import Decision, Kind
from betting.models import Proposal
from kmarket.api_fields import AddressStringField
from kmarket.idempotency import IdempotencyMismatch, once
from kmarket.pages import Pages
from kmarket.schema.operations import operation
from kmarket.schema.shapes import Page
from markets.errors import (
    ChainDecides,
    IllegalTransition,
    LimitsContradict,
    NoSuchMarket,
    NoSuchOption,
)

# Why no decision about a market is carried out.
DECIDED = (NoSuchMarket, ChainDecides, IllegalTransition, errors.PreviewChanged)
# What is wrong with a result.
RESULT = (errors.NoSuchOption, errors.ContradictoryResult, errors.ScoresRequired)


class Settles(APIView):
    """For whoever may settle."""

    permission_classes = (may("markets.settle_market"),)


class SettleMarket(Settles):
    @operation(
        "settleMarket",
        SettlementAnswer,
        others={202: ProposalAnswer},
        body=SettleSerializer,
        refuses=[*DECIDED, *RESULT, errors.AlreadySettled],
    )
    def post(self, request: Request, market_id: int) -> Response:
        """Give a market its result; with dry_run, show what that would pay and keep nothing."""
        wanted = _read(SettleSerializer, request)
        decision = Decision(Kind.SETTLE, wanted.pop("result"))
        if not wanted.pop("dry_run"):
            return _decided(request, market_id, decision, wanted)
        about: dict[str, Any] = {"market_id": market_id, "decision": decision}
        with transaction.atomic():
            shown = decisions.held_preview(**about, previewed=wanted.get("previewed"))
            done, _ = decisions.carry_out(
                **about, actor=signed_in(request), reason=wanted["reason"]
            )
            transaction.set_rollback(True)
        assert done is not None, decision
        answer = settlement_answer(done, changed=False, dry_run=True)
        return Response(answer | {"digest": shown.digest})


class PreviewMarket(Settles):
    @operation(
        "previewDecision",
        PreviewAnswer,
        body=PreviewSerializer,
        refuses=[
            NoSuchMarket,
            ChainDecides,
            IllegalTransition,
            *RESULT,
            errors.NoSuchOrder,
            errors.AlreadySettled,
            errors.MarketNotSettled,
            errors.PayoutsClaimed,
            errors.OrderAlreadyGraded,
        ],
    )
    def post(self, request: Request, market_id: int) -> Response:
        """Show what a decision would do. Changes nothing and locks nothing."""
        decision = _meant(market_id, _read(PreviewSerializer, request))
        return Response(preview_answer(decisions.preview(market_id=market_id, decision=decision)))


class VoidMarket(Settles):
    @operation(
        "voidMarket",
        SettlementAnswer | NothingToDo,
        others={202: ProposalAnswer},
        body=VoidSerializer,
        refuses=DECIDED,
    )
    def post(self, request: Request, market_id: int) -> Response:
        """Cancel a market; with placed_after, void only the orders placed after that moment."""
        wanted = _read(VoidSerializer, request)
        return _decided(request, market_id, _void(wanted), wanted)


class RollBackMarket(Settles):
    @operation(
        "rollBackMarket",
        SettlementAnswer,
        others={202: ProposalAnswer},
        body=CorrectionSerializer,
        refuses=[*DECIDED, errors.MarketNotSettled, errors.PayoutsClaimed],
    )
    def post(self, request: Request, market_id: int) -> Response:
        """Take a result back, as long as nobody has claimed."""
        wanted = _read(CorrectionSerializer, request)
        return _decided(request, market_id, Decision(Kind.ROLLBACK), wanted)


class ResettleMarket(Settles):
    @operation(
        "resettleMarket",
        SettlementAnswer,
        others={202: ProposalAnswer},
        body=ResettleSerializer,
        refuses=[*DECIDED, *RESULT, errors.MarketNotSettled, errors.BalanceTooLarge],
    )
    def post(self, request: Request, market_id: int) -> Response:
        """Replace a result, or void a settled market."""
        wanted = _read(ResettleSerializer, request)
        return _decided(request, market_id, Decision(Kind.RESETTLE, wanted["result"]), wanted)


class VoidOrder(Settles):
    @operation(
        "voidOrder",
        SettlementAnswer | NothingToDo,
        others={202: ProposalAnswer},
        body=CorrectionSerializer,
        refuses=[*DECIDED, errors.NoSuchOrder, errors.OrderAlreadyGraded],
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Void one order that has no result yet."""
        wanted = _read(CorrectionSerializer, request)
        market_id, decision = decisions.voiding_order(order_id)
        return _decided(request, market_id, decision, wanted)


class Proposals(APIView):
    permission_classes = (may("betting.view_proposal"),)

    @operation("listProposals", Page[ProposalAnswer], query=ProposalQuery)
    def get(self, request: Request) -> Response:
        """List what was proposed, newest first."""
        query = ProposalQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = Proposal.objects.select_related("proposer", "decided_by", "settlement__market")
        if state := query.validated_data["state"]:
            found = found.filter(state=state)
        if market_id := query.validated_data["marketId"]:
            found = found.filter(market_id=market_id)
        pages = Pages()
        page = pages.paginate_queryset(found.order_by("-pk"), request)
        return pages.get_paginated_response([proposal_answer(proposal) for proposal in page])


class ApproveProposal(Settles):
    @operation(
        "approveProposal",
        ProposalAnswer,
        refuses=[
            errors.NoSuchProposal,
            errors.ProposalOver,
            errors.ProposalStale,
            errors.OwnProposal,
        ],
    )
    def post(self, request: Request, proposal_id: int) -> Response:
        """Carry out what another operator proposed, unless it would do something else by now."""
        done = proposals.approve(proposal_id=proposal_id, actor=signed_in(request))
        return Response(proposal_answer(done))


class WithdrawProposal(Settles):
    @operation(
        "withdrawProposal",
        ProposalAnswer,
        body=WithdrawProposalSerializer,
        refuses=[errors.NoSuchProposal, errors.ProposalOver],
    )
    def post(self, request: Request, proposal_id: int) -> Response:
        """Take a proposal back, or turn another operator's down."""
        wanted = _read(WithdrawProposalSerializer, request)
        over = proposals.withdraw(proposal_id=proposal_id, actor=signed_in(request), **wanted)
        return Response(proposal_answer(over))


class MarketLimits(APIView):
    permission_classes = (may("markets.manage_market"),)

    @operation(
        "setMarketLimits",
        MarketLimitsAnswer,
        body=MarketLimitsSerializer,
        refuses=[NoSuchMarket, ChainDecides, NoSuchOption, LimitsContradict],
    )
    def put(self, request: Request, market_id: int) -> Response:
        """Set what a market takes."""
        wanted = _read(MarketLimitsSerializer, request)
        market = services.set_market_limits(market_id=market_id, actor=signed_in(request), **wanted)
        return Response(market_limits_answer(market))


class MoveMoney(APIView):
    """Credits or debits a user's balance: the subclass says which."""

    permission_classes = (may("betting.adjust_balance"),)
    move: Callable[..., int]

    def moved(self, request: Request, address: str) -> Response:
        """Move an amount and answer the balance after it."""
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

    @operation(
        "creditUser",
        BalanceAnswer,
        body=MoneySerializer,
        once=True,
        refuses=[errors.NoSuchUser, errors.BalanceTooLarge, IdempotencyMismatch],
    )
    def post(self, request: Request, address: str) -> Response:
        """Give an amount to a user, once per Idempotency-Key, and show the balance after it."""
        return self.moved(request, address)


class DebitUser(MoveMoney):
    move = staticmethod(services.debit)

    @operation(
        "debitUser",
        BalanceAnswer,
        body=MoneySerializer,
        once=True,
        refuses=[errors.NoSuchUser, errors.InsufficientBalance, IdempotencyMismatch],
    )
    def post(self, request: Request, address: str) -> Response:
        """Take an amount from a user, once per Idempotency-Key, and show the balance after it."""
        return self.moved(request, address)


def _read(serializer: type[Serializer], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _meant(market_id: int, wanted: dict[str, Any]) -> Decision:
    """Return the decision that a preview is of."""
    if "order_id" in wanted:
        return Decision(Kind.VOID_ORDER, order_id=wanted["order_id"])
    if wanted["rollback"]:
        return Decision(Kind.ROLLBACK)
    if "placed_after" in wanted:
        return _void(wanted)
    return decisions.giving(market_id=market_id, result=wanted.get("result"))


def _void(wanted: dict[str, Any]) -> Decision:
    if "placed_after" in wanted:
        return Decision(Kind.VOID_SINCE, since=wanted["placed_after"])
    return Decision(Kind.VOID)


def _decided(
    request: Request, market_id: int, decision: Decision, wanted: dict[str, Any]
) -> Response:
    """Answer what was done, or with four eyes what is proposed."""
    done = proposals.decide(
        market_id=market_id,
        decision=decision,
        actor=signed_in(request),
        reason=wanted["reason"],
        previewed=wanted.get("previewed"),
    )
    if done.proposal is not None:
        return Response(proposal_answer(done.proposal), status=status.HTTP_202_ACCEPTED)
    return Response(decided_answer(done.settlement, changed=done.is_new))

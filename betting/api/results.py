"""The JSON of results and corrections: what is decided, previewed and proposed."""

from datetime import datetime
from typing import Annotated, Any

from rest_framework import serializers

from betting.api.answers import (
    AdjustmentsAnswer,
    NothingToDo,
    Paid,
    PreviewAnswer,
    ProposalAnswer,
    Score,
    SettlementAnswer,
)
from betting.api.serializers import OptionField, ReasonSerializer
from betting.corrections import Adjustments
from betting.decisions import Preview, Rows
from betting.grades import Totals
from betting.models import Proposal, Settlement
from betting.settlement import Result
from kmarket.api_fields import EpochMsField, IdField, StrictSerializer, epoch_ms
from kmarket.schema.shapes import Says

SCORE_MAX = 1000


class ScoreField(serializers.Field):
    """A side's score, 0 to 1000."""

    shape = Annotated[Score, Says(maximum=SCORE_MAX)]
    default_error_messages = {"invalid": f"Send the score as a whole number up to {SCORE_MAX}."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool) or not 0 <= data <= SCORE_MAX:
            self.fail("invalid")
        return data

    def to_representation(self, value: int) -> int:
        return value


class ResultSerializer(StrictSerializer):
    """A result: winning_option, home_score with away_score, or all three."""

    default_error_messages = {
        "result": "Send winning_option, or home_score and away_score.",
        "scores": "Send home_score and away_score together.",
    }

    # Members that may stand in a result's place.
    instead: tuple[str, ...] = ()

    winning_option = OptionField(required=False)
    home_score = ScoreField(required=False)
    away_score = ScoreField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        winner = values.pop("winning_option", None)
        scores = values.pop("home_score", None), values.pop("away_score", None)
        if (scores[0] is None) != (scores[1] is None):
            self.refuse("scores")
        if scores[0] is not None or winner is not None:
            values["result"] = Result(winner, None if scores[0] is None else scores)
        elif not any(values.get(name) for name in self.instead):
            self.refuse("result")
        return values


class PreviewedSerializer(StrictSerializer):
    """What is decided may name the digest of its preview: then it is done as shown, or refused."""

    preview = serializers.RegexField(r"\A[0-9a-f]{64}\Z", source="previewed", required=False)


class SettleSerializer(PreviewedSerializer, ResultSerializer):
    """A market's result."""

    example = {"winning_option": 1, "home_score": 102, "away_score": 99}

    reason = serializers.CharField(max_length=500, default="", allow_blank=True)
    dry_run = serializers.BooleanField(default=False)


class MaybeVoidSerializer(ResultSerializer):
    """A result, or `void` in its place."""

    default_error_messages = {"both": "Send a result or void, not both."}
    instead = ("void",)

    void = serializers.BooleanField(default=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if values.pop("void") and "result" in values:
            self.refuse("both")
        return {"result": None} | values


class ResettleSerializer(PreviewedSerializer, MaybeVoidSerializer):
    """Another result, or `void` in its place."""

    example = {"home_score": 101, "away_score": 102, "reason": "The league corrected the score"}

    reason = serializers.CharField(max_length=500)


class CorrectionSerializer(PreviewedSerializer, ReasonSerializer):
    """A rollback, or the void of one order."""


class VoidSerializer(CorrectionSerializer):
    """The void of a market, or of the orders placed after a moment."""

    placed_after = EpochMsField(required=False)


class PreviewSerializer(ResultSerializer):
    """What is to be previewed: a result, or one of what may stand in its place."""

    example = {"home_score": 102, "away_score": 99}
    default_error_messages = {
        "one": "Send one of a result, void, rollback and order_id.",
        "void": "Send placed_after with void alone.",
    }
    instead = ("void", "rollback", "order_id")

    void = serializers.BooleanField(default=False)
    placed_after = EpochMsField(required=False)
    rollback = serializers.BooleanField(default=False)
    order_id = IdField(required=False)

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if sum(bool(values.get(name)) for name in ("result", *self.instead)) != 1:
            self.refuse("one")
        if "placed_after" in values and not values["void"]:
            self.refuse("void")
        return values


class WithdrawProposalSerializer(StrictSerializer):
    example = {"reason": "The score was another"}

    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class ProposalQuery(serializers.Serializer):
    """Filters of the list. A parameter that is not here is ignored."""

    example = {"state": "open", "marketId": 1001}

    state = serializers.ChoiceField(choices=Proposal.State.values, default="", allow_blank=True)
    marketId = IdField(default=None)  # noqa: N815 (the contract's name)


def settlement_answer(
    settlement: Settlement, *, changed: bool, dry_run: bool = False
) -> SettlementAnswer:
    """Return what a decision did, or would do."""
    return {
        "marketId": settlement.market_id,
        "status": settlement.market.status,
        "decision": settlement.kind,
        "void": settlement.is_void,
        "winningOption": settlement.winning_option,
        "homeScore": settlement.home_score,
        "awayScore": settlement.away_score,
        "settlementVersion": settlement.version,
        "orders": settlement.order_count,
        "staked": str(settlement.staked),
        "paidOut": str(settlement.paid_out),
        "houseProfit": str(_profit(settlement)),
        "changed": changed,
        "dryRun": dry_run,
    }


def preview_answer(preview: Preview) -> PreviewAnswer:
    """Return what a decision would do, what it would take back, and the digest of all that."""
    effect = preview.effect
    return {
        "marketId": preview.market_id,
        "status": preview.status,
        "decision": preview.decision.kind,
        "settlementVersion": preview.version,
        "changed": effect.is_new,
        **_paid(effect.rows, preview.totals),
        "takenBack": _paid(effect.before, preview.totals_before) if effect.before else None,
        "adjustments": _adjusted(effect.adjustments) if effect.adjustments else None,
        "digest": preview.digest,
    }


def decided_answer(
    settlement: Settlement | None, *, changed: bool
) -> SettlementAnswer | NothingToDo:
    """Return what a decision did; nothing left to void is no error: a repeat is harmless."""
    if settlement is None:
        return {"orders": 0, "staked": "0", "changed": False}
    return settlement_answer(settlement, changed=changed)


def proposal_answer(proposal: Proposal) -> ProposalAnswer:
    """Return a proposal, and what became of it."""
    terms, settlement = proposal.decision, proposal.settlement
    scores = terms["scores"] or (None, None)
    since = terms["since"] and epoch_ms(datetime.fromisoformat(terms["since"]))
    return {
        "proposalId": proposal.pk,
        "marketId": proposal.market_id,
        "state": proposal.state,
        "decision": terms["kind"],
        "winningOption": terms["winning_option"],
        "homeScore": scores[0],
        "awayScore": scores[1],
        "placedAfter": since,
        "orderId": terms["order_id"],
        "digest": proposal.digest,
        "reason": proposal.reason,
        "proposer": str(proposal.proposer),
        "createdAt": epoch_ms(proposal.at),
        "decidedBy": None if proposal.decided_by is None else str(proposal.decided_by),
        "decidedAt": None if proposal.decided_at is None else epoch_ms(proposal.decided_at),
        "settlement": settlement_answer(settlement, changed=True) if settlement else None,
    }


def _paid(rows: Rows, totals: Totals) -> Paid:
    return {
        "orders": totals.orders,
        "staked": str(totals.staked),
        "paidOut": str(totals.paid_out),
        "houseProfit": str(totals.profit),
        "rows": [
            {
                "option": row["option"],
                "result": row["result"],
                "orders": row["orders"],
                "staked": str(row["staked"]),
                "payout": str(row["payout"]),
            }
            for row in rows
        ],
    }


def _adjusted(adjustments: Adjustments) -> AdjustmentsAnswer:
    return {
        "usersGaining": adjustments.gaining,
        "gained": str(adjustments.gained),
        "usersLosing": adjustments.losing,
        "lost": str(adjustments.lost),
        "usersOwing": adjustments.owing,
        "owed": str(adjustments.owed),
        "debtors": [{"userId": user, "owed": str(owed)} for user, owed in adjustments.debtors],
    }


def _profit(settlement: Settlement) -> int:
    waits_again = settlement.kind == Settlement.Kind.ROLLBACK
    return 0 if waits_again else settlement.staked - settlement.paid_out

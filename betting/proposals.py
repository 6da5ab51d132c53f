"""Four eyes: one operator proposes a decision, another approves what was previewed.

Only where SETTLEMENT_FOUR_EYES is on. It binds the API and the console; whoever has a shell has
everything, so the commands of manage.py act at once.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from betting import decisions, errors
from betting.decisions import Decision, Preview
from betting.models import Proposal, Settlement
from kmarket.errors import DomainError
from markets.locks import lock_for_result

State = Proposal.State


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a decision: done, so already, nothing to void, or proposed."""

    settlement: Settlement | None
    is_new: bool
    proposal: Proposal | None = None


@transaction.atomic
def decide(
    *, market_id: int, decision: Decision, actor: User, reason: str, previewed: str | None = None
) -> Decided:
    """Carry a decision out, or with four eyes propose it to a second operator.

    What would change nothing is not proposed. What somebody has proposed already, and nothing
    changed since, is that same proposal.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        PreviewChanged: it would do something else than what has the digest `previewed`.
        What carrying it out would be refused with.
    """
    about: dict[str, Any] = {"market_id": market_id, "decision": decision}
    if not settings.SETTLEMENT_FOUR_EYES:
        return Decided(
            *decisions.carry_out(**about, actor=actor, reason=reason, previewed=previewed)
        )
    preview = decisions.held_preview(**about, previewed=previewed)
    if not preview.effect.is_new:
        return Decided(*decisions.carry_out(**about, actor=actor, reason=reason))
    return Decided(None, is_new=False, proposal=_proposed(preview, proposer=actor, reason=reason))


def approve(*, proposal_id: int, actor: User) -> Proposal:
    """Carry out what another operator proposed, if it does what it would have done then.

    If it does not, that is written down too, so this is nobody's inner transaction.

    Raises:
        NoSuchProposal: no proposal has this id.
        ProposalOver: it was decided before, perhaps at this same instant.
        OwnProposal: whoever proposed it does not approve it.
        ProposalStale: something has changed since; nothing was done, and the proposal is over.
    """
    with transaction.atomic():
        proposal = _held(proposal_id)
        if proposal.proposer_id == actor.pk:
            raise errors.OwnProposal(proposalId=proposal_id)
        refusal = _carried_out(proposal, actor=actor)
    if refusal is not None:
        raise refusal
    return proposal


@transaction.atomic
def withdraw(*, proposal_id: int, actor: User, reason: str = "") -> Proposal:
    """Take a proposal back, or turn somebody else's down.

    Raises:
        NoSuchProposal: no proposal has this id.
        ProposalOver: it was decided before.
    """
    proposal = _held(proposal_id)
    _end(proposal, state=State.WITHDRAWN, actor=actor, reason=reason)
    return proposal


def preview(proposal: Proposal) -> Preview:
    """Return what a proposal would do by now. Reads only.

    Raises:
        What carrying it out would be refused with.
    """
    decision = Decision.of_terms(proposal.decision)
    return decisions.preview(market_id=proposal.market_id, decision=decision)


def _proposed(preview: Preview, *, proposer: User, reason: str) -> Proposal:
    proposal, is_new = Proposal.objects.get_or_create(
        market_id=preview.market_id,
        digest=preview.digest,
        state=State.OPEN,
        defaults={"decision": preview.decision.terms, "proposer": proposer, "reason": reason},
    )
    if is_new:
        # The database has set the time.
        proposal.refresh_from_db()
        _audit(proposal, action="propose", actor=proposer, reason=reason)
    return proposal


def _held(proposal_id: int) -> Proposal:
    """Hold an open proposal, and its market with it, until the commit."""
    proposal = Proposal.objects.filter(pk=proposal_id).first()
    if proposal is None:
        raise errors.NoSuchProposal(proposalId=proposal_id)
    lock_for_result(proposal.market_id)
    # Somebody may have decided it while we waited for the lock.
    proposal.refresh_from_db()
    if proposal.state != State.OPEN:
        raise errors.ProposalOver(proposalId=proposal_id, state=proposal.state)
    return proposal


def _carried_out(proposal: Proposal, *, actor: User) -> DomainError | None:
    """Do what is proposed and return None, or end the proposal as stale and return why."""
    try:
        settlement, _ = decisions.carry_out(
            market_id=proposal.market_id,
            decision=Decision.of_terms(proposal.decision),
            actor=actor,
            reason=proposal.reason,
            previewed=proposal.digest,
        )
    except errors.PreviewChanged as changed:
        _end(proposal, state=State.STALE, actor=actor)
        return errors.ProposalStale(**changed.details, proposalId=proposal.pk)
    _end(proposal, state=State.APPROVED, actor=actor, settlement=settlement)
    return None


def _end(
    proposal: Proposal,
    *,
    state: Proposal.State,
    actor: User,
    settlement: Settlement | None = None,
    reason: str = "",
) -> None:
    Proposal.objects.filter(pk=proposal.pk).update(
        state=state, decided_by=actor, decided_at=Now(), settlement=settlement
    )
    proposal.refresh_from_db()
    actions = {State.APPROVED: "approve", State.WITHDRAWN: "withdraw", State.STALE: "stale"}
    _audit(proposal, action=actions[state], actor=actor, reason=reason)


def _audit(proposal: Proposal, *, action: str, actor: User, reason: str) -> None:
    audit.record(
        actor=actor,
        action=f"proposal.{action}",
        target=proposal.market,
        reason=reason,
        after={
            "proposal": proposal.pk,
            "decision": proposal.decision,
            "digest": proposal.digest,
            "state": proposal.state,
        },
    )

"""Four eyes: who may approve, what is done then, and that a proposal can only end."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import AdminAction, User
from betting import corrections, decisions, errors, proposals, settlement
from betting.decisions import Decision, Kind
from betting.models import LedgerEntry, Order, Proposal, Settlement
from betting.settlement import Result

pytestmark = pytest.mark.usefixtures("balanced_books")

SETTLE_HOME = Decision(Kind.SETTLE, Result(1))


@pytest.fixture(autouse=True)
def _four_eyes(settings):
    settings.SETTLEMENT_FOUR_EYES = True


@pytest.fixture
def other(db) -> User:
    """A second operator."""
    return User.objects.create_superuser("other", password="a long password")


@pytest.fixture
def decide(market, trader):
    def by(actor=trader, decision=SETTLE_HOME, **about):
        return proposals.decide(
            market_id=market.pk, decision=decision, actor=actor, **{"reason": "a test"} | about
        )

    return by


@pytest.fixture
def proposed(place, decide) -> Proposal:
    """The trader's: settle by home's win, with a bet of 100 waiting."""
    place()
    return decide().proposal


def untouched(market):
    market.refresh_from_db()
    nothing = not Settlement.objects.exists() and not LedgerEntry.objects.filter(cause="settlement")
    return nothing and market.status == "active"


def actions():
    named = AdminAction.objects.filter(action__startswith="proposal.").order_by("pk")
    return list(named.values_list("action", "actor__username", "reason"))


def test_a_decision_is_only_proposed(place, decide, market, trader):
    place()
    digest = decisions.preview(market_id=market.pk, decision=SETTLE_HOME).digest

    done = decide(previewed=digest)

    assert (done.settlement, done.is_new) == (None, False)
    proposal = done.proposal
    assert (proposal.state, proposal.digest, proposal.proposer) == ("open", digest, trader)
    assert Decision.of_terms(proposal.decision) == SETTLE_HOME
    assert untouched(market)
    assert actions() == [("proposal.propose", "trader", "a test")]


def test_another_operator_approves_and_it_is_done(proposed, other, market):
    proposal = proposals.approve(proposal_id=proposed.pk, actor=other)

    assert (proposal.state, proposal.decided_by) == ("approved", other)
    done = proposal.settlement
    assert (done.kind, done.settled_by, done.reason, done.paid_out) == (
        "settle",
        other,
        "a test",
        185,
    )
    market.refresh_from_db()
    assert (market.status, Order.objects.get().result) == ("settled", "WIN")
    assert actions() == [
        ("proposal.propose", "trader", "a test"),
        ("proposal.approve", "other", ""),
    ]


def test_nobody_approves_their_own(proposed, trader, market):
    with pytest.raises(errors.OwnProposal):
        proposals.approve(proposal_id=proposed.pk, actor=trader)
    proposed.refresh_from_db()
    assert proposed.state == "open"
    assert untouched(market)


def test_an_approval_is_refused_as_stale_once_anything_changed(proposed, other, market, place):
    place()

    with pytest.raises(errors.ProposalStale):
        proposals.approve(proposal_id=proposed.pk, actor=other)

    proposed.refresh_from_db()
    assert (proposed.state, proposed.decided_by, proposed.settlement) == ("stale", other, None)
    assert untouched(market)
    assert actions()[-1] == ("proposal.stale", "other", "")
    with pytest.raises(errors.ProposalOver):
        proposals.approve(proposal_id=proposed.pk, actor=other)


def test_what_is_not_allowed_any_more_is_stale_and_says_why(proposed, other, market):
    corrections.void_market(market_id=market.pk, actor=None, reason="abandoned")
    with pytest.raises(errors.ProposalStale) as refusal:
        proposals.approve(proposal_id=proposed.pk, actor=other)
    assert refusal.value.details["because"] == "ILLEGAL_TRANSITION"
    assert Settlement.objects.get().kind == "void"


def test_what_became_stale_may_be_proposed_again(proposed, other, place, decide):
    place()
    with pytest.raises(errors.ProposalStale):
        proposals.approve(proposal_id=proposed.pk, actor=other)
    again = decide().proposal
    assert again.pk != proposed.pk
    proposals.approve(proposal_id=again.pk, actor=other)
    assert Settlement.objects.get().order_count == 2


def test_a_proposal_is_withdrawn_and_not_approved_any_more(proposed, trader, other, market):
    proposals.withdraw(proposal_id=proposed.pk, actor=trader, reason="typo")
    with pytest.raises(errors.ProposalOver) as refusal:
        proposals.approve(proposal_id=proposed.pk, actor=other)
    assert refusal.value.details["state"] == "withdrawn"
    with pytest.raises(errors.ProposalOver):
        proposals.withdraw(proposal_id=proposed.pk, actor=trader)
    assert untouched(market)
    assert actions()[-1] == ("proposal.withdraw", "trader", "typo")


def test_the_same_again_is_the_same_proposal_whoever_proposes_it(proposed, decide, other):
    assert decide().proposal == proposed
    assert decide(other).proposal == proposed
    assert proposed.proposer.username == "trader"
    assert len(actions()) == 1


def test_what_would_change_nothing_is_not_proposed(place, decide, market):
    place()
    settled = settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)[0]
    done = decide()
    assert (done.settlement, done.is_new, done.proposal) == (settled, False, None)
    nothing = decide(decision=Decision(Kind.VOID_SINCE, since=timezone.now()))
    assert (nothing.settlement, nothing.is_new, nothing.proposal) == (None, False, None)


def test_what_would_be_refused_is_not_proposed(place, decide, market):
    place()
    with pytest.raises(errors.MarketNotSettled):
        decide(decision=Decision(Kind.ROLLBACK))
    with pytest.raises(errors.PreviewChanged):
        decide(previewed="0" * 64)
    assert not Proposal.objects.exists()


def test_with_two_eyes_it_is_done_at_once(place, decide, settings):
    settings.SETTLEMENT_FOUR_EYES = False
    place()
    done = decide()
    assert (done.settlement.paid_out, done.is_new, done.proposal) == (185, True, None)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    "decision",
    [Decision(Kind.ROLLBACK), Decision(Kind.RESETTLE, Result(2)), Decision(Kind.RESETTLE)],
)
def test_corrections_are_proposed_and_approved_too(place, decide, other, market, decision):
    place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    proposal = decide(decision=decision).proposal
    assert Settlement.objects.count() == 1
    done = proposals.approve(proposal_id=proposal.pk, actor=other).settlement
    assert (done.kind, done.version, done.reason) == (decision.kind, 2, "a test")


def test_a_void_of_one_order_is_proposed_and_approved(place, decide, other):
    order = place()
    proposal = decide(decision=Decision(Kind.VOID_ORDER, order_id=order.pk)).proposal
    order.refresh_from_db()
    assert order.state == "accepted"
    proposals.approve(proposal_id=proposal.pk, actor=other)
    order.refresh_from_db()
    assert order.result == "VOID"


def test_no_such_proposal(trader):
    with pytest.raises(errors.NoSuchProposal):
        proposals.approve(proposal_id=4711, actor=trader)
    with pytest.raises(errors.NoSuchProposal):
        proposals.withdraw(proposal_id=4711, actor=trader)


# --- What the database itself refuses --------------------------------------------------------


def change(proposal, **columns):
    with transaction.atomic():
        Proposal.objects.filter(pk=proposal.pk).update(**columns)


def test_the_proposer_is_never_who_approved(proposed, market):
    corrections.void_market(market_id=market.pk, actor=None, reason="abandoned")
    ends = {
        "state": "approved",
        "decided_at": timezone.now(),
        "settlement": Settlement.objects.get(),
    }
    with pytest.raises(IntegrityError, match="proposal_approved_by_another"):
        change(proposed, decided_by=F("proposer"), **ends)
    with pytest.raises(IntegrityError, match="proposal_over_iff_decided"):
        change(proposed, decided_by=None, **ends)


def test_an_end_is_whole(proposed, other):
    about = {"decided_by": other, "decided_at": timezone.now()}
    with pytest.raises(IntegrityError, match="proposal_settles_iff_approved"):
        change(proposed, state="approved", **about)
    with pytest.raises(IntegrityError, match="proposal_over_iff_decided"):
        change(proposed, state="withdrawn")
    with pytest.raises(IntegrityError, match="proposal_over_iff_decided"):
        change(proposed, **about)
    with pytest.raises(IntegrityError, match="proposal_state_known"):
        change(proposed, state="lost", **about)


def test_two_open_proposals_are_never_the_same(proposed, other):
    with pytest.raises(IntegrityError, match="proposal_open_once"), transaction.atomic():
        Proposal.objects.create(
            market_id=proposed.market_id,
            decision=proposed.decision,
            digest=proposed.digest,
            proposer=other,
        )


@pytest.mark.parametrize(
    "columns",
    [{"digest": "0" * 64}, {"decision": {}}, {"reason": "another"}, {"at": timezone.now()}],
    ids=lambda columns: next(iter(columns)),
)
def test_what_was_proposed_is_never_rewritten(proposed, columns):
    with pytest.raises(DatabaseError, match="append-only"):
        change(proposed, **columns)


def test_who_proposed_is_never_rewritten_and_nothing_is_removed(proposed, other):
    with pytest.raises(DatabaseError, match="append-only"):
        change(proposed, proposer=other)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM betting_proposal")


def test_an_end_is_final(proposed, trader, other):
    proposals.withdraw(proposal_id=proposed.pk, actor=trader)
    with pytest.raises(DatabaseError, match="append-only"):
        change(proposed, decided_by=other)
    with pytest.raises(DatabaseError, match="append-only"):
        change(proposed, state="open", decided_by=None, decided_at=None)

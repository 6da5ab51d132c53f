"""Confirmations and approvals at one moment with whatever else: what was shown, or nothing."""

from collections import Counter

import pytest

from accounts.models import AdminAction, User
from betting import claims, corrections, decisions, errors, proposals, settlement
from betting.decisions import Decision, Kind
from betting.models import Order, Proposal, Settlement
from betting.settlement import Result
from betting.tests.conftest import available
from kmarket.tests.crowd import all_at_once, stopped_before, under_way

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("balanced_books")]

SETTLE_HOME = Decision(Kind.SETTLE, Result(1))
# A bet's own row: by then it has the market.
BET_ROW = "INSERT INTO betting_order"
DECISION_ROW = 'INSERT INTO "betting_settlement"'


@pytest.fixture
def others(db) -> list[User]:
    return [User.objects.create_superuser(f"other {n}", password="long") for n in range(8)]


@pytest.fixture
def shown(market):
    return lambda decision=SETTLE_HOME: decisions.preview(market_id=market.pk, decision=decision)


@pytest.fixture
def proposed(place, market, trader, settings) -> Proposal:
    settings.SETTLEMENT_FOUR_EYES = True
    place()
    return proposals.decide(
        market_id=market.pk, decision=SETTLE_HOME, actor=trader, reason="a test"
    ).proposal


def kinds(outcomes):
    return Counter(type(outcome).__name__ for outcome in outcomes)


def test_one_preview_confirmed_by_eight_at_once_is_carried_out_once(place, shown, confirm):
    place()
    preview = shown()
    happened = all_at_once(*[lambda: confirm(preview)] * 8)
    assert kinds(happened) == {"tuple": 1, "PreviewChanged": 7}
    assert Settlement.objects.get().paid_out == 185
    assert AdminAction.objects.filter(action="market.settle").count() == 1


def test_two_decisions_confirmed_at_once_leave_one(place, shown, confirm):
    place()
    home, void = shown(), shown(Decision(Kind.VOID))
    happened = all_at_once(lambda: confirm(home), lambda: confirm(void))
    assert kinds(happened) == {"tuple": 1, "PreviewChanged": 1}
    assert Settlement.objects.count() == 1


def test_a_confirmation_waits_for_the_bet_under_way_and_is_refused(place, shown, confirm, alice):
    place()
    preview = shown()

    with (
        stopped_before(BET_ROW, place) as placed,
        under_way(lambda: confirm(preview)) as confirmed,
    ):
        placed()
        refusal = confirmed()

    assert isinstance(refusal, errors.PreviewChanged)
    assert set(Order.objects.values_list("state", flat=True)) == {"accepted"}
    assert (Settlement.objects.count(), available(alice)) == (0, 800)


def test_a_confirmation_waits_for_the_void_under_way_and_is_refused(place, shown, confirm):
    order = place()
    place()
    preview = shown()

    def void():
        return corrections.void_order(order_id=order.pk, actor=None, reason="late")

    with (
        stopped_before(DECISION_ROW, void) as voided,
        under_way(lambda: confirm(preview)) as confirmed,
    ):
        voided()
        refusal = confirmed()

    assert isinstance(refusal, errors.PreviewChanged)
    assert Settlement.objects.get().kind == "void_orders"


def test_a_bet_on_another_market_waits_until_the_debts_are_as_they_were_shown(
    place, shown, confirm, alice, open_market
):
    place(stake=1000)
    settlement.settle_market(market_id=shown().market_id, result=Result(1), actor=None)
    claims.claim_all(user=alice)
    preview = shown(Decision(Kind.RESETTLE, Result(2)))
    elsewhere = open_market()

    with (
        stopped_before(DECISION_ROW, lambda: confirm(preview)) as confirmed,
        under_way(lambda: place(market_id=elsewhere.pk, stake=1000)) as bet,
    ):
        done, is_new = confirmed()
        refusal = bet()

    assert (done.kind, is_new, preview.effect.adjustments.owed) == ("resettle", True, 0)
    assert isinstance(refusal, errors.InsufficientBalance)
    alice.balance.refresh_from_db()
    assert (alice.balance.available, alice.balance.receivable) == (0, 0)


def test_a_proposal_approved_by_eight_at_once_is_carried_out_once(proposed, others):
    happened = all_at_once(
        *(
            lambda other=other: proposals.approve(proposal_id=proposed.pk, actor=other)
            for other in others
        )
    )
    assert kinds(happened) == {"Proposal": 1, "ProposalOver": 7}
    done = Settlement.objects.get()
    proposed.refresh_from_db()
    assert (proposed.state, proposed.settlement, done.paid_out) == ("approved", done, 185)
    assert AdminAction.objects.filter(action="proposal.approve").count() == 1


def test_a_proposal_is_approved_or_withdrawn_and_never_both(proposed, others, trader):
    happened = all_at_once(
        lambda: proposals.approve(proposal_id=proposed.pk, actor=others[0]),
        lambda: proposals.withdraw(proposal_id=proposed.pk, actor=trader),
    )
    assert kinds(happened) == {"Proposal": 1, "ProposalOver": 1}
    proposed.refresh_from_db()
    assert (proposed.state, Settlement.objects.count()) in [("approved", 1), ("withdrawn", 0)]


def test_an_approval_waits_for_the_bet_under_way_and_is_stale(proposed, others, place):
    with (
        stopped_before(BET_ROW, place) as placed,
        under_way(lambda: proposals.approve(proposal_id=proposed.pk, actor=others[0])) as approved,
    ):
        placed()
        refusal = approved()

    assert isinstance(refusal, errors.ProposalStale)
    proposed.refresh_from_db()
    assert (proposed.state, Settlement.objects.count()) == ("stale", 0)


def test_the_same_proposed_by_eight_at_once_is_one_proposal(place, market, others, settings):
    settings.SETTLEMENT_FOUR_EYES = True
    place()
    happened = all_at_once(
        *(
            lambda other=other: proposals.decide(
                market_id=market.pk, decision=SETTLE_HOME, actor=other, reason="a test"
            )
            for other in others
        )
    )
    assert {done.proposal.pk for done in happened} == {Proposal.objects.get().pk}

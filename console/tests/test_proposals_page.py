"""Proposals as operators have them: who may approve, what it shows, and what it does then."""

import pytest
from django.urls import reverse

from accounts.models import AdminAction, Role, User
from betting import corrections, proposals
from betting.decisions import Decision, Kind
from betting.models import Proposal, Settlement
from betting.settlement import Result
from console.proposals_page import open_proposals
from console.tests.conftest import said

LIST = "/admin/console/proposals/"
APPROVE, WITHDRAW = "Approve: do exactly this", "Withdraw</button>"
TURN_DOWN = "Turn down"


@pytest.fixture(autouse=True)
def _four_eyes(settings):
    settings.SETTLEMENT_FOUR_EYES = True


@pytest.fixture
def proposed(place, market, trader) -> Proposal:
    """The trader's: settle by home's win, with a bet of 100 waiting."""
    place()
    decision = Decision(Kind.SETTLE, Result(1))
    return proposals.decide(
        market_id=market.pk, decision=decision, actor=trader, reason="final"
    ).proposal


@pytest.fixture
def url(proposed):
    return reverse("admin:console_proposal", args=[proposed.pk])


def text(answer) -> str:
    assert answer.status_code == 200, answer
    return answer.content.decode()


def test_a_second_operator_sees_what_would_happen_and_approves(as_role, url, proposed, settings):
    settings.TOKEN_DECIMALS = 0
    other = as_role(Role.SETTLER)
    page = text(other.get(url))
    assert "<strong>Settle: Home</strong>" in page
    assert "185 USDT" in page
    assert APPROVE in page

    done = other.post(url, {"end": "approve"}, follow=True)

    assert said(done) == ["Settle: 1 orders, 100 USDT staked, 185 USDT to pay."]
    proposed.refresh_from_db()
    assert (proposed.state, proposed.decided_by.username) == ("approved", "the settler")
    assert Settlement.objects.get().settled_by.username == "the settler"
    assert APPROVE not in text(done)
    again = other.post(url, {"end": "approve"}, follow=True)
    assert said(again)[0].startswith("The proposal was approved, withdrawn or found stale before.")
    assert Settlement.objects.count() == 1


def test_whoever_proposed_has_no_button_to_approve_and_may_not(console, url, proposed):
    page = text(console.get(url))
    assert (APPROVE in page, WITHDRAW in page) == (False, True)
    answer = console.post(url, {"end": "approve"}, follow=True)
    assert said(answer)[0].startswith("Somebody else approves what you have proposed.")
    proposed.refresh_from_db()
    assert (proposed.state, Settlement.objects.exists()) == ("open", False)


def test_what_changed_is_told_and_not_approved(as_role, url, proposed, place):
    place()
    other = as_role(Role.SETTLER)
    page = text(other.get(url))
    assert "The market has changed since this was proposed" in page
    assert (APPROVE in page, TURN_DOWN in page) == (False, True)

    answer = other.post(url, {"end": "approve"}, follow=True)

    assert said(answer)[0].startswith("The market has changed since this was proposed")
    proposed.refresh_from_db()
    assert (proposed.state, Settlement.objects.exists()) == ("stale", False)


def test_what_would_be_refused_by_now_says_why(as_role, url, market):
    corrections.void_market(market_id=market.pk, actor=None, reason="abandoned")
    page = text(as_role(Role.SETTLER).get(url))
    assert "The market cannot change to that state from its present one." in page
    assert APPROVE not in page


def test_a_proposal_is_withdrawn_with_a_reason(console, url, proposed):
    answer = console.post(url, {"end": "withdraw", "reason": " "}, follow=True)
    assert said(answer) == ["Give a reason."]
    proposed.refresh_from_db()
    assert proposed.state == "open"

    answer = console.post(url, {"end": "withdraw", "reason": "typo"}, follow=True)

    assert said(answer) == ["Withdrawn."]
    proposed.refresh_from_db()
    assert proposed.state == "withdrawn"
    assert AdminAction.objects.get(action="proposal.withdraw").reason == "typo"


def test_another_operator_turns_it_down(as_role, url, proposed):
    as_role(Role.SETTLER).post(url, {"end": "withdraw", "reason": "wrong score"})
    proposed.refresh_from_db()
    assert (proposed.state, proposed.decided_by.username) == ("withdrawn", "the settler")


@pytest.mark.parametrize("role", [Role.TRADER, Role.AUDITOR])
@pytest.mark.parametrize("end", ["approve", "withdraw"])
def test_who_may_not_settle_looks_and_has_no_buttons(as_role, url, proposed, role, end):
    client = as_role(role)
    page = text(client.get(url))
    assert (APPROVE in page, WITHDRAW in page, TURN_DOWN in page) == (False, False, False)
    assert client.post(url, {"end": end, "reason": "x"}).status_code == 403
    proposed.refresh_from_db()
    assert (proposed.state, Settlement.objects.exists()) == ("open", False)


def test_open_proposals_are_listed_and_the_others_on_demand(
    as_role, console, proposed, market, trader
):
    decision = Decision(Kind.VOID)
    over = proposals.decide(
        market_id=market.pk, decision=decision, actor=trader, reason="rain"
    ).proposal
    proposals.withdraw(proposal_id=over.pk, actor=trader)

    def listed(client, query=""):
        return [row["proposal"].pk for row in client.get(LIST + query).context["rows"]]

    assert listed(console) == listed(as_role(Role.AUDITOR)) == [proposed.pk]
    assert listed(console, "?state=all") == [over.pk, proposed.pk]
    assert listed(console, "?p=nonsense") == [proposed.pk]


def test_the_list_takes_as_many_queries_however_many(
    console, proposed, open_market, trader, django_assert_num_queries
):
    def queries():
        with django_assert_num_queries(5):
            console.get(LIST)

    queries()
    for _ in range(10):
        proposals.decide(
            market_id=open_market().pk, decision=Decision(Kind.VOID), actor=trader, reason="x"
        )
    queries()


def test_what_waits_for_an_operator_is_what_others_proposed(proposed, trader, db):
    other = User.objects.create_superuser("other", password="a long password")
    assert list(open_proposals(other)) == [proposed]
    assert list(open_proposals(trader)) == []
    proposals.approve(proposal_id=proposed.pk, actor=other)
    assert list(open_proposals(other)) == []


def test_no_such_proposal_and_no_such_end(console, url, client):
    assert console.get(reverse("admin:console_proposal", args=[4711])).status_code == 404
    assert console.post(url, {"end": "nonsense"}).status_code == 400
    assert console.post(LIST).status_code == 405
    assert client.get(url).status_code == 302

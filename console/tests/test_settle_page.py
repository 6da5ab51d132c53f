"""The page of a market's result: chosen, previewed, confirmed, and asked again if it changed."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse

from accounts.models import AdminAction, Role
from betting import claims, corrections, services, settlement
from betting.models import Order, Proposal, Settlement
from betting.settlement import Result
from betting.tests.conftest import past_the_triggers
from conftest import ALL_GROUPS
from console.tests.conftest import said, with_role
from markets.models import Market
from markets.odds import Odds


@pytest.fixture
def url(market):
    return reverse("admin:console_settle", args=[market.pk])


def hidden(answer) -> dict[str, str]:
    """Return the fields of the form that confirms."""
    form = re.search(r'<form method="post" action="[^"]*settle.*?</form>', text(answer), re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.group()))
    assert fields.pop("csrfmiddlewaretoken")
    return fields


def text(answer) -> str:
    assert answer.status_code == 200, answer
    return unescape(answer.content.decode())


@pytest.fixture
def preview(console, url):
    """Press the button that previews: preview("settle", home_score=2, away_score=1)."""
    return lambda kind, **fields: console.post(url, {"kind": kind, "step": "preview", **fields})


@pytest.fixture
def confirm(console, url):
    """Press the button that confirms what a page shows."""
    return lambda answer, **changes: console.post(url, hidden(answer) | changes, follow=True)


def kinds(answer) -> list[str]:
    return [str(form.kind) for form in answer.context["forms"]]


def test_only_what_is_possible_now_is_offered(console, url, place, market, alice):
    assert kinds(console.get(url)) == ["settle", "void"]
    order = place()
    assert kinds(console.get(url)) == ["settle", "void_order", "void_since", "void"]
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    assert kinds(console.get(url)) == ["resettle", "rollback"]
    claims.claim(user=alice, order_id=order.pk)
    assert kinds(console.get(url)) == ["resettle"]


def test_a_cancelled_market_has_nothing_left_to_decide(console, url, preview, confirm):
    confirm(preview("void", reason="abandoned"))
    assert "There is nothing to decide about this market any more." in text(console.get(url))


def test_scores_are_previewed_and_confirmed(
    console, url, preview, confirm, place, market, trader, settings
):
    settings.TOKEN_DECIMALS = 0
    place()
    place(option=2, seen_odds=Odds(210))

    shown = preview("settle", home_score=2, away_score=1, reason="final whistle")

    assert "<strong>Settle: 2-1</strong>" in text(shown)
    rows = shown.context["shown"].after.rows
    assert [(row["option"], row["result"], row["payout"]) for row in rows] == [
        ("Home", "won", 185),
        ("Away", "lost", 0),
    ]
    assert shown.context["shown"].after.totals.profit == 15
    assert not Settlement.objects.exists()

    done = confirm(shown)

    decision = Settlement.objects.get()
    assert (decision.home_score, decision.away_score, decision.settled_by) == (2, 1, trader)
    assert decision.reason == "final whistle"
    assert said(done) == ["Settle: 2 orders, 200 USDT staked, 185 USDT to pay."]
    market.refresh_from_db()
    assert market.status == "settled"
    audited = [action.action for action in done.context["audit"]]
    assert audited[:2] == ["market.settle", "market.close"]
    assert "final whistle" in text(console.get(url))


def test_amounts_are_shown_in_whole_tokens(preview, place, alice):
    services.credit(user=alice, amount=10**20, actor=None, reason="more")
    place(stake=25 * 10**17)
    page = text(preview("settle", winning_option=1))
    assert "2.5 USDT" in page
    assert "4.625 USDT" in page
    assert "-2.125 USDT" in page


@pytest.mark.parametrize("happens", ["a bet", "a void", "a result"])
def test_what_changed_since_the_preview_is_shown_and_asked_again(
    preview, confirm, place, market, happens
):
    order = place()
    place()
    shown = preview("settle", winning_option=1)
    changes = {
        "a bet": place,
        "a void": lambda: corrections.void_order(order_id=order.pk, actor=None, reason="late"),
        "a result": lambda: settlement.settle_market(
            market_id=market.pk, result=Result(1), actor=None
        ),
    }
    changes[happens]()
    before = list(Settlement.objects.order_by("pk").values())

    again = confirm(shown)

    assert said(again) == [
        "Something has changed since you looked, and nothing was done. Look again."
    ]
    assert list(Settlement.objects.order_by("pk").values()) == before
    assert hidden(again)["digest"] != hidden(shown)["digest"]
    if happens != "a result":
        assert len(said(confirm(again))) == 1
        assert Settlement.objects.filter(kind="settle").count() == 1


def test_what_is_not_possible_any_more_says_so_and_shows_the_choices(preview, confirm, market):
    shown = preview("settle", winning_option=1)
    settlement.settle_market(market_id=market.pk, result=Result(2), actor=None)
    answer = confirm(shown)
    assert said(answer)[0].startswith("Something has changed since you looked")
    assert said(answer)[1].startswith("The market has another result already")
    assert kinds(answer) == ["settle", "resettle", "rollback"]
    assert Settlement.objects.get().winning_option == 2


@pytest.mark.parametrize("digest", ["", "x"])
def test_nothing_is_confirmed_unseen(preview, confirm, place, digest):
    place()
    answer = confirm(preview("settle", winning_option=1), digest=digest)
    assert "nothing was done" in said(answer)[0]
    assert not Settlement.objects.exists()


def test_terms_that_changed_after_the_preview_are_not_confirmed(preview, confirm, place):
    place()
    answer = confirm(preview("settle", winning_option=1), winning_option=2)
    assert "nothing was done" in said(answer)[0]
    assert not Settlement.objects.exists()


@pytest.mark.parametrize(
    ("kind", "fields", "fault"),
    [
        ("settle", {}, "Enter the score, or choose the winner."),
        ("settle", {"home_score": 1}, "Enter both scores, or neither."),
        ("settle", {"home_score": -1, "away_score": 1}, "greater than or equal to 0"),
        ("settle", {"winning_option": 3}, "Select a valid choice"),
        ("void", {}, "This field is required."),
        ("void", {"reason": " "}, "This field is required."),
        ("void_since", {"reason": "x", "since": "then"}, "Enter a valid date/time."),
        ("void_order", {"reason": "x", "order_id": "x"}, "Enter a whole number."),
    ],
)
def test_a_form_that_says_too_little_is_shown_again(preview, place, kind, fields, fault):
    place()
    assert fault in text(preview(kind, **fields))
    assert not Settlement.objects.exists()


def test_a_refusal_is_shown_in_its_own_words(console, open_market, place):
    market = open_market(ALL_GROUPS)
    place(market_id=market.pk, option=4, seen_odds=Odds(192))
    answer = console.post(
        reverse("admin:console_settle", args=[market.pk]),
        {"kind": "settle", "step": "preview", "winning_option": 1},
    )
    assert said(answer) == [
        "Spread or total bets were placed: settle with home_score and away_score."
        f" (marketId: {market.pk})"
    ]


def test_one_order_and_late_orders_are_voided(preview, confirm, place, market):
    order = place()
    late = place(stake=30)
    confirm(preview("void_order", order_id=order.pk, reason="typo"))
    order.refresh_from_db()
    assert order.result == "VOID"
    with past_the_triggers():
        Order.objects.filter(pk=late.pk).update(placed_at=datetime.now(tz=UTC) + timedelta(hours=2))
    since = (datetime.now(tz=UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000")

    shown = preview("void_since", since=since, reason="after the goal")
    confirm(shown)

    late.refresh_from_db()
    assert late.result == "VOID"
    market.refresh_from_db()
    assert market.status == "active"
    reasons = Settlement.objects.order_by("version").values_list("reason", flat=True)
    assert list(reasons) == ["typo", "after the goal"]


def test_a_result_is_replaced_and_the_page_shows_who_would_owe(
    preview, confirm, place, market, alice, open_market
):
    order = place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    claims.claim(user=alice, order_id=order.pk)
    place(market_id=open_market().pk, stake=1000)

    shown = preview("resettle", home_score=0, away_score=3, reason="VAR")

    assert shown.context["shown"].debtors == [(alice, 100)]
    assert "Who would owe most" in text(shown)
    assert "What is taken back: the present result" in text(shown)
    confirm(shown)
    alice.balance.refresh_from_db()
    assert (alice.balance.available, alice.balance.receivable) == (0, 100)


def test_a_result_is_replaced_by_a_void(preview, confirm, place, market):
    place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    both = preview("resettle", void="on", winning_option=2, reason="x")
    assert "Enter a result or void, not both." in text(both)
    confirm(preview("resettle", void="on", reason="match fixed"))
    assert Order.objects.get().result == "VOID"
    assert Settlement.objects.latest("version").is_void


def test_a_result_is_taken_back(preview, confirm, place, market):
    place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    shown = preview("rollback", reason="wrong match")
    assert "These orders would wait for another result" in text(shown)
    done = confirm(shown)
    market.refresh_from_db()
    assert (market.status, Order.objects.get().state) == ("closed", "accepted")
    assert said(done)[0].startswith("Take the result back: 1 orders")
    assert AdminAction.objects.get(action="market.rollback").reason == "wrong match"


def test_what_is_so_already_has_no_button_to_confirm(preview, place, market):
    place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    shown = preview("resettle", winning_option=1, reason="again")
    assert "It is so already: nothing would change." in text(shown)
    assert "do exactly this" not in text(shown)


# --- Who may ---------------------------------------------------------------------------------


def test_a_settler_settles_and_sees_no_audit_of_people(place, url, market):
    place()
    client = with_role(Role.SETTLER)
    page = client.get(url)
    assert page.context["audit"] == []
    shown = client.post(url, {"kind": "settle", "step": "preview", "winning_option": 1})
    client.post(url, hidden(shown))
    assert Settlement.objects.get().settled_by.role == Role.SETTLER


@pytest.mark.parametrize("role", [Role.TRADER, Role.AUDITOR])
def test_who_may_not_settle_sees_no_page_and_changes_nothing(place, url, role, market, console):
    place()
    shown = console.post(url, {"kind": "settle", "step": "preview", "winning_option": 1})
    client = with_role(role)
    assert client.get(url).status_code == 403
    assert client.post(url, hidden(shown)).status_code == 403
    assert not Settlement.objects.exists()


def test_nobody_comes_in_without_signing_in(url, client):
    answer = client.get(url)
    assert (answer.status_code, "/login/" in answer["Location"]) == (302, True)


def test_no_such_market_and_no_such_decision(console, url):
    assert console.get(reverse("admin:console_settle", args=[4711])).status_code == 404
    assert console.post(url, {"kind": "nonsense"}).status_code == 400
    assert console.put(url).status_code == 405


# --- Four eyes -------------------------------------------------------------------------------


def test_with_four_eyes_a_confirmation_is_a_proposal(
    preview, confirm, console, url, place, market, settings
):
    settings.SETTLEMENT_FOUR_EYES = True
    place()
    shown = preview("settle", winning_option=1)
    assert "Propose this to another operator" in text(shown)

    done = confirm(shown)

    assert said(done) == ["Proposed: another operator approves it."]
    proposal = Proposal.objects.get()
    assert done.redirect_chain == [(reverse("admin:console_proposal", args=[proposal.pk]), 302)]
    assert Market.objects.get().status == "active"
    waiting = console.get(url).context["proposals"]
    assert [row["proposal"] for row in waiting] == [proposal]

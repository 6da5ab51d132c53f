"""A market's page: what it shows to whom, and the buttons that change the market's state."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AdminAction, Role
from betting import services as betting_services
from conftest import ALL_GROUPS
from console.tests.conftest import said
from markets import services
from markets.lifecycle import Event
from markets.models import Market, OddsUpdate
from markets.odds import Odds

TEMPLATES = settings.BASE_DIR / "console" / "templates"


def url(market: Market, query: str = "") -> str:
    return f"/admin/markets/market/{market.pk}/change/{query}"


def press(client, market, act, **body):
    """Press one of the page's buttons, and return the page that follows."""
    return client.post(url(market), {"act": act, "reason": "injury"} | body, follow=True)


def buttons(answer) -> list[str]:
    return re.findall(r'name="act" value="(\w+)"', answer.content.decode())


def row(market: Market) -> dict:
    return Market.objects.filter(pk=market.pk).values().get()


def move(market: Market, trader, *events: Event) -> None:
    for event in events:
        services.change_status(market_id=market.pk, event=event, actor=trader, reason="test")


def test_a_page_tells_what_is_so(console, open_market, trader):
    market = open_market(prices=ALL_GROUPS, external_ref="nba:1")
    betting_services.set_market_limits(
        market_id=market.pk,
        limits={"stake_min": 10**18, "stake_max": 5 * 10**17 * 100, "liability_cap": 10**21},
        option_stake_max={1: 25 * 10**17},
        actor=trader,
        reason="test",
    )
    text = " ".join(re.sub(r"<[^>]*>", " ", console.get(url(market)).content.decode()).split())
    for fact in (
        f"Number {market.pk} Status active League NBA Home Lakers Away Warriors",
        f"Start (UTC) {market.start_time:%Y-%m-%d %H:%M}",
        "Prices number 1 Priced by no feed Pinned no External reference nba:1",
        "Stakes 1 USDT to 50 USDT One user in all no limit Liability cap 1000 USDT",
        "Lakers up to 2.5 USDT",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("events", "status", "wanted"),
    [
        ((), "draft", ["open", "pin", "start", "odds", "limits"]),
        ((), "active", ["suspend", "close", "pin", "start", "odds", "limits"]),
        ((Event.SUSPEND,), "active", ["resume", "close", "pin", "start", "odds", "limits"]),
        ((Event.CLOSE,), "active", []),
    ],
)
def test_only_what_is_legal_now_is_offered(console, open_market, trader, events, status, wanted):
    market = open_market(status=status)
    move(market, trader, *events)
    assert buttons(console.get(url(market))) == wanted


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        (Role.TRADER, ["suspend", "pin", "odds"]),
        (Role.SETTLER, []),
        (Role.AUDITOR, []),
        (Role.ADMIN, ["suspend", "close", "pin", "start", "odds", "limits"]),
    ],
)
def test_a_role_sees_the_buttons_that_it_may_press(as_role, market, role, wanted):
    assert buttons(as_role(role).get(url(market))) == wanted


@pytest.mark.parametrize(
    ("role", "act", "body"),
    [
        (Role.TRADER, "close", {}),
        (Role.TRADER, "open", {}),
        (Role.TRADER, "limits", {"stake_max": "1"}),
        (Role.TRADER, "start", {"start_time": "2099-01-01 10:00"}),
        (Role.SETTLER, "suspend", {}),
        (Role.SETTLER, "odds", {"seq": "1", "home": "1.9", "away": "2"}),
        (Role.AUDITOR, "suspend", {}),
        (Role.AUDITOR, "pin", {}),
        (Role.AUDITOR, "release", {}),
        (Role.ADMIN, "settle", {}),
        (Role.ADMIN, "", {}),
    ],
)
def test_what_a_role_may_not_do_is_a_403_and_changes_nothing(as_role, market, role, act, body):
    client, before, audited = as_role(role), row(market), AdminAction.objects.count()
    assert client.post(url(market), {"act": act, "reason": "why", **body}).status_code == 403
    assert (row(market), AdminAction.objects.count()) == (before, audited)


def test_somebody_without_any_view_of_markets_sees_no_page(client, bob, market):
    bob.is_staff = True
    bob.save(update_fields=["is_staff"])
    client.force_login(bob)
    assert client.get(url(market)).status_code == 403


@pytest.mark.parametrize(
    ("before", "event", "after", "message"),
    [
        ([], "suspend", "suspended", "Betting is suspended."),
        ([Event.SUSPEND], "resume", "active", "Betting has resumed."),
        ([], "close", "closed", "The market is closed."),
    ],
)
def test_a_button_makes_its_event_with_its_reason(
    console, market, trader, before, event, after, message
):
    move(market, trader, *before)
    answer = press(console, market, event)
    assert said(answer) == [message]
    assert row(market)["status"] == after
    action = AdminAction.objects.latest("id")
    assert (action.actor, action.action, action.reason) == (trader, f"market.{event}", "injury")
    assert OddsUpdate.objects.filter(market=market).latest("seq").reason == "injury"


def test_a_draft_opens(console, open_market):
    market = open_market(status="draft")
    assert said(press(console, market, "open")) == ["The market is open."]
    assert row(market)["status"] == "active"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_nothing_is_done_without_a_reason_that_fits(console, market, reason):
    before = row(market)
    answer = press(console, market, "suspend", reason=reason)
    assert answer.status_code == 200
    assert len(said(answer)) == 1
    assert said(answer)[0].startswith("Reason: ")
    # The form is open again with what was sent.
    assert '<details class="act" open>' in answer.content.decode()
    assert row(market) == before


def test_what_became_illegal_meanwhile_is_refused_in_the_services_words(console, market, trader):
    move(market, trader, Event.CLOSE)
    before = row(market)
    answer = press(console, market, "suspend")
    assert said(answer)[0].startswith(
        "The market cannot change to that state from its present one."
    )
    assert row(market) == before


def test_resuming_after_the_start_is_refused_until_it_is_moved(console, open_market, trader):
    market = open_market()
    move(market, trader, Event.SUSPEND)
    Market.objects.filter(pk=market.pk).update(start_time=datetime.now(tz=UTC))
    refusal = said(press(console, market, "resume"))
    assert len(refusal) == 1
    assert refusal[0].startswith("The match has begun: reschedule it before betting resumes.")

    later = datetime.now(tz=UTC).replace(microsecond=0, second=0) + timedelta(hours=2)
    moved = press(console, market, "start", start_time=f"{later:%Y-%m-%d %H:%M}")
    assert said(moved) == ["The market has its new start."]
    assert row(market)["start_time"] == later
    assert said(press(console, market, "resume")) == ["Betting has resumed."]


def test_pinning_takes_the_prices_over_as_they_are_and_releasing_gives_them_back(
    console, market, trader
):
    assert said(press(console, market, "pin")) == ["The prices are pinned: feeds leave them alone."]
    pinned = row(market)
    assert pinned["pinned_at"] is not None
    latest = OddsUpdate.objects.filter(market=market).latest("seq")
    assert (latest.home, latest.away, latest.reason) == (185, 210, "injury")
    assert "release" in buttons(console.get(url(market)))

    assert said(press(console, market, "release")) == [
        "The prices are released: feeds may change them."
    ]
    assert row(market)["pinned_at"] is None
    assert AdminAction.objects.latest("id").action == "market.release"


def test_a_market_that_is_not_there_leads_back_to_the_list(console, db):
    for number in ("1", "99999999999999999999999", "x"):
        answer = console.get(f"/admin/markets/market/{number}/change/", follow=True)
        assert answer.redirect_chain[0] == ("/admin/markets/market/", 302)
        assert said(answer) == ["There is no such market."]


def test_a_page_takes_as_many_queries_with_many_bets_as_with_one(
    console, open_market, place, alice
):
    market = open_market(prices=ALL_GROUPS)
    betting_services.credit(user=alice, amount=10_000, actor=None, reason="test")

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert console.get(url(market)).status_code == 200
        return len(counted)

    place(market_id=market.pk, stake=10)
    console.get(url(market))  # what Django remembers, such as content types
    few = queries()
    for option, odds in ((1, 185), (2, 210), (4, 192), (5, 188), (6, 190), (7, 190)):
        for _ in range(4):
            place(market_id=market.pk, option=option, seen_odds=Odds(odds), stake=10)
    assert queries() == few
    # Session, user and permissions; market, options, prices; what was staked; one tab.
    assert few <= 12


def test_no_template_brings_scripts_styles_or_handlers_of_its_own():
    found = sorted(TEMPLATES.rglob("*.html"))
    assert TEMPLATES / "console" / "market.html" in found
    for template in found:
        text = template.read_text()
        assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", text), template
        assert not re.search(r"<style|\sstyle=|\son\w+\s*=|javascript:", text), template


def test_a_page_is_clean_under_the_policy(console, market, place):
    place()
    answer = console.get(url(market))
    text = answer.content.decode()
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    # What is no script but data runs nowhere.
    assert not re.search(r"<script(?![^>]*(\ssrc=|application/json))[^>]*>", text)
    assert not re.search(r"<style|<[^>]+\s(style|on[a-z]+)=", text)
    assert not re.search(r'(src|href)="(https?:)?//', text)


def test_every_input_has_a_label(console, market):
    text = console.get(url(market)).content.decode()
    content = text[text.index('id="content-main"') :]
    ids = set(re.findall(r'for="([^"]+)"', content))
    inputs = re.findall(r"<input[^>]*>", content)
    shown = [one for one in inputs if 'type="hidden"' not in one]
    assert len(shown) > 10
    for one in shown:
        name = re.search(r'\sid="([^"]+)"', one)[1]
        assert name in ids or re.search(rf"<label>\s*{re.escape(one)}", content), one
    assert len(re.findall(r'\sid="([^"]+)"', text)) == len(set(re.findall(r'\sid="([^"]+)"', text)))


def test_who_may_settle_is_shown_the_way_once_there_is_one(as_role, market):
    settler = as_role(Role.SETTLER).get(url(market))
    assert settler.context["may_settle"] is True
    assert as_role(Role.TRADER).get(url(market)).context["may_settle"] is False

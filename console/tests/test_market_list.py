"""The list of markets: what it shows, how many queries it takes, and its buttons."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AdminAction, Role, User
from betting import services as betting_services
from betting import settlement
from betting.settlement import Result
from conftest import ALL_GROUPS
from console import standings
from console.tests.conftest import with_role
from markets import limits, services
from markets.lifecycle import Event
from markets.models import Market
from markets.odds import Odds

LIST = "/admin/markets/market/"
UNIT = 10**18


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fields(page, market) -> dict[str, str]:
    """Return what the page shows of a market in elements that are kept up to date."""
    pattern = rf'data-market="{market.pk}" data-field="(\w+)"[^>]*>([^<]*)<'
    return dict(re.findall(pattern, page.content.decode()))


def listed(page) -> list[int]:
    return [market.pk for market in page.context["cl"].result_list]


def press(client, action, markets, reason="injury", query="") -> list[str]:
    body = {"action": action, "_selected_action": [one.pk for one in markets], "reason": reason}
    answer = client.post(LIST + query, body, follow=True)
    return [str(message) for message in answer.context["messages"]]


def statuses(*markets) -> list[str]:
    return [Market.objects.get(pk=market.pk).status for market in markets]


def test_a_row_shows_prices_overround_stakes_and_the_worst_case(
    console, open_market, place, alice, trader
):
    market = open_market(prices=ALL_GROUPS)
    betting_services.credit(user=alice, amount=100 * UNIT, actor=None, reason="test")
    place(market_id=market.pk, stake=10 * UNIT)
    limits.set_limits(
        market_id=market.pk,
        limits={"liability_cap": 10 * UNIT},
        option_stake_max={},
        actor=trader,
        reason="test",
    )

    assert fields(console.get(LIST), market) == {
        "start": f"{market.start_time:%Y-%m-%d %H:%M}",
        "status": "active",
        "home": "1.85",
        "draw": "-",
        "away": "2.10",
        "spread": "-3: 1.92 / 1.88",
        "total": "219.5: 1.90 / 1.90",
        "overround": "1.7 %",
        "staked": "10 USDT",
        "worst": "8.5 USDT",
        "used": "85.0 %",
    }


def test_a_market_without_prices_and_bets_says_so(console, open_market):
    market = open_market(prices=ALL_GROUPS.changed(dict.fromkeys(ALL_GROUPS.groups())))
    shown = fields(console.get(LIST), market)
    assert {shown[name] for name in ("home", "away", "spread", "total", "overround")} == {"-"}
    assert (shown["staked"], shown["worst"], shown["used"]) == ("0 USDT", "0 USDT", "")


@pytest.mark.parametrize("cap", [None, 10**30])
def test_the_worst_case_is_the_same_whether_it_is_kept_or_summed_up(
    console, market, place, trader, cap
):
    limits.set_limits(
        market_id=market.pk,
        limits={"liability_cap": cap},
        option_stake_max={},
        actor=trader,
        reason="test",
    )
    place(stake=100)
    place(stake=300, option=2, seen_odds=Odds(210))
    shown = fields(console.get(LIST), market)
    # Home: 185 of 400 paid; away: 630. The tie gives all back.
    assert shown["staked"] == "0.0000000000000004 USDT"
    assert shown["worst"] == "0.00000000000000023 USDT"


def test_what_took_long_to_sum_up_is_kept_for_a_while(console, market, place, monkeypatch):
    def staked() -> str:
        return fields(console.get(LIST), market)["staked"]

    place(stake=100)
    monkeypatch.setattr(standings, "KEPT_TIMES", 10**6)
    before = staked()
    place(stake=100)

    assert staked() == before == "0.0000000000000001 USDT"

    cache.clear()
    monkeypatch.setattr(standings, "KEPT_TIMES", 0)
    assert staked() == "0.0000000000000002 USDT"
    place(stake=100)
    assert staked() == "0.0000000000000003 USDT"


def test_a_settled_market_shows_what_was_staked_and_costs_nothing_more(
    console, market, place, trader
):
    limits.set_limits(
        market_id=market.pk,
        limits={"liability_cap": 10**6},
        option_stake_max={},
        actor=trader,
        reason="test",
    )
    place(stake=100)
    settlement.settle_market(market_id=market.pk, result=Result(scores=(1, 0)), actor=trader)

    shown = fields(console.get(LIST, {"status__exact": "settled"}), market)

    assert (shown["status"], shown["used"]) == ("settled", "")
    assert (shown["staked"], shown["worst"]) == ("0.0000000000000001 USDT", "0 USDT")


def test_two_hundred_rows_take_as_many_queries_as_one(console, market, open_market, place, trader):
    def queries() -> int:
        console.get(LIST)
        cache.clear()
        with CaptureQueriesContext(connection) as counted:
            page = console.get(LIST, {"all": ""})
        assert len(listed(page)) == Market.objects.count()
        return len(counted)

    place(stake=1)
    of_one = queries()
    for number in range(199):
        market = open_market(prices=ALL_GROUPS, home_team=f"Team {number}")
        if number % 10 == 0:
            place(market_id=market.pk, stake=1)
        if number % 20 == 0:
            limits.set_limits(
                market_id=market.pk,
                limits={"liability_cap": 1000 + number},
                option_stake_max={},
                actor=trader,
                reason="test",
            )

    assert Market.objects.count() == 200
    assert queries() == of_one <= 16


def test_without_a_wish_the_list_shows_what_is_not_over(console, open_market, trader):
    active, over, draft = open_market(), open_market(), open_market(status="draft")
    settlement.settle_market(market_id=over.pk, result=Result(scores=(1, 0)), actor=trader)

    assert set(listed(console.get(LIST))) == {active.pk, draft.pk}
    assert set(listed(console.get(LIST, {"status__exact": "all"}))) == {
        active.pk,
        over.pk,
        draft.pk,
    }
    assert listed(console.get(LIST, {"status__exact": "settled"})) == [over.pk]
    assert listed(console.get(LIST, {"q": str(over.pk)})) == [over.pk]


def test_the_list_is_searched_by_team_and_reference_and_filtered_by_league_and_day(
    console, open_market
):
    one = open_market(home_team="Ajax", league="Eredivisie", external_ref="feed:7")
    open_market(start_time=datetime.now(tz=UTC) + timedelta(days=800))
    for query in (
        {"q": "ajax"},
        {"q": "feed:7"},
        {"league": "Eredivisie"},
        {"start_time__year": one.start_time.year},
    ):
        assert listed(console.get(LIST, query)) == [one.pk], query


@pytest.mark.parametrize(
    ("action", "event", "after"),
    [
        ("suspend", None, "suspended"),
        ("resume", Event.SUSPEND, "active"),
        ("close", None, "closed"),
    ],
)
def test_a_button_changes_each_market_and_leaves_the_reason(
    console, open_market, trader, action, event, after
):
    markets = [open_market(), open_market()]
    if event:
        for market in markets:
            services.change_status(market_id=market.pk, event=event, actor=None, reason="before")

    said = press(console, action, markets, reason="  a broken floodlight ")

    assert statuses(*markets) == [after, after]
    assert len(said) == 1
    assert said[0].startswith("2 ")
    rows = AdminAction.objects.filter(action=f"market.{action}", actor=trader)
    assert [row.reason for row in rows] == ["a broken floodlight"] * 2


@pytest.mark.parametrize("action", ["suspend", "resume", "close"])
@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_is_changed(console, market, action, reason):
    assert press(console, action, [market], reason=reason) == [
        "Say why: the reason goes into the audit."
    ]
    assert statuses(market) == ["active"]


def test_a_refusal_is_told_and_the_others_are_changed(console, market, open_market):
    draft = open_market(status="draft")
    assert press(console, "suspend", [market, draft]) == [
        f"Market {draft.pk}: The market cannot change to that state from its present one.",
        "1 suspended.",
    ]
    assert statuses(market, draft) == ["suspended", "draft"]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.TRADER, {"suspend", "resume"}),
        (Role.SETTLER, set()),
        (Role.AUDITOR, set()),
        (Role.ADMIN, {"suspend", "resume", "close"}),
    ],
)
def test_a_role_sees_and_presses_its_own_buttons(market, role, may):
    client = with_role(role)
    page = client.get(LIST)
    assert page.status_code == 200
    form = page.context["action_form"]
    offered = {name for name, _ in form.fields["action"].choices if name} if form else set()
    assert offered == may

    for action in {"suspend", "close"} - may:
        client.post(
            LIST, {"action": action, "_selected_action": [market.pk], "reason": "no right to"}
        )
    assert statuses(market) == ["active"]


def test_the_page_brings_what_keeps_it_up_to_date(console, market):
    page = console.get(LIST)
    text = page.content.decode()
    assert '<script type="module" src="/static/console/live.js"></script>' in text
    assert 'id="live-config"' in text
    assert "data-live-state" in text
    # The policy lets nothing run that stands in the page itself.
    assert not re.search(r"<script(?![^>]*\b(src|type=.application/json))", text)
    assert not re.search(r"\s(on\w+|style)=", text)

"""The console without a mouse: everything can be reached, seen to be reached, and done."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from e2e.console.desk import Desk
from e2e.console.shop import Shop
from e2e.house import Wallet
from e2e.looking import OUTLINE, STOPS_MAX, fill, tab_to

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(180)]


@pytest.fixture
def market(operator: Wallet, desk: Desk) -> int:
    """A market with two bets; its page is open."""
    body = {
        "league": "EPL",
        "home_team": "Arsenal",
        "away_team": "Chelsea",
        "start_time": 4_102_444_800_000,
        "payload": {"moneyline": {"home": 1.8, "draw": 3.6, "away": 4.5}},
    }
    number: int = operator.post("admin/markets", body, expect=201)["id"]
    operator.post(
        f"admin/users/{operator.account.address}/credit", {"amount": "20", "reason": "to bet"}
    )
    for option in (1, 2):
        order = {"marketId": number, "option": option, "amount": "10", "odds": 101}
        operator.post("bets", order | {"acceptOdds": "any"}, expect=201)
    desk.open(f"markets/market/{number}/change/")
    return number


def stored(shop: Shop, market: int) -> Callable[[str], tuple]:
    return lambda column: shop.row(f"SELECT {column} FROM markets_market WHERE id = %s", market)[0]


def test_every_stop_shows_that_it_has_the_focus(desk, market):
    page = desk.page
    stops = []
    while not stops or stops[-1][0] != "BODY":
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(f"[document.activeElement.tagName, {OUTLINE}, document.activeElement.id]")
        )
        assert len(stops) < STOPS_MAX
    assert [stop for stop in stops[:-1] if stop[1] == "none"] == []
    # What may be typed into is among them.
    assert {"id_odds_home", "id_limits_stake_min"} <= {stop[2] for stop in stops}


def test_the_first_stop_skips_what_is_on_every_page(desk, market):
    page = desk.page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Duplicate")).to_be_focused()


def test_prices_are_set_and_what_is_missing_gets_the_focus(desk, shop, market):
    page = desk.page
    fill(page, page.locator("#id_odds_home"), "1.30")
    expect(page.locator(".effect .far")).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Set these prices"))
    page.keyboard.press("Enter")

    # The summary, which leads to the field.
    summary = page.locator(".errornote")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Reason: This field is required.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    reason = page.locator("#id_odds_reason")
    expect(reason).to_be_focused()
    expect(reason).to_have_attribute("aria-invalid", "true")
    page.keyboard.type("red card")
    page.keyboard.press("Enter")

    # Beyond the guard rails: the refusal has the focus.
    expect(page.locator(".messagelist .error")).to_be_focused()
    expect(page.locator("#id_odds_home")).to_have_value("1.30")
    tab_to(page, page.get_by_label("I mean it"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Set these prices"))
    page.keyboard.press("Space")

    expect(page.locator(".messagelist")).to_have_text("These prices hold now, as number 2.")
    query = "SELECT home, reason FROM markets_oddsupdate WHERE market_id = %s AND seq = 2"
    assert shop.row(query, market) == (130, "red card")


def test_a_market_is_suspended(desk, shop, market):
    page = desk.page
    act = desk.folded("Suspend")
    tab_to(page, act.locator("summary"))
    page.keyboard.press("Enter")
    fill(page, act.locator("[name=reason]"), "floodlights")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_have_text("Betting is suspended.")
    assert stored(shop, market)("status") == "suspended"


def test_a_result_is_entered_and_confirmed(desk, shop, market):
    page = desk.page
    tab_to(page, page.get_by_role("link", name="Result: settle, void, correct"))
    page.keyboard.press("Enter")
    form = desk.form("Settle")
    expect(form).to_be_visible()
    fill(page, form.get_by_label("Score of Arsenal"), "2")
    page.keyboard.press("Enter")

    summary = page.locator(".errornote")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Enter both scores, or neither.")
    fill(page, form.get_by_label("Score of Chelsea"), "0")
    tab_to(page, form.get_by_role("button"))
    page.keyboard.press("Space")
    confirm = page.get_by_role("button", name="Confirm: do exactly this")
    expect(confirm).to_be_visible()
    assert stored(shop, market)("status") == "active"
    tab_to(page, confirm)
    page.keyboard.press("Enter")

    expect(page.locator(".messagelist")).to_contain_text("Settle: 2 orders")
    assert stored(shop, market)("status") == "settled"
    assert (stored(shop, market)("home_score"), stored(shop, market)("away_score")) == (2, 0)

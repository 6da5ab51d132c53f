"""An operator's day at the console: what the page says, and each time what the database has.

One match from its creation to its correction. Two web processes serve the pages, the sockets and
the API.
"""

import pytest
from playwright.sync_api import expect

from e2e.console.matches import Match, balance, bet, creates_a_draft, opens_it
from e2e.house import Wallet

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(240)]


def test_a_match_from_its_creation_to_its_correction(match, punter):
    creates_a_draft(match)
    opens_it(match)
    sees_bets_and_prices_arrive(match, punter)
    overrides_the_odds(match)
    releases_and_pins(match)
    suspends_and_resumes(match, punter)
    closes(match)
    settles_what_changed_meanwhile(match)
    corrects_the_result(match, punter)


def sees_bets_and_prices_arrive(match: Match, punter: Wallet) -> None:
    """On its page and in the list: neither is loaded anew."""
    page, listed = match.desk.page, match.desk.context.new_page()
    listed.goto("/admin/markets/market/?q=Arsenal")
    began = [one.evaluate("performance.timeOrigin") for one in (page, listed)]
    for one in (page, listed):
        expect(one.locator("[data-live-state]")).to_have_text("Live")
        expect(match.seen("staked", one)).to_have_text("0 USDT")

    for option, tokens in ((1, 100), (2, 10), (3, 10), (5, 20)):
        bet(punter, match, option, tokens)
    body = {"home": 1.85, "draw": 3.6, "away": 4.4}
    changes = {"market_id": match.pk, "payload": {"moneyline": body}, "reason": "sharp money"}
    match.operator.post("admin/odds/override", changes, expect=201)

    for one in (page, listed):
        expect(match.seen("staked", one)).to_have_text("140 USDT")
        # Home by one: 180 for home, and half of the 20 on the spread.
        expect(match.seen("worst", one)).to_have_text("50 USDT")
        expect(match.seen("home", one)).to_have_text("1.85")
    expect(page.locator("[data-stale]")).to_be_visible()
    assert [one.evaluate("performance.timeOrigin") for one in (page, listed)] == began
    assert match.orders() == [(option, "accepted", None, None) for option in (1, 2, 3, 5)]
    assert match.prices() == (185, 440, "admin", "sharp money")
    listed.close()


def overrides_the_odds(match: Match) -> None:
    desk, page = match.desk, match.desk.page
    desk.open(match.page)
    before = match.prices()
    form = page.locator("form[data-odds]")
    form.get_by_label("Arsenal", exact=True).fill("1.35")

    effect = page.locator(".effect")
    expect(effect.locator(".far")).to_contain_text("moneyline home 1.85 → 1.35")
    bet_on_home = effect.get_by_role("row").filter(has_text="1.85 → 1.35")
    # One more bet of 100 at that price would win 35.
    expect(bet_on_home).to_contain_text("costs 85 USDT")
    assert match.prices() == before

    form.locator("[name=reason]").fill("red card")
    (refusal,) = desk.press("Set these prices")
    assert refusal.startswith("A price moves by more than 25 %")
    assert "moneyline home 1.85 → 1.35" in refusal
    expect(page.locator(".messagelist li")).to_be_focused()
    assert match.prices() == before

    form.get_by_label("I mean it").check()
    assert desk.press("Set these prices") == ["These prices hold now, as number 4."]
    assert match.prices() == (135, 440, "admin", "red card")
    assert match.value("pinned_at") is not None
    # Bets that are taken keep theirs.
    taken = match.shop.rows(
        "SELECT odds_hundredths FROM betting_order WHERE market_id = %s AND option = 1", match.pk
    )
    assert taken == [(180,)]


def releases_and_pins(match: Match) -> None:
    desk = match.desk
    prices = {"market_id": match.pk, "moneyline": {"home": 1.4, "draw": 4.1, "away": 9.0}}
    assert desk.act("Release the prices", reason="the feed knows") == [
        "The prices are released: feeds may change them."
    ]
    assert match.value("pinned_at") is None
    expect(desk.page.locator("[data-live-state]")).to_have_text("Live")
    match.operator.post("admin/odds/bulk", {"feed": "book", "updates": [prices]})
    expect(match.seen("home")).to_have_text("1.40")
    assert match.prices()[:3] == (140, 900, "feed")

    assert desk.act("Pin the prices", reason="the feed is late") == [
        "The prices are pinned: feeds leave them alone."
    ]
    assert match.value("pinned_at") is not None
    prices["moneyline"]["home"] = 1.39
    assert match.operator.post("admin/odds/bulk", {"feed": "book", "updates": [prices]})["held"]
    assert match.prices()[0] == 140
    desk.page.get_by_role("link", name="Held feed prices").click()
    expect(desk.page.locator("#tabs")).to_contain_text("home 1.39")


def suspends_and_resumes(match: Match, punter: Wallet) -> None:
    """On its page, and with another one in the list."""
    desk, page = match.desk, match.desk.page
    assert desk.act("Suspend", reason="floodlights") == ["Betting is suspended."]
    assert match.status == "suspended"
    assert match.audited() == ("admin", "market.suspend", "floodlights")
    refused = bet(punter, match, 1, 1, expect=409)
    assert refused["reason"] == "MARKET_NOT_OPEN"
    assert desk.act("Resume", reason="light again") == ["Betting has resumed."]
    assert match.status == "active"

    both = [match.pk, 1001]
    query = "SELECT DISTINCT status FROM markets_market WHERE id = ANY(%s)"
    for action, status, reason, said in (
        ("Suspend betting", "active", "", ["Say why: the reason goes into the audit."]),
        ("Suspend betting", "suspended", "storm", ["2 suspended."]),
        ("Resume betting", "active", "sun", ["2 resumed."]),
    ):
        desk.open("markets/market/")
        for number in both:
            page.locator(f'input[name=_selected_action][value="{number}"]').check()
        page.get_by_label("Action:").select_option(label=action)
        page.get_by_label("Reason:").fill(reason)
        assert desk.press("Go") == said
        assert match.shop.rows(query, both) == [(status,)]
    assert match.audited() == ("admin", "market.resume", "sun")


def closes(match: Match) -> None:
    match.desk.open(match.page)
    assert match.desk.act("Close", reason="kick-off") == ["The market is closed."]
    assert match.status == "closed"
    assert match.audited() == ("admin", "market.close", "kick-off")


def settles_what_changed_meanwhile(match: Match) -> None:
    desk, page = match.desk, match.desk.page
    page.get_by_role("link", name="Result: settle, void, correct").click()
    form = desk.form("Settle")
    form.get_by_label("Score of Arsenal").fill("2")
    form.get_by_label("Score of Chelsea").fill("1")
    form.get_by_label("Reason").fill("final whistle")
    desk.send(form)
    # Home wins; of the spread of -0.75 half a loss for away: 10 of 20 come back.
    sums = page.get_by_role("row", name="In all")
    expect(sums).to_contain_text("140 USDT")
    expect(sums).to_contain_text("190 USDT")
    assert match.settlements() == []

    (draw,) = match.shop.row(
        "SELECT id FROM betting_order WHERE market_id = %s AND option = 3", match.pk
    )
    match.operator.post(f"admin/bets/{draw}/void", {"reason": "placed twice"})

    confirm = "Confirm: do exactly this"
    assert desk.press(confirm) == [
        "Something has changed since you looked, and nothing was done. Look again."
    ]
    expect(sums).to_contain_text("130 USDT")
    assert [kind for kind, *_ in match.settlements()] == ["void_orders"]
    assert match.status == "closed"

    assert desk.press(confirm) == ["Settle: 3 orders, 130 USDT staked, 190 USDT to pay."]
    assert match.settlements()[1:] == [("settle", 2, 1, "final whistle")]
    assert match.status == "settled"
    assert match.orders() == [
        (1, "settled", "WIN", 180),
        (2, "settled", "LOSE", 0),
        (3, "settled", "VOID", 10),
        (5, "settled", "HALF_LOSE", 10),
    ]


def corrects_the_result(match: Match, punter: Wallet) -> None:
    desk, page = match.desk, match.desk.page
    (won,) = match.shop.row(
        "SELECT id FROM betting_order WHERE market_id = %s AND option = 1", match.pk
    )
    punter.post(f"bets/{won}/claim")
    before = balance(match.shop, punter)
    desk.open(f"console/settle/{match.pk}/")
    # Somebody has claimed: it can only be replaced by now.
    assert page.get_by_role("form").count() == 1
    form = desk.form("Replace the result")
    form.get_by_label("Score of Arsenal").fill("1")
    form.get_by_label("Score of Chelsea").fill("1")
    form.get_by_label("Reason").fill("the goal did not count")
    desk.send(form)
    back = page.get_by_role("row", name="They give back")
    expect(back).to_contain_text("180 USDT")
    assert len(match.settlements()) == 2

    (said,) = desk.press("Confirm: do exactly this")

    assert said.startswith("Replace the result: 3 orders")
    assert match.settlements()[2:] == [("resettle", 1, 1, "the goal did not count")]
    assert [order[2] for order in match.orders()] == ["LOSE", "LOSE", "VOID", "WIN"]
    assert balance(match.shop, punter) == before - 180
    assert page.get_by_role("table", name="What was decided").get_by_role("row").count() == 4


def test_a_result_is_taken_back_and_one_order_void(match, punter):
    creates_a_draft(match)
    opens_it(match)
    orders = [bet(punter, match, option, 10)["orderId"] for option in (1, 2)]
    desk = match.desk
    settled = {"home_score": 0, "away_score": 3, "reason": "typed in the wrong match"}
    match.operator.post(f"admin/markets/{match.pk}/settle", settled)

    desk.open(f"console/settle/{match.pk}/")
    form = desk.form("Take the result back")
    form.get_by_label("Reason").fill("wrong match")
    desk.send(form)
    expect(desk.page.locator("#content")).to_contain_text("would wait for another result")
    (said,) = desk.press("Confirm: do exactly this")
    assert said.startswith("Take the result back: 2 orders")
    assert match.status == "closed"
    assert [order[1:3] for order in match.orders()] == [("accepted", None)] * 2

    form = desk.form("Void one order")
    form.get_by_label("Order").fill(str(orders[1]))
    form.get_by_label("Reason").fill("bet after the goal")
    desk.send(form)
    assert [order[1] for order in match.orders()] == ["accepted"] * 2
    (said,) = desk.press("Confirm: do exactly this")
    assert said.startswith("Void some orders: 1 orders, 10 USDT staked, 10 USDT to pay")
    assert [order[1:] for order in match.orders()] == [
        ("accepted", None, None),
        ("settled", "VOID", 10),
    ]
    assert match.audited() == ("admin", "orders.void", "bet after the goal")

"""The live page as people use it, in a real browser and against a real house."""

import os

import pytest
from playwright.sync_api import expect

from e2e.console.desk import LOCALES
from e2e.live.conftest import TOKEN
from e2e.live.visitor import RECORD
from e2e.looking import fill, look_as_all_kinds, nothing_sticks_out, tab_to, turn
from e2e.stage import web_processes

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(120)]

SCREENSHOTS = os.environ.get("KMARKET_SCREENSHOTS", "")
MOVED_MEANWHILE = 10
TAGS = {"en": "en", "zh-hans": "zh-Hans"}
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 60_000, "uploadThroughput": 30_000}


def test_a_newcomer_sees_markets_whose_odds_move(visit, floor):
    market = floor.open()
    visitor = visit()
    visitor.come()

    row = visitor.row(market)
    expect(row.locator(".row-names")).to_have_text("RavensHerons")
    expect(visitor.odds(market)).to_have_text(["1.85", "2.10", "1.92", "1.88", "1.90", "1.90"])
    minus = "\N{MINUS SIGN}"
    expect(row.locator(".price-line")).to_have_text([f"{minus}3", "+3", "O 219.5", "U 219.5"])
    # The demo's own are there, too; one of them is being played.
    expect(visitor.page.locator(".badge.in-play").first).to_be_visible()
    floor.price(market, 1.9, 2.0)
    expect(visitor.odds(market).first).to_have_text("1.90")
    expect(visitor.price(market, 1)).to_have_attribute("data-move", "up")
    expect(visitor.price(market, 2)).to_have_attribute("data-move", "down")
    visitor.picture(SCREENSHOTS, "first-visit")

    visitor.page.get_by_label("Search teams").fill("heron")
    expect(visitor.page.locator(".row")).to_have_count(1)
    visitor.page.get_by_label("Search teams").fill("nobody at all")
    expect(visitor.page.locator(".empty")).to_have_text("No market is like that.")
    visitor.page.get_by_label("Search teams").fill("")
    visitor.page.get_by_label("League").select_option("EPL")
    expect(visitor.page.locator(".row .league").first).to_have_text("EPL")
    expect(visitor.row(market)).to_have_count(0)

    # A new market comes by itself.
    visitor.page.get_by_label("League").select_option("")
    later = floor.open(home_team="Late", away_team="Comers")
    expect(visitor.row(later)).to_be_visible()


def test_a_market_has_an_address_and_a_chart(visit, floor):
    market = floor.open()
    floor.price(market, 1.88, 2.1)
    visitor = visit()
    visitor.come(f"/market/{market}")

    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Ravens")
    expect(visitor.page).to_have_title("Ravens vs Herons · kmarket")
    legend = visitor.page.locator(".legend")
    expect(legend).to_have_text("Ravens1.88Herons2.10")
    floor.price(market, 1.91, 2.05)
    expect(legend).to_have_text("Ravens1.91Herons2.05")
    visitor.press("Total")
    expect(legend).to_have_text("Over 219.51.90Under 219.51.90")
    expect(visitor.page.locator(".plot canvas")).to_be_visible()
    visitor.picture(SCREENSHOTS, "market")

    visitor.page.get_by_role("link", name="All markets").click()
    expect(visitor.row(market)).to_be_visible()
    visitor.page.go_back()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_focused()
    visitor.expected.add(404)
    visitor.page.goto("/market/1")
    expect(visitor.page.get_by_role("alert")).to_contain_text("There is no such market.")


def test_somebody_without_a_wallet_tries_it_with_a_key_of_the_page(visit, floor):
    visitor = visit()
    visitor.come()

    visitor.press("Sign in")
    expect(visitor.dialog).to_contain_text("Use it for play money")
    visitor.picture(SCREENSHOTS, "sign-in")
    visitor.press("Try it with a throw-away key")
    visitor.press("Get 1,000.00 USDT")
    expect(visitor.balance).to_have_text("1,000.00 USDT")
    visitor.expected.add(409)
    visitor.press("Get 1,000.00 USDT")
    expect(visitor.dialog).to_contain_text("The faucet gives once a day.")
    visitor.picture(SCREENSHOTS, "account")

    # It stays, over visits and sign-outs.
    visitor.page.reload()
    expect(visitor.balance).to_have_text("1,000.00 USDT")
    address = visitor.page.locator(".account-address").inner_text()
    visitor.account.click()
    visitor.press("Sign out")
    visitor.press("Sign in")
    visitor.press("Try it with a throw-away key")
    expect(visitor.page.locator(".account-address")).to_have_text(address)


def test_a_browser_wallet_signs_in_or_says_no(visit, floor):
    visitor = visit()
    pocket = visitor.has_pocket()
    visitor.come()

    pocket.says_no = True
    visitor.press("Sign in")
    visitor.press("Pocket")
    expect(visitor.dialog).to_contain_text("The wallet did not sign.")
    pocket.says_no = False
    visitor.press("Pocket")
    visitor.press("Close")

    address = pocket.account.address
    expect(visitor.page.locator(".account-address")).to_have_text(f"{address[:6]}…{address[-4:]}")
    assert pocket.asked == ["eth_requestAccounts", "eth_requestAccounts", "personal_sign"]


def test_a_stake_is_exact_to_the_last_digit(visit, floor):
    market = floor.open()
    player = floor.player()
    visitor = visit(player)
    visitor.come()
    visitor.price(market).click()

    visitor.stake("1000.5")
    expect(visitor.slip).to_contain_text("You have 1,000.00 USDT.")
    expect(visitor.submit).to_be_disabled()
    visitor.stake("0.0000000000000000001")
    expect(visitor.slip).to_contain_text("USDT has 18 decimals.")
    visitor.stake("ten")
    expect(visitor.slip).to_contain_text("Enter an amount such as 5 or 2.50.")
    visitor.stake("12.345678901234567891")
    expect(visitor.slip.locator(".sums .sum")).to_have_text("Pays22.8395 USDT")
    visitor.picture(SCREENSHOTS, "slip")
    visitor.submit.click()
    expect(visitor.slip).to_contain_text("Your bet is placed: 12.3456 USDT on Ravens at 1.85.")
    expect(visitor.balance).to_have_text("987.6543 USDT")
    (order,) = player.get("bets")["items"]
    assert (order["amount"], order["odds"]) == ("12345678901234567891", 185)


def test_a_bet_is_placed_settled_and_claimed(visit, floor):
    market = floor.open()
    visitor = visit(floor.player())
    visitor.come()
    visitor.price(market).click()
    visitor.stake("10")
    visitor.submit.click()
    visitor.page.get_by_role("link", name="Show it in my bets").click()
    bet = visitor.page.locator(".order")
    expect(bet).to_contain_text("Ravens vs Herons")
    floor.settle(market, 112, 101)
    # Nobody presses anything: it leaves the open ones.
    expect(visitor.page.get_by_role("button", name="Claim all: 18.50 USDT")).to_be_visible()
    expect(bet).to_have_count(0)
    visitor.press("Settled")
    expect(bet.locator(".badge")).to_have_text("Won")
    visitor.picture(SCREENSHOTS, "bets")
    bet.get_by_role("button", name="Claim").click()
    expect(visitor.page.locator("main .said")).to_have_text("Claimed 18.50 USDT.")
    expect(visitor.balance).to_have_text("1,008.50 USDT")
    expect(bet).to_contain_text("Claimed")
    visitor.page.goto(f"/market/{market}")
    expect(visitor.page.locator(".market-head")).to_contain_text("112\N{EN DASH}101")
    expect(visitor.page.locator(".result")).to_have_text("Ravens won")


def test_odds_that_move_are_asked_about(visit, floor):
    market = floor.open()
    player = floor.player()
    visitor = visit(player)
    visitor.come()
    visitor.price(market).click()
    visitor.stake("10")
    expect(visitor.submit).to_be_enabled()

    floor.price(market, 1.8)
    expect(visitor.said).to_contain_text("The odds moved from 1.85 to 1.80.")
    expect(visitor.submit).to_be_disabled()
    visitor.picture(SCREENSHOTS, "moved")
    visitor.press("Accept 1.80")
    expect(visitor.submit).to_be_enabled()

    visitor.press("Take better")
    floor.price(market, 1.9)
    expect(visitor.slip.locator(".slip-odds")).to_have_text("1.90")
    expect(visitor.submit).to_be_enabled()
    floor.price(market, 1.85)
    expect(visitor.submit).to_be_disabled()
    floor.price(market, 1.95)
    expect(visitor.slip.locator(".sums .sum")).to_have_text("Pays19.50 USDT")
    visitor.submit.click()
    expect(visitor.slip).to_contain_text("on Ravens at 1.95")
    assert [order["odds"] for order in player.get("bets")["items"]] == [195]


def test_odds_that_move_while_the_bet_is_on_its_way_refuse_it(visit, floor):
    market = floor.open()
    player = floor.player()
    visitor = visit(player)
    visitor.come()
    visitor.price(market).click()
    visitor.stake("10")

    def late(route):
        floor.price(market, 1.75)
        route.continue_()

    visitor.expected.add(409)
    visitor.page.route("**/api/v1/bets", late, times=1)
    visitor.submit.click()
    expect(visitor.said).to_contain_text("The odds moved before your bet arrived.")
    visitor.press("Accept 1.75")
    expect(visitor.submit).to_be_enabled()
    assert player.get("bets")["total"] == 0
    visitor.submit.click()
    expect(visitor.slip).to_contain_text("on Ravens at 1.75")


def test_a_suspended_market_takes_nothing_and_says_so(visit, floor):
    market = floor.open()
    visitor = visit(floor.player())
    visitor.come(f"/market/{market}")
    visitor.page.locator("article .price").first.click()
    visitor.stake("10")
    expect(visitor.submit).to_be_enabled()

    floor.suspend(market)
    expect(visitor.submit).to_be_disabled()
    expect(visitor.said).to_contain_text("This market takes no bets now.")
    expect(visitor.page.locator(".market-head .badge")).to_have_text("Suspended")
    expect(visitor.page.locator("article .price").first).to_be_disabled()
    visitor.picture(SCREENSHOTS, "suspended")


def no_old_price_passed(seen, stored):
    """Hold what was shown against what was so: `stored` has the home odds by seq."""
    assert [one["seq"] for one in seen] == sorted(one["seq"] for one in seen)
    for one in seen:
        # Whatever is shown as live is what held at that number.
        assert not one["fresh"] or one["odds"] == f"{stored[one['seq']] / 100:.2f}"
        assert not one["fresh"] or one["line"] in {"live", "catching_up"}
        assert one["fresh"] or not one["mayBet"]
    lost = next(n for n, one in enumerate(seen) if one["line"] == "offline")
    back = next(n for n, one in enumerate(seen[lost:], lost) if one["fresh"])
    # By then it had come to what was moved while it was away.
    assert seen[back]["seq"] >= seen[lost]["seq"] + MOVED_MEANWHILE


def test_no_old_price_passes_for_a_live_one_while_the_house_restarts(visit, floor):
    market = floor.open()
    visitor = visit(floor.player())
    visitor.come()
    visitor.price(market).click()
    visitor.stake("5")
    visitor.press("Take any")
    expect(visitor.submit).to_be_enabled()
    visitor.page.evaluate(RECORD, market)

    with floor.moving(market) as wait_for:
        wait_for(5)
        (web,) = web_processes(floor.running.process.pid)
        web.kill()
        expect(visitor.page.locator(".banner")).to_contain_text("No connection.")
        # It is back before this visitor is.
        visitor.context.set_offline(True)
        wait_for(MOVED_MEANWHILE)
        visitor.picture(SCREENSHOTS, "offline")
        expect(visitor.submit).to_be_disabled()
        visitor.context.set_offline(False)
        wait_for(5)
    stored = floor.stored(market)
    last = max(stored)
    expect(visitor.row(market)).to_have_attribute("data-seq", str(last))
    expect(visitor.line).to_have_attribute("data-line", "live")
    expect(visitor.submit).to_be_enabled()

    no_old_price_passed(visitor.page.evaluate("seen"), stored)
    visitor.forgive("WebSocket connection to", "net::ERR_CONNECTION", "ERR_INTERNET")


def test_a_slow_line_costs_patience_and_no_second_bet(visit, floor):
    market = floor.open()
    player = floor.player()
    visitor = visit(player)
    line = visitor.context.new_cdp_session(visitor.page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW)

    visitor.page.goto("/")
    expect(visitor.page.locator(".skeleton")).to_be_visible()
    visitor.picture(SCREENSHOTS, "slow")
    expect(visitor.line).to_have_attribute("data-line", "live")
    visitor.price(market).click()
    visitor.stake("10")
    visitor.submit.click()
    expect(visitor.submit).to_have_text("Placing…")
    expect(visitor.submit).to_be_disabled()
    expect(visitor.slip).to_contain_text("Your bet is placed")

    # An answer that is lost on its way: the same bet sent again is the same bet.
    visitor.press("Close the bet slip")
    visitor.price(market).click()
    visitor.stake("20")
    visitor.page.route(
        "**/api/v1/bets", lambda route: (route.fetch(), route.abort("connectionreset")), times=1
    )
    visitor.submit.click()
    expect(visitor.said).to_contain_text("Nobody answered")
    visitor.submit.click()
    expect(visitor.slip).to_contain_text("Your bet is placed")
    amounts = sorted(int(order["amount"]) // TOKEN for order in player.get("bets")["items"])
    assert amounts == [10, 20]
    visitor.forgive("ERR_CONNECTION_RESET")


def test_everything_is_done_with_the_keyboard(visit, floor):
    market = floor.open()
    visitor = visit(floor.player())
    visitor.come(f"/market/{market}")
    page = visitor.page

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Ravens vs Herons, Herons: 2.10"))
    page.keyboard.press("Enter")
    stake = page.get_by_label("Stake", exact=True)
    expect(stake).to_be_focused()
    fill(page, page.get_by_role("button", name="100"), "")
    page.keyboard.press("Enter")
    tab_to(page, visitor.submit)
    page.keyboard.press("Space")
    expect(page.get_by_role("link", name="Show it in my bets")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".order")).to_contain_text("Herons")


def test_a_session_that_is_ended_elsewhere_is_over_here(visit, floor):
    player = floor.player()
    visitor = visit(player)
    visitor.come()
    expect(visitor.balance).to_be_visible()

    player.post("auth/logout-all")
    visitor.expected.add(401)
    expect(visitor.dialog).to_contain_text("Your session has ended.")
    # Prices go on, as for any guest.
    expect(visitor.line).to_have_attribute("data-line", "live")


@pytest.mark.needs("node")
@pytest.mark.parametrize("language", LOCALES)
def test_people_of_all_kinds_can_use_it(visit, floor, axe, language):
    market = floor.open()
    settled = floor.open(home_team="Ospreys")
    player = floor.player()
    for number in (market, settled):
        bet = {"marketId": number, "option": 1, "amount": str(5 * TOKEN), "odds": 185}
        player.post("bets", bet, expect=201)
    floor.settle(settled, 2, 1)
    visitor = visit(player, language=language)
    visitor.come()
    page = visitor.page
    expect(page.locator("html")).to_have_attribute("lang", TAGS[language])

    def look(name):
        look_as_all_kinds(page, axe)
        for width, place in ((1280, visitor.at_a_desk), (390, visitor.at_a_phone)):
            place()
            nothing_sticks_out(page)
            for theme in ("light", "dark") if SCREENSHOTS else ():
                turn(page, theme)
                visitor.picture(SCREENSHOTS, f"{name}-{language}-{width}-{theme}")
        visitor.at_a_desk()

    visitor.price(market).click()
    look("list")
    visitor.account.click()
    look("account")
    page.keyboard.press("Escape")
    page.goto("/bets")
    page.locator(".segments button").last.click()
    expect(page.locator(".order")).to_have_count(2)
    look("bets")
    page.goto(f"/market/{market}")
    expect(page.locator(".plot canvas")).to_be_visible()
    look("market")


def test_the_language_and_the_colors_are_anybodys_own_choice(visit):
    visitor = visit(language="zh-hans")
    visitor.come()
    page = visitor.page
    expect(page.get_by_role("heading", level=1)).to_have_text("市场")
    expect(visitor.line).to_have_text("实时")
    visitor.press("English")
    expect(page.get_by_role("heading", level=1)).to_have_text("Markets")
    visitor.press("Theme: as the system")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Markets")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

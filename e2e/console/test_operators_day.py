"""An operator's day at the console: what the page says, and each time what the database has.

One match from its creation to its correction; then people and their money, lists that are taken
away, and a file of matches. Two web processes serve the pages, the sockets and the API.
"""

import csv
import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from e2e.console.desk import Desk
from e2e.console.shop import Shop
from e2e.house import ROOT, Wallet
from kmarket.tests.processes import eventually

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(240)]

TOKEN = 10**18
START = (datetime.now(tz=UTC) + timedelta(days=3)).replace(second=0, microsecond=0)


class Match:
    """One market on its way through the day."""

    def __init__(self, desk: Desk, shop: Shop, operator: Wallet) -> None:
        self.desk, self.shop, self.operator = desk, shop, operator
        self.pk = 0

    @property
    def page(self) -> str:
        return f"markets/market/{self.pk}/change/"

    @property
    def status(self) -> str:
        return self.value("status")

    def value(self, column: str):
        """Return what the database has of the market."""
        return self.shop.row(f"SELECT {column} FROM markets_market WHERE id = %s", self.pk)[0]

    def prices(self) -> tuple:
        """Return the newest prices: home, away, by whom, why."""
        return self.shop.row(
            "SELECT home, away, source, reason FROM markets_oddsupdate"
            " WHERE market_id = %s ORDER BY seq DESC LIMIT 1",
            self.pk,
        )

    def audited(self) -> tuple:
        """Return what the audit has last: who did what, why."""
        return self.shop.row(
            "SELECT username, action, reason FROM accounts_adminaction AS done"
            " JOIN accounts_user ON accounts_user.id = actor_id"
            " WHERE target_id = %s ORDER BY done.id DESC LIMIT 1",
            str(self.pk),
        )

    def orders(self) -> list[tuple]:
        """Return its orders: option, state, result, payout in whole tokens."""
        found = self.shop.rows(
            "SELECT option, state, result, payout FROM betting_order"
            " WHERE market_id = %s ORDER BY id",
            self.pk,
        )
        return [(*row, payout and int(payout) / TOKEN) for *row, payout in found]

    def settlements(self) -> list[tuple]:
        """Return its decisions: kind, score, reason."""
        return self.shop.rows(
            "SELECT kind, home_score, away_score, reason FROM betting_settlement"
            " WHERE market_id = %s ORDER BY version",
            self.pk,
        )

    def seen(self, field: str, page: Page | None = None):
        """Return where a page shows something of the market that keeps itself up to date."""
        shown = (page or self.desk.page).locator(f'[data-market="{self.pk}"]')
        return shown.and_((page or self.desk.page).locator(f'[data-field="{field}"]')).first


@pytest.fixture
def match(desk, shop, operator) -> Match:
    return Match(desk, shop, operator)


@pytest.fixture
def punter(shop, operator) -> Wallet:
    """Somebody with 1000 tokens."""
    punter = shop.wallet()
    path = f"admin/users/{punter.account.address}/credit"
    operator.post(path, {"amount": str(1000 * TOKEN), "reason": "paid in"})
    return punter


def bet(punter: Wallet, match: Match, option: int, tokens: int, expect: int = 201):
    body = {"marketId": match.pk, "option": option, "amount": str(tokens * TOKEN), "odds": 101}
    return punter.post("bets", body | {"acceptOdds": "any"}, expect=expect)


# --- One match -----------------------------------------------------------------------------------


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


def creates_a_draft(match: Match) -> None:
    desk, page = match.desk, match.desk.page
    desk.open("markets/market/")
    page.get_by_role("link", name="Create a market").click()
    fields = {"League": "EPL", "Home team": "Arsenal", "Away team": "Chelsea"}
    for label, text in (fields | {"Reason, if there is one": "first leg"}).items():
        page.get_by_label(f"{label}:").fill(text)
    page.get_by_label("Start (UTC):").fill(f"{START:%Y-%m-%dT%H:%M}")
    page.get_by_label("Begins as:").select_option("draft")
    moneyline = page.get_by_role("group", name="Moneyline")
    for side, odds in {"Home": "1.80", "Draw": "3.60", "Away": "4.50"}.items():
        moneyline.get_by_label(side).fill(odds)
    expect(moneyline.locator("output")).to_have_text("5.6 %")
    spread = page.get_by_role("group", name="Spread")
    for side, text in {"Line": "-0.75", "Home": "1.92", "Away": "1.96"}.items():
        spread.get_by_label(side).fill(text)

    (said,) = desk.press("Create")

    match.pk = int(re.fullmatch(r"#(\d+) Arsenal vs Chelsea was made\.", said)[1])
    assert (match.status, match.value("start_time")) == ("draft", START)
    assert match.prices() == (180, 450, "admin", "first leg")
    assert match.audited() == ("admin", "market.create", "first leg")
    expect(match.seen("status")).to_have_text("draft")


def opens_it(match: Match) -> None:
    assert match.desk.act("Open", reason="on sale") == ["The market is open."]

    assert match.status == "active"
    assert match.audited() == ("admin", "market.open", "on sale")


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


# --- People, lists and files ---------------------------------------------------------------------


def balance(shop: Shop, wallet: Wallet) -> float:
    """Return what somebody has, in whole tokens."""
    query = "SELECT available FROM betting_balance WHERE user_id = %s"
    return int(shop.row(query, shop.user(wallet))[0]) / TOKEN


def test_somebody_is_credited_and_debited(desk, shop, punter):
    desk.open("accounts/user/")
    desk.page.locator("#searchbar").fill(punter.account.address)
    desk.page.get_by_role("button", name="Search").click()
    desk.page.locator("#result_list tbody th a").click()
    for move, amount, said, after in (
        ("credit", "12.5", "12.5 USDT credited: the balance is 1012.5 USDT.", 1012.5),
        ("debit", "1000", "1000 USDT debited: the balance is 12.5 USDT.", 12.5),
        ("debit", "13", "Your balance does not cover this amount.", 12.5),
    ):
        form = desk.form("Credit or debit")
        form.get_by_label("What").select_option(move)
        form.get_by_label("Amount").fill(amount)
        form.get_by_label("Reason").fill(f"{move} by phone")
        (answer,) = desk.send(form)
        assert answer.startswith(said), answer
        assert balance(shop, punter) == after
    entries = shop.rows(
        "SELECT debit, credit, reason FROM betting_ledgerentry WHERE user_id = %s ORDER BY id",
        shop.user(punter),
    )
    assert entries[1:] == [
        ("outside", "user", "credit by phone"),
        ("user", "outside", "debit by phone"),
    ]


def test_who_is_blocked_is_out_at_once(desk, shop, punter):
    number = shop.user(punter)
    with connect(f"{shop.socket_url}?token={punter.token}", proxy=None) as socket:
        socket.send('{"type": "ping"}')
        assert '"pong"' in socket.recv(timeout=20)

        desk.open(f"accounts/user/{number}/change/")
        form = desk.form("Block")
        form.get_by_label("Reason").fill("asked to be")
        assert desk.send(form) == ["Blocked, and signed out everywhere."]

        with pytest.raises(ConnectionClosed) as end:
            socket.recv(timeout=20)
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (4401, "signed out")
    with pytest.raises(AssertionError, match=" 401 "):
        punter.get("auth/me")
    with pytest.raises(AssertionError, match=r"40[13] "):
        punter.sign_in()
    assert shop.row("SELECT is_active FROM accounts_user WHERE id = %s", number) == (False,)
    live = "SELECT 1 FROM accounts_session WHERE user_id = %s AND revoked_at IS NULL"
    assert shop.rows(live, number) == []

    form = desk.form("Unblock")
    form.get_by_label("Reason").fill("asked again")
    assert desk.send(form) == ["May sign in again."]
    punter.sign_in()


def test_an_operator_who_is_blocked_is_signed_out_of_pages_that_are_open(
    browser, desk, shop, sit_down
):
    desk.open("accounts/user/add/")
    desk.page.get_by_label("Username:").fill("bill")
    for label in ("Password:", "Password confirmation:"):
        desk.page.get_by_label(label, exact=True).fill("a long password")
    desk.press("Save")
    (number,) = shop.row("SELECT id FROM accounts_user WHERE username = 'bill'")
    desk.give_role(number, "trader")
    bill = sit_down(shop, "bill", "a long password")
    bill.open("markets/market/")
    expect(bill.page.locator("[data-live-state]")).to_have_text("Live")
    # Neither people nor what operators did are a trader's business.
    assert bill.page.locator(".console-nav a").all_inner_texts() == ["Markets", "Orders", "Ledger"]

    form = desk.form("Block")
    form.get_by_label("Reason").fill("left us")
    desk.send(form)

    expect(bill.page.locator("[data-live-state]")).to_have_text(re.compile("^Signed out"))
    bill.open("markets/market/")
    expect(bill.page.locator("#id_username")).to_be_visible()
    # What was asked for in vain after that, the browser told.
    bill.complaints.clear()


def test_orders_are_taken_away_as_csv(match, punter):
    creates_a_draft(match)
    opens_it(match)
    orders = [bet(punter, match, option, 10 + option)["orderId"] for option in (1, 2, 3)]
    page = match.desk.page
    match.desk.open(f"betting/order/?q={match.pk}")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Export CSV").click()

    rows = list(csv.DictReader(StringIO(waiting.value.path().read_text(encoding="utf-8"))))

    assert waiting.value.suggested_filename == "order.csv"
    stored = match.shop.rows(
        "SELECT id, stake, odds_hundredths FROM betting_order WHERE market_id = %s ORDER BY id",
        match.pk,
    )
    assert [int(row["id"]) for row in rows] == orders
    assert [
        (int(row["id"]), int(row["stake"]), round(float(row["odds"]) * 100)) for row in rows
    ] == [(pk, int(stake), odds) for pk, stake, odds in stored]
    assert {row["address"] for row in rows} == {punter.account.address.lower()}


def test_matches_are_imported_once_somebody_has_looked(desk, shop):
    ours = "SELECT count(*) FROM markets_market WHERE league = 'X1'"

    def upload() -> None:
        desk.open("markets/market/")
        desk.page.get_by_role("link", name="Import CSV").click()
        desk.page.get_by_label("CSV file").set_input_files(ROOT / "examples" / "matches.csv")
        desk.page.get_by_label("Move the earliest").fill(f"{START:%Y-%m-%dT%H:%M}")
        desk.page.get_by_label("Reason").fill("new season")
        desk.press("Preview")

    upload()
    rows = desk.page.get_by_role("table", name="Line by line").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("Harbour Rovers vs Mill Town")
    expect(rows.nth(1)).to_contain_text("moneyline home 1.55, draw 4.20, away 6.00")
    assert shop.row(ours) == (0,)

    (said,) = desk.press("Import")
    assert said.startswith("Imported: 3 new")
    starts = shop.rows("SELECT start_time, status FROM markets_market WHERE league = 'X1'")
    assert len(starts) == 3
    assert min(starts) == (START, "active")

    upload()
    expect(desk.page.locator("#content")).to_contain_text("There is nothing to import.")
    assert shop.row(ours) == (3,)


@pytest.mark.parametrize("mebibytes", [9, 40])
def test_a_file_that_is_too_large_leads_to_a_page_that_says_so(desk, tmp_path, mebibytes):
    file = tmp_path / "matches.csv"
    file.write_bytes(b"x" * mebibytes * 2**20)
    desk.open("console/import/")
    desk.page.get_by_label("CSV file").set_input_files(file)
    desk.page.get_by_label("Reason").fill("new season")
    desk.press("Preview")

    expect(desk.page.get_by_role("heading")).to_contain_text("That is too large: 8.0")
    desk.page.get_by_role("link", name="Back to the page").click()
    expect(desk.page.get_by_label("CSV file")).to_be_visible()
    (complaint,) = desk.complaints
    assert "413" in complaint
    desk.complaints.clear()


def test_the_home_page_has_the_house_checked(desk, shop):
    query = "SELECT wanted_at FROM console_checkrun WHERE kind = 'ledger'"
    desk.open("")
    before = shop.rows(query)
    assert desk.press("Check Ledger now") == [
        "It will be checked within seconds; a large book takes minutes."
    ]
    assert shop.rows(query) != before
    made = "SELECT fault_count FROM console_checkrun WHERE kind = 'ledger' AND ended_at > wanted_at"
    assert eventually(lambda: shop.rows(made), seconds=60) == [(0,)]
    desk.open("")
    checks = desk.page.get_by_role("table", name="Checks of the house")
    expect(checks.get_by_role("row", name="Ledger")).to_contain_text("All is right")

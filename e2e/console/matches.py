"""One market on its way through an operator's day: what is done with it, what the database has."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from e2e.console.desk import Desk
from e2e.console.shop import Shop
from e2e.house import Wallet

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


def bet(punter: Wallet, match: Match, option: int, tokens: int, expect: int = 201):
    """Bet at whatever the odds are."""
    body = {"marketId": match.pk, "option": option, "amount": str(tokens * TOKEN), "odds": 101}
    return punter.post("bets", body | {"acceptOdds": "any"}, expect=expect)


def balance(shop: Shop, wallet: Wallet) -> float:
    """Return what somebody has, in whole tokens."""
    query = "SELECT available FROM betting_balance WHERE user_id = %s"
    return int(shop.row(query, shop.user(wallet))[0]) / TOKEN


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

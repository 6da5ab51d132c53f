"""One running house and one browser for all tests of the live page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from e2e.chromium import chromium
from e2e.house import House, Wallet
from e2e.live.visitor import Visitor
from e2e.running import Running, environment, with_tables
from e2e.stage import Stage

TOKEN = 10**18
PRICES = {
    "moneyline": {"home": 1.85, "away": 2.1},
    "spread": {"line": -3, "home": 1.92, "away": 1.88},
    "total": {"line": 219.5, "over": 1.9, "under": 1.9},
}


@dataclass
class Floor(Stage):
    """A kmarket whose demo stands still, with an operator who moves what a test is about."""

    running: Running

    @property
    def url(self) -> str:
        return self.house.url

    def open(self, **changes: Any) -> int:
        """Make a market that starts tomorrow, priced in three ways."""
        start = datetime.now(tz=UTC) + timedelta(days=1)
        body = {
            "league": "NBA",
            "home_team": "Ravens",
            "away_team": "Herons",
            "start_time": int(start.timestamp() * 1000),
            "payload": PRICES,
        }
        number: int = self.operator.post("admin/markets", body | changes, expect=201)["id"]
        return number

    def price(self, market: int, home: float, away: float = 2.0) -> None:
        payload = {"moneyline": {"home": home, "away": away}}
        body = {"market_id": market, "payload": payload, "reason": "a goal", "force": True}
        self.operator.post("admin/odds/override", body, expect=201)

    def suspend(self, market: int) -> None:
        self.operator.put(f"admin/markets/{market}", {"status": "suspended", "reason": "injury"})

    def settle(self, market: int, home: int, away: int) -> None:
        body = {"winning_option": 1 if home > away else 2, "home_score": home, "away_score": away}
        self.operator.post(f"admin/markets/{market}/settle", body)

    def player(self, tokens: int = 1000) -> Wallet:
        """Return somebody who has signed in and has tokens."""
        wallet = Wallet(self.house)
        wallet.sign_in()
        gift = {"amount": str(tokens * TOKEN), "reason": "paid in"}
        self.operator.post(f"admin/users/{wallet.account.address}/credit", gift)
        return wallet


@pytest.fixture(scope="package")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def floor(tmp_path_factory) -> Iterator[Floor]:
    folder = with_tables(tmp_path_factory.mktemp("floor") / "data")
    running = Running(folder, DEMO_FEED="off", RATE_LIMIT="off")
    try:
        running.wait_until_up()
        house = House(f"http://{running.host}", environment(folder))
        stage = Stage.of(house)
        yield Floor(house, stage.operator, running)
    finally:
        running.end()


@pytest.fixture
def visit(browser, floor) -> Iterator[Callable[..., Visitor]]:
    """visit(…) → somebody at the page; in the end nothing may have gone wrong for them."""
    visitors: list[Visitor] = []

    def visit(wallet: Wallet | None = None, **how: Any) -> Visitor:
        visitors.append(Visitor(browser, floor.url, **how))
        if wallet:
            visitors[-1].has(wallet)
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.close()

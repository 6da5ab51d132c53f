from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import StorageState

from e2e.chromium import chromium
from e2e.console.book import Book
from e2e.console.desk import Desk
from e2e.console.matches import TOKEN, Match
from e2e.console.shop import Shop, open_shop
from e2e.house import Wallet


@pytest.fixture(scope="package")
def browser():
    """Chromium without a window, for all tests of the console."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def shop(tmp_path_factory) -> Iterator[Shop]:
    """A running kmarket with two web processes."""
    with open_shop(tmp_path_factory.mktemp("shop"), WORKERS="2") as shop:
        yield shop


@pytest.fixture(scope="package")
def careful_shop(tmp_path_factory) -> Iterator[Shop]:
    """A running kmarket where a second operator approves what a first one decides."""
    with open_shop(tmp_path_factory.mktemp("careful"), SETTLEMENT_FOUR_EYES="1") as shop:
        yield shop


@pytest.fixture(scope="package")
def book(browser, careful_shop) -> Book:
    """Something on every page of the careful shop."""
    operator, second = hired(Desk(browser, careful_shop.url), careful_shop, 2)
    book = Book(careful_shop, operator, second, careful_shop.wallet())
    book.fill()
    return book


@pytest.fixture(scope="package")
def operator(browser, shop) -> Wallet:
    """Somebody who may do everything over the shop's API."""
    (operator,) = hired(Desk(browser, shop.url), shop, 1)
    return operator


@pytest.fixture(scope="package")
def sessions() -> dict[tuple[str, str], StorageState]:
    """Cookies of those who have signed in: a password takes its time."""
    return {}


@pytest.fixture
def sit_down(browser, sessions) -> Iterator[Callable[..., Desk]]:
    """sit_down(shop) → the desk of its first operator; in the end nothing may have gone wrong."""
    desks: list[Desk] = []

    def sit_down(shop: Shop, name: str = "admin", password: str = "") -> Desk:
        who = (shop.url, name)
        desks.append(Desk(browser, shop.url, state=sessions.get(who)))
        if who not in sessions:
            desks[-1].sign_in(name, password or shop.password)
            sessions[who] = desks[-1].context.storage_state()
        return desks[-1]

    yield sit_down
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(sit_down, shop) -> Desk:
    return sit_down(shop)


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


def hired(desk: Desk, shop: Shop, count: int) -> list[Wallet]:
    """Make so many people operators, as one does in the console."""
    wallets = [shop.wallet() for _ in range(count)]
    desk.sign_in("admin", shop.password)
    for wallet in wallets:
        desk.give_role(shop.user(wallet), "admin")
        # What they may do is in their token.
        wallet.sign_in()
    desk.close()
    return wallets

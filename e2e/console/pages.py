"""Every page of the console, and how one gets there."""

from collections.abc import Callable

from e2e.console.book import Book
from e2e.console.desk import Desk
from e2e.house import ROOT

Open = Callable[[Desk, Book], None]


def at(path: str) -> Open:
    """Return what opens an address; {busy} and the like stand for numbers of the book."""

    def open_it(desk: Desk, book: Book) -> None:
        numbers = {**book.markets, "person": book.person, "proposal": book.proposal}
        desk.page.goto(f"/admin/{path.format(**numbers)}")

    return open_it


def last(table: str, path: str) -> Open:
    """Return what opens the newest row of a table."""

    def open_it(desk: Desk, book: Book) -> None:
        (number,) = book.shop.row(f"SELECT max(id) FROM {table}")
        desk.page.goto(f"/admin/{path}/{number}/change/")

    return open_it


def _refused(path: str, form: str) -> Open:
    """Return what sends a form as it comes, which is too little."""

    def open_it(desk: Desk, book: Book) -> None:
        at(path)(desk, book)
        desk.page.locator(f"{form} [type=submit]").click()
        desk.page.locator(".errornote").wait_for()

    return open_it


def _import_preview(desk: Desk, book: Book) -> None:
    desk.page.goto("/admin/console/import/")
    desk.page.locator("[name=file]").set_input_files(ROOT / "examples" / "matches.csv")
    desk.page.locator("[name=reason]").fill("new season")
    desk.page.locator("#content [type=submit]").click()
    desk.page.locator("[name=digest]").wait_for(state="attached")


def _effect(desk: Desk, book: Book) -> None:
    """Prices beyond the guard rails, typed and not sent."""
    at("markets/market/{busy}/change/")(desk, book)
    desk.page.locator("#id_odds_home").fill("3.1")
    desk.page.locator("#id_odds_spread_line").fill("0.75")
    desk.page.locator(".effect table").wait_for()


def _acts(desk: Desk, book: Book) -> None:
    """All that may be done, unfolded."""
    at("markets/market/{busy}/change/")(desk, book)
    for summary in desk.page.locator(".acts summary").all():
        summary.click()


def _preview(desk: Desk, book: Book) -> None:
    at("console/settle/{busy}/")(desk, book)
    form = desk.page.locator("form[aria-labelledby=settle_title]")
    form.locator("[name=home_score]").fill("2")
    form.locator("[name=away_score]").fill("1")
    form.locator("[type=submit]").click()
    desk.page.locator("[name=digest]").wait_for(state="attached")


def _market_filters(desk: Desk, book: Book) -> None:
    at("markets/market/?status__exact=all")(desk, book)
    filters = desk.page.locator(".market-filters")
    if filters.get_attribute("open") is None:
        filters.locator("summary").first.click()


PAGES: dict[str, Open] = {
    "home": at(""),
    "markets": at("markets/market/"),
    "markets-filters": _market_filters,
    "markets-nothing": at("markets/market/?q=nobody"),
    "create": at("console/create/"),
    "create-copy": at("console/create/?copy={busy}"),
    "create-refused": _refused("console/create/", "#content"),
    "import": at("console/import/"),
    "import-refused": _refused("console/import/", "#content"),
    "import-preview": _import_preview,
    "market": at("markets/market/{busy}/change/"),
    "market-effect": _effect,
    "market-acts": _acts,
    "market-long": at("markets/market/{long}/change/"),
    "market-draft": at("markets/market/{draft}/change/"),
    "market-suspended": at("markets/market/{suspended}/change/"),
    "market-settled": at("markets/market/{settled}/change/"),
    "market-cancelled": at("markets/market/{cancelled}/change/"),
    "market-prices": at("markets/market/{busy}/change/?tab=prices"),
    "market-ledger": at("markets/market/{busy}/change/?tab=ledger"),
    "market-audit": at("markets/market/{busy}/change/?tab=audit"),
    "market-held": at("markets/market/{busy}/change/?tab=held"),
    "settle": at("console/settle/{busy}/"),
    "settle-refused": _refused("console/settle/{busy}/", "form[aria-labelledby=settle_title]"),
    "settle-preview": _preview,
    "settle-proposed": at("console/settle/{proposed}/"),
    "settle-settled": at("console/settle/{settled}/"),
    "settle-long": at("console/settle/{long}/"),
    "proposals": at("console/proposals/?state=all"),
    "proposal": at("console/proposals/{proposal}/"),
    "person": at("accounts/user/{person}/change/"),
    "people": at("accounts/user/"),
    "person-add": at("accounts/user/add/"),
    "orders": at("betting/order/"),
    "order": last("betting_order", "betting/order"),
    "ledger": at("betting/ledgerentry/"),
    "entry": last("betting_ledgerentry", "betting/ledgerentry"),
    "audit": at("accounts/adminaction/"),
    "action": last("accounts_adminaction", "accounts/adminaction"),
    "sessions": at("accounts/session/"),
    "settlements": at("betting/settlement/"),
    "balances": at("betting/balance/"),
    "exposures": at("betting/exposure/"),
    "personal-limits": at("betting/personallimits/"),
    "feeds": at("markets/feed/"),
    "held-prices": at("markets/heldprice/"),
    "odds-updates": at("markets/oddsupdate/"),
    "checks": at("console/checkrun/"),
    "check": at("console/checkrun/ledger/change/"),
    "app": at("betting/"),
    "password": at("password_change/"),
}

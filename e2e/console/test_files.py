"""What operators take away and bring in as files, and what they have the house check."""

import csv
from io import StringIO

import pytest
from playwright.sync_api import expect

from e2e.console.matches import START, bet, creates_a_draft, opens_it
from e2e.house import ROOT
from kmarket.tests.processes import eventually

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(240)]


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

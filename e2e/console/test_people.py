"""People, as an operator has to do with them: their money, and who may come in."""

import re

import pytest
from playwright.sync_api import expect
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from e2e.console.matches import balance

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.timeout(240)]


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

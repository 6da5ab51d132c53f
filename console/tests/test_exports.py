"""Orders, ledger and audit as CSV: what the list finds, all of it, row by row."""

import csv
import io
import tracemalloc
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AdminAction, Role, User
from betting import services
from betting.models import LedgerEntry, Order
from conftest import ALICE
from console import exports
from console.exports import cell
from console.tests.conftest import with_role
from markets.odds import Odds

ORDERS = "/admin/betting/order/"
LEDGER = "/admin/betting/ledgerentry/"
AUDIT = "/admin/accounts/adminaction/"
LISTS = (ORDERS, LEDGER, AUDIT)
# Too much for a float, and for a spreadsheet that reads numbers.
STAKE = 10**30 + 1


def rows_of(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_orders_come_with_their_market_and_exact_amounts(console, alice, place, market):
    services.credit(user=alice, amount=STAKE, actor=None, reason="rich")
    order = place(stake=STAKE, client_ref="mine")

    answer = console.get(f"{ORDERS}export/")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="order.csv"'
    assert rows_of(answer) == [
        {
            "id": str(order.pk),
            "placed_at": Order.objects.get().placed_at.astimezone(UTC).isoformat(),
            "user_id": str(alice.pk),
            "address": ALICE,
            "market_id": str(market.pk),
            "league": "NBA",
            "home_team": "Lakers",
            "away_team": "Warriors",
            "option": "1",
            "side": "home",
            "odds": "1.85",
            "line": "",
            "odds_seq": "1",
            "stake": str(STAKE),
            "state": "accepted",
            "result": "",
            "payout": "",
            "settlement_version": "0",
            "client_ref": "mine",
            "tx_hash": "",
        }
    ]


def test_the_ledger_and_the_audit_come_whole(console, trader, alice):
    services.debit(user=alice, amount=7, actor=trader, reason="fee")

    entries = rows_of(console.get(f"{LEDGER}export/"))
    assert [(row["debit"], row["credit"], row["amount"], row["reason"]) for row in entries] == [
        ("outside", "user", "1000", "to begin with"),
        ("user", "outside", "7", "fee"),
    ]
    actions = rows_of(console.get(f"{AUDIT}export/"))
    assert len(actions) == AdminAction.objects.count()
    last = actions[-1]
    assert (last["actor"], last["action"]) == ("trader", "balance.debit")
    assert (last["target_type"], last["target_id"]) == ("accounts.user", str(alice.pk))
    assert last["after"] == '{"amount": "7", "balance": "993"}'


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 3),
        ({"q": ALICE}, 2),
        ({"option__exact": "2"}, 1),
        ({"q": ALICE, "option__exact": "2"}, 0),
        ({"placed_at__year": "1999"}, 0),
        ({"o": "-7", "p": "2"}, 3),
    ],
)
def test_the_lists_filters_and_search_are_the_exports(console, bob, place, query, found):
    services.credit(user=bob, amount=100, actor=None, reason="bonus")
    place()
    place()
    place(user=bob, option=2, seen_odds=Odds(210))

    assert len(rows_of(console.get(f"{ORDERS}export/", query))) == found


def test_the_button_keeps_the_filters_and_not_the_page(console, place):
    place()
    page = console.get(ORDERS, {"q": ALICE, "state__exact": "accepted", "p": "1"})
    button = f'href="{ORDERS}export/?q={ALICE}&amp;state__exact=accepted"'
    assert button in page.content.decode()
    assert 'href="/admin/betting/order/export/"' in console.get(ORDERS).content.decode()


@pytest.mark.parametrize("page", LISTS)
def test_a_filter_that_there_is_not_is_refused(console, page):
    assert console.get(f"{page}export/", {"nothing": "1"}).status_code == 400
    assert console.get(f"{page}export/", {"id__exact": "x"}).status_code == 400
    assert console.post(f"{page}export/").status_code == 405


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        (Role.TRADER, {ORDERS, LEDGER}),
        (Role.AUDITOR, {ORDERS, LEDGER, AUDIT}),
        (Role.ADMIN, {ORDERS, LEDGER, AUDIT}),
    ],
)
def test_only_who_sees_the_list_takes_it_away(db, role, allowed):
    client = with_role(role)
    for page in LISTS:
        assert client.get(f"{page}export/").status_code == (200 if page in allowed else 403)


def test_nobody_else_gets_anything(client, db):
    for page in LISTS:
        assert client.get(f"{page}export/").status_code == 302


def many_entries(user: User, count: int) -> None:
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            debit="outside",
            credit="user",
            amount=number,
            user=user,
            cause="deposit",
            reason=f"deposit {number}",
        )
        for number in range(1, count + 1)
    )


def test_the_first_bytes_leave_before_the_last_row_is_read(console, bob, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 10)
    many_entries(bob, 95)
    parts = iter(console.get(f"{LEDGER}export/"))

    with CaptureQueriesContext(connection) as queries:
        assert next(parts).startswith(b"id,at,debit,credit,amount")
        assert len(queries) == 0
        assert next(parts).count(b"\r\n") == 10
        assert len(queries) == 1
        # Each batch is found by its key: nothing is skipped by counting, no cursor stays open.
        rest = list(parts)
    assert len(rest) == 9
    assert sum(part.count(b"\r\n") for part in rest) == 85
    statements = [query["sql"] for query in queries]
    assert not any("OFFSET" in sql or "CURSOR" in sql for sql in statements)


def test_rows_added_meanwhile_are_left_out_and_the_export_ends(console, bob, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 10)
    many_entries(bob, 25)
    count = 0
    for part in console.get(f"{LEDGER}export/"):
        count += part.count(b"\r\n")
        many_entries(bob, 20)
    assert count == 1 + 25


def test_memory_does_not_grow_with_the_rows(console, bob, monkeypatch):
    monkeypatch.setattr(exports, "BATCH", 100)

    def peak() -> int:
        tracemalloc.start()
        size = 0
        for part in console.get(f"{LEDGER}export/"):
            size += len(part)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 0
        return used

    many_entries(bob, 2 * exports.BATCH)
    peak()  # what is loaded once
    few = peak()
    many_entries(bob, 28 * exports.BATCH)
    many = peak()
    # Fifteen times the rows.
    assert many < 1.5 * few


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("＝1", "'＝1"),  # noqa: RUF001
        ("-12.5", "-12.5"),
        ("plain = text", "plain = text"),
        ("", ""),
        (None, ""),
        (-5, "-5"),
        (10**77, "1" + "0" * 77),
        ({"a": "=1"}, '{"a": "=1"}'),
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006+00:00"),
    ],
)
def test_a_spreadsheet_finds_no_formula(value, written):
    assert cell(value) == written


def test_a_formula_in_a_reason_is_a_text(console, bob):
    services.credit(user=bob, amount=5, actor=None, reason='=1+1,"x"')
    assert rows_of(console.get(f"{LEDGER}export/"))[-1]["reason"] == '\'=1+1,"x"'
    assert rows_of(console.get(f"{AUDIT}export/"))[-1]["reason"] == '\'=1+1,"x"'

"""What was so: orders, ledger, prices, held prices and audit of one market, read-only."""

import re

import pytest

from accounts.models import AdminAction, Role
from betting.models import LedgerEntry, Order
from console import market_tabs
from markets import services
from markets.lifecycle import Event
from markets.models import Feed, HeldPrice, Market, OddsUpdate


def page(client, market: Market, query: str = ""):
    return client.get(f"/admin/markets/market/{market.pk}/change/{query}")


def rows(answer) -> list:
    return answer.context["page"].rows


def tabs(answer) -> list[str]:
    return [tab.name for tab in answer.context["tabs"]]


@pytest.fixture
def told(market, open_market, place, trader) -> Market:
    """A market with one row of each kind, beside another one with some too."""
    other = open_market()
    for one in (market, other):
        place(market_id=one.pk, stake=10)
        feed, _ = Feed.objects.get_or_create(name="acme", defaults={"heard_at": one.start_time})
        changes = {"moneyline": {"home": "1.80", "away": "2.20"}, "spread": None}
        HeldPrice.objects.create(market=one, feed=feed, changes=changes)
        services.change_status(
            market_id=one.pk, event=Event.SUSPEND, actor=trader, reason="weather"
        )
    return market


def test_each_tab_shows_the_rows_of_this_market_and_of_no_other(console, told):
    order = Order.objects.get(market=told)
    assert rows(page(console, told, "?tab=orders")) == [order]
    assert rows(page(console, told, "?tab=ledger")) == [LedgerEntry.objects.get(market=told)]
    assert [one.seq for one in rows(page(console, told, "?tab=prices"))] == [2, 1]
    assert rows(page(console, told, "?tab=held")) == [HeldPrice.objects.get(market=told)]
    assert [one.action for one in rows(page(console, told, "?tab=audit"))] == [
        "market.suspend",
        "market.create",
    ]


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("orders", r"Lakers 1\.85 0\.00000000000000001 USDT accepted"),
        ("ledger", r"user escrow 0\.00000000000000001 USDT"),
        ("prices", r"2 \S+ \S+ suspended 1\.85 / - / 2\.10 admin trader weather"),
        ("held", r"acme \S+ \S+ moneyline: away 2\.20, home 1\.80; spread: taken off"),
        ("audit", r"market\.suspend \S+ \S+ trader weather status: active"),
    ],
)
def test_each_tab_says_it_in_words(console, told, tab, words):
    text = page(console, told, f"?tab={tab}").content.decode()
    text = text[text.index('id="tabs"') :]
    assert re.search(words, " ".join(re.sub(r"<[^>]*>", " ", text).split()))


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        (Role.TRADER, ["orders", "ledger", "prices", "held"]),
        (Role.SETTLER, ["orders", "ledger", "prices", "held"]),
        (Role.AUDITOR, ["orders", "ledger", "prices", "held", "audit"]),
    ],
)
def test_a_role_reads_the_tabs_of_what_it_may_see(as_role, market, role, wanted):
    assert tabs(page(as_role(role), market)) == wanted


def test_a_tab_that_a_role_may_not_read_is_a_403(as_role, market):
    assert page(as_role(Role.TRADER), market, "?tab=audit").status_code == 403


@pytest.mark.parametrize(
    "query", ["?tab=users", "?before=x", "?before=-1", "?before=" + "9" * 40, "?before=1.5"]
)
def test_what_asks_for_no_rows_is_a_bad_request(console, market, query):
    assert page(console, market, query).status_code == 400


def test_pages_follow_each_other_without_a_gap(console, market, place, monkeypatch):
    monkeypatch.setattr(market_tabs, "ROWS_MAX", 2)
    orders = [place(stake=10) for _ in range(5)]
    seen, query = [], "?tab=orders"
    while query:
        answer = page(console, market, query)
        seen += rows(answer)
        # What is added meanwhile moves nothing.
        place(stake=10)
        older = re.search(r'rel="next" href="([^"#]+)', answer.content.decode())
        query = older[1].replace("&amp;", "&") if older else ""
    assert seen == orders[::-1]


def test_pages_of_prices_go_by_their_number(console, market, trader, monkeypatch):
    monkeypatch.setattr(market_tabs, "ROWS_MAX", 2)
    for event in (Event.SUSPEND, Event.RESUME, Event.SUSPEND):
        services.change_status(market_id=market.pk, event=event, actor=trader, reason="test")
    assert [one.seq for one in rows(page(console, market, "?tab=prices"))] == [4, 3]
    older = page(console, market, "?tab=prices&before=3")
    assert [one.seq for one in rows(older)] == [2, 1]
    assert older.context["page"].older is None


def test_what_people_wrote_is_shown_as_text(console, market, trader):
    services.change_status(
        market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="<script>alert(1)</script>"
    )
    for tab in ("prices", "audit"):
        text = page(console, market, f"?tab={tab}").content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_reading_writes_nothing(console, told):
    before = (AdminAction.objects.count(), OddsUpdate.objects.count())
    for tab in ("orders", "ledger", "prices", "held", "audit"):
        assert page(console, told, f"?tab={tab}").status_code == 200
    assert (AdminAction.objects.count(), OddsUpdate.objects.count()) == before

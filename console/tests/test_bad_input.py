"""Whatever an operator types or a link says: an answer that says what is wrong, and never a bug."""

import pytest
from django.test import Client

from betting.models import LedgerEntry, Order, Settlement
from markets.models import Market, OddsUpdate

DIGITS = "9" * 5000
NUL = "%00"
MARKUP = "<script>alert(1)</script>\"'&{{x}}{% y %}"
NASTY = [
    *("", " ", "\x00", "x" * 100_000, DIGITS, "-1", "1e400", "nan", "0x10", "1_000"),
    *("\u0661\u0662", "\ud7ff\u202e", MARKUP, "9" * 78, "0." + "1" * 80, "9999-12-31T23:59"),
]
LISTS = [
    *("markets/market/", "markets/oddsupdate/", "betting/order/", "betting/ledgerentry/"),
    *("betting/order/export/", "accounts/user/", "accounts/adminaction/", "accounts/session/"),
]
QUERIES = [
    *(f"q={NUL}", f"q={DIGITS}", f"p={DIGITS}", "p=-1", "o=99.-99.x", f"o={DIGITS}", "all=x"),
    *(f"id__exact={DIGITS}", "id__exact=x", f"league={NUL}", "nothing=1", "e=1", "waits=x"),
    *(f"{at}__year={year}" for at in ("start_time", "placed_at", "at") for year in (DIGITS, "x")),
    *("start_time__year=2026&start_time__month=13", "at__year=2026&at__month=2&at__day=31"),
    *("user__id__exact=x", f"target_id={NUL}", f"target_type__id__exact={DIGITS}"),
]
PAGES = [
    *(f"markets/market/{number}/change/" for number in (DIGITS, "9" * 19, "-1", "x", NUL, "_2F")),
    *(f"betting/order/{number}/change/" for number in ("9" * 30, "-1", "x")),
    *(f"accounts/user/{number}/change/" for number in ("9" * 30, "x")),
    *(f"console/settle/{number}/" for number in (DIGITS, "0", "x")),
    *(f"console/proposals/?p={page}" for page in (DIGITS, "x", "-1")),
    *(f"console/create/?copy={number}" for number in (DIGITS, "x", NUL)),
    *(f"live-stakes/?ids={ids}" for ids in (DIGITS, "", ",", "1,x", "1,", "," * 300)),
    *("console/checkrun/x/change/", "nothing/", "jsi18n/", "r/1/x/", "autocomplete/"),
]
OF_THE_MARKET = [
    *(f"change/?tab={tab}" for tab in ("x", NUL, MARKUP)),
    *(f"change/?tab=orders&before={before}" for before in (DIGITS, "x", "-1")),
    *(f"effect/?home={odds}&away=2&seq={odds}" for odds in ("1e400", DIGITS, NUL, "1.80")),
    *(f"prices/?group=moneyline&from={moment}" for moment in (DIGITS, "x", "-1", "9" * 15)),
    *("prices/", "prices/?group=x", "history/", "delete/"),
]


@pytest.fixture
def any_page(console) -> Client:
    """A browser that is shown the page of a bug."""
    console.raise_request_exception = False
    return console


@pytest.mark.parametrize("page", LISTS)
def test_a_list_takes_any_query(any_page, market, page):
    answers = {query[:60]: any_page.get(f"/admin/{page}?{query}") for query in QUERIES}
    assert {
        query: one.status_code for query, one in answers.items() if one.status_code >= 500
    } == {}


def test_no_address_leads_to_a_bug(any_page, market, alice):
    paths = [
        *PAGES,
        *(f"markets/market/{market.pk}/{path}" for path in OF_THE_MARKET),
        *(f"accounts/user/{alice.pk}/change/?orders_before={DIGITS}",),
    ]
    found = {path[:80]: any_page.get(f"/admin/{path}").status_code for path in paths}
    assert {path: status for path, status in found.items() if status >= 500} == {}


FORMS = {
    "console/create/": (
        *("league", "home_team", "away_team", "start_time", "category", "description", "status"),
        *("reason", "key", "moneyline_home", "moneyline_draw", "moneyline_away", "spread_line"),
        *("spread_home", "spread_away", "total_line", "total_over", "total_under"),
    ),
    "markets/market/{market}/change/": (
        *("act", "seq", "home", "draw", "away", "spread_line", "spread_home", "total_line"),
        *("force", "reason", "start_time", "stake_min", "stake_max", "liability_cap", "option_1"),
    ),
    "console/settle/{market}/": (
        *("kind", "step", "home_score", "away_score", "winning_option", "reason", "since"),
        *("order_id", "digest"),
    ),
    "accounts/user/{user}/do/money/": ("move", "amount", "reason", "key"),
    "accounts/user/{user}/do/role/": ("role", "reason"),
    "accounts/user/add/": ("username", "password1", "password2", "usable_password"),
    "console/import/": ("prices", "starts", "reason", "digest", "file"),
}
KEY = "00000000-0000-4000-8000-000000000001"
MATCH = {"league": "EPL", "home_team": "A", "away_team": "B", "start_time": "2099-01-01T10:00"}
# What the forms above take, so that what is nasty comes far.
GOOD = {
    "console/create/": MATCH | {"category": "sports", "status": "draft", "key": KEY},
    "accounts/user/{user}/do/money/": {"move": "credit", "amount": "1", "reason": "x", "key": KEY},
    "console/settle/{market}/": {"step": "preview", "reason": "x"},
}


def counted() -> list[int]:
    return [model.objects.count() for model in (LedgerEntry, Order, Settlement, OddsUpdate)]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_takes_anything(any_page, place, market, alice, form):
    place()
    before = counted()
    path = "/admin/" + form.format(market=market.pk, user=alice.pk)
    found = {}
    for name in FORMS[form]:
        for value in NASTY:
            sent = GOOD.get(form, {}) | {name: value}
            found[name, value[:20]] = any_page.post(path, sent).status_code
    assert {about: status for about, status in found.items() if status >= 500} == {}
    if "create" not in form and "money" not in form:
        assert counted() == before


@pytest.mark.parametrize("kind", ["settle", "void", "void_since", "void_order", "rollback"])
def test_a_decision_takes_anything(any_page, place, market, kind):
    place()
    found = {}
    for name in ("home_score", "winning_option", "since", "order_id", "reason", "digest"):
        for value in NASTY:
            sent = {"kind": kind, "step": "confirm", "reason": "x", "away_score": "1", name: value}
            answer = any_page.post(f"/admin/console/settle/{market.pk}/", sent)
            found[name, value[:20]] = answer.status_code
    assert {about: status for about, status in found.items() if status >= 500} == {}
    assert not Settlement.objects.exists()


def test_names_are_shown_as_they_are_and_run_nowhere(console, open_market, alice):
    open_market(home_team=MARKUP, away_team="B", league=MARKUP)
    number = Market.objects.get(home_team=MARKUP).pk
    pages = ("markets/market/", f"markets/market/{number}/change/", f"console/settle/{number}/")
    for page in (*pages, f"console/create/?copy={number}"):
        text = console.get(f"/admin/{page}").content.decode()
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text

"""The console in Chinese: whatever page an operator opens, no word of English is left over."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import our_apps
from betting import services as betting_services
from betting.models import Proposal
from conftest import ALICE
from console.market_tabs import TABS
from console.tests import in_chinese
from console.tests.conftest import said
from console.tests.in_chinese import english
from markets.models import Market
from tests.season import ROW, csv_text

# Five columns are all that a file must have.
COLUMNS = ("Div", "Date", "Time", "HomeTeam", "AwayTeam")
KEY = "00000000-0000-4000-8000-000000000001"
CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.5"}


@pytest.fixture
def console(trader) -> Client:
    client = Client(headers=CHINESE)
    client.force_login(trader)
    return client


@pytest.fixture
def alice(db, trader) -> User:
    """A player whose name and whose money's reason are no English."""
    user = User.objects.create_user("爱丽丝", address=ALICE)
    betting_services.credit(user=user, amount=1000, actor=trader, reason="活动奖金")
    return user


@pytest.fixture
def world(trader, alice, open_market) -> dict[str, Market]:
    return in_chinese.made(trader=trader, alice=alice, open_market=open_market)


def _models() -> Iterator[type[Model]]:
    for app in sorted(our_apps()):
        yield from (m for m in apps.get_app_config(app).get_models() if m in admin.site._registry)
    yield Group


def _addresses(world: dict[str, Market]) -> Iterator[str]:
    """Yield the address of every page, of a row of each kind that is shown differently."""
    yield from ("/admin/", "/admin/console/create/", "/admin/console/import/")
    yield from ("/admin/password_change/", "/admin/accounts/user/add/")
    yield from ("/admin/console/proposals/", "/admin/console/proposals/?state=all")
    for model in _models():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield f"{reverse(f'{name}_changelist')}?all="
        rows = world.values() if model == Market else model.objects.all()[:1]
        if model == User:
            # Without a password, whose salt is all letters.
            rows = User.objects.filter(address=ALICE)
        assert rows, f"The world has no {model._meta.verbose_name}."
        yield from (reverse(f"{name}_change", args=[row.pk]) for row in rows)
    yield from (reverse("admin:console_settle", args=[market.pk]) for market in world.values())
    yield f"/admin/console/create/?copy={world['open'].pk}"
    busy = reverse("admin:markets_market_change", args=[world["open"].pk])
    yield from (f"{busy}?tab={tab.name}" for tab in TABS)
    yield f"{busy.replace('change', 'effect')}?home=9&away=1.02&seq=1"
    yield f"{busy.replace('change', 'effect')}?home=1.5&away=2.9&spread_line=3&seq=3"
    yield reverse("admin:accounts_user_history", args=[User.objects.get(address=ALICE).pk])
    yield reverse("admin:console_proposal", args=[Proposal.objects.get().pk])


def test_no_page_has_a_word_of_english(console, world):
    left = {}
    for address in _addresses(world):
        answer = console.get(address)
        assert answer.status_code == 200, address
        assert answer["Content-Language"] == "zh-hans"
        if words := english(answer.content.decode()):
            left[address] = words

    assert left == {}, left


def market_page(market: Market) -> str:
    return reverse("admin:markets_market_change", args=[market.pk])


def test_what_a_markets_page_answers_is_chinese(console, world):
    page = market_page(world["open"])
    odds = {"act": "odds", "seq": "4", "home": "1.90", "away": "2.05", "reason": "伤病"}
    acts = ("release", "pin", "suspend", "resume", "close")
    sent = [
        {"act": "suspend"},
        {"act": "open", "reason": "太早"},
        {"act": "start", "start_time": "明天", "reason": "改期"},
        {"act": "start", "start_time": "2001-01-01 00:00", "reason": "改期"},
        {"act": "limits", "stake_min": "一", "reason": "风控"},
        {"act": "limits", "stake_min": "9", "stake_max": "1", "reason": "风控"},
        {"act": "limits", "stake_min": "0." + "0" * 18 + "1", "reason": "风控"},
        {"act": "limits", "stake_min": "9" * 70, "reason": "风控"},
        odds,
        odds | {"home": "1.905"},
        odds | {"home": ""},
        odds | {"home": "9"},
        odds | {"home": "1.10", "away": "9.00"},
        odds | {"home": "1.01", "away": "1000.00"},
        odds | {"seq": "1", "home": "1.80"},
        odds | {"spread_line": "0.3"},
        odds | {"total_line": "-1"},
        odds | {"total_off": "on"},
        *({"act": act, "reason": "测试"} for act in acts),
    ]
    for body in sent:
        answer = console.post(page, body, follow=True)
        assert answer.status_code == 200, body
        assert said(answer), body
        assert english(answer.content.decode()) == set(), body


def test_what_lists_answer_is_chinese(console, world):
    markets = [market.pk for market in world.values()]
    chosen = {"_selected_action": markets}
    for action in ("suspend", "resume", "close"):
        for reason in ("", "赛前"):
            body = {"action": action, "reason": reason, **chosen}
            answer = console.post("/admin/markets/market/", body, follow=True)
            assert english(answer.content.decode()) == set(), body
    people = {"_selected_action": list(User.objects.values_list("pk", flat=True)[:2])}
    for action in ("give_role", "end_sessions", "disable", "enable"):
        for fields in ({"reason": ""}, {"reason": "复核"}, {"reason": "复核", "role": "auditor"}):
            body = {"action": action, **fields, **people}
            answer = console.post("/admin/accounts/user/", body, follow=True)
            console.force_login(User.objects.get(username="trader"))
            assert english(answer.content.decode()) - {"trader"} == set(), body


def test_what_a_persons_page_and_the_home_page_answer_is_chinese(console, world, alice):
    money = {"move": "credit", "amount": "5", "key": KEY}
    sent = [
        *(("money", fields) for fields in ({}, money, money, money | {"amount": "-1"})),
        ("money", money | {"amount": "0." + "0" * 18 + "1"}),
        ("money", money | {"amount": "9" * 70}),
        ("money", money | {"move": "debit", "amount": "1000000", "key": KEY[:-1] + "2"}),
        *(("role", {"role": role}) for role in ("auditor", "无")),
        *((name, {}) for name in ("end", "block", "unblock")),
    ]
    for name, fields in sent:
        url = f"/admin/accounts/user/{alice.pk}/do/{name}/"
        answer = console.post(url, {"reason": "客服来电", **fields}, follow=True)
        assert said(answer), (name, fields)
        assert english(answer.content.decode()) == set(), (name, fields)
    answer = console.post("/admin/check/audit/", follow=True)
    assert said(answer)
    assert english(answer.content.decode()) == set()


@pytest.mark.parametrize("four_eyes", [False, True])
def test_decisions_and_their_previews_are_chinese(console, world, settings, four_eyes):
    settings.SETTLEMENT_FOUR_EYES = four_eyes
    scores = {"home_score": 3, "away_score": 1}
    decisions = [
        ("open", {"kind": "settle", "home_score": 1}),
        ("open", {"kind": "settle"}),
        ("open", {"kind": "settle", "winning_option": 1}),
        ("open", {"kind": "settle", "winning_option": 2, **scores}),
        ("open", {"kind": "void_order", "order_id": 1, "reason": "误操作"}),
        ("open", {"kind": "void_since", "since": "2020-01-01T00:00", "reason": "迟到"}),
        ("open", {"kind": "settle", **scores}),
        ("void", {"kind": "settle", **scores}),
        ("settled", {"kind": "rollback", "reason": "录错"}),
        ("settled", {"kind": "resettle", "void": "on", "reason": "录错", **scores}),
        ("settled", {"kind": "resettle", "home_score": 0, "away_score": 9, "reason": "录错"}),
        ("settled", {"kind": "resettle", "void": "on", "reason": "录错"}),
        ("draft", {"kind": "void", "reason": "取消"}),
    ]
    for name, body in decisions:
        url = reverse("admin:console_settle", args=[world[name].pk])
        answer = console.post(url, {"step": "preview", **body})
        assert english(answer.content.decode()) == set(), body
        if "shown" in answer.context:
            digest = answer.context["shown"].preview.digest
            answer = console.post(url, {"step": "confirm", "digest": digest, **body}, follow=True)
            assert english(answer.content.decode()) == set(), body
    for proposal in Proposal.objects.all():
        url = reverse("admin:console_proposal", args=[proposal.pk])
        for end in ({"end": "approve"}, {"end": "withdraw"}, {"end": "withdraw", "reason": "不妥"}):
            answer = console.post(url, end, follow=True)
            assert english(answer.content.decode()) == set(), end


def test_a_new_market_and_what_is_wrong_with_it_are_chinese(console, world):
    match = {"league": "英超", "home_team": "阿森纳", "away_team": "切尔西", "status": "active"}
    match |= {"start_time": "2100-01-01T12:00", "category": "sports", "key": KEY}
    two_way = {"moneyline_home": "1.9", "moneyline_away": "1.9"}
    sent = [
        {},
        match,
        match | {"moneyline_home": "1.9"},
        match | {"moneyline_home": "x", "spread_line": "0.3", "total_line": "9999"},
        match | {"moneyline_home": "1.005", "moneyline_away": "0"},
        match | {"total_line": "-2", "total_over": "1.9", "total_under": "1.9"},
        match | {"away_team": "阿森纳", "start_time": "2001-01-01T12:00", **two_way},
        match | {"moneyline_home": "9", "moneyline_away": "9"},
        match | two_way,
        match | two_way,
    ]
    for body in sent:
        answer = console.post("/admin/console/create/", body, follow=True)
        assert english(answer.content.decode()) == set(), body
    assert Market.objects.filter(home_team="阿森纳").count() == 1


def test_a_file_of_matches_is_previewed_and_imported_in_chinese(console, db):
    team = {"HomeTeam": "曼联", "AwayTeam": "热刺"}
    bad = [
        *({"Div": "?"}, {"Date": "tomorrow"}, {"Date": "31/02/2026"}, {"Date": "01/01/2300"}),
        *({"Time": "noon"}, {"Date": "29/03/2026", "Time": "01:30"}, {"AvgH": "x"}),
        *({"AvgH": "1.305"}, {"AHh": "0.3"}, {"HomeTeam": ""}, {"HomeTeam": "热刺"}),
        *({"AvgAHA": "9.99"}, {"AvgA": ""}, {"FTHG": "x"}),
    ]
    files = [
        b"",
        b"\xff",
        b'"',
        b"Div,Date\n",
        csv_text(columns=["Div", "Div", *COLUMNS]).encode(),
        csv_text(*({**team, **row} for row in [*bad, {}, {}])).encode(),
        csv_text(team, columns=COLUMNS).encode(),
    ]
    # What the file itself says: its columns, and the cells that are no good.
    columns = {*re.findall("[A-Za-z]{2,}", " ".join(ROW)), "tomorrow", "noon", "dd", "mm", "yyyy"}
    own = columns | {"hh", "UTF", "EPL"}
    # What Python has against a file of CSV.
    own |= {"unexpected", "end", "of"}
    for prices in ("both", "closing", "closing"):
        for content in files:
            file = SimpleUploadedFile("比赛", content)
            terms = {"prices": prices, "starts": "2100-01-01T12:00", "reason": "新赛季"}
            answer = console.post("/admin/console/import/", terms | {"file": file})
            assert english(answer.content.decode()) <= own, content
            if answer.context.get("does_something"):
                body = {"digest": answer.context["upload"].digest}
                answer = console.post("/admin/console/import/", body)
                assert english(answer.content.decode()) <= own, content
    assert Market.objects.count() == 1

"""Who is spoken to in which language, and what is the same in all of them."""

import re

import pytest
from django.test import Client

from betting import services as betting_services
from kmarket.fields import AMOUNT_MAX

ENGLISH, CHINESE = {"accept-language": "en"}, {"accept-language": "zh-CN"}
NO_TEAM = {"home_team": "", "away_team": "B", "league": "C", "start_time": 1}


def text(client: Client, url: str, headers: dict[str, str]) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200
    return b"".join(answer).decode()


@pytest.mark.parametrize(
    ("code", "wanted", "given"),
    [
        ("en", "zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"),
        ("en", "zh", "zh-hans"),
        ("en", "fr, en;q=0.5", "en"),
        ("en", "fr", "en"),
        ("en", None, "en"),
        ("zh-hans", "fr", "zh-hans"),
        ("zh-hans", "en-GB", "en"),
        ("zh-hans", None, "zh-hans"),
    ],
)
def test_the_browser_decides_and_then_the_setting(settings, db, code, wanted, given):
    settings.LANGUAGE_CODE = code
    answer = Client(headers={"accept-language": wanted} if wanted else {}).get("/admin/login/")

    assert answer["Content-Language"] == given
    assert ('lang="zh-hans"' in answer.content.decode()) == (given == "zh-hans")
    assert ("kmarket 控制台" in answer.content.decode()) == (given == "zh-hans")


@pytest.mark.parametrize("code", ["en", "zh-hans"])
def test_the_api_has_one_language(settings, console, market, operator_client, code):
    settings.LANGUAGE_CODE = code
    # Somebody at the console has just been answered in Chinese by the same thread.
    assert "抽水率" in text(console, "/admin/markets/market/", CHINESE)

    refused = operator_client.post(
        "/api/v1/admin/markets", NO_TEAM, content_type="application/json", headers=CHINESE
    )

    assert refused.status_code == 400
    fields = refused.json()["details"]["fields"]
    assert fields["home_team"][0]["message"] == "This field may not be blank."
    assert "Content-Language" not in refused


@pytest.mark.parametrize("model", ["accounts/adminaction", "betting/ledgerentry", "betting/order"])
def test_exported_files_are_the_same_in_every_language(console, place, model):
    place()
    url = f"/admin/{model}/export/"

    assert text(console, url, CHINESE) == text(console, url, ENGLISH)


def test_amounts_have_every_digit_in_every_language(console, bob, trader):
    betting_services.credit(user=bob, amount=AMOUNT_MAX, actor=trader, reason="all there is")
    whole = f"{AMOUNT_MAX // 10**18}.{AMOUNT_MAX % 10**18}"
    for headers in (ENGLISH, CHINESE):
        page = text(console, f"/admin/accounts/user/{bob.pk}/change/", headers)
        assert f"{whole} USDT" in page
        assert f"{whole} USDT" in text(console, "/admin/betting/balance/", headers)


def test_numbers_and_times_of_a_market_are_the_same_in_every_language(console, market, place):
    place()
    figures = re.compile(r">\s*([-0-9.,:% ]*[0-9][-0-9.,:% ]*)\s*<")
    for url in (f"/admin/markets/market/{market.pk}/change/", "/admin/markets/market/"):
        found = [figures.findall(text(console, url, one)) for one in (ENGLISH, CHINESE)]
        assert found[0] == found[1]
        assert len(found[0]) > 5


def test_what_scripts_say_is_in_the_operators_language(console, market):
    live = console.get("/admin/markets/market/", headers=CHINESE).context["live"]
    said = [*live["state"].values(), *live["status"].values()]
    assert not re.search("[A-Za-z]", "".join(said))
    assert (live["status"]["active"], live["state"]["live"]) == ("开盘中", "实时")
    history = f"/admin/markets/market/{market.pk}/prices/?group=moneyline"
    assert console.get(history, headers=CHINESE).json()["status"] == ["开盘中"]
    assert console.get(history, headers=ENGLISH).json()["status"] == ["active"]

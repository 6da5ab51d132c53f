"""How rows are read: amounts in whole tokens, people by a short name, moments in UTC."""

import re

import pytest
from django.urls import reverse

from betting import services, settlement
from betting.models import Order, Settlement
from betting.settlement import Result
from conftest import ALICE, ALL_GROUPS
from markets.odds import Odds

SHORT = f"{ALICE[:6]}…{ALICE[-4:]}"


@pytest.fixture(autouse=True)
def _two_decimals(settings):
    settings.TOKEN_DECIMALS = 2


def content(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


def cells(answer, name: str) -> list[str]:
    """Return what a column of a list shows."""
    return re.findall(rf'<td class="field-{name}[^"]*">(.*?)</td>', content(answer))


def shown(answer) -> dict[str, str]:
    """Return what a row's page shows, by the name of the field."""
    found = re.findall(
        r'<label>(.*?):</label>.*?<div class="readonly">(.*?)</div>', content(answer), re.DOTALL
    )
    return {name: re.sub(r"<.*?>", "", value) for name, value in found}


@pytest.fixture
def order(place, open_market) -> Order:
    return place(market_id=open_market(ALL_GROUPS).pk, option=5, stake=250, seen_odds=Odds(188))


def test_orders_say_what_was_bet_on_and_who_did(console, order, alice):
    page = console.get(reverse("admin:betting_order_changelist"))
    assert cells(page, "bet") == ["Warriors +3"]
    assert cells(page, "amount") == ["2.5 USDT", "-"]
    (who,) = cells(page, "person")
    person = reverse("admin:accounts_user_change", args=[alice.pk])
    assert who == f'<a href="{person}" title="{ALICE}">{SHORT}</a>'
    assert f"{order.placed_at:%Y-%m-%d %H:%M:%S}" in content(page)


def test_the_page_of_an_order_has_its_price_and_no_raw_numbers(console, order):
    page = shown(console.get(reverse("admin:betting_order_change", args=[order.pk])))
    assert (page["Bet on"], page["Odds"], page["Stake"]) == ("Warriors +3", "1.88", "2.5 USDT")
    assert page["User"] == ALICE


@pytest.mark.parametrize("model", ["balance", "settlement", "ledgerentry"])
def test_no_list_and_no_page_shows_amounts_in_the_smallest_unit(console, order, trader, model):
    services.credit(user=order.user, amount=123_456, actor=trader, reason="more")
    settlement.settle_market(market_id=order.market_id, result=Result(None, (1, 0)), actor=trader)
    page = console.get(reverse(f"admin:betting_{model}_changelist"))
    amounts = cells(page, "amount")
    assert amounts
    assert all(re.fullmatch(r"-|\d+(\.\d{1,2})? USDT", amount) for amount in amounts)


def test_who_decided_is_named_in_the_list_of_settlements(console, order, trader):
    settlement.settle_market(market_id=order.market_id, result=Result(None, (1, 0)), actor=trader)
    page = console.get(reverse("admin:betting_settlement_changelist"))
    assert re.sub("<.*?>", "", cells(page, "person")[0]) == trader.username
    number = Settlement.objects.get().pk
    row = shown(console.get(reverse("admin:betting_settlement_change", args=[number])))
    assert (row["Staked"], row["Paid out"]) == ("2.5 USDT", "4.7 USDT")

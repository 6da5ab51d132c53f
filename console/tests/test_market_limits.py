"""The limits form: whole tokens in, exact amounts stored."""

import pytest

from accounts.models import AdminAction
from betting import services as betting_services
from betting.models import Exposure
from conftest import ALL_GROUPS
from console.tests.conftest import said
from markets.models import Market, Option

UNIT = 10**18
NAMES = ("stake_min", "stake_max", "user_stake_max", "liability_cap")


def url(market: Market) -> str:
    return f"/admin/markets/market/{market.pk}/change/"


def send(client, market, **fields):
    return client.post(url(market), {"act": "limits", "reason": "big game"} | fields, follow=True)


def limits(market: Market) -> tuple:
    found = Market.objects.filter(pk=market.pk).values_list(*NAMES).get()
    options = Option.objects.filter(market=market).exclude(stake_max=None)
    return (*found, dict(options.values_list("number", "stake_max")))


def test_limits_are_stored_exactly_with_their_reason(console, open_market, trader):
    market = open_market(prices=ALL_GROUPS)
    answer = send(
        console,
        market,
        stake_min="0.000000000000000001",
        stake_max="12.5",
        user_stake_max="100",
        liability_cap="5000.10",
        option_4="7.25",
    )
    assert said(answer) == ["The limits hold from the next bet on."]
    assert limits(market) == (
        *(1, 12 * UNIT + UNIT // 2, 100 * UNIT, 5000 * UNIT + UNIT // 10),
        {4: 7 * UNIT + UNIT // 4},
    )
    action = AdminAction.objects.latest("id")
    assert (action.actor, action.action, action.reason) == (trader, "market.limits", "big game")


def test_the_form_shows_what_holds_and_emptied_fields_lift_their_limits(console, market):
    send(console, market, stake_max="12.5", liability_cap="300")
    form = console.get(url(market)).context["limits_form"]
    assert form["stake_max"].value() == "12.5"
    send(
        console,
        market,
        **{"stake_max": "", "initial-stake_max": "12.5"},
        **{"liability_cap": "300", "initial-liability_cap": "300"},
    )
    assert limits(market) == (None, None, None, 300 * UNIT, {})


def test_what_somebody_else_has_set_meanwhile_stays(console, market, trader):
    send(console, market, stake_max="12.5")
    betting_services.set_market_limits(
        market_id=market.pk, limits={"stake_max": 9 * UNIT}, actor=trader, reason="test"
    )
    # A page that was made before shows 12.5 still, and is sent for its cap.
    send(
        console, market, **{"stake_max": "12.50", "initial-stake_max": "12.5", "liability_cap": "1"}
    )
    assert limits(market) == (None, 9 * UNIT, None, UNIT, {})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stake_max": "x"}, "Greatest stake: Write a number of tokens, such as 12.5."),
        ({"stake_max": "-1"}, "Greatest stake: Write a number of tokens, such as 12.5."),
        ({"stake_max": "1e3"}, "Greatest stake: Write a number of tokens, such as 12.5."),
        ({"stake_max": "1,5"}, "Greatest stake: Write a number of tokens, such as 12.5."),
        ({"stake_max": "0." + "1" * 19}, "Greatest stake: A token has 18 decimals."),
        ({"stake_max": "9" * 70}, "Greatest stake: That is more than an amount can be."),
        ({"stake_max": "1", "reason": ""}, "Reason: This field is required."),
        ({"stake_min": "2", "stake_max": "1"}, "The least stake would exceed the greatest."),
        ({"stake_min": "2", "option_1": "1"}, "The least stake would exceed the greatest."),
    ],
)
def test_what_is_refused_is_said_and_changes_nothing(console, market, fields, words):
    audited = AdminAction.objects.count()
    answer = send(console, market, **fields)
    assert len(said(answer)) == 1
    assert said(answer)[0].startswith(words)
    assert limits(market) == (None, None, None, None, {})
    assert AdminAction.objects.count() == audited
    form = answer.context["limits_form"]
    assert {name: form[name].value() for name in fields} == fields


def test_a_cap_that_changes_has_the_next_bet_summed_up_anew(console, market, place):
    send(console, market, liability_cap="1000")
    place(stake=100)
    assert Exposure.objects.filter(market=market).exists()
    send(console, market, liability_cap="2000", **{"initial-liability_cap": "1000"})
    assert not Exposure.objects.filter(market=market).exists()

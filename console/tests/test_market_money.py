"""Stakes and liability per outcome."""

import re

from django.contrib.auth.models import Permission

from betting import services as betting_services
from betting import settlement
from betting.settlement import Result
from conftest import ALL_GROUPS
from markets.models import Market
from markets.odds import Odds

UNIT = 10**18


def page(client, market: Market):
    return client.get(f"/admin/markets/market/{market.pk}/change/")


def table(answer) -> list[str]:
    """Return the rows of the chart as words."""
    text = answer.content.decode()
    section = text[text.index('aria-labelledby="money"') :]
    section = section[: section.index("</section>")]
    rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)[1:]
    return [" ".join(re.sub(r"<[^>]*>", " ", row).split()) for row in rows]


def test_each_outcome_tells_its_stakes_and_what_it_costs_at_worst(
    console, open_market, place, alice
):
    market = open_market(prices=ALL_GROUPS)
    betting_services.credit(user=alice, amount=1000 * UNIT, actor=None, reason="test")
    place(market_id=market.pk, stake=100 * UNIT)  # home 1.85
    place(market_id=market.pk, stake=20 * UNIT, option=2, seen_odds=Odds(210))
    place(market_id=market.pk, stake=10 * UNIT, option=4, seen_odds=Odds(192))  # home -3
    answer = page(console, market)

    # Home by more than 3: 185 + 19.2 - 130; home by less: 185 - 130; away: 42 - 130.
    assert table(answer) == [
        "Lakers 1 100 USDT 185 USDT costs 74.2 USDT",
        "Warriors 1 20 USDT 42 USDT earns 88 USDT",
        "Lakers -3 1 10 USDT 19.2 USDT costs 74.2 USDT",
        "Warriors +3 0 0 USDT 0 USDT costs 55 USDT",
        "Over 219.5 0 0 USDT 0 USDT costs 74.2 USDT",
        "Under 219.5 0 0 USDT 0 USDT costs 74.2 USDT",
    ]
    money = answer.context["money"]
    assert (money.orders, money.staked, money.worst) == (3, 130 * UNIT, 742 * UNIT // 10)
    assert [one.staked_bar for one in money.outcomes] == [100, 20, 10, 0, 0, 0]
    assert [one.loss_bar for one in money.outcomes] == [84, 100, 84, 62, 84, 84]


def test_bets_at_an_earlier_line_have_a_row_of_their_own(console, open_market, place):
    market = open_market(prices=ALL_GROUPS)
    place(market_id=market.pk, stake=10, option=4, seen_odds=Odds(192))
    body = {"act": "odds", "seq": "1", "reason": "injury"}
    body |= {"home": "1.85", "away": "2.10"}
    body |= {"spread_line": "-4.5", "spread_home": "1.92", "spread_away": "1.88"}
    body |= {"total_line": "219.5", "total_over": "1.90", "total_under": "1.90"}
    console.post(f"/admin/markets/market/{market.pk}/change/", body)
    titles = [one.title for one in page(console, market).context["money"].outcomes]
    assert titles[2:5] == ["Lakers -4.5", "Lakers -3", "Warriors +4.5"]


def test_a_cap_is_shown_with_the_share_that_is_used(console, market, place, trader):
    betting_services.set_market_limits(
        market_id=market.pk, limits={"liability_cap": 170}, actor=trader, reason="test"
    )
    place(stake=100)
    assert page(console, market).context["money"].used * 100 == 50
    assert "50.0 % of the cap of 0.00000000000000017 USDT" in page(console, market).content.decode()


def test_a_settled_market_costs_nothing_more_and_shows_what_was_paid(
    console, market, place, trader
):
    place(stake=100)
    place(stake=50, option=2, seen_odds=Odds(210))
    settlement.settle_market(
        market_id=market.pk, result=Result(winning_option=1), actor=trader, reason="test"
    )
    money = page(console, market).context["money"]
    assert [(one.staked, one.paid, one.pays) for one in money.outcomes] == [
        (100, 185, 0),
        (50, 0, 0),
    ]
    assert (money.orders, money.staked, money.paid, money.worst) == (2, 150, 185, 0)


def test_who_may_not_see_orders_sees_no_money(client, bob, market, place):
    place()
    bob.is_staff = True
    bob.save(update_fields=["is_staff"])
    bob.user_permissions.add(Permission.objects.get(codename="view_market"))
    client.force_login(bob)
    answer = page(client, market)
    assert answer.status_code == 200
    assert (answer.context["money"], answer.context["page"]) == (None, None)
    assert "USDT" not in answer.content.decode()

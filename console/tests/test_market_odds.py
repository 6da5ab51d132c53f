"""The odds form: what it sets, what it refuses, and what it tells before anything is set."""

import re
import threading

import pytest
from django.db import connection, transaction

from accounts.models import AdminAction, Role
from betting import services as betting_services
from conftest import ALL_GROUPS, TWO_WAY
from console import pricing
from console.tests.conftest import said
from markets import history, selectors, services
from markets.lifecycle import Event
from markets.locks import lock_market
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds, Prices

UNIT = 10**18
ALL_FIELDS = {
    "home": "1.85",
    "away": "2.10",
    "spread_line": "-3",
    "spread_home": "1.92",
    "spread_away": "1.88",
    "total_line": "219.5",
    "total_over": "1.90",
    "total_under": "1.90",
}


def url(market: Market) -> str:
    return f"/admin/markets/market/{market.pk}/change/"


def send(client, market, **changes):
    """Send the form of a market at 1.85 / 2.10 with these fields instead, None: left out."""
    body = {"act": "odds", "seq": "1", "home": "1.85", "away": "2.10", "reason": "injury"}
    body |= changes
    sent = {name: text for name, text in body.items() if text is not None}
    return client.post(url(market), sent, follow=True)


def prices(market: Market) -> Prices:
    return history.present_prices(Market.objects.get(pk=market.pk))


def stored(market: Market) -> tuple:
    return (
        Market.objects.filter(pk=market.pk).values().get(),
        OddsUpdate.objects.count(),
        AdminAction.objects.count(),
    )


def effect(client, market, **changes) -> str:
    """Return what the page says of these prices, as words."""
    fields = {"seq": "1", "home": "1.85", "away": "2.10"} | changes
    answer = client.get(f"/admin/markets/market/{market.pk}/effect/", fields)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())


def values(answer) -> dict[str, str]:
    """Return what the inputs of the odds form hold."""
    form = answer.context["odds_form"]
    return {name: form[name].value() for name in form.fields}


def test_new_prices_hold_at_once_and_pin_the_market(console, market, trader):
    assert said(send(console, market, home="1.95", away="2.00")) == [
        "These prices hold now, as number 2."
    ]
    assert prices(market) == Prices(moneyline=Moneyline(Odds(195), Odds(200)))
    assert Market.objects.get(pk=market.pk).pinned_at is not None
    update = OddsUpdate.objects.get(market=market, seq=2)
    assert (update.changed_by, update.reason, update.source) == (trader, "injury", "admin")
    action = AdminAction.objects.latest("id")
    assert (action.action, action.reason) == ("market.odds", "injury")


def test_a_trader_may(as_role, market):
    send(as_role(Role.TRADER), market, home="1.95", away="2.00")
    assert prices(market).moneyline == Moneyline(Odds(195), Odds(200))


def test_groups_that_were_left_alone_stay_and_one_may_be_taken_off(console, open_market):
    market = open_market(prices=ALL_GROUPS)
    send(console, market, **ALL_FIELDS | {"total_over": "1.95"}, spread_off="on")
    now = prices(market)
    assert now.moneyline == ALL_GROUPS.moneyline
    assert now.spread is None
    assert now.total.over == Odds(195)
    assert now.total.under == Odds(190)


def test_a_group_may_be_added(console, market):
    send(console, market, spread_line="-2.5", spread_home="1.9", spread_away="1.9")
    assert str(prices(market).spread.line) == "-2.5"
    assert prices(market).moneyline == TWO_WAY.moneyline


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"home": "1.855"}, "Lakers: Odds lie between 1.01 and 1000"),
        ({"home": "1"}, "Lakers: Odds lie between 1.01 and 1000"),
        ({"home": "1e2"}, "Lakers: Odds lie between 1.01 and 1000"),
        ({"home": "two"}, "Lakers: Odds lie between 1.01 and 1000"),
        ({"home": ""}, "Lakers: Fill this in, or take the group off."),
        ({"spread_home": "1.9", "spread_away": "1.9"}, "Line: Fill this in"),
        ({"spread_line": "-2.1"}, "Line: A line is a multiple of 0.25"),
        ({"total_line": "-2", "total_over": "2", "total_under": "2"}, "Line: A total lies above 0"),
        ({}, "No price differs from the present ones."),
        ({"home": "1.95", "away": "2", "reason": ""}, "Reason: This field is required."),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_is_stored(console, market, fields, words):
    before = stored(market)
    answer = send(console, market, **fields)
    assert answer.status_code == 200
    assert any(message.startswith(words) for message in said(answer)), said(answer)
    assert stored(market) == before
    # What was typed is not lost.
    assert {name: values(answer)[name] for name in fields} == fields


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"home": "2.50"}, "A price moves by more than 25 % or a handicap flips"),
        ({"home": "2.50", "force": "on", "away": "2.10"}, "These prices would lose money"),
        ({"home": "2.20", "away": "2.20"}, "These prices would lose money whatever happens"),
    ],
)
def test_guard_rails_refuse_in_the_services_words(console, market, fields, words):
    before = stored(market)
    if "away" not in fields:
        fields = {**fields, "away": "1.60"}
    answer = send(console, market, **fields)
    assert said(answer)[0].startswith(words)
    assert stored(market) == before
    assert values(answer)["home"] == fields["home"]


def test_a_flipped_line_is_refused_too(console, open_market):
    market = open_market(prices=ALL_GROUPS)
    before = stored(market)
    answer = send(console, market, **ALL_FIELDS | {"spread_line": "3"})
    assert said(answer)[0].startswith("A price moves by more than 25 % or a handicap flips")
    assert "spread line -3 → 3" in said(answer)[0]
    assert stored(market) == before


def test_force_with_a_reason_goes_beyond_the_guard_rails(console, market):
    answer = send(console, market, home="2.50", away="1.60", force="on")
    assert said(answer) == ["These prices hold now, as number 2."]
    assert prices(market).moneyline == Moneyline(Odds(250), Odds(160))


def test_a_closed_market_gets_no_prices(console, market, trader):
    services.change_status(market_id=market.pk, event=Event.CLOSE, actor=trader, reason="test")
    before = stored(market)
    answer = send(console, market, seq="2", home="1.95", away="2.00")
    assert said(answer)[0].startswith("This market takes no bets and no prices now.")
    assert stored(market) == before
    assert "odds_form" not in answer.context


def by_feed(market, **odds) -> None:
    services.set_odds(
        market_id=market.pk,
        changes={"moneyline": Moneyline(**{name: Odds(price) for name, price in odds.items()})},
        actor=None,
        source=OddsUpdate.Source.FEED,
    )


def test_a_form_made_from_old_prices_changes_nothing_and_shows_the_new_ones(console, open_market):
    market = open_market(prices=ALL_GROUPS)
    by_feed(market, home=190, away=205)
    before = stored(market)

    answer = send(console, market, **ALL_FIELDS | {"total_over": "1.95"})

    assert said(answer) == [
        "The prices have moved meanwhile, and nothing was changed. Look at the new ones."
    ]
    assert stored(market) == before
    shown = values(answer)
    # What was typed stays; what was left alone is the new price, not the old one.
    assert shown["total_over"] == "1.95"
    assert (shown["home"], shown["away"]) == ("1.90", "2.05")
    assert (shown["seq"], shown["reason"]) == (2, "injury")


def test_an_old_form_with_a_mistake_is_told_of_the_new_prices_first(console, market):
    by_feed(market, home=190, away=205)
    answer = send(console, market, home="1.955")
    assert [message[:27] for message in said(answer)] == ["The prices have moved meanw"]
    assert (values(answer)["home"], values(answer)["away"]) == ("1.955", "2.05")


def test_that_form_sent_again_sets_what_was_typed_and_nothing_else(console, open_market):
    market = open_market(prices=ALL_GROUPS)
    by_feed(market, home=190, away=205)
    shown = values(send(console, market, **ALL_FIELDS | {"total_over": "1.95"}))
    again = {name: value for name, value in shown.items() if value not in {None, False}}
    assert said(send(console, market, **again)) == ["These prices hold now, as number 3."]
    assert prices(market).moneyline == Moneyline(Odds(190), Odds(205))
    assert prices(market).total.over == Odds(195)


def test_a_change_of_state_makes_no_form_old(console, market, trader):
    services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="test")
    assert said(send(console, market, home="1.95", away="2.00")) == [
        "These prices hold now, as number 3."
    ]


@pytest.mark.parametrize("seq", [None, "", "7", "-1", "x", "9" * 30])
def test_a_form_of_no_prices_at_all_is_a_bad_request(console, market, seq):
    before = stored(market)
    assert send(console, market, seq=seq, home="1.95", away="2.00").status_code == 400
    assert stored(market) == before


@pytest.mark.django_db(transaction=True)
def test_prices_that_move_while_the_form_waits_for_the_lock_are_seen(market, trader):
    refused = []
    is_held, may_go_on = threading.Event(), threading.Event()

    def move():
        with transaction.atomic():
            lock_market(market.pk)
            by_feed(market, home=190, away=205)
            is_held.set()
            may_go_on.wait(30)
        connection.close()

    def send_form():
        try:
            pricing.set_odds(
                market_id=market.pk,
                seen=TWO_WAY,
                changes={"moneyline": Moneyline(Odds(195), Odds(200))},
                actor=trader,
                reason="injury",
                force=False,
            )
        except pricing.OddsMoved as exc:
            refused.append(exc)
        connection.close()

    threads = [threading.Thread(target=move), threading.Thread(target=send_form)]
    threads[0].start()
    assert is_held.wait(30)
    threads[1].start()
    may_go_on.set()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    assert prices(market).moneyline == Moneyline(Odds(190), Odds(205))


def test_a_moneyline_keeps_its_ways(console, open_market, market):
    assert "draw" not in values(console.get(url(market)))
    three_way = open_market(prices=Prices(moneyline=Moneyline(Odds(250), Odds(280), Odds(330))))
    before = stored(three_way)
    answer = send(console, three_way, home="2.50", away="2.80", draw="")
    assert said(answer) == ["Draw: Fill this in, or take the group off."]
    assert stored(three_way) == before


def test_a_market_without_prices_may_get_its_first_with_or_without_a_draw(console, open_market):
    for draw, ways in (("3.30", Odds(330)), ("", None)):
        market = open_market(prices=Prices())
        odds = {"home": "2.50", "away": "2.80"} if draw else {"home": "1.90", "away": "1.90"}
        send(console, market, seq="0", draw=draw, **odds)
        assert prices(market).moneyline.draw == ways


def test_the_effect_is_told_before_anything_is_stored(console, market, place):
    place(stake=100)
    before = stored(market)
    text = effect(console, market, home="1.95", away="2.00")
    assert "Moneyline: overround 1.7 % → 1.3 %" in text
    assert "Would be refused" not in text
    assert "guard rails" not in text
    assert stored(market) == before


def test_the_effect_counts_one_more_bet_at_the_new_price(console, market, place, alice, trader):
    betting_services.credit(user=alice, amount=1000 * UNIT, actor=None, reason="test")
    place(stake=100 * UNIT)  # at 1.85
    betting_services.set_market_limits(
        market_id=market.pk,
        limits={"stake_max": 50 * UNIT, "liability_cap": 120 * UNIT},
        option_stake_max={2: 20 * UNIT},
        actor=trader,
        reason="test",
    )
    text = effect(console, market, home="1.95", away="2.00")
    assert "The worst score costs 85 USDT now" in text
    assert "The cap is 120 USDT" in text
    # 185 are owed on home. Another 50 at 1.95 win 47.5 more than they bring; 20 on away bring 20.
    # Under the cap: 85 + 0.95 s ≤ 120.
    assert (
        "Lakers 1.85 → 1.95 costs 85 USDT 50 USDT costs 132.5 USDT over the cap"
        " 36.842105263157894737 USDT" in text
    )
    assert "Warriors 2.10 → 2.00 earns 100 USDT 20 USDT costs 65 USDT 220 USDT" in text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"home": "2.50", "away": "1.60"}, "only by force: moneyline home 1.85 → 2.50"),
        ({"home": "2.20", "away": "2.20"}, "Would be refused: These prices would lose money"),
        ({"home": "2.2000"}, "Moneyline: overround 1.7 % → -6.9 %"),
        ({"home": "1.855"}, "Lakers: Odds lie between 1.01 and 1000"),
        ({}, "No price differs from the present ones."),
    ],
)
def test_the_effect_names_the_guard_rails_that_would_be_hit(console, market, fields, words):
    assert words in effect(console, market, **fields)


def test_the_effect_says_that_a_group_was_priced_elsewhere_before_it_was_taken_off(console, market):
    send(console, market, home=None, away=None, moneyline_off="on")
    assert prices(market).moneyline is None
    text = effect(console, market, seq="2", home="1.20", away="3.50")
    assert "moneyline home 1.85 → 1.20" in text


def test_the_effect_says_when_the_form_is_old(console, market):
    by_feed(market, home=190, away=205)
    assert "The prices have moved since" in effect(console, market, home="1.95")
    assert "The prices have moved" not in effect(console, market, seq="2", home="1.95")


def test_the_effect_names_what_a_form_beside_the_page_would_be_refused(console, market, trader):
    services.change_status(market_id=market.pk, event=Event.CLOSE, actor=trader, reason="test")
    text = effect(console, market, seq="2", home="1.95", away="2.00")
    assert "Would be refused: This market takes no bets and no prices now." in text


def test_the_effect_is_for_whoever_sets_prices(as_role, market):
    path = f"/admin/markets/market/{market.pk}/effect/"
    for role in (Role.AUDITOR, Role.SETTLER):
        assert as_role(role).get(path).status_code == 403
    trader = as_role(Role.TRADER)
    assert trader.get(path).status_code == 200
    assert trader.post(path).status_code == 405
    assert trader.get("/admin/markets/market/1/effect/").status_code == 404


def test_the_effect_costs_the_same_however_many_bets_there_are(
    console, open_market, place, alice, django_assert_num_queries
):
    market = open_market(prices=ALL_GROUPS)
    betting_services.credit(user=alice, amount=10_000, actor=None, reason="test")
    for option, odds in ((1, 185), (4, 192), (7, 190)) * 5:
        place(market_id=market.pk, option=option, seen_odds=Odds(odds), stake=10)
    assert selectors.current_update(Market.objects.get(pk=market.pk)) is not None
    console.get(f"/admin/markets/market/{market.pk}/effect/", ALL_FIELDS)
    # Session and user; market, options and prices; the prices again to compare with; the book,
    # kept or summed up.
    with django_assert_num_queries(8):
        effect(console, market, **ALL_FIELDS | {"home": "1.90"})

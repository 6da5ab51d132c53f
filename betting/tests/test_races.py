"""Bets at the same moment as other bets, prices and results: nothing lost, nothing double."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import chain, cycle

import pytest

from betting import errors, liability, personal_limits, services, settlement
from betting.models import Exposure, LedgerEntry, Order
from betting.personal_limits import Limits
from betting.services import AcceptOdds
from betting.settlement import Result
from betting.tests.conftest import available
from betting.tests.test_exposure import loss_by_hand
from kmarket.tests.crowd import all_at_once, hammering, one_by_one, stopped_before, under_way
from kmarket.tests.processes import eventually
from markets import services as market_services
from markets.errors import MarketNotOpen
from markets.lifecycle import Event
from markets.lines import Line
from markets.models import OddsUpdate
from markets.odds import Moneyline, Odds, Prices, Spread, Total

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("balanced_books")]

FOOTBALL = Prices(
    moneyline=Moneyline(Odds(185), Odds(210)),
    spread=Spread(Line.parse("-0.75"), Odds(192), Odds(188)),
    total=Total(Line.parse("2.25"), Odds(190), Odds(190)),
)
ORDER_ROW = "INSERT INTO betting_order"
AUDIT_ROW = 'INSERT INTO "accounts_adminaction"'


@pytest.fixture
def suspend(market, trader):
    def change(event=Event.SUSPEND):
        return market_services.change_status(
            market_id=market.pk, event=event, actor=trader, reason="news"
        )

    return change


@pytest.fixture
def reprice(market, trader):
    def set_moneyline(home, away):
        return market_services.set_odds(
            market_id=market.pk,
            changes={"moneyline": Moneyline(Odds(home), Odds(away))},
            actor=trader,
            source=OddsUpdate.Source.ADMIN,
            reason="news",
        )

    return set_moneyline


def kinds(outcomes):
    """How often each thing happened, by its name."""
    return Counter(type(outcome).__name__ for outcome in outcomes)


def updates_by_seq(market):
    return {update.seq: update for update in market.updates.all()}


def test_of_two_hundred_bets_a_balance_pays_for_the_hundred_that_it_covers(place, alice):
    def five_bets():
        return one_by_one(lambda: place(stake=10) for _ in range(5))

    happened = list(chain(*all_at_once(*[five_bets] * 40)))

    assert kinds(happened) == {"Order": 100, "InsufficientBalance": 100}
    assert (available(alice), Order.objects.count()) == (0, 100)
    entries = LedgerEntry.objects.filter(cause="order", user=alice, debit="user", credit="escrow")
    assert list(entries.values_list("amount", flat=True)) == [10] * 100


def test_one_key_with_two_bodies_at_once_places_one_bet(client_of, alice, market):
    client = client_of(alice)

    def post(amount):
        body = {"marketId": market.pk, "option": 1, "amount": amount, "odds": 185}
        answer = client.post(
            "/api/v1/bets",
            json.dumps(body),
            content_type="application/json",
            headers={"idempotency-key": "one"},
        )
        return amount, answer.status_code, answer.json().get("reason")

    answers = Counter(all_at_once(*[lambda n=n: post(str(100 + n % 2)) for n in range(16)]))

    order = Order.objects.get()
    other = str(201 - order.stake)
    assert answers == {
        (str(order.stake), 201, None): 8,
        (other, 409, "IDEMPOTENCY_MISMATCH"): 8,
    }
    assert available(alice) == 1000 - order.stake


def test_a_users_limit_in_a_market_holds_for_bets_at_once(place, market, trader, alice):
    limits = {"user_stake_max": 250}
    services.set_market_limits(market_id=market.pk, limits=limits, actor=trader, reason="test")

    happened = all_at_once(*[place] * 8)

    assert kinds(happened) == {"Order": 2, "MarketStakeReached": 6}
    assert available(alice) == 800


def test_a_users_own_daily_limit_holds_for_bets_at_once_in_many_markets(place, open_market, alice):
    personal_limits.set_limits(user=alice, wanted=Limits(daily_stake=250), now=datetime.now(tz=UTC))
    markets = [open_market() for _ in range(8)]

    happened = all_at_once(*[lambda m=m: place(market_id=m.pk) for m in markets])

    assert kinds(happened) == {"Order": 2, "DailyLimitReached": 6}
    assert available(alice) == 800


def test_the_faucet_gives_once_however_many_tap(bob, settings):
    now = datetime.now(tz=UTC)
    happened = all_at_once(*[lambda: services.tap_faucet(user=bob, now=now)] * 8)
    assert kinds(happened) == {"int": 1, "FaucetIsDry": 7}
    assert available(bob) == 1000 * 10**settings.TOKEN_DECIMALS


def test_no_crowd_makes_a_market_cost_more_than_its_cap(place, open_market, trader, people):
    market = open_market(FOOTBALL)
    cap = 5_000
    limits = {"liability_cap": cap}
    services.set_market_limits(market_id=market.pk, limits=limits, actor=trader, reason="test")
    odds = {1: 185, 2: 210, 4: 192, 5: 188, 6: 190, 7: 190}
    users = people(16, each=100_000)

    def bets_of(number):
        # Most of them on what can come together: home, home -3, over.
        turned = [1, 4, 6, 1, 4, 6, 2, 5, 7]
        turned = turned[number % 9 :] + turned[: number % 9]
        return one_by_one(
            lambda option=option: place(
                user=users[number],
                market_id=market.pk,
                option=option,
                stake=500 + 7 * number,
                seen_odds=Odds(odds[option]),
            )
            for option in turned
        )

    happened = list(chain(*all_at_once(*[lambda n=n: bets_of(n) for n in range(16)])))

    assert set(kinds(happened)) == {"Order", "LiabilityReached"}
    orders = Order.objects.filter(market=market)
    assert orders.count() == kinds(happened)["Order"]
    bets = [((o.option, o.line_q or 0), o.stake, o.odds_hundredths) for o in orders]
    assert loss_by_hand(bets, three_way=False) == liability.worst_loss(market.pk)
    assert liability.worst_loss(market.pk) <= cap
    kept = Exposure.objects.get(market=market).book
    assert {key.split(":")[0]: sums[0] for key, sums in kept.items()} == {
        str(option): sum(stake for (of, _), stake, _ in bets if of == option) for option in odds
    }


def test_two_first_bets_under_a_cap_do_not_both_see_an_empty_book(place, market, trader, people):
    limits = {"liability_cap": 85}
    services.set_market_limits(market_id=market.pk, limits=limits, actor=trader, reason="test")
    users = people(16, each=100)

    happened = all_at_once(*[lambda user=user: place(user=user) for user in users])

    assert kinds(happened) == {"Order": 1, "LiabilityReached": 15}
    assert sum(map(available, users)) == 1500


# --- Bets and the state of their market ------------------------------------------------------


def test_a_suspend_waits_for_the_bet_under_way_and_no_bet_comes_after_it(place, suspend, market):
    with stopped_before(ORDER_ROW, place) as bet, under_way(suspend) as suspended:
        order = bet()
        suspended()

    assert order.placed_at < updates_by_seq(market)[2].at
    with pytest.raises(MarketNotOpen):
        place()


def test_a_bet_waits_for_the_suspend_under_way_and_is_refused(place, suspend, alice):
    with stopped_before(AUDIT_ROW, suspend) as suspended, under_way(place) as bet:
        suspended()
        refusal = bet()

    assert isinstance(refusal, MarketNotOpen)
    assert refusal.details == {"status": "suspended"}
    assert (available(alice), Order.objects.count()) == (1000, 0)


def test_a_bet_waits_for_the_price_change_under_way_and_is_told_the_new_odds(place, reprice, alice):
    change = stopped_before(AUDIT_ROW, lambda: reprice(190, 205))
    with change as changed, under_way(place) as bet:
        changed()
        refusal = bet()

    assert isinstance(refusal, errors.OddsChanged)
    assert refusal.details == {"odds": 190, "oddsSeq": 2}
    assert available(alice) == 1000


def test_bets_of_one_market_do_not_wait_for_each_other(place, people):
    (other,) = people(1, each=100)
    with stopped_before(ORDER_ROW, place) as bet:
        second = place(user=other)
        first = bet()
    # Numbered by the moment of the row: the second bet overtook the first.
    assert second.pk < first.pk


def test_sixteen_bettors_do_not_keep_a_market_from_being_suspended(place, suspend, market, people):
    users = people(16, each=10**6)
    took = []
    with hammering(16, lambda number: place(user=users[number], stake=1)) as happened:
        for _ in range(5):
            began = datetime.now(tz=UTC)
            suspend()
            took.append((datetime.now(tz=UTC) - began).total_seconds())
            suspend(Event.RESUME)

    # Threads of one process share one interpreter: this bounds starvation, not the delay.
    assert max(took) < 2
    taken = [order for order in happened if isinstance(order, Order)]
    assert Order.objects.count() == len(taken)
    updates = updates_by_seq(market)
    # Seq 1 and each resumption are odd, each suspension even.
    for order in taken:
        assert order.odds_seq % 2 == 1
        ends = updates.get(order.odds_seq + 1)
        assert updates[order.odds_seq].at < order.placed_at
        assert ends is None or order.placed_at < ends.at
    refusals = [refusal for refusal in happened if not isinstance(refusal, Order)]
    assert {(type(r), r.details["status"]) for r in refusals} <= {(MarketNotOpen, "suspended")}


def test_every_bet_stands_at_odds_that_held_when_it_was_placed(place, reprice, market, people):
    users = people(8, each=10**6)
    home = cycle(range(180, 190))

    def bet(number):
        return place(user=users[number], stake=1, accept_odds=AcceptOdds.ANY)

    with hammering(8, bet) as happened:
        for _ in range(10):
            reprice(next(home), 210)

    assert set(kinds(happened)) == {"Order"}
    assert Order.objects.count() == len(happened)
    updates = updates_by_seq(market)
    for order in Order.objects.all():
        assert order.odds_hundredths == updates[order.odds_seq].home
        assert updates[order.odds_seq].at < order.placed_at
        ends = updates.get(order.odds_seq + 1)
        assert ends is None or order.placed_at < ends.at


def test_every_bet_is_graded_or_refused_when_the_result_comes_among_them(
    place, market, trader, people
):
    users = people(8, each=10**6)

    with hammering(8, lambda number: place(user=users[number], stake=100)) as happened:
        before = len(happened)
        decision, is_new = settlement.settle_market(
            market_id=market.pk, result=Result(1), actor=trader
        )
        seen = len(happened)
        eventually(lambda: len(happened) >= seen + 16)

    taken = [order for order in happened if isinstance(order, Order)]
    refusals = [refusal for refusal in happened if not isinstance(refusal, Order)]
    assert is_new
    assert len(taken) >= before
    assert {(type(r), r.details["status"]) for r in refusals} == {(MarketNotOpen, "settled")}
    graded = Order.objects.values_list("pk", "state", "result", "payout")
    assert set(graded) == {(order.pk, "settled", "WIN", 185) for order in taken}
    assert (decision.order_count, decision.paid_out) == (len(taken), 185 * len(taken))


def test_a_result_waits_for_the_bet_under_way_and_grades_it(place, market, trader):
    def settle():
        return settlement.settle_market(market_id=market.pk, result=Result(1), actor=trader)

    with stopped_before(ORDER_ROW, place) as bet, under_way(settle) as settled:
        order = bet()
        decision, _ = settled()

    order.refresh_from_db()
    assert (order.result, order.payout, decision.order_count) == ("WIN", 185, 1)


def test_nobody_bets_after_the_start_by_the_databases_clock(place, open_market, people):
    users = people(8, each=10**6)
    start = datetime.now(tz=UTC) + timedelta(seconds=0.7)
    market = open_market(Prices(moneyline=Moneyline(Odds(185), Odds(210))), start_time=start)

    def bet(number):
        return place(user=users[number], stake=1, market_id=market.pk)

    with hammering(8, bet) as happened:
        eventually(lambda: kinds(list(happened))["MarketNotOpen"] > 16)
        market_services.close_due()

    assert set(kinds(happened)) == {"Order", "MarketNotOpen"}
    assert Order.objects.count() == kinds(happened)["Order"]
    assert all(order.placed_at < start for order in Order.objects.all())
    market.refresh_from_db()
    assert market.status == "closed"

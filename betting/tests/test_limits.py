"""What the house takes, what users allow themselves, and what a quote says about both."""

from datetime import UTC, datetime, timedelta

import pytest

from betting import claims, corrections, errors, liability, personal_limits, services, settlement
from betting.models import Exposure, Order
from betting.personal_limits import Limits
from betting.settlement import Result
from betting.tests.conftest import available, past_the_triggers
from conftest import ALL_GROUPS
from markets import services as market_services
from markets.errors import LimitsContradict
from markets.lifecycle import Event
from markets.odds import Moneyline, Odds, Prices

DAY = timedelta(days=1)


@pytest.fixture
def now():
    return datetime.now(tz=UTC)


@pytest.fixture
def limit(market, trader):
    """Set the market's limits: limit(stake_max=50)."""

    def set_limits(**limits):
        return services.set_market_limits(
            market_id=market.pk, limits=limits, actor=trader, reason="test"
        )

    return set_limits


@pytest.fixture
def refused(place, alice):
    """Place a bet that must be refused with this largest stake; nothing may have moved."""

    def attempt(error, max_stake, **changes):
        before = available(alice), Order.objects.count()
        with pytest.raises(error) as refusal:
            place(**changes)
        assert refusal.value.details["maxStake"] == str(max_stake)
        assert (available(alice), Order.objects.count()) == before
        if max_stake and "user" not in changes:
            assert place(**changes | {"stake": max_stake}).stake == max_stake

    return attempt


@pytest.fixture
def quote(alice, market):
    def ask(**changes):
        wanted = {
            "user": alice,
            "market_id": market.pk,
            "option": 1,
            "now": datetime.now(tz=UTC),
        }
        return services.quote(**wanted | changes)

    return ask


def test_a_market_may_take_less_than_the_house(refused, place, limit, settings):
    settings.STAKE_MAX = 500
    limit(stake_min=10, stake_max=200)
    with pytest.raises(errors.StakeTooSmall) as refusal:
        place(stake=9)
    assert refusal.value.details == {"minStake": "10"}
    refused(errors.StakeTooLarge, 200, stake=201)


def test_an_option_may_take_less_than_its_market(refused, place, market, trader):
    services.set_market_limits(
        market_id=market.pk,
        limits={"stake_max": 200},
        option_stake_max={1: 50},
        actor=trader,
        reason="test",
    )
    refused(errors.StakeTooLarge, 50, stake=51)
    assert place(option=2, stake=200, seen_odds=Odds(210)).stake == 200


def test_one_user_stakes_so_much_in_a_market_and_voids_do_not_count(
    refused, place, limit, market, trader, bob
):
    limit(user_stake_max=150)
    order = place(stake=100)
    refused(errors.MarketStakeReached, 50, stake=51)
    corrections.void_order(order_id=order.pk, actor=trader, reason="typo")
    assert place(stake=100).stake == 100
    services.credit(user=bob, amount=150, actor=None, reason="to bet")
    assert place(user=bob, stake=150).stake == 150


@pytest.fixture
def evens(open_market, trader):
    """A market at 2.00 / 2.00, where a bet can cost what it stakes."""

    def build(**limits):
        market = open_market(Prices(moneyline=Moneyline(Odds(200), Odds(200))))
        services.set_market_limits(market_id=market.pk, limits=limits, actor=trader, reason="test")
        return {"market_id": market.pk, "seen_odds": Odds(200)}

    return build


def test_a_liability_cap_bounds_the_worst_score(refused, place, evens):
    bet = evens(liability_cap=100)
    assert place(**bet, stake=100).stake == 100
    refused(errors.LiabilityReached, 0, **bet, stake=1)
    # A bet on the other side makes room: home now costs 200 - 150.
    assert place(**bet, option=2, stake=50).stake == 50
    refused(errors.LiabilityReached, 50, **bet, stake=51)


def test_what_is_kept_of_bets_is_what_their_orders_add_up_to(
    open_market, place, alice, trader, settings
):
    settings.STAKE_MAX = 2**200
    services.credit(user=alice, amount=2**190, actor=None, reason="to bet")
    market = open_market(ALL_GROUPS)
    services.set_market_limits(
        market_id=market.pk, limits={"liability_cap": 2**200}, actor=trader, reason="test"
    )
    for option, odds, stake in [(1, 185, 2**180 + 1), (5, 188, 7), (1, 185, 101), (5, 188, 33)]:
        place(market_id=market.pk, option=option, seen_odds=Odds(odds), stake=stake)
    kept = liability.book_of(market.pk)
    assert sorted(pays.staked for pays in kept.values()) == [40, 2**180 + 102]
    liability.forget(market.pk)
    assert liability.book_of(market.pk) == kept


def test_without_a_cap_no_row_is_written(place):
    place()
    assert not Exposure.objects.exists()


def test_a_cap_set_later_counts_the_bets_already_taken(refused, place, evens, trader):
    bet = evens()
    place(**bet, stake=100)
    services.set_market_limits(
        market_id=bet["market_id"], limits={"liability_cap": 170}, actor=trader, reason="test"
    )
    assert liability.worst_loss(bet["market_id"]) == 100
    refused(errors.LiabilityReached, 70, **bet, stake=71)


def test_beyond_a_lowered_cap_only_what_makes_the_worst_no_worse_is_taken(
    refused, quote, place, evens, trader
):
    bet = evens()
    place(**bet, stake=100)
    services.set_market_limits(
        market_id=bet["market_id"], limits={"liability_cap": 1}, actor=trader, reason="test"
    )
    refused(errors.LiabilityReached, 0, **bet, stake=1)
    # The other side costs 200 at most before it is the worst itself.
    assert quote(market_id=bet["market_id"], option=2).stake_max == 200
    assert place(**bet, option=2, stake=200).stake == 200
    assert liability.worst_loss(bet["market_id"]) == 100


@pytest.mark.parametrize("limits", [{"stake_max": 9}, {}])
def test_limits_that_leave_no_stake_are_refused(market, trader, limits):
    with pytest.raises(LimitsContradict):
        services.set_market_limits(
            market_id=market.pk,
            limits={"stake_min": 10, **limits},
            option_stake_max={1: 9},
            actor=trader,
            reason="test",
        )
    market.refresh_from_db()
    assert (market.stake_min, market.stake_max) == (None, None)


def test_the_exposure_is_that_of_the_orders_whatever_happened_between(place, limit, market, trader):
    limit(liability_cap=10_000)
    first = place(stake=100)
    limit(liability_cap=None)
    place(stake=33)
    limit(liability_cap=10_000)
    place(option=2, stake=7, seen_odds=Odds(210))
    corrections.void_order(order_id=first.pk, actor=trader, reason="typo")
    place(stake=1)
    row = Exposure.objects.get(market=market)
    assert row.book == {"1:0:2": [34, 62, 48, 34, 16], "2:0:2": [7, 14, 10, 7, 3]}


def test_handicaps_count_with_their_lines(place, open_market, trader):
    market = open_market(ALL_GROUPS)
    services.set_market_limits(
        market_id=market.pk, limits={"liability_cap": 100}, actor=trader, reason="test"
    )
    place(market_id=market.pk, option=4, stake=100, seen_odds=Odds(192))
    # Over 219.5 can win together with home -3: 92 + 0.9 * stake.
    with pytest.raises(errors.LiabilityReached) as refusal:
        place(market_id=market.pk, option=6, stake=100, seen_odds=Odds(190))
    assert refusal.value.details == {"maxStake": "9"}
    # Away +3 cannot.
    assert place(market_id=market.pk, option=5, stake=100, seen_odds=Odds(188)).stake == 100


def test_limits_that_contradict_each_other_are_refused(limit, market):
    limit(stake_max=50)
    with pytest.raises(LimitsContradict):
        limit(stake_min=51)
    market.refresh_from_db()
    assert (market.stake_min, market.stake_max) == (None, 50)


def test_a_daily_limit_counts_the_last_24_hours(refused, place, alice, now):
    personal_limits.set_limits(user=alice, wanted=Limits(daily_stake=150), now=now)
    old = place(stake=100)
    refused(errors.DailyLimitReached, 50, stake=51)
    with past_the_triggers():
        Order.objects.filter(pk=old.pk).update(placed_at=now - DAY - timedelta(seconds=1))
    assert place(stake=100).stake == 100


def test_somebody_who_excluded_themselves_bets_no_more_but_claims(
    place, alice, now, market, trader
):
    order = place()
    until = now + 7 * DAY
    personal_limits.set_limits(user=alice, wanted=Limits(excluded_until=until), now=now)
    with pytest.raises(errors.SelfExcluded) as refusal:
        place()
    assert refusal.value.details == {"until": int(until.timestamp() * 1000)}
    assert place(now=until).stake == 100

    settlement.settle_market(market_id=market.pk, result=Result(1), actor=trader)
    assert claims.claim(user=alice, order_id=order.pk).amount == 185


def test_tighter_holds_at_once_and_looser_a_day_later(alice, now):
    def wish(at, daily_stake):
        wanted = Limits(daily_stake=daily_stake)
        return personal_limits.set_limits(user=alice, wanted=wanted, now=at)

    assert wish(now, 100).present == Limits(100)
    looser = wish(now, 500)
    assert (looser.present, looser.coming, looser.coming_at) == (
        Limits(100),
        Limits(500),
        now + DAY,
    )
    # The same wish again does not begin a new day; another one does.
    assert wish(now + DAY / 2, 500).coming_at == now + DAY
    assert personal_limits.standing(user=alice, now=now + DAY).present == Limits(500)
    assert wish(now + DAY / 2, None).coming_at == now + DAY * 1.5
    # A tighter wish holds at once and takes the looser one back.
    tight = wish(now + DAY / 2, 50)
    assert (tight.present, tight.coming_at) == (Limits(50), None)
    assert personal_limits.standing(user=alice, now=now + 9 * DAY).present == Limits(50)


def test_an_exclusion_is_not_shortened_today(alice, now):
    long, short = Limits(excluded_until=now + 30 * DAY), Limits(excluded_until=now + DAY)
    personal_limits.set_limits(user=alice, wanted=long, now=now)
    standing = personal_limits.set_limits(user=alice, wanted=short, now=now)
    assert (standing.present, standing.coming_at) == (long, now + DAY)


def test_a_quote_tells_the_largest_stake_that_would_be_taken(quote, place, evens, alice, trader):
    services.credit(user=alice, amount=10**6, actor=None, reason="to bet")
    bet = evens()
    market_id = bet["market_id"]

    def limit(**limits):
        services.set_market_limits(market_id=market_id, limits=limits, actor=trader, reason="test")
        return quote(market_id=market_id).stake_max

    assert quote(market_id=market_id).stake_max == (2**256 - 1) * 100 // 200
    assert limit(stake_max=900) == 900
    assert limit(user_stake_max=800) == 800
    place(**bet, stake=100)
    assert quote(market_id=market_id).stake_max == 700
    assert limit(liability_cap=595) == 495
    assert place(**bet, stake=495).stake == 495
    assert quote(market_id=market_id).stake_max == 0


def test_a_quote_ends_with_the_market(quote, market, now, open_market):
    assert quote(now=now).expires_at == now + timedelta(seconds=10)
    soon = open_market(start_time=datetime.now(tz=UTC) + timedelta(seconds=5))
    assert quote(market_id=soon.pk, now=now).expires_at == soon.start_time
    assert (quote().odds, quote().seq) == (Odds(185), 1)


def test_there_is_no_quote_where_there_is_no_bet(quote, market, trader, alice, now):
    with pytest.raises(errors.OptionNotPriced):
        quote(option=4)
    personal_limits.set_limits(user=alice, wanted=Limits(excluded_until=now + DAY), now=now)
    with pytest.raises(errors.SelfExcluded):
        quote()
    market_services.change_status(
        market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="x"
    )
    with pytest.raises(market_services.errors.MarketNotOpen):
        quote()


def test_least_odds_hold_even_for_those_who_take_any(place):
    with pytest.raises(errors.OddsChanged):
        place(seen_odds=Odds(200), accept_odds=services.AcceptOdds.ANY, least_odds=Odds(190))
    assert place(
        seen_odds=Odds(200), accept_odds=services.AcceptOdds.ANY, least_odds=Odds(185)
    ).odds == Odds(185)

"""place_order: what it takes, what it refuses, and that a refusal moves nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from betting import errors, services, signals
from betting.models import LedgerEntry, Order
from betting.services import AcceptOdds
from betting.tests.conftest import available
from conftest import ALL_GROUPS
from markets import services as market_services
from markets.errors import MarketNotOpen, NoSuchMarket
from markets.lifecycle import Event, MarketStatus
from markets.models import OddsUpdate
from markets.odds import Moneyline, Odds, Prices


@pytest.fixture
def refused(place, alice):
    """Place a bet that must be refused; nothing may have moved. Returns the refusal."""

    def attempt(error, **changes):
        before = available(alice), Order.objects.count(), LedgerEntry.objects.count()
        with pytest.raises(error) as refusal:
            place(**changes)
        assert (available(alice), Order.objects.count(), LedgerEntry.objects.count()) == before
        return refusal.value

    return attempt


@pytest.fixture
def reprice(market, trader):
    def set_moneyline(home: int, away: int) -> None:
        market_services.set_odds(
            market_id=market.pk,
            changes={"moneyline": Moneyline(Odds(home), Odds(away))},
            actor=trader,
            source=OddsUpdate.Source.ADMIN,
            reason="news",
        )

    return set_moneyline


def test_a_bet_takes_the_stake_and_keeps_the_price(place, alice, market):
    order = place()

    order.refresh_from_db()
    assert available(alice) == 900
    assert (order.stake, order.odds, order.odds_seq, order.line_q) == (100, Odds(185), 1, None)
    assert (order.state, order.result, order.payout) == ("accepted", None, None)
    entry = LedgerEntry.objects.get(cause="order")
    assert (entry.debit, entry.credit, entry.amount) == ("user", "escrow", 100)
    assert (entry.user, entry.market, entry.order) == (alice, market, order)


def test_a_handicap_bet_keeps_the_line(place, open_market):
    market = open_market(ALL_GROUPS)
    order = place(market_id=market.pk, option=5, seen_odds=Odds(188))
    assert (order.line_q, order.three_way) == (-12, False)
    order = place(market_id=market.pk, option=6, seen_odds=Odds(190))
    assert order.line_q == 878


def test_a_bet_is_announced_after_the_commit(place, django_capture_on_commit_callbacks):
    heard = []

    def remember(order, **_):
        heard.append(order.pk)

    signals.order_placed.connect(remember)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            order = place()
            assert heard == []
        assert heard == [order.pk]
    finally:
        signals.order_placed.disconnect(remember)


def test_odds_that_moved_are_refused_with_the_present_ones(refused, reprice):
    reprice(190, 205)
    assert refused(errors.OddsChanged).details == {"odds": 190, "oddsSeq": 2}


@pytest.mark.parametrize(
    ("accept", "seen", "taken"),
    [
        (AcceptOdds.NONE, 185, True),
        (AcceptOdds.NONE, 184, False),
        (AcceptOdds.BETTER, 184, True),
        (AcceptOdds.BETTER, 186, False),
        (AcceptOdds.ANY, 184, True),
        (AcceptOdds.ANY, 186, True),
    ],
)
def test_a_user_says_which_other_odds_they_take(place, refused, accept, seen, taken):
    if taken:
        assert place(seen_odds=Odds(seen), accept_odds=accept).odds == Odds(185)
    else:
        refused(errors.OddsChanged, seen_odds=Odds(seen), accept_odds=accept)


@pytest.mark.parametrize("event", [Event.SUSPEND, Event.CLOSE])
def test_a_market_that_is_not_active_takes_no_bet(refused, market, trader, event):
    market_services.change_status(market_id=market.pk, event=event, actor=trader, reason="x")
    assert refused(MarketNotOpen).details["status"] in {"suspended", "closed"}


def test_nobody_bets_after_the_start_even_before_the_clock_closes_it(refused, open_market):
    past = datetime.now(tz=UTC) - timedelta(seconds=1)
    refused(MarketNotOpen, market_id=open_market(start_time=past).pk)


def test_a_live_market_takes_bets_after_its_start(place, open_market):
    past = datetime.now(tz=UTC) - timedelta(seconds=1)
    assert place(market_id=open_market(start_time=past, live=True).pk).stake == 100


def test_a_draft_does_not_exist_and_nor_does_an_unknown_market(refused, open_market):
    refused(NoSuchMarket, market_id=open_market(status=MarketStatus.DRAFT).pk)
    refused(NoSuchMarket, market_id=1)


def test_an_option_without_a_price_is_refused(refused, open_market):
    refused(errors.OptionNotPriced, option=4)
    refused(errors.OptionNotPriced, market_id=open_market(Prices()).pk)


def test_a_suspended_option_is_refused_and_the_others_are_not(refused, place, market):
    market.options.filter(number=1).update(status="suspended")
    refused(errors.OptionSuspended)
    assert place(option=2, seen_odds=Odds(210)).option == 2


def test_a_pool_is_not_a_book(refused, open_pool):
    refused(errors.NotABook, market_id=open_pool().pk, seen_odds=Odds(160))


def test_a_balance_is_never_overdrawn(refused, place, alice, bob):
    assert refused(errors.InsufficientBalance, stake=1001).details == {"balance": "1000"}
    with pytest.raises(errors.InsufficientBalance):
        place(user=bob)
    place(stake=1000)
    assert available(alice) == 0


def test_stakes_have_bounds(refused, settings):
    settings.STAKE_MIN, settings.STAKE_MAX = 50, 200
    assert refused(errors.StakeTooSmall, stake=49).details == {"minStake": "50"}
    assert refused(errors.StakeTooLarge, stake=201).details == {"maxStake": "200"}


def test_a_payout_that_no_token_could_hold_is_refused(refused):
    most = (2**256 - 1) * 100 // 185
    refusal = refused(errors.StakeTooLarge, stake=2**256 - 1)
    assert refusal.details == {"maxStake": str(most)}


def test_a_bet_takes_few_queries(place, django_assert_num_queries):
    # Lock, terms, balance, order with its entry; a savepoint around them.
    with django_assert_num_queries(6):
        place()


def test_credits_are_exact_and_audited(alice, trader):
    huge = 2**200 + 1
    assert services.credit(user=alice, amount=huge, actor=trader, reason="bonus") == huge + 1000
    assert available(alice) == huge + 1000
    assert LedgerEntry.objects.get(amount=huge).reason == "bonus"


def test_a_credit_that_no_token_could_hold_is_refused(alice):
    with pytest.raises(errors.BalanceTooLarge):
        services.credit(user=alice, amount=2**256 - 1, actor=None, reason="too much")
    assert available(alice) == 1000


def test_the_faucet_gives_once_a_day(bob, settings):
    now = datetime.now(tz=UTC)
    amount = 1000 * 10**settings.TOKEN_DECIMALS
    assert services.tap_faucet(user=bob, now=now) == amount
    with pytest.raises(errors.FaucetIsDry) as refusal:
        services.tap_faucet(user=bob, now=now)
    assert 86_390 < refusal.value.details["retryIn"] <= 86_400
    assert available(bob) == amount

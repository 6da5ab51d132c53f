"""Buying and selling: what it gives and takes, to the unit, and what is refused."""

import pytest

from contracts.tests.stage import E18, FOREVER, LIMIT, UNLIMITED, VOIDED, refused
from trading import maker

pytestmark = pytest.mark.needs("node")


@pytest.fixture
def market(stage):
    """100 units in two equal pools, 1 %."""
    return stage.open()


@pytest.fixture
def buy(stage, alice, market):
    def buy(outcome=0, amount=10 * E18, least=0, deadline=FOREVER, by=alice, **how):
        return stage.do(by, "buy", market, outcome, amount, least, deadline, **how)

    return buy


@pytest.fixture
def sell(stage, alice, market):
    def sell(outcome=0, amount=E18, most=UNLIMITED, deadline=FOREVER, by=alice, **how):
        return stage.do(by, "sell", market, outcome, amount, most, deadline, **how)

    return sell


def test_a_buy_worked_by_hand(stage, buy, alice, market):
    """10 in, 0.1 fee, 9.9 to each pool: the first falls to 100·100 / 109.9, rounded up."""
    before = stage.balance(alice)

    event = buy().event("SharesBought")

    left = 10**40 // (109_900_000_000_000_000_000) + 1
    assert (event.collateralIn, event.fee) == (10 * E18, E18 // 10)
    assert event.sharesOut == 109_900_000_000_000_000_000 - left
    assert event.poolsAfter == [left, 109_900_000_000_000_000_000]
    assert (event.marketId, event.trader, event.outcome) == (market, alice, 0)
    assert stage.balance(alice) == before - 10 * E18
    assert stage.read("sharesOf", market, alice) == [event.sharesOut, 0]
    after = stage.market(market)
    assert after.pools == event.poolsAfter
    assert (after.backing, after.fees) == (109_900_000_000_000_000_000, E18 // 10)


def test_a_sale_worked_by_hand(stage, buy, sell, alice, market):
    """One unit out and its fee beside it; the fee is a hundredth of both together, rounded up."""
    buy(0, 50 * E18)
    pools = stage.market(market).pools
    before, owned = stage.balance(alice), stage.read("sharesOf", market, alice)[0]

    event = sell(0, E18).event("SharesSold")

    gross = -(-E18 * 100 // 99)
    end = -(-pools[0] * E18 * pools[1] // (pools[1] - gross))
    left = -(-end // E18)
    assert (event.collateralOut, event.fee) == (E18, gross - E18)
    assert event.sharesIn == gross + left - pools[0]
    assert event.poolsAfter == [left, pools[1] - gross]
    assert stage.balance(alice) == before + E18
    assert stage.read("sharesOf", market, alice)[0] == owned - event.sharesIn
    after = stage.market(market)
    assert after.pools == event.poolsAfter
    assert after.backing == 100 * E18 + 495 * E18 // 10 - gross
    assert after.fees == E18 // 2 + gross - E18


@pytest.mark.parametrize("weights", [[1, 1], [5, 1, 3], [1, 2, 3, 4, 5, 6, 7, 8]])
@pytest.mark.parametrize("fee_wad", [0, 1, E18 // 50, E18 // 2])
def test_quotes_trades_and_the_maker_agree(stage, alice, weights, fee_wad):
    market = stage.open(weights=weights, feeWad=fee_wad, funding=10**24)
    for outcome, amount in [(0, 10**22 + 1), (len(weights) - 1, 10**23 + 7), (1, 3)]:
        pools = stage.market(market).pools
        deal = maker.buy(pools, outcome, amount, fee_wad)

        assert stage.read("calcBuy", market, outcome, amount) == [deal.shares, deal.fee]
        done = stage.do(alice, "buy", market, outcome, amount, deal.shares, FOREVER)

        event = done.event("SharesBought")
        assert (event.sharesOut, event.fee) == (deal.shares, deal.fee)
        assert stage.market(market).pools == event.poolsAfter == list(deal.reserves)
    for outcome, amount in [(len(weights) - 1, 10**21 + 1), (0, 10**20 + 7), (0, 1)]:
        pools = stage.market(market).pools
        deal = maker.sell(pools, outcome, amount, fee_wad)

        assert stage.read("calcSell", market, outcome, amount) == [deal.shares, deal.fee]
        done = stage.do(alice, "sell", market, outcome, amount, deal.shares, FOREVER)

        event = done.event("SharesSold")
        assert (event.sharesIn, event.fee) == (deal.shares, deal.fee)
        assert stage.market(market).pools == event.poolsAfter == list(deal.reserves)


def test_a_fee_of_nearly_everything(stage, alice):
    """Of 10^18 units one is traded, and a unit got costs 10^18."""
    market = stage.open(funding=10**24, feeWad=E18 - 1)
    with refused("TooFewShares", 0, 0, 0):
        stage.do(alice, "buy", market, 0, E18 - 1, 0, FOREVER)

    done = stage.do(alice, "buy", market, 0, 10**37, 0, FOREVER).event("SharesBought")

    bought = maker.buy([10**24, 10**24], 0, 10**37, E18 - 1)
    assert bought.fee == 10**37 - 10**19
    assert (done.sharesOut, done.fee) == (bought.shares, bought.fee)
    assert done.poolsAfter == list(bought.reserves)

    done = stage.do(alice, "sell", market, 0, 1, UNLIMITED, FOREVER).event("SharesSold")

    sold = maker.sell(bought.reserves, 0, 1, E18 - 1)
    assert sold.fee == E18 - 1
    assert (done.sharesIn, done.fee) == (sold.shares, sold.fee)
    assert done.poolsAfter == list(sold.reserves)


def test_the_least_and_the_most_are_kept_to_the_unit(stage, buy, sell, market):
    shares, _ = stage.read("calcBuy", market, 1, E18)
    with refused("TooFewShares", 1, shares, shares + 1):
        buy(1, E18, shares + 1)
    buy(1, E18, shares)

    needed, _ = stage.read("calcSell", market, 1, E18 // 2)
    with refused("TooManyShares", needed, needed - 1):
        sell(1, E18 // 2, needed - 1)
    sell(1, E18 // 2, needed)


def test_nobody_sells_what_they_have_not(stage, buy, sell, market, bob):
    buy(0, E18)
    needed, _ = stage.read("calcSell", market, 0, E18)
    with refused("InsufficientShares", 0, needed):
        sell(0, E18, by=bob)
    owned = stage.read("sharesOf", market, stage.alice)[0]
    with refused("InsufficientShares", owned, needed):
        sell(0, E18)


def test_a_round_trip_costs_at_least_both_fees_and_never_pays(stage, alice):
    market = stage.open(feeWad=0)
    stage.do(alice, "buy", market, 0, 12345, 0, FOREVER)
    needed, _ = stage.read("calcSell", market, 0, 12345)
    assert needed > stage.read("sharesOf", market, alice)[0]

    owned = stage.read("sharesOf", market, alice)[0]
    assert stage.read("calcSell", market, 0, 12344)[0] <= owned + 1


def test_a_deadline_is_the_last_moment(stage, buy, sell):
    now = stage.now + 5
    buy(deadline=now, at=now)
    sell(deadline=now + 1, at=now + 1)
    with refused("DeadlinePassed", now + 1):
        buy(deadline=now + 1, at=now + 2)
    with refused("DeadlinePassed", 0):
        sell(deadline=0)


def test_trading_ends_at_the_close(stage, buy, sell, market):
    closes_at = stage.market(market).closesAt
    buy(at=closes_at - 2)
    sell(at=closes_at - 1)
    with refused("TooLate", closes_at):
        buy(at=closes_at)
    with refused("TooLate", closes_at):
        sell(at=closes_at + 1)


def test_a_void_market_does_not_trade(stage, buy, sell, market):
    stage.finish(market, None)
    with refused("WrongStatus", VOIDED):
        buy()
    with refused("WrongStatus", VOIDED):
        sell()


def test_only_outcomes_that_there_are(buy, sell):
    for outcome in (2, 255):
        with refused("BadOutcome", outcome, 2):
            buy(outcome)
        with refused("BadOutcome", outcome, 2):
            sell(outcome)


def test_something_must_be_paid_and_got(stage, buy, sell, market):
    with refused("ZeroAmount"):
        buy(0, 0)
    with refused("ZeroAmount"):
        sell(0, 0)
    # The fee is rounded up: of one unit it leaves nothing.
    with refused("TooFewShares", 0, 0, 0):
        buy(0, 1)
    with refused("ZeroAmount"):
        stage.read("calcBuy", market, 0, 0)
    with refused("ZeroAmount"):
        stage.read("calcSell", market, 0, 0)


def test_unknown_markets_do_not_trade(stage, alice):
    for call in ("buy", "sell"):
        with refused("UnknownMarket", 7):
            stage.do(alice, call, 7, 0, E18, 0, FOREVER)


def test_what_a_market_holds_has_a_limit(stage, alice):
    market = stage.open(funding=2**127)
    room = LIMIT - 2**127
    with refused("BeyondLimit"):
        stage.do(alice, "buy", market, 0, room + 1, 0, FOREVER)
    with refused("BeyondLimit"):
        stage.read("calcBuy", market, 0, UNLIMITED)

    stage.do(alice, "buy", market, 0, room, 0, FOREVER)

    # The fee counts too: full is full.
    with refused("BeyondLimit"):
        stage.do(alice, "buy", market, 1, 1, 0, FOREVER)
    state = stage.market(market)
    assert state.backing + state.fees == LIMIT
    stage.do(alice, "sell", market, 0, 2**125, UNLIMITED, FOREVER)


def test_a_sale_beyond_what_the_pool_holds(stage, buy, sell, market):
    buy(0, 10 * E18)
    pools = stage.market(market).pools
    gross = -(-200 * E18 * 100 // 99)
    with refused("PoolTooShallow", 1, pools[1], gross):
        sell(0, 200 * E18)
    with refused("BeyondLimit"):
        sell(0, LIMIT + 1)
    with refused("BeyondLimit"):
        stage.read("calcSell", market, 0, UNLIMITED)


def test_a_sale_that_would_need_more_shares_than_there_can_be(stage):
    """All but one share of a pool of 2^100 would take 2^200 of the other."""
    market = stage.open(funding=2**100, feeWad=0)
    with refused("PoolTooShallow", 1, 2**100, 2**100):
        stage.read("calcSell", market, 0, 2**100)
    with refused("BeyondLimit"):
        stage.read("calcSell", market, 0, 2**100 - 1)
    # By a hair: 2^128 - 1 are as many as there can be.
    with refused("BeyondLimit"):
        stage.read("calcSell", market, 0, 2**100 - 2**72)
    assert stage.read("calcSell", market, 0, 2**100 - 2**72 - 1)[0] < 2**128
    wide = stage.open(funding=2**127, feeWad=0, weights=[1] * 8)
    with refused("BeyondLimit"):
        stage.read("calcSell", wide, 0, 2**127 - 1)


def test_a_sale_leaves_no_pool_empty(stage, alice):
    market = stage.open(funding=1001, feeWad=0)
    stage.do(alice, "buy", market, 0, 10**9, 0, FOREVER)
    pools = stage.market(market).pools
    assert pools == [1, 1001 + 10**9]
    # The pool's one share is worth a thousandth: what rounding kept of it, no sale gets back.
    with refused("InsufficientShares", 10**9 + 1000, 10**9 + 999001):
        stage.do(alice, "sell", market, 0, 10**9, UNLIMITED, FOREVER)
    with refused("PoolTooShallow", 1, 10**9 + 1001, 10**9 + 1001):
        stage.do(alice, "sell", market, 0, 10**9 + 1001, UNLIMITED, FOREVER)
    stage.do(alice, "sell", market, 0, 10**9 - 10**5, UNLIMITED, FOREVER)
    assert min(stage.market(market).pools) >= 1


def test_money_must_be_there(stage, market, buy, mallory):
    stage.do(mallory, "approve", stage.contract.address, 5, to=stage.token)
    with refused("ERC20InsufficientAllowance", stage.contract.address, 5, 10 * E18):
        buy(by=mallory)

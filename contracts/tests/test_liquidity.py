"""Providers: what they bring, take and earn, and that the first of them captures nothing."""

import pytest

from contracts.tests.stage import (
    E18,
    FOREVER,
    LIMIT,
    LOCKED_LP,
    NOBODY,
    UNLIMITED,
    VOIDED,
    refused,
)

pytestmark = pytest.mark.needs("node")


@pytest.fixture
def market(stage):
    """100 units at 1:3, 1 %."""
    return stage.open(weights=[3, 1])


@pytest.fixture
def add(stage, market, alice):
    def add(amount=10 * E18, least=0, shares=(0, 0), by=alice, at=None):
        done = stage.do(by, "addLiquidity", market, amount, least, list(shares), at=at)
        return done.event("LiquidityAdded")

    return add


@pytest.fixture
def remove(stage, market, alice):
    def remove(lp, shares=(0, 0), by=alice, at=None):
        done = stage.do(by, "removeLiquidity", market, lp, list(shares), at=at)
        return done.event("LiquidityRemoved")

    return remove


def buy(stage, market, amount, outcome=0, by=None):
    stage.do(by or stage.carol, "buy", market, outcome, amount, 0, FOREVER)


def test_liquidity_keeps_the_prices_and_returns_the_rest(stage, add, alice, market):
    event = add(10 * E18)

    third = 33333333333333333334
    kept = -(-10 * E18 * third // (100 * E18))
    assert (event.collateralIn, event.lpMinted) == (10 * E18, 10 * E18)
    assert event.sharesReturned == [0, 10 * E18 - kept]
    assert event.poolsAfter == [110 * E18, third + kept]
    assert stage.read("sharesOf", market, alice) == event.sharesReturned
    assert stage.read("lpOf", market, alice) == [10 * E18, 0]
    state = stage.market(market)
    assert (state.backing, state.lpSupply) == (110 * E18, 110 * E18)
    assert state.pools == event.poolsAfter


def test_leaving_takes_the_part_of_each_pool_rounded_down(stage, add, remove, market, alice):
    add(10 * E18)
    buy(stage, market, 7 * E18)
    before = stage.market(market).pools
    returned = stage.read("sharesOf", market, alice)

    event = remove(4 * E18)

    out = [pool * 4 * E18 // (110 * E18) for pool in before]
    assert (event.lpBurned, event.sharesOut) == (4 * E18, out)
    assert event.poolsAfter == [pool - one for pool, one in zip(before, out, strict=True)]
    assert stage.read("sharesOf", market, alice) == [
        one + other for one, other in zip(returned, out, strict=True)
    ]
    assert stage.read("lpOf", market, alice)[0] == 6 * E18


def test_fees_go_to_whoever_provided_when_they_were_paid(stage, add, remove, market, alice, bob):
    buy(stage, market, 10 * E18)
    before_alice = stage.market(market).fees
    lp = add(10 * E18).lpMinted
    supply = stage.market(market).lpSupply
    buy(stage, market, 10 * E18, 1)
    add(50 * E18, by=bob)
    fee = stage.market(market).fees - before_alice
    held = stage.balance(alice)

    event = remove(lp)

    assert event.feesPaid == fee * lp // supply
    assert stage.balance(alice) == held + event.feesPaid
    assert stage.read("lpOf", market, bob)[1] == 0
    assert stage.read("lpOf", market, alice) == [0, 0]


def test_a_provider_that_left_earns_nothing_more(stage, add, remove, market, bob):
    lp = add(10 * E18).lpMinted
    add(10 * E18, by=bob)
    buy(stage, market, 10 * E18)
    remove(lp)
    due = stage.read("lpOf", market, bob)[1]

    buy(stage, market, 10 * E18)

    with refused("NothingToPay"):
        remove(0)
    assert stage.read("lpOf", market, bob)[1] > due


def test_fees_can_be_taken_alone_and_once(stage, add, remove, market, alice):
    add(10 * E18)
    buy(stage, market, 10 * E18)
    due = stage.read("lpOf", market, alice)[1]
    pools = stage.market(market).pools

    event = remove(0)

    assert (event.feesPaid, event.lpBurned, event.sharesOut) == (due, 0, [0, 0])
    assert stage.market(market).pools == pools
    assert stage.read("lpOf", market, alice) == [10 * E18, 0]
    with refused("NothingToPay"):
        remove(0)


def test_fees_survive_a_second_deposit(stage, add, market, alice):
    add(10 * E18)
    buy(stage, market, 10 * E18)
    due = stage.read("lpOf", market, alice)[1]

    add(90 * E18)

    assert stage.read("lpOf", market, alice)[1] == due > 0


def test_no_fee_is_paid_twice_or_lost_but_for_dust(stage, add, remove, market, owner, bob):
    add(10 * E18, by=bob)
    for outcome in (0, 1, 0, 0):
        buy(stage, market, 3 * E18, outcome)
    fees = stage.market(market).fees

    paid = remove(10 * E18, by=bob).feesPaid + remove(100 * E18 - LOCKED_LP, by=owner).feesPaid

    left = stage.market(market).fees
    assert paid + left == fees == 4 * 3 * E18 // 100
    # The locked LP's, and less than a unit of each provider's.
    assert left <= stage.read("lpOf", market, NOBODY)[1] + 2


def test_the_least_is_kept_to_the_unit(stage, add, remove, market):
    with refused("TooLittleLp", 10 * E18, 10 * E18 + 1):
        add(10 * E18, 10 * E18 + 1)
    returned = add(10 * E18, 10 * E18).sharesReturned
    with refused("TooFewShares", 1, returned[1], returned[1] + 1):
        add(10 * E18, 0, [0, returned[1] + 1])
    add(10 * E18, 0, returned)

    pools, supply = stage.market(market).pools, stage.market(market).lpSupply
    out = [pool * E18 // supply for pool in pools]
    with refused("TooFewShares", 0, out[0], out[0] + 1):
        remove(E18, [out[0] + 1, 0])
    remove(E18, out)


@pytest.mark.parametrize("least", [[], [0], [0, 0, 0]])
def test_one_least_for_each_outcome(add, remove, least):
    with refused("BadLength", len(least), 2):
        add(shares=least)
    with refused("BadLength", len(least), 2):
        remove(0, least)


def test_nobody_burns_what_they_have_not(stage, add, remove, bob):
    with refused("InsufficientLp", 0, 1):
        remove(1)
    lp = add().lpMinted
    with refused("InsufficientLp", lp, lp + 1):
        remove(lp + 1)
    with refused("InsufficientLp", 0, UNLIMITED):
        remove(UNLIMITED, by=bob)


def test_entry_ends_with_trading_and_leaving_never_does(stage, add, remove, market):
    closes_at = stage.market(market).closesAt
    lp = add(at=closes_at - 1).lpMinted
    with refused("TooLate", closes_at):
        add(at=closes_at)
    remove(lp // 3, at=closes_at + 10)
    stage.finish(market, 0)
    remove(lp // 3)


def test_a_void_market_takes_no_liquidity_and_gives_it_back(stage, add, remove, market):
    lp = add().lpMinted
    stage.finish(market, None)
    with refused("WrongStatus", VOIDED):
        add()
    remove(lp)


def test_zero_unknown_and_too_much(stage, add, market, alice):
    with refused("ZeroAmount"):
        add(0)
    with refused("BeyondLimit"):
        add(LIMIT)
    with refused("UnknownMarket", 9):
        stage.do(alice, "addLiquidity", 9, 1, 0, [0, 0])
    with refused("UnknownMarket", 9):
        stage.do(alice, "removeLiquidity", 9, 0, [0, 0])


def test_lp_has_a_limit_of_its_own(stage, alice):
    """Where the pools were opened far apart and brought together, LP outnumbers them."""
    market = stage.open(funding=2**120, weights=[1, LIMIT], feeWad=0)
    buy(stage, market, 2**60, 1)
    with refused("BeyondLimit"):
        stage.do(alice, "addLiquidity", market, 2**70, 0, [0, 0])
    stage.do(alice, "addLiquidity", market, 2**60, 0, [0, 0])


def test_the_first_provider_captures_nothing(stage, owner, alice):
    """The least funding, skewed beyond measure: who comes next is refused, or keeps theirs."""
    market = stage.open(funding=LOCKED_LP + 1, feeWad=0)
    buy(stage, market, 10**24, by=owner)
    with refused("TooLittleLp", 0, 0):
        stage.do(alice, "addLiquidity", market, E18, 0, [0, 0])

    lp = stage.do(alice, "addLiquidity", market, 10**22, 0, [0, 0]).event("LiquidityAdded").lpMinted
    # Ten of a thousand: what rounding took from Alice belongs to the locked LP, not to a person.
    assert lp == 10
    mine = stage.read("lpOf", market, owner)[0]
    assert mine == 1
    pools, supply = stage.market(market).pools, stage.market(market).lpSupply
    gain = pools[1] * mine // supply - 10**24 // 1000
    assert gain < 10**22 // 1000


def test_a_provider_names_the_prices_it_agrees_to(stage, mallory, alice):
    """Before Alice's deposit Mallory turns the prices round; LP alone would not show it."""
    market = stage.open(weights=[1, 4], feeWad=0)
    lp, returned = stage.read("addLiquidity", market, 10 * E18, 0, [0, 0], by=alice)
    buy(stage, market, 75 * E18, 1, by=mallory)
    state = stage.market(market)
    assert sorted(state.pools) == pytest.approx([25 * E18, 100 * E18], rel=1e-9)

    assert stage.read("addLiquidity", market, 10 * E18, lp - 10, [0, 0], by=alice)[0] >= lp - 10
    with refused("TooFewShares", 0, 0, returned[0]):
        stage.do(alice, "addLiquidity", market, 10 * E18, lp - 10, returned)


def test_a_pool_that_all_have_left_can_be_filled_again(stage, add, remove, market, owner):
    remove(100 * E18 - LOCKED_LP, by=owner)
    state = stage.market(market)
    assert state.lpSupply == LOCKED_LP
    assert min(state.pools) >= 1

    add(10 * E18)
    buy(stage, market, E18)

    assert stage.market(market).lpSupply > 10 * E18 - LOCKED_LP

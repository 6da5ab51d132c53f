"""The maker by itself. That it is the contract's is shown beside the contract: contracts/tests/."""

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.tests.amounts import FEES, NUMBERS, POOLS, amounts
from kmarket.tests.proof import cases
from trading import maker
from trading.maker import BPS, LIMIT, ONE, Revert

MANY = settings(max_examples=cases(every_day=100, full=50_000))
SLIPPAGE = st.integers(0, BPS)


def tried(trade, *args):
    """What a trade comes to, None where it cannot be."""
    try:
        return trade(*args)
    except Revert:
        return None


def test_a_buy_worked_by_hand():
    """10 in, 0.1 fee, 9.9 to each reserve: the first falls to 100·100 / 109.9, rounded up."""
    deal = maker.buy([100 * ONE, 100 * ONE], 0, 10 * ONE, ONE // 100)

    left = 10**40 // 109_900_000_000_000_000_000 + 1
    assert (deal.fee, deal.shares) == (ONE // 10, 109_900_000_000_000_000_000 - left)
    assert deal.reserves == (left, 109_900_000_000_000_000_000)


@pytest.mark.parametrize(
    ("reserves", "expected"),
    [
        ([5, 5], (ONE // 2, ONE // 2)),
        ([1, 3], (3 * ONE // 4, ONE // 4)),
        ([2, 2, 2], (ONE // 3, ONE // 3, ONE // 3)),
        ([0, 7], (ONE, 0)),
        ([0, 0], None),
    ],
)
def test_prices(reserves, expected):
    assert maker.prices(reserves) == expected


@MANY
@given(POOLS)
def test_prices_are_in_inverse_proportion_to_the_reserves(pools):
    inverse = [Fraction(1, pool) for pool in pools]
    exact = [each * ONE / sum(inverse) for each in inverse]
    assert maker.prices(pools) == tuple(int(price) for price in exact)


@MANY
@given(POOLS, NUMBERS, amounts(1), FEES)
def test_no_trade_makes_the_product_fall(pools, number, amount, fee_wad):
    """So nobody takes more out than they put in, however they go round."""
    outcome = number % len(pools)
    for trade in (maker.buy, maker.sell):
        deal = tried(trade, pools, outcome, amount, fee_wad)
        if deal is None:
            continue
        assert prod(deal.reserves) >= prod(pools)
        assert min(deal.reserves) >= 1
        assert deal.shares >= 0
        assert deal.fee * ONE >= (amount + deal.fee * (trade is maker.sell)) * fee_wad


@MANY
@given(POOLS, NUMBERS, amounts(1), FEES)
def test_a_trade_moves_the_price_its_own_way(pools, number, amount, fee_wad):
    outcome = number % len(pools)
    before = maker.prices(pools)[outcome]
    assert maker.prices(maker.buy(pools, outcome, amount, fee_wad).reserves)[outcome] >= before
    if deal := tried(maker.sell, pools, outcome, amount, fee_wad):
        assert maker.prices(deal.reserves)[outcome] <= before


@MANY
@given(POOLS, NUMBERS, amounts(1), FEES)
def test_what_was_bought_brings_no_more_than_it_cost(pools, number, amount, fee_wad):
    outcome = number % len(pools)
    bought = maker.buy(pools, outcome, amount, fee_wad)
    sold = tried(maker.sell_shares, bought.reserves, outcome, bought.shares, fee_wad)
    assert sold is None or sold.collateral <= amount


@MANY
@given(POOLS, NUMBERS, amounts(1), FEES)
def test_shares_are_sold_for_all_that_they_bring(pools, number, shares, fee_wad):
    """One unit more would take more shares than there are, or cannot be had at all."""
    outcome = number % len(pools)
    sold = tried(maker.sell_shares, pools, outcome, shares, fee_wad)
    got = 0
    if sold is not None:
        got = sold.collateral
        assert sold.shares <= shares
        assert sold == maker.sell(pools, outcome, got, fee_wad)
    more = tried(maker.sell, pools, outcome, got + 1, fee_wad)
    assert more is None or more.shares > shares


@MANY
@given(POOLS, st.lists(amounts(1, 2**100), min_size=2, max_size=2), NUMBERS, FEES)
def test_more_collateral_is_more_shares(pools, collateral, number, fee_wad):
    outcome, (less, more) = number % len(pools), sorted(collateral)
    for trade in (maker.buy, maker.sell):
        deals = [tried(trade, pools, outcome, each, fee_wad) for each in (less, more)]
        if all(deals):
            assert deals[0].shares <= deals[1].shares
        # Where the smaller one cannot be, the greater cannot either.
        assert deals[0] or not deals[1]


@MANY
@given(POOLS, amounts(1), amounts(1001))
def test_liquidity_comes_and_goes_at_the_pools_expense_never(pools, collateral, lp_supply):
    """Whoever gives and takes back at once has the complete sets that they paid for, at most."""
    given_ = tried(maker.add, pools, lp_supply, collateral)
    if given_ is None:
        return
    assert all(0 <= each <= collateral for each in given_.shares)
    kept = [collateral - each for each in given_.shares]
    assert given_.reserves == tuple(map(sum, zip(pools, kept, strict=True)))
    # No LP that was there before is worth less: each reserve grew by as much or more.
    for before, after in zip(pools, given_.reserves, strict=True):
        assert after * lp_supply >= before * (lp_supply + given_.lp)
    back = maker.remove(given_.reserves, lp_supply + given_.lp, given_.lp)
    assert all(out <= put for out, put in zip(back.shares, kept, strict=True))


@given(st.lists(amounts(1), min_size=2, max_size=8), amounts(1001))
def test_a_new_pool_has_its_funding_in_shares(weights, funding):
    made = maker.fund(weights, funding)
    assert max(made.reserves) == funding
    assert all(a + b == funding for a, b in zip(made.shares, made.reserves, strict=True))


@MANY
@given(amounts(0), SLIPPAGE)
def test_slippage_is_never_more_than_was_asked_for(amount, bps):
    assert 0 <= (least := maker.at_least(amount, bps)) <= amount
    assert 0 <= least * BPS - amount * (BPS - bps) < BPS
    assert (most := maker.at_most(amount, bps)) >= amount
    assert 0 <= amount * (BPS + bps) - most * BPS < BPS


@pytest.mark.parametrize(
    ("call", "error", "values"),
    [
        (lambda: maker.buy([9, 9], 0, 0, 0), "ZeroAmount", {}),
        (lambda: maker.sell([9, 9], 0, 0, 0), "ZeroAmount", {}),
        (lambda: maker.sell([9, 9], 0, LIMIT + 1, 0), "BeyondLimit", {}),
        (
            lambda: maker.sell([9, 9], 1, 9, 0),
            "PoolTooShallow",
            {"outcome": 0, "pool": 9, "leaving": 9},
        ),
        (lambda: maker.sell([LIMIT, LIMIT], 0, LIMIT - 1, 0), "BeyondLimit", {}),
        (lambda: maker.sell_shares([9, 9], 0, 1, ONE // 2), "ZeroAmount", {}),
        (lambda: maker.add([9, 9], 9, 0), "ZeroAmount", {}),
        (lambda: maker.add([9, 9], 1, 8), "TooLittleLp", {"lp": 0, "least": 0}),
        (lambda: maker.add([9, 9], LIMIT, 9), "BeyondLimit", {}),
        (lambda: maker.check_room(2, backing=LIMIT - 2, fees=1), "BeyondLimit", {}),
    ],
)
def test_what_cannot_be_has_the_contracts_own_words(call, error, values):
    with pytest.raises(Revert) as revert:
        call()
    assert (revert.value.error, revert.value.values) == (error, values)


def test_there_is_room_up_to_the_limit():
    maker.check_room(1, backing=LIMIT - 2, fees=1)

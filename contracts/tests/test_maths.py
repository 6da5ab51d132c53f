"""Quotes on pools of every shape, against the oracle: equal to the unit, or refused alike."""

from math import prod

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.tests.amounts import FEES, amounts
from contracts.tests.oracle import bought, sold
from contracts.tests.stage import E18, LIMIT, LOCKED_LP, Refused
from kmarket.tests.proof import cases, takes_its_time

pytestmark = [pytest.mark.needs("node"), takes_its_time]

# Weights that are the pools themselves, with the greatest for funding, open just these.
POOLS = st.tuples(
    amounts(LOCKED_LP + 1, 2**127), st.lists(amounts(1, 2**127), min_size=1, max_size=7)
).map(lambda drawn: [drawn[0], *(min(drawn[0], pool) for pool in drawn[1])])
NUMBERS = st.integers(0, 7)


def outcome_of(function, *args):
    """What it answers or refuses with, to be compared."""
    try:
        return list(function(*args))
    except Refused as refusal:
        return refusal.name, refusal.values


@settings(
    max_examples=cases(every_day=150, full=20_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(POOLS, NUMBERS, amounts(1), amounts(1), FEES)
def test_quotes_agree_with_the_oracle(stage, pools, number, paid, wanted, fee_wad):
    before = stage.node.rpc("evm_snapshot")
    outcome = number % len(pools)
    try:
        market = stage.open(weights=pools, funding=max(pools), feeWad=fee_wad)
        assert stage.market(market).pools == pools

        paid = min(paid, LIMIT - max(pools))
        expected = outcome_of(bought, pools, outcome, paid, fee_wad)
        assert outcome_of(stage.read, "calcBuy", market, outcome, paid) == expected[:2]
        expected = outcome_of(sold, pools, outcome, wanted, fee_wad)
        assert outcome_of(stage.read, "calcSell", market, outcome, wanted) == expected[:2]
    finally:
        stage.node.rpc("evm_revert", before)


@settings(max_examples=cases(every_day=200, full=50_000))
@given(POOLS, NUMBERS, amounts(1), FEES)
def test_no_trade_makes_the_product_fall(pools, number, amount, fee_wad):
    """So nobody takes more out than they put in, however they go round."""
    outcome = number % len(pools)
    for trade in (bought, sold):
        try:
            shares, fee, after = trade(pools, outcome, amount, fee_wad)
        except Refused:
            continue
        assert prod(after) >= prod(pools)
        assert min(after) >= 1
        assert fee * E18 - (amount + fee * (trade is sold)) * fee_wad >= 0
        assert shares >= 0

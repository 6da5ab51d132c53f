"""Quotes on pools of every shape, against `trading.maker`: equal to the unit, or refused alike."""

import pytest
from hypothesis import HealthCheck, given, settings

from contracts.tests.amounts import FEES, NUMBERS, POOLS, amounts
from contracts.tests.stage import LIMIT, Refused
from kmarket.tests.proof import cases, takes_its_time
from trading import maker
from trading.maker import Revert

pytestmark = [pytest.mark.needs("node"), takes_its_time]


def told(stage, function, market, outcome, amount):
    """What the contract answers or refuses with, to be compared."""
    try:
        return tuple(stage.read(function, market, outcome, amount))
    except Refused as refusal:
        return refusal.name, refusal.values


def computed(trade, pools, outcome, amount, fee_wad):
    try:
        deal = trade(pools, outcome, amount, fee_wad)
    except Revert as revert:
        return revert.error, tuple(revert.values.values())
    return deal.shares, deal.fee


@settings(
    max_examples=cases(every_day=150, full=20_000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(POOLS, NUMBERS, amounts(1), amounts(1), FEES)
def test_quotes_agree_with_the_maker(stage, pools, number, paid, wanted, fee_wad):
    before = stage.node.rpc("evm_snapshot")
    outcome = number % len(pools)
    try:
        market = stage.open(weights=pools, funding=max(pools), feeWad=fee_wad)
        assert stage.market(market).pools == pools

        paid = min(paid, LIMIT - max(pools))
        expected = computed(maker.buy, pools, outcome, paid, fee_wad)
        assert told(stage, "calcBuy", market, outcome, paid) == expected
        expected = computed(maker.sell, pools, outcome, wanted, fee_wad)
        assert told(stage, "calcSell", market, outcome, wanted) == expected
    finally:
        stage.node.rpc("evm_revert", before)

"""Opening a market: its terms, its first liquidity, and what is refused."""

import pytest

from contracts.tests.stage import E18, LIMIT, LOCKED_LP, NO_OUTCOME, NOBODY, OPEN, refused

pytestmark = pytest.mark.needs("node")

DAY = 86400


def test_a_new_market_has_its_terms_and_no_result(stage, owner):
    market = stage.market(stage.open(funding=8000, weights=[3, 1, 4], feeWad=5, disputeWindow=90))

    assert (market.creator, market.collateral) == (owner, stage.token.address)
    assert (market.outcomeCount, market.feeWad, market.disputeWindow) == (3, 5, 90)
    assert (market.status, market.round, market.outcome) == (OPEN, 0, NO_OUTCOME)
    assert (market.backing, market.fees, market.lpSupply) == (8000, 0, 8000)
    assert market.pools == [6000, 2000, 8000]
    assert (market.payoutNumerators, market.payoutDenominator) == ([], 0)


def test_the_creator_pays_and_owns_all_but_what_is_locked(stage, owner):
    before = stage.balance(owner)

    market = stage.open(funding=8000, weights=[3, 1, 4])

    assert stage.balance(owner) == before - 8000
    assert stage.balance(stage.contract.address) == 8000
    assert stage.read("sharesOf", market, owner) == [2000, 6000, 0]
    assert stage.read("lpOf", market, owner) == [7000, 0]
    assert stage.read("lpOf", market, NOBODY) == [LOCKED_LP, 0]


def test_a_price_follows_the_inverse_of_its_weight(stage):
    """Three to one: a quarter and three quarters."""
    market = stage.open(weights=[3, 1], feeWad=0)

    for outcome, price in [(0, 0.25), (1, 0.75)]:
        shares, _ = stage.read("calcBuy", market, outcome, E18 // 10**6)
        assert shares == pytest.approx(E18 / 10**6 / price, rel=1e-6)


def test_pools_are_rounded_up_so_that_none_is_empty(stage):
    market = stage.open(funding=1001, weights=[1, LIMIT])

    assert stage.market(market).pools == [1, 1001]


def test_markets_are_numbered_from_one(stage):
    assert [stage.open(), stage.open(), stage.open()] == [1, 2, 3]


@pytest.mark.parametrize("count", [2, 8])
def test_two_to_eight_outcomes(stage, count):
    assert stage.market(stage.open(weights=[1] * count)).pools == [100 * E18] * count


@pytest.mark.parametrize("count", [0, 1, 9, 255])
def test_no_other_number_of_outcomes(stage, owner, count):
    with refused("BadOutcomeCount", count):
        stage.create(owner, outcomeCount=count, weights=[1] * count)


@pytest.mark.parametrize(
    ("closes_in", "resolves_in"), [(0, 10), (10, 10), (10, 9), (1, 1095 * DAY + 1)]
)
def test_times_must_follow_each_other_and_not_be_far_off(stage, owner, closes_in, resolves_in):
    now = stage.now + 5
    closes_at, resolve_by = now + closes_in, now + resolves_in

    with refused("BadTimes", closes_at, resolve_by):
        stage.create(owner, closesAt=closes_at, resolveBy=resolve_by, at=now)


def test_times_may_be_as_near_and_as_far_as_it_goes(stage, owner):
    now = stage.now + 5

    stage.create(owner, closesAt=now + 1, resolveBy=now + 2, at=now)
    stage.create(owner, closesAt=now + 2, resolveBy=now + 1 + 1095 * DAY, at=now + 1)


@pytest.mark.parametrize("window", [0, 59, 30 * DAY + 1])
def test_the_dispute_window_has_bounds(stage, owner, window):
    with refused("BadWindow", window):
        stage.create(owner, disputeWindow=window)


@pytest.mark.parametrize("window", [60, 30 * DAY])
def test_the_dispute_window_may_be_at_its_bounds(stage, window):
    assert stage.market(stage.open(disputeWindow=window)).disputeWindow == window


def test_the_fee_is_less_than_everything(stage, owner):
    assert stage.market(stage.open(feeWad=E18 - 1)).feeWad == E18 - 1
    with refused("BadFee", E18):
        stage.create(owner, feeWad=E18)


@pytest.mark.parametrize("weights", [[1], [1, 1, 1], []])
def test_one_weight_for_each_outcome(stage, owner, weights):
    with refused("BadLength", len(weights), 2):
        stage.create(owner, outcomeCount=2, weights=weights)


@pytest.mark.parametrize("weight", [0, LIMIT + 1, 2**256 - 1])
def test_no_weight_is_nothing_or_beyond_the_limit(stage, owner, weight):
    with refused("BadWeight", 1, weight):
        stage.create(owner, weights=[1, weight])


@pytest.mark.parametrize("funding", [0, 1, LOCKED_LP])
def test_the_funding_is_more_than_what_is_locked(stage, owner, funding):
    with refused("FundingTooSmall", funding, LOCKED_LP + 1):
        stage.create(owner, funding=funding)


def test_the_funding_has_a_limit(stage, owner):
    assert stage.market(stage.open(funding=LIMIT)).pools == [LIMIT, LIMIT]
    with refused("BeyondLimit"):
        stage.create(owner, funding=LIMIT + 1)


def test_the_collateral_is_a_contract(stage, owner, alice):
    with refused("BadCollateral", alice):
        stage.create(owner, collateral=alice)
    with refused("BadCollateral", NOBODY):
        stage.create(owner, collateral=NOBODY)


def test_the_collateral_answers_as_a_token_does(stage, owner):
    with refused("", "eth_call: execution reverted (3)"):
        stage.create(owner, collateral=stage.contract.address)


def test_the_creator_must_have_the_money_and_have_approved(stage, owner):
    poor = stage.deploy("TestToken", "Poor", "POOR", 6)
    with refused("ERC20InsufficientAllowance", stage.contract.address, 0, 100 * E18):
        stage.create(owner, collateral=poor.address)

    stage.endow(owner, poor, 99)

    with refused("ERC20InsufficientBalance", owner, 99, 100 * E18):
        stage.create(owner, collateral=poor.address)


def test_what_is_unknown_is_refused_by_every_view(stage, alice):
    for view, *args in [
        *(("getMarket",), ("stateDigest",), ("sharesOf", alice), ("lpOf", alice)),
        *(("calcBuy", 0, 1), ("calcSell", 0, 1)),
    ]:
        for unknown in (0, 1, 2**256 - 1):
            with refused("UnknownMarket", unknown):
                stage.read(view, unknown, *args)

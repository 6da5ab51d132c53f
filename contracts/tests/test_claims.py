"""Claims: what each share pays, once, and that there is enough for everybody."""

import pytest

from contracts.tests.stage import (
    E18,
    EVIDENCE,
    FOREVER,
    LOCKED_LP,
    NOBODY,
    OPEN,
    PROPOSED,
    refused,
)

pytestmark = pytest.mark.needs("node")


@pytest.fixture
def market(stage, alice, bob):
    """Alice has outcome 0, Bob outcome 1 and a little of 2."""
    market = stage.open(weights=[1, 1, 1])
    stage.do(alice, "buy", market, 0, 10 * E18, 0, FOREVER)
    stage.do(bob, "buy", market, 1, 20 * E18, 0, FOREVER)
    stage.do(bob, "buy", market, 2, E18, 0, FOREVER)
    return market


def test_a_winning_share_pays_one_unit(stage, market, alice):
    shares = stage.read("sharesOf", market, alice)
    stage.finish(market, 0)
    before, backing = stage.balance(alice), stage.market(market).backing

    event = stage.do(alice, "claim", market, alice).event("WinningsClaimed")

    assert (event.claimant, event.recipient) == (alice, alice)
    assert (event.sharesBurned, event.payout) == (shares, shares[0])
    assert stage.balance(alice) == before + shares[0]
    assert stage.market(market).backing == backing - shares[0]
    assert stage.read("sharesOf", market, alice) == [0, 0, 0]


def test_losing_shares_pay_nothing(stage, market, bob):
    stage.finish(market, 0)
    with refused("NothingToPay"):
        stage.do(bob, "claim", market, bob)


def test_a_claim_pays_once(stage, market, alice):
    stage.finish(market, 0)
    stage.do(alice, "claim", market, alice)
    with refused("NothingToPay"):
        stage.do(alice, "claim", market, alice)


def test_a_void_pays_each_share_alike_rounded_down_once(stage, market, bob):
    shares = stage.read("sharesOf", market, bob)
    stage.finish(market, None)

    event = stage.do(bob, "claim", market, bob).event("WinningsClaimed")

    assert event.payout == sum(shares) // 3


def test_somebody_else_may_be_paid(stage, market, alice, carol):
    stage.finish(market, 0)
    before = stage.balance(carol)

    event = stage.do(alice, "claim", market, carol).event("WinningsClaimed")

    assert (event.claimant, event.recipient) == (alice, carol)
    assert stage.balance(carol) == before + event.payout


def test_nobody_is_paid_in_vain(stage, market, alice):
    stage.finish(market, 0)
    for lost in (NOBODY, stage.contract.address):
        with refused("BadRecipient", lost):
            stage.do(alice, "claim", market, lost)


def test_nothing_is_paid_before_a_result_is_final(stage, market, owner, alice):
    with refused("WrongStatus", OPEN):
        stage.do(alice, "claim", market, alice)
    closes_at = stage.market(market).closesAt
    stage.do(owner, "proposeResult", market, 0, EVIDENCE, at=closes_at)
    with refused("WrongStatus", PROPOSED):
        stage.do(alice, "claim", market, alice, at=closes_at + 600)


def test_providers_claim_what_they_take_from_the_pool(stage, market, owner, alice):
    """Also when they have claimed before: each share pays once, whenever it comes."""
    stage.do(alice, "addLiquidity", market, 10 * E18, 0, [0, 0, 0])
    stage.finish(market, 1)
    lp, _ = stage.read("lpOf", market, alice)
    first = stage.do(alice, "removeLiquidity", market, lp // 2, [0, 0, 0])
    stage.do(alice, "claim", market, alice)
    second = stage.do(alice, "removeLiquidity", market, lp - lp // 2, [0, 0, 0])

    event = stage.do(alice, "claim", market, alice).event("WinningsClaimed")

    assert event.payout == second.event("LiquidityRemoved").sharesOut[1]
    assert first.event("LiquidityRemoved").sharesOut[1] > 0


@pytest.mark.parametrize("outcome", [0, 1, 2, None])
def test_everybody_is_paid_and_only_dust_stays(stage, market, owner, alice, bob, outcome):
    """The locked LP's shares, and the roundings."""
    stage.finish(market, outcome)
    stage.do(owner, "removeLiquidity", market, 100 * E18 - LOCKED_LP, [0, 0, 0])
    for person in (owner, alice, bob):
        if any(
            shares * pays
            for shares, pays in zip(
                stage.read("sharesOf", market, person),
                stage.market(market).payoutNumerators,
                strict=True,
            )
        ):
            stage.do(person, "claim", market, person)

    state = stage.market(market)
    dust = max(state.pools) + 3
    assert 0 < state.backing <= dust < 3 * LOCKED_LP
    # Of three trades' fees.
    assert state.fees <= 4
    assert stage.balance(stage.contract.address) == state.backing + state.fees


def test_one_market_does_not_pay_for_another(stage, market, alice):
    """Same token, two markets: what the first owes is its own backing."""
    other = stage.open(funding=5 * E18)
    held = stage.market(other).backing
    stage.finish(market, 0)
    stage.do(alice, "claim", market, alice)

    assert stage.market(other).backing == held
    with refused("WrongStatus", OPEN):
        stage.do(alice, "claim", other, alice)

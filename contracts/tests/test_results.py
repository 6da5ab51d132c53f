"""How a market gets its result: who may say what, until when, and that nobody can stall it."""

import pytest
from eth_abi import encode
from eth_utils import keccak

from contracts.tests.interface import types
from contracts.tests.stage import (
    E18,
    EVIDENCE,
    FINALIZED,
    FOREVER,
    NO_OUTCOME,
    OPEN,
    PROPOSED,
    VOIDED,
    refused,
)

pytestmark = pytest.mark.needs("node")

WINDOW = 600


@pytest.fixture
def market(stage):
    """Three outcomes, challenged for ten minutes."""
    return stage.open(weights=[1, 1, 1], disputeWindow=WINDOW)


@pytest.fixture
def closes_at(stage, market):
    return stage.market(market).closesAt


@pytest.fixture
def resolve_by(stage, market):
    return stage.market(market).resolveBy


@pytest.fixture
def proposed(stage, market, closes_at, owner):
    """Outcome 1, proposed the moment that the market closed. Until when it may be challenged."""
    stage.do(owner, "proposeResult", market, 1, EVIDENCE, at=closes_at)
    return closes_at + WINDOW


def test_a_result_is_proposed_stands_and_is_final(stage, market, closes_at, owner, mallory):
    done = stage.do(owner, "proposeResult", market, 1, EVIDENCE, at=closes_at)

    event = done.event("ResultProposed")
    assert (event.marketId, event.proposer, event.outcome, event.round) == (market, owner, 1, 1)
    assert (event.disputableUntil, event.evidenceHash) == (closes_at + WINDOW, EVIDENCE)
    state = stage.market(market)
    assert (state.status, state.round, state.outcome) == (PROPOSED, 1, 1)
    assert (state.disputableUntil, state.payoutDenominator) == (closes_at + WINDOW, 0)

    done = stage.do(mallory, "finalizeResult", market, at=closes_at + WINDOW)

    event = done.event("ResultFinalized")
    assert (event.marketId, event.outcome, event.voided) == (market, 1, False)
    assert (event.payoutNumerators, event.payoutDenominator) == ([0, 1, 0], 1)
    state = stage.market(market)
    assert (state.status, state.outcome) == (FINALIZED, 1)
    assert (state.payoutNumerators, state.payoutDenominator) == ([0, 1, 0], 1)


def test_a_proposal_comes_between_close_and_resolve_by(stage, market, closes_at, resolve_by, owner):
    propose = (owner, "proposeResult", market, 0, EVIDENCE)
    with refused("TooEarly", closes_at):
        stage.do(*propose, at=closes_at - 1)
    with refused("TooLate", resolve_by):
        stage.do(*propose, at=resolve_by + 1)
    assert stage.market(market).status == OPEN


def test_a_proposal_may_come_at_the_last_moment(stage, market, resolve_by, owner):
    """Its window then passes resolveBy, and nobody but an arbiter can void meanwhile."""
    stage.do(owner, "proposeResult", market, 0, EVIDENCE, at=resolve_by)
    with refused("AccessControlUnauthorizedAccount", stage.alice, role(stage, "ARBITER_ROLE")):
        stage.do(stage.alice, "voidMarket", market, at=resolve_by + 1)
    stage.do(stage.alice, "finalizeResult", market, at=resolve_by + WINDOW)


def test_there_is_one_first_proposal(stage, market, proposed, owner):
    with refused("WrongStatus", PROPOSED):
        stage.do(owner, "proposeResult", market, 2, EVIDENCE)
    stage.do(owner, "finalizeResult", market, at=proposed)
    with refused("WrongStatus", FINALIZED):
        stage.do(owner, "proposeResult", market, 2, EVIDENCE)


def test_a_challenge_is_a_round_with_a_window_of_its_own(stage, market, proposed, owner):
    at = proposed - 1

    event = stage.do(owner, "challengeResult", market, 2, b"n" * 32, at=at).event("ResultProposed")

    assert (event.outcome, event.round, event.evidenceHash) == (2, 2, b"n" * 32)
    assert event.disputableUntil == at + WINDOW
    with refused("TooEarly", at + WINDOW):
        stage.do(owner, "finalizeResult", market, at=proposed + 1)
    stage.do(owner, "finalizeResult", market, at=at + WINDOW)
    assert stage.market(market).payoutNumerators == [0, 0, 1]


def test_a_challenge_comes_within_the_window(stage, market, proposed, owner):
    with refused("TooLate", proposed):
        stage.do(owner, "challengeResult", market, 2, EVIDENCE, at=proposed)


def test_a_challenge_says_something_else(stage, market, proposed, owner):
    with refused("SameOutcome", 1):
        stage.do(owner, "challengeResult", market, 1, EVIDENCE)


def test_challenges_come_to_an_end(stage, market, proposed, owner):
    """Four proposals in all: whoever challenges without end delays three windows at most."""
    for number, outcome in enumerate([0, 1, 2]):
        at = proposed - 1 + number * (WINDOW - 1)
        stage.do(owner, "challengeResult", market, outcome, EVIDENCE, at=at)
    with refused("NoRoundsLeft", 4):
        stage.do(owner, "challengeResult", market, 0, EVIDENCE)
    assert stage.market(market).disputableUntil <= proposed + 3 * WINDOW
    stage.do(stage.alice, "finalizeResult", market, at=stage.market(market).disputableUntil)
    assert stage.market(market).outcome == 2


def test_without_a_proposal_there_is_nothing_to_challenge_or_finalize(stage, market, owner):
    with refused("WrongStatus", OPEN):
        stage.do(owner, "challengeResult", market, 1, EVIDENCE)
    with refused("WrongStatus", OPEN):
        stage.do(owner, "finalizeResult", market)


@pytest.mark.parametrize("outcome", [3, NO_OUTCOME])
def test_only_outcomes_that_there_are(stage, market, closes_at, owner, outcome):
    with refused("BadOutcome", outcome, 3):
        stage.do(owner, "proposeResult", market, outcome, EVIDENCE, at=closes_at)
    stage.do(owner, "proposeResult", market, 0, EVIDENCE)
    with refused("BadOutcome", outcome, 3):
        stage.do(owner, "challengeResult", market, outcome, EVIDENCE)


def test_a_result_is_final_once_and_after_its_window(stage, market, proposed, alice):
    with refused("TooEarly", proposed):
        stage.do(alice, "finalizeResult", market, at=proposed - 1)
    stage.do(alice, "finalizeResult", market, at=proposed)
    for call in ("finalizeResult", "voidMarket"):
        with refused("WrongStatus", FINALIZED):
            stage.do(stage.owner, call, market)


def test_an_arbiter_voids_a_market_that_trades(stage, market, owner):
    event = stage.do(owner, "voidMarket", market).event("ResultFinalized")

    assert (event.outcome, event.voided) == (NO_OUTCOME, True)
    assert (event.payoutNumerators, event.payoutDenominator) == ([1, 1, 1], 3)
    state = stage.market(market)
    assert (state.status, state.outcome) == (VOIDED, NO_OUTCOME)
    assert (state.payoutNumerators, state.payoutDenominator) == ([1, 1, 1], 3)
    for call, *args in [("voidMarket",), ("finalizeResult",), ("proposeResult", 0, EVIDENCE)]:
        with refused("WrongStatus", VOIDED):
            stage.do(owner, call, market, *args)


def test_an_arbiter_voids_within_the_window_only(stage, market, proposed, owner):
    """What nobody challenged in time stands, also before anybody has called it final."""
    stage.node.rpc("evm_setNextBlockTimestamp", proposed)
    with refused("TooLate", proposed):
        stage.do(owner, "voidMarket", market)


def test_an_arbiter_voids_a_proposal(stage, market, proposed, owner):
    stage.do(owner, "voidMarket", market, at=proposed - 1)
    assert stage.market(market).outcome == NO_OUTCOME


def test_anybody_voids_what_has_no_proposal_in_time(stage, market, resolve_by, mallory):
    with refused("AccessControlUnauthorizedAccount", mallory, role(stage, "ARBITER_ROLE")):
        stage.do(mallory, "voidMarket", market, at=resolve_by)
    stage.do(mallory, "voidMarket", market, at=resolve_by + 1)
    assert stage.market(market).status == VOIDED


def test_pausing_delays_no_result(stage, market, closes_at, owner, alice):
    other = stage.open()
    stage.do(owner, "pause")
    stage.do(owner, "proposeResult", market, 0, EVIDENCE, at=closes_at)
    stage.do(owner, "challengeResult", market, 1, EVIDENCE)
    stage.do(alice, "finalizeResult", market, at=stage.market(market).disputableUntil)
    stage.do(alice, "voidMarket", other, at=stage.market(other).resolveBy + 1)


def test_unknown_markets_have_no_results(stage, owner, alice):
    for call, *args in [
        *(("proposeResult", 0, EVIDENCE), ("challengeResult", 0, EVIDENCE)),
        *(("finalizeResult",), ("voidMarket",), ("claim", alice)),
    ]:
        with refused("UnknownMarket", 5):
            stage.do(owner, call, 5, *args)


def test_the_digest_is_that_of_the_whole_state(stage, market, proposed, owner, alice):
    """Whatever changes the market changes it."""
    other = stage.open(weights=[1, 1, 1], disputeWindow=WINDOW)
    seen = [stage.read("stateDigest", one) for one in (market, other)]
    for by, call, *args in [
        *((owner, "challengeResult", market, 2, EVIDENCE), (owner, "voidMarket", market)),
        *((owner, "removeLiquidity", market, 10**9, [0, 0, 0]), (owner, "claim", market, owner)),
        *((alice, "buy", other, 0, E18, 0, FOREVER), (alice, "addLiquidity", other, 9, 0, [0] * 3)),
        (owner, "removeLiquidity", other, 0, [0, 0, 0]),
    ]:
        stage.do(by, call, *args)
        seen.append(stage.read("stateDigest", args[0]))

    assert len(set(seen)) == len(seen)


def test_the_digest_can_be_made_by_a_reader(stage, market):
    """From what getMarket answers, field by field in the order of the ABI."""
    (struct,) = stage.contract.interface.by_name["getMarket"]["outputs"]
    state = tuple(stage.read("getMarket", market).values())

    digest = keccak(encode(["uint256", *types([struct])], [market, state]))

    assert stage.read("stateDigest", market) == digest


def role(stage, name):
    return stage.read(name)

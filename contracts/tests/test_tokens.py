"""Collateral that isn't plain: it keeps some of what it moves, or calls back in the middle."""

import pytest
from eth_abi import decode

from contracts.tests.stage import E18, FOREVER, NOBODY, UNLIMITED, refused

pytestmark = pytest.mark.needs("node")


@pytest.fixture
def greedy(stage, owner, alice):
    """A token that takes nothing yet."""
    token = stage.deploy("FeeToken")
    stage.endow(owner, token)
    stage.endow(alice, token)
    return token


def test_a_token_that_takes_a_fee_is_refused_from_the_start(stage, owner, greedy):
    stage.do(owner, "setPercent", 1, to=greedy)
    with refused("CollateralRefused", 100 * E18, 99 * E18):
        stage.create(owner, collateral=greedy.address)


def test_a_token_that_begins_to_take_a_fee_stops_entry_and_not_leaving(stage, owner, alice, greedy):
    market = stage.open(collateral=greedy.address)
    stage.do(alice, "buy", market, 0, 10 * E18, 0, FOREVER)
    stage.do(owner, "setPercent", 2, to=greedy)

    with refused("CollateralRefused", E18, E18 * 98 // 100):
        stage.do(alice, "buy", market, 0, E18, 0, FOREVER)
    with refused("CollateralRefused", E18, E18 * 98 // 100):
        stage.do(alice, "addLiquidity", market, E18, 0, [0, 0])
    stage.do(alice, "sell", market, 0, E18, UNLIMITED, FOREVER)
    stage.do(owner, "removeLiquidity", market, E18, [0, 0])
    stage.finish(market, 0)
    stage.do(alice, "claim", market, alice)

    state = stage.market(market)
    assert stage.balance(stage.contract.address, greedy) == state.backing + state.fees


class Trap:
    """A market in a token that calls back, and that holds shares and LP itself.

    The token is the trader: so the attacker is inside the very transfer that its trade makes.
    """

    def __init__(self, stage):
        self.stage = stage
        self.token = stage.deploy("HookToken")
        self.me = self.token.address
        stage.endow(stage.owner, self.token)
        stage.do(stage.owner, "mint", self.me, 2**120, to=self.token)
        self.act("approve", stage.contract.address, UNLIMITED, to=self.token)
        self.market = stage.open(collateral=self.me)
        self.act("buy", self.market, 0, 20 * E18, 0, FOREVER)
        self.act("addLiquidity", self.market, 20 * E18, 0, [0, 0])
        self.act("buy", self.market, 1, 20 * E18, 0, FOREVER)

    def act(self, call, *args, to=None):
        to = to or self.stage.contract
        data = to.interface.call(call, list(args))
        self.stage.do(self.stage.mallory, "act", to.address, data, to=self.token)

    def set(self, call, *args, early):
        data = self.stage.contract.interface.call(call, list(args))
        contract = self.stage.contract.address
        self.stage.do(self.stage.mallory, "setHook", contract, data, early, to=self.token)

    def sprung(self):
        """How often it called, and what the last call was answered."""
        return self.stage.read("calls", to=self.token), self.stage.read("answer", to=self.token)

    def everything(self):
        stage, market = self.stage, self.market
        return (
            stage.read("getMarket", market),
            stage.read("sharesOf", market, self.me),
            stage.read("lpOf", market, self.me),
            stage.balance(self.me, self.token),
            stage.read("seq"),
        )

    def forget(self):
        self.stage.do(self.stage.mallory, "setHook", NOBODY, b"", False, to=self.token)


@pytest.fixture
def trap(stage):
    return Trap(stage)


def movers(trap):
    """The calls that move tokens, and so give the token its turn."""
    market = trap.market
    return {
        "buy": (market, 0, E18, 0, FOREVER),
        "sell": (market, 0, E18, UNLIMITED, FOREVER),
        "addLiquidity": (market, E18, 0, [0, 0]),
        "removeLiquidity": (market, E18, [0, 0]),
    }


MOVERS = ["buy", "sell", "addLiquidity", "removeLiquidity"]


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("outer", MOVERS)
@pytest.mark.parametrize("inner", [*MOVERS, "claim"])
def test_no_call_gets_in_while_another_moves_tokens(stage, trap, outer, inner, early):
    """It is refused, and the outer one ends as if nobody had tried."""
    calls = movers(trap) | {"claim": (trap.market, trap.me)}
    before = stage.node.rpc("evm_snapshot")
    trap.act(outer, *calls[outer])
    alone = trap.everything()
    stage.node.rpc("evm_revert", before)

    trap.set(inner, *calls[inner], early=early)
    trap.act(outer, *calls[outer])

    calls, answer = trap.sprung()
    assert calls == 1
    assert answer[:4] in [
        selector
        for selector, abi in stage.contract.interface.errors.items()
        if abi["name"] == "ReentrancyGuardReentrantCall"
    ]
    assert trap.everything() == alone


@pytest.mark.parametrize("early", [True, False])
def test_no_claim_gets_into_a_claim(stage, trap, early):
    stage.finish(trap.market, 0)
    owned = stage.read("sharesOf", trap.market, trap.me)[0]
    held = stage.balance(trap.me, trap.token)
    trap.set("claim", trap.market, trap.me, early=early)

    trap.act("claim", trap.market, trap.me)

    assert trap.sprung()[0] == 1
    assert stage.balance(trap.me, trap.token) == held + owned


def test_no_market_opens_while_tokens_move(stage, trap, owner):
    """Not even by a creator."""
    stage.do(owner, "grantRole", stage.read("CREATOR_ROLE"), trap.me)
    terms = (trap.me, 2, stage.now + 100, stage.now + 200, 60, 0, bytes(32))
    trap.set("createMarket", terms, 10**6, [1, 1], early=False)
    trap.act("buy", *movers(trap)["buy"])
    assert stage.read("marketCount") == 1


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("outer", MOVERS)
def test_who_reads_in_the_middle_reads_the_end(stage, trap, outer, early):
    """A price oracle on top of this contract can't be shown a state that never was."""
    trap.set("stateDigest", trap.market, early=early)

    trap.act(outer, *movers(trap)[outer])

    (answer,) = decode(["bytes32"], trap.sprung()[1])
    assert answer == stage.read("stateDigest", trap.market)


def test_a_gift_changes_nothing(stage, alice, mallory):
    """Pricing knows no balance: whoever sends the contract tokens has lost them, that's all."""
    market = stage.open()
    before = stage.read("getMarket", market), stage.read("calcBuy", market, 0, E18)

    stage.do(mallory, "transfer", stage.contract.address, 10**30, to=stage.token)

    assert (stage.read("getMarket", market), stage.read("calcBuy", market, 0, E18)) == before
    stage.do(alice, "buy", market, 0, E18, before[1][0], FOREVER)

"""Anything in any order, on one market, against the oracle.

Each call must end as the oracle says, to the unit, or be refused with its very words. After every
step the contract keeps what the oracle keeps. At the end the market gets a result, everybody leaves
and all are paid.

A failure names its seed and the least number of steps that show it.
"""

from math import prod
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.tests.oracle import Oracle
from contracts.tests.stage import (
    E18,
    FINALIZED,
    FOREVER,
    LIMIT,
    LOCKED_LP,
    NOBODY,
    VOIDED,
    Refused,
    refused,
)
from kmarket.tests.proof import cases, takes_its_time

pytestmark = [pytest.mark.needs("node"), takes_its_time]

STEPS_MAX = 60
# How often each is tried. The last ends trading.
STEPS = {"buy": 30, "sell": 28, "add": 14, "remove": 14, "claim": 4, "pause": 4, "finish": 2}
USUAL_FEES = [0, E18 // 1000, E18 // 100, E18 // 50]
UNUSUAL_FEES = [1, E18 // 2, E18 - 1]


class Play:
    """One market and four people who do what the dice say."""

    def __init__(self, stage, seed):
        self.stage, self.dice = stage, Random(seed)
        self.people = [stage.owner, stage.alice, stage.bob, stage.carol]
        self.held = stage.balance(stage.contract.address)
        self.paused = self.over = False
        count = self.dice.randint(2, 8)
        if self.dice.random() < 0.75:
            funding = self.dice.randint(10**6, 10**24)
            weights = [self.dice.randint(1, 20) for _ in range(count)]
            fee_wad = self.dice.choice(USUAL_FEES)
        else:
            funding = max(LOCKED_LP + 1, self._any_size())
            weights = [max(1, self._any_size()) for _ in range(count)]
            fee_wad = self.dice.choice(UNUSUAL_FEES)
        self.market = stage.open(funding=funding, weights=weights, feeWad=fee_wad)
        self.oracle = Oracle(stage.owner, funding, weights, fee_wad)

    def step(self):
        """Something that somebody does. What an LP is worth never falls by it."""
        who = self.dice.choice(self.people)
        before, supply = prod(self.oracle.pools), self.oracle.supply
        (name,) = self.dice.choices(list(STEPS), STEPS.values())
        # Not for long: what is refused teaches little.
        name = "pause" if self.paused and self.dice.random() < 0.3 else name
        getattr(self, name)(who)
        count = self.oracle.count
        assert prod(self.oracle.pools) * supply**count >= before * self.oracle.supply**count
        self.compare(who)

    def buy(self, who):
        outcome = self.dice.randrange(self.oracle.count)
        amount = self._amount(self.oracle.pools[outcome] * 3)
        expected = self._entry() or self._tried(self.oracle.buy, who, outcome, amount)
        done = self._do(who, "buy", outcome, amount, 0, FOREVER, expected=expected)
        if done:
            event = done.event("SharesBought")
            assert (event.sharesOut, event.fee) == expected
            assert (event.collateralIn, event.poolsAfter) == (amount, self.oracle.pools)

    def sell(self, who):
        """A part of what they have, at about the present price; mostly."""
        outcome = self.dice.randrange(self.oracle.count)
        owned = [self.oracle.shares[person][outcome] for person in self.people]
        if self.dice.random() < 0.8:
            who = self.people[owned.index(max(owned))]
        amount = self._amount(self.oracle.worth(outcome, self.oracle.shares[who][outcome]) * 2)
        expected = self._over() or self._tried(self.oracle.sell, who, outcome, amount)
        done = self._do(who, "sell", outcome, amount, LIMIT, FOREVER, expected=expected)
        if done:
            event = done.event("SharesSold")
            assert (event.sharesIn, event.fee) == expected
            assert (event.collateralOut, event.poolsAfter) == (amount, self.oracle.pools)

    def add(self, who):
        amount = self._amount(max(self.oracle.pools))
        least = [0] * self.oracle.count
        expected = self._entry() or self._tried(self.oracle.add, who, amount)
        done = self._do(who, "addLiquidity", amount, 0, least, expected=expected)
        if done:
            event = done.event("LiquidityAdded")
            assert (event.lpMinted, event.sharesReturned) == expected
            assert event.poolsAfter == self.oracle.pools

    def remove(self, who, parts=None):
        """Some thousandths of what they have; 0 takes the fees, and one unit more is too many."""
        providers = [one for one in self.people if self.oracle.lp[one]]
        if parts is None and providers:
            who = self.dice.choice(providers)
        lp = self.oracle.lp[who]
        parts = self.dice.choice([0, self.dice.randint(1, 999), 1000]) if parts is None else parts
        lp = lp * parts // 1000 + (self.dice.random() < 0.05)
        _, due = self.stage.read("lpOf", self.market, who)
        expected = self._tried(self.oracle.remove, who, lp, due)
        least = [0] * self.oracle.count
        done = self._do(who, "removeLiquidity", lp, least, expected=expected)
        if done:
            event = done.event("LiquidityRemoved")
            assert (event.lpBurned, event.feesPaid, event.sharesOut) == (lp, due, expected)
            assert event.poolsAfter == self.oracle.pools

    def claim(self, who):
        if not self.over:
            return
        expected = self._tried(self.oracle.claim, who)
        done = self._do(who, "claim", who, expected=expected)
        if done:
            event = done.event("WinningsClaimed")
            assert (event.sharesBurned, event.payout) == expected

    def pause(self, _):
        self.stage.do(self.stage.owner, "unpause" if self.paused else "pause")
        self.paused = not self.paused

    def finish(self, _):
        if self.over:
            return
        outcome = self.dice.choice([None, *range(self.oracle.count)])
        self.stage.finish(self.market, outcome)
        self.oracle.finish(outcome)
        self.over = VOIDED if outcome is None else FINALIZED

    def compare(self, *people):
        """What the contract keeps of the market, and of these people."""
        stage, oracle = self.stage, self.oracle
        state = stage.market(self.market)
        assert state.pools == oracle.pools
        assert (state.backing, state.fees) == (oracle.backing, oracle.fees)
        assert state.lpSupply == oracle.supply
        held = stage.balance(stage.contract.address) - self.held
        assert held == oracle.backing + oracle.fees <= LIMIT
        for person in people:
            assert stage.read("sharesOf", self.market, person) == oracle.shares[person]
            lp, fees = stage.read("lpOf", self.market, person)
            assert lp == oracle.lp[person]
            oracle.check_fees(person, fees)
        self._check_backing()

    def end(self):
        """Everybody leaves, paused or not, and is paid."""
        everybody = [*self.people, NOBODY]
        self.compare(*everybody)
        self.finish(None)
        for who in self.people:
            self.remove(who, parts=1000)
            self.claim(who)
        self.compare(*everybody)
        # What stays is the locked LP's, and what each claim on a void was rounded by.
        oracle = self.oracle
        due = sum(self.stage.read("lpOf", self.market, person)[1] for person in everybody)
        assert due <= oracle.fees
        left = sum(a * b for a, b in zip(oracle.pools, oracle.numerators, strict=True))
        dust = oracle.backing * oracle.denominator - left
        assert 0 <= dust <= oracle.claims * (oracle.denominator - 1)

    def _entry(self):
        return Refused("EnforcedPause") if self.paused else self._over()

    def _over(self):
        return Refused("WrongStatus", self.over) if self.over else None

    def _tried(self, method, *args):
        try:
            return method(*args)
        except Refused as refusal:
            return refusal

    def _do(self, who, call, *args, expected):
        """Make the call, which ends as expected. None where it is refused."""
        if isinstance(expected, Refused):
            with refused(expected.name, *expected.values):
                self.stage.do(who, call, self.market, *args)
            return None
        return self.stage.do(who, call, self.market, *args)

    def _amount(self, much):
        return self._any_size() if self.dice.random() < 0.2 else int(much * self.dice.random() ** 3)

    def _any_size(self):
        return self.dice.choice([0, LIMIT, *(self.dice.getrandbits(n) for n in range(1, 129))])

    def _check_backing(self):
        """Every share that there is can be paid."""
        oracle = self.oracle
        owned = [
            pool + sum(shares[j] for shares in oracle.shares.values())
            for j, pool in enumerate(oracle.pools)
        ]
        if not self.over:
            assert owned == [oracle.backing] * oracle.count
        owed = sum(a * b for a, b in zip(owned, oracle.numerators, strict=True))
        assert owed <= oracle.backing * oracle.denominator


@settings(
    max_examples=cases(every_day=25, full=3000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), steps=st.integers(0, STEPS_MAX))
@example(seed=1, steps=STEPS_MAX)
@example(seed=2, steps=STEPS_MAX)
@example(seed=3, steps=STEPS_MAX)
# Nobody has anything to claim.
@example(seed=19694, steps=0)
# A sale of more than any market holds.
@example(seed=83, steps=9)
def test_anything_in_any_order(stage, seed, steps):
    before = stage.node.rpc("evm_snapshot")
    try:
        play = Play(stage, seed)
        for _ in range(steps):
            play.step()
        play.end()
    finally:
        stage.node.rpc("evm_revert", before)

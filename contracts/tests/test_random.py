"""Anything in any order, on one market, against the oracle.

After every step what the contract keeps is what the oracle says, to the unit: pools, shares,
backing, fees and LP. At the end the market gets a result, everybody leaves, and all are paid.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contracts.tests.amounts import FEES, amounts
from contracts.tests.oracle import Oracle
from contracts.tests.stage import (
    FINALIZED,
    FOREVER,
    LIMIT,
    LOCKED_LP,
    NOBODY,
    VOIDED,
    Refused,
    refused,
)
from contracts.tests.test_maths import product
from kmarket.tests.proof import cases, takes_its_time

pytestmark = [pytest.mark.needs("node"), takes_its_time]

PEOPLE = st.integers(0, 3)
OUTCOMES = st.integers(0, 7)
# Of a pool, in thousandths: most trades are neither dust nor beyond measure.
PARTS = st.integers(1, 3000)


class Market(RuleBasedStateMachine):
    stage = None

    @initialize(
        funding=amounts(LOCKED_LP + 1, 2**126),
        weights=st.lists(amounts(1), min_size=2, max_size=8)
        | st.integers(2, 8).map(lambda count: [1] * count),
        fee_wad=FEES,
    )
    def open(self, funding, weights, fee_wad):
        stage = self.stage
        self.before = stage.node.rpc("evm_snapshot")
        self.people = [stage.owner, stage.alice, stage.bob, stage.carol]
        self.held = stage.balance(stage.contract.address)
        self.market = stage.open(funding=funding, weights=weights, feeWad=fee_wad)
        self.oracle = Oracle(stage.owner, funding, weights, fee_wad)
        self.paused = self.over = False

    @rule(who=PEOPLE, outcome=OUTCOMES, amount=amounts(0), part=PARTS | st.none())
    def buy(self, who, outcome, amount, part):
        outcome %= self.oracle.count
        amount = self._amount(outcome, amount, part)
        self._entry("buy", who, outcome, amount, 0, FOREVER)

    @rule(who=PEOPLE, amount=amounts(0), part=PARTS | st.none())
    def add(self, who, amount, part):
        amount = self._amount(0, amount, part)
        self._entry("addLiquidity", who, amount, 0, [0] * self.oracle.count)

    @rule(who=PEOPLE, outcome=OUTCOMES, amount=amounts(0), part=PARTS | st.none())
    def sell(self, who, outcome, amount, part):
        """Pausing doesn't stop it."""
        outcome %= self.oracle.count
        amount = self._amount(outcome, amount, part)
        if self.over:
            with refused("WrongStatus", self.over):
                self._do(who, "sell", self.market, outcome, amount, LIMIT, FOREVER)
            return
        before = product(self.oracle.pools)
        expected = self._expected(self.oracle.sell, who, outcome, amount)
        done = self._done("sell", who, outcome, amount, LIMIT, FOREVER, expected=expected)
        if done:
            event = done.event("SharesSold")
            assert (event.sharesIn, event.fee) == expected
            assert product(self.oracle.pools) >= before

    @rule(who=PEOPLE, thousandths=st.integers(0, 1001))
    def remove(self, who, thousandths):
        """Nothing stops it."""
        person = self.people[who]
        lp = self.oracle.lp[person] * thousandths // 1000
        _, due = self.stage.read("lpOf", self.market, person)
        worth = self._worth()
        least = [0] * self.oracle.count
        if lp == due == 0:
            with refused("NothingToPay"):
                self._do(who, "removeLiquidity", self.market, 0, least)
            return
        expected = self._expected(self.oracle.remove, who, lp, due)
        done = self._done("removeLiquidity", who, lp, least, expected=expected)
        if done:
            event = done.event("LiquidityRemoved")
            assert (event.lpBurned, event.feesPaid, event.sharesOut) == (lp, due, expected)
            self._check_worth(worth)

    @rule()
    def pause(self):
        self.stage.do(self.stage.owner, "unpause" if self.paused else "pause")
        self.paused = not self.paused

    @precondition(lambda self: not self.over)
    @rule(outcome=OUTCOMES | st.none(), is_time=st.integers(0, 3).map(lambda n: n == 0))
    def finish(self, outcome, is_time):
        if is_time:
            self._finish(outcome)

    @precondition(lambda self: self.over)
    @rule(who=PEOPLE)
    def claim(self, who):
        expected = self._expected(self.oracle.claim, who)
        done = self._done("claim", who, self.people[who], expected=expected)
        if done:
            event = done.event("WinningsClaimed")
            assert (event.sharesBurned, event.payout) == expected

    @invariant()
    def keeps_what_the_oracle_says(self):
        if not hasattr(self, "oracle"):
            return
        stage, oracle = self.stage, self.oracle
        state = stage.market(self.market)
        assert state.pools == oracle.pools
        assert (state.backing, state.fees) == (oracle.backing, oracle.fees)
        assert state.lpSupply == oracle.supply
        assert stage.balance(stage.contract.address) - self.held == state.backing + state.fees
        due = 0
        for person in [*self.people, NOBODY]:
            assert stage.read("sharesOf", self.market, person) == oracle.shares[person]
            lp, fees = stage.read("lpOf", self.market, person)
            assert lp == oracle.lp[person]
            oracle.check_fees(person, fees)
            due += fees
        assert due <= state.fees
        self._check_backing()

    def teardown(self):
        """Everybody leaves, paused or not, and is paid."""
        if not hasattr(self, "oracle"):
            return
        if not self.over:
            self._finish(0)
        for who in range(len(self.people)):
            self.remove(who, 1000)
            self.claim(who)
        self.keeps_what_the_oracle_says()
        # What stays is the locked LP's, and what rounding kept of a void.
        oracle = self.oracle
        left = sum(a * b for a, b in zip(oracle.pools, oracle.numerators, strict=True))
        assert 0 <= oracle.backing * oracle.denominator - left <= 8 * len(self.people) * 3
        self.stage.node.rpc("evm_revert", self.before)

    def _entry(self, call, who, *args):
        if self.paused or self.over:
            reason = ("EnforcedPause",) if self.paused else ("WrongStatus", self.over)
            with refused(*reason):
                self._do(who, call, self.market, *args)
            return
        before, worth = product(self.oracle.pools), self._worth()
        if call == "buy":
            expected = self._expected(self.oracle.buy, who, args[0], args[1])
        else:
            expected = self._expected(self.oracle.add, who, args[0])
        done = self._done(call, who, *args, expected=expected)
        if not done:
            return
        if call == "buy":
            event = done.event("SharesBought")
            assert (event.sharesOut, event.fee) == expected
            assert product(self.oracle.pools) >= before
        else:
            event = done.event("LiquidityAdded")
            assert (event.lpMinted, event.sharesReturned) == expected
        self._check_worth(worth)

    def _finish(self, outcome):
        outcome = None if outcome is None else outcome % self.oracle.count
        self.stage.finish(self.market, outcome)
        self.oracle.finish(outcome)
        self.over = VOIDED if outcome is None else FINALIZED

    def _amount(self, outcome, amount, part):
        return amount if part is None else self.oracle.pools[outcome] * part // 1000

    def _do(self, who, call, *args):
        return self.stage.do(self.people[who], call, *args)

    def _expected(self, method, who, *args):
        try:
            return method(self.people[who], *args)
        except Refused as refusal:
            return refusal

    def _done(self, call, who, *args, expected):
        """Make the call, which ends as the oracle expects. None where it is refused."""
        if isinstance(expected, Refused):
            with refused(expected.name, *expected.values):
                self._do(who, call, self.market, *args)
            return None
        return self._do(who, call, self.market, *args)

    def _worth(self):
        return product(self.oracle.pools), self.oracle.supply

    def _check_worth(self, before):
        """What an LP is worth, product over supply^n, never falls: not by leaving either."""
        old, old_supply = before
        new, supply = self._worth()
        count = self.oracle.count
        assert new * old_supply**count >= old * supply**count

    def _check_backing(self):
        oracle = self.oracle
        owned = [
            pool + sum(shares[j] for shares in oracle.shares.values())
            for j, pool in enumerate(oracle.pools)
        ]
        if not self.over:
            assert owned == [oracle.backing] * oracle.count
        else:
            owed = sum(a * b for a, b in zip(owned, oracle.numerators, strict=True))
            assert owed <= oracle.backing * oracle.denominator


def test_anything_in_any_order(stage):
    class OnThisStage(Market):
        pass

    OnThisStage.stage = stage
    run_state_machine_as_test(
        OnThisStage,
        settings=settings(
            max_examples=cases(every_day=25, full=2000),
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
        ),
    )

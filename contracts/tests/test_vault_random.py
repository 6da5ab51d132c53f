"""Anything in any order, on one vault, against the oracle.

Each call ends as the oracle says, or is refused with its very words. After every step the vault
holds to the unit what came in less what its events say went out, and no 24 hours saw more go out
than the limit that stood when it went.
"""

from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.tests.house import DAY, HOUR, OTHER_KEY, House, Voucher
from contracts.tests.stage import Refused, refused
from kmarket.tests.proof import cases, takes_its_time

pytestmark = [pytest.mark.needs("node"), takes_its_time]

STEPS_MAX = 50
# How often each is tried.
STEPS = {"deposit": 26, "redeem": 44, "again": 6, "forge": 6, "pause": 6, "limit": 4, "gift": 4}


@dataclass
class Oracle:
    """What the vault must keep."""

    limit: int
    held: int = 0
    given: int = 0
    seq: int = 0
    no_deposits: bool = False
    no_payouts: bool = False
    used: set[int] = field(default_factory=set)
    # When and how much.
    paid: list[tuple[int, int]] = field(default_factory=list)

    def left(self, now: int) -> int:
        """Count whole hours, the present one and 24 before it."""
        since = now // HOUR - 24
        return max(0, self.limit - sum(amount for at, amount in self.paid if at // HOUR >= since))

    def deposit(self, amount: int) -> None:
        if self.no_deposits:
            raise Refused("DepositsPaused")
        if amount == 0:
            raise Refused("ZeroAmount")
        self.held += amount
        self.seq += 1

    def redeem(self, voucher: Voucher, now: int, *, vault: str, is_signed: bool) -> None:
        if self.no_payouts:
            raise Refused("PayoutsPaused")
        if now > voucher.deadline:
            raise Refused("DeadlinePassed", voucher.deadline)
        if voucher.id in self.used:
            raise Refused("VoucherUsed", voucher.id)
        if voucher.amount == 0:
            raise Refused("ZeroAmount")
        if not is_signed:
            raise Refused("NotSigned")
        if voucher.amount > (left := self.left(now)):
            raise Refused("LimitReached", voucher.amount, left)
        if voucher.amount > self.held + self.given:
            there = self.held + self.given
            raise Refused("ERC20InsufficientBalance", vault, there, voucher.amount)
        self.used.add(voucher.id)
        self.paid.append((now, voucher.amount))
        self.held -= voucher.amount
        self.seq += 1


class Play:
    def __init__(self, stage, seed):
        self.stage, self.dice = stage, Random(seed)
        self.house = House(stage)
        limit = self.dice.choice([0, 1, 1000, 10**6, 2**255])
        self.oracle = Oracle(limit)
        self.house.do(stage.owner, "setDailyLimit", limit)
        self.people = stage.people
        self.vouchers = []
        self.now = stage.now

    def step(self):
        (name,) = self.dice.choices(list(STEPS), STEPS.values())
        # Mostly within the hour, now and then across the edge of a window.
        self.now += self.dice.choice([1, 60, HOUR // 2, HOUR - 1, HOUR, 5 * HOUR, DAY - 1, DAY])
        getattr(self, name)(self.dice.choice(self.people))
        self.compare()

    def deposit(self, who):
        amount = self.dice.choice([0, 1, self.dice.randint(1, 10**6)])
        expected = self._tried(self.oracle.deposit, amount)
        other = self.dice.choice(self.people)
        done = self._do(who, "depositFor", other, amount, expected=expected)
        if done:
            event = {"user": other, "seq": self.oracle.seq, "amount": amount}
            assert done.events == [("Deposited", event)]

    def redeem(self, who):
        """A fresh voucher, or one that was put aside."""
        most = max(1, min(self.oracle.limit * 2 // 3, self.oracle.held + 2))
        amount = self.dice.randint(0, most)
        seconds = self.now - self.stage.now + self.dice.choice([0, DAY, 40 * DAY])
        voucher = self.house.voucher(who, amount, seconds=seconds)
        self.vouchers.append(voucher)
        if self.dice.random() < 0.8:
            self._redeemed(self.dice.choice(self.vouchers[-3:]))

    def again(self, _):
        if self.vouchers:
            self._redeemed(self.dice.choice(self.vouchers))

    def forge(self, who):
        """Somebody else's signature, or the signer's on something else."""
        voucher = self.house.voucher(who, 5, seconds=60 * DAY)
        bad = [
            replace(voucher, amount=6),
            replace(voucher, to=self.house.stage.mallory, amount=4),
            self.house.signed(voucher, key=OTHER_KEY),
            self.house.signed(voucher, chainId=1),
        ]
        self._redeemed(self.dice.choice(bad), is_signed=False)

    def pause(self, _):
        self.oracle.no_deposits = self.dice.random() < 0.3
        self.oracle.no_payouts = self.dice.random() < 0.3
        now = self.oracle.no_deposits, self.oracle.no_payouts
        self._do(self.stage.owner, "setPaused", *now, expected=None)

    def limit(self, _):
        self.oracle.limit = self.dice.choice([0, 10, 10**5, 10**6, 10**7])
        self._do(self.stage.owner, "setDailyLimit", self.oracle.limit, expected=None)

    def gift(self, who):
        """Tokens that are nobody's deposit. They change nothing but what there is."""
        self.stage.do(who, "transfer", self.house.vault.address, 3, to=self.house.token)
        self.oracle.given += 3

    def compare(self):
        oracle = self.oracle
        assert self.house.held == oracle.held + oracle.given
        assert self.house.read("seq") == oracle.seq
        # The block that would come next has this time, or a later one.
        assert self.house.read("payoutLeft") == oracle.left(self.stage.now)

    def _redeemed(self, voucher, is_signed=True):
        at = self._next()
        expected = self._tried(
            self.oracle.redeem, voucher, at, vault=self.house.vault.address, is_signed=is_signed
        )
        by = self.dice.choice(self.people)
        if isinstance(expected, Refused):
            with refused(expected.name, *expected.values):
                self.house.redeem(voucher, by=by, at=at)
            return
        done = self.house.redeem(voucher, by=by, at=at)
        event = {"id": voucher.id, "user": voucher.to, "seq": self.oracle.seq}
        assert done.events == [("Withdrawn", event | {"amount": voucher.amount})]
        day = [amount for when, amount in self.oracle.paid if when > at - DAY]
        assert sum(day) <= self.oracle.limit

    def _next(self):
        self.now = max(self.now, self.stage.now + 1)
        return self.now

    def _tried(self, method, *args, **kwargs):
        try:
            return method(*args, **kwargs)
        except Refused as refusal:
            return refusal

    def _do(self, who, call, *args, expected):
        at = self._next()
        if isinstance(expected, Refused):
            with refused(expected.name, *expected.values):
                self.house.do(who, call, *args, at=at)
            return None
        return self.house.do(who, call, *args, at=at)


@settings(
    max_examples=cases(every_day=15, full=2000),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), steps=st.integers(0, STEPS_MAX))
@example(seed=1, steps=STEPS_MAX)
@example(seed=2, steps=STEPS_MAX)
def test_anything_in_any_order(stage, seed, steps):
    before = stage.node.rpc("evm_snapshot")
    try:
        play = Play(stage, seed)
        for _ in range(steps):
            play.step()
    finally:
        stage.node.rpc("evm_revert", before)

"""Events and the logs that said them, without a contract: any numbers at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count

from hypothesis import strategies as st

from chain.events import (
    LiquidityAdded,
    LiquidityRemoved,
    MarketCreated,
    ResultFinalized,
    ResultProposed,
    SharesBought,
    SharesSold,
    WinningsClaimed,
)
from chain.logs import Placed
from chain.models import RawLog

CONTRACT = "0x" + "c0" * 20
COLLATERAL = "0x" + "70" * 20
PEOPLE = ["0x" + each * 20 for each in ("a1", "b2", "c3")]
HASH = "0x" + "07" * 32
UINT256_MAX = 2**256 - 1
GENESIS = datetime(2026, 1, 1, tzinfo=UTC)

numbers = count(1)


def created(market_id=1, outcome_count=2, **changes):
    event = MarketCreated(
        market_id=market_id,
        creator=PEOPLE[2],
        collateral=COLLATERAL,
        seq=1,
        outcome_count=outcome_count,
        closes_at=2_000_000_000,
        resolve_by=2_000_086_400,
        dispute_window=3600,
        fee_wad=10**16,
        question_hash=HASH,
    )
    return replace(event, **changes)


def bought(market_id=1, **changes):
    event = SharesBought(market_id, PEOPLE[0], 0, 2, 100, 1, 150, (50, 199))
    return replace(event, **changes)


def sold(market_id=1, **changes):
    event = SharesSold(market_id, PEOPLE[0], 0, 3, 40, 1, 70, (120, 158))
    return replace(event, **changes)


def added(market_id=1, **changes):
    event = LiquidityAdded(market_id, PEOPLE[1], 4, 1000, 900, (0, 30), (1000, 970))
    return replace(event, **changes)


def removed(market_id=1, **changes):
    event = LiquidityRemoved(market_id, PEOPLE[1], 5, 90, 0, (100, 97), (900, 873))
    return replace(event, **changes)


def proposed(market_id=1, **changes):
    event = ResultProposed(market_id, PEOPLE[2], 1, 6, 1, 2_000_100_000, HASH)
    return replace(event, **changes)


def finalized(market_id=1, **changes):
    event = ResultFinalized(
        market_id, 1, 7, voided=False, payout_numerators=(0, 1), payout_denominator=1
    )
    return replace(event, **changes)


def claimed(market_id=1, **changes):
    event = WinningsClaimed(market_id, PEOPLE[0], PEOPLE[1], 8, (60, 0), 60)
    return replace(event, **changes)


def voided(market_id=1, **changes):
    return finalized(
        market_id, outcome=255, voided=True, payout_numerators=(1, 1), payout_denominator=2
    )


def stored(events, *, block, branch="", contract=CONTRACT, genesis=GENESIS):
    """Have these events logged in one block of a branch; return them in their places."""
    block_hash = "0x" + sha256(f"{block} {branch} {next(numbers)}".encode()).hexdigest()
    rows = [
        RawLog(
            chain_id=56,
            block_number=block,
            block_hash=block_hash,
            log_index=index,
            transaction_hash=HASH,
            address=contract,
            topics=[HASH],
            data="0x",
            block_time=genesis + timedelta(seconds=block // 2),
        )
        for index, _ in enumerate(events)
    ]
    rows = RawLog.objects.bulk_create(rows)
    return [Placed(event, row.plain()) for event, row in zip(events, rows, strict=True)]


# Few markets, people and amounts, so that events meet. OUTCOMES: of the markets that there may be.
OUTCOMES = {1: 2, 2: 3, UINT256_MAX: 2}
KINDS = "create buy buy sell add remove propose finish claim"


class Chance:
    """Makes events that may well be. A wild one is not sure to be: it names an outcome that there
    isn't, has an array too short, or an amount beyond all bounds."""

    def __init__(self, draw, *, is_wild):
        self._draw = draw
        self._is_wild = is_wild
        self._market = self.some(1, 1, 2, UINT256_MAX)
        self._outcomes = OUTCOMES[self._market]
        self._common = {"market_id": self._market, "seq": self.some(1, 2**63 - 1, wild=[2**63])}

    def some(self, *tame, wild=()):
        return self._draw(st.sampled_from([*tame, *wild] if self._is_wild else tame))

    def amount(self, *tame):
        return self.some(*tame, wild=[0, UINT256_MAX - 5, UINT256_MAX])

    def amounts(self, *tame):
        length = self._outcomes + self.some(0, wild=[-1, 0, 1])
        return tuple(self.amount(*tame) for _ in range(length))

    def outcome(self):
        return self.some(0, 1, wild=[2, 255])

    def create(self):
        outcomes = self._outcomes + self.some(0, wild=[-1, 0, 255])
        fee = self.some(0, 10**16, 10**18 - 1, wild=[10**18])
        return created(**self._common, outcome_count=outcomes, fee_wad=fee)

    def buy(self):
        return SharesBought(
            **self._common,
            trader=self.some(*PEOPLE),
            outcome=self.outcome(),
            collateral_in=self.amount(100, 1000),
            fee=self.some(0, 7),
            shares_out=self.amount(1, 70),
            pools_after=self.amounts(50, 100, 10**30),
        )

    def sell(self):
        return SharesSold(
            **self._common,
            trader=self.some(*PEOPLE),
            outcome=self.outcome(),
            collateral_out=self.amount(1, 7),
            fee=self.some(0, 7),
            shares_in=self.amount(1, 50),
            pools_after=self.amounts(50, 100, 10**30),
        )

    def add(self):
        return LiquidityAdded(
            **self._common,
            provider=self.some(*PEOPLE),
            collateral_in=self.amount(100, 1000),
            lp_minted=self.amount(1, 90),
            shares_returned=self.amounts(0, 1, 30),
            pools_after=self.amounts(50, 100, 10**30),
        )

    def remove(self):
        return LiquidityRemoved(
            **self._common,
            provider=self.some(*PEOPLE),
            lp_burned=self.amount(0, 1, 80),
            fees_paid=self.some(0, 1),
            shares_out=self.amounts(0, 1, 30),
            pools_after=self.amounts(50, 100, 10**30),
        )

    def propose(self):
        count = self.some(1, 2, wild=[2**63])
        return proposed(**self._common, outcome=self.outcome(), round=count)

    def finish(self):
        outcome, is_void = self.outcome(), self.some(False, True)
        numerators = [int(is_void or n == outcome) for n in range(self._outcomes)]
        return finalized(
            **self._common,
            outcome=255 if is_void else outcome,
            voided=is_void,
            payout_numerators=tuple(numerators),
            payout_denominator=sum(numerators) + self.some(0, wild=[0, 1]),
        )

    def claim(self):
        return claimed(
            **self._common,
            claimant=self.some(*PEOPLE),
            recipient=self.some(*PEOPLE),
            shares_burned=self.amounts(0, 1, 30),
            payout=self.amount(1, 30),
        )


@st.composite
def any_event(draw):
    chance = Chance(draw, is_wild=draw(st.sampled_from([False, False, False, True])))
    return getattr(chance, chance.some(*KINDS.split()))()

"""One pool whose events add up, without a contract: by the maker's arithmetic."""

from chain.events import (
    LiquidityAdded,
    LiquidityRemoved,
    ResultFinalized,
    ResultProposed,
    SharesBought,
    SharesSold,
    WinningsClaimed,
)
from chain.logs import Placed
from trading import maker, projection
from trading.models import Pool
from trading.tests import logs

FEE_WAD = 2 * 10**16


class Shop:
    """Says one event after the other, each in a block of its own, and has it projected."""

    def __init__(self, number=1, *, outcomes=2, genesis=logs.GENESIS, contract=logs.CONTRACT):
        self.number, self.genesis, self.contract = number, genesis, contract
        self.reserves = (0,) * outcomes
        self.supply = 0
        self.shares = {}
        self.seq = 0
        self.block = 0
        self.said: list[Placed] = []
        self.tell(
            logs.created(number, outcome_count=outcomes, fee_wad=FEE_WAD, closes_at=4_000_000_000)
        )

    @property
    def pool(self):
        return Pool.objects.select_related("market").get(number=self.number)

    @property
    def market_id(self):
        return self.pool.market_id

    def tell(self, *events):
        """Project events, all of one block."""
        self.block += 1
        placed = logs.stored(events, block=self.block, contract=self.contract, genesis=self.genesis)
        assert projection.apply(placed) == []
        self.said += placed

    def take_back(self, count):
        """Undo the newest events. The reserves are the caller's affair."""
        self.said, gone = self.said[:-count], self.said[-count:]
        projection.undo(gone[::-1])

    def add(self, who, amount):
        made = (
            maker.add(self.reserves, self.supply, amount)
            if self.supply
            else maker.fund([1] * len(self.reserves), amount)
        )
        self.reserves, self.supply = made.reserves, self.supply + made.lp
        self._give(who, made.shares)
        values = (amount, made.lp, made.shares, made.reserves)
        self.tell(LiquidityAdded(self.number, who, self._next(), *values))
        return made

    def remove(self, who, lp, fees=0):
        made = maker.remove(self.reserves, self.supply, lp)
        self.reserves, self.supply = made.reserves, self.supply - lp
        self._give(who, made.shares)
        values = (lp, fees, made.shares, made.reserves)
        self.tell(LiquidityRemoved(self.number, who, self._next(), *values))
        return made

    def buy(self, who, outcome, amount):
        deal = maker.buy(self.reserves, outcome, amount, FEE_WAD)
        self.reserves = deal.reserves
        self._give(who, [deal.shares * (n == outcome) for n in range(len(self.reserves))])
        values = (amount, deal.fee, deal.shares, deal.reserves)
        self.tell(SharesBought(self.number, who, outcome, self._next(), *values))
        return deal

    def sell(self, who, outcome, amount):
        deal = maker.sell(self.reserves, outcome, amount, FEE_WAD)
        self.reserves = deal.reserves
        self._give(who, [-deal.shares * (n == outcome) for n in range(len(self.reserves))])
        values = (amount, deal.fee, deal.shares, deal.reserves)
        self.tell(SharesSold(self.number, who, outcome, self._next(), *values))
        return deal

    def propose(self, outcome, number=1):
        told = (outcome, self._next(), number, 4_000_100_000, logs.HASH)
        self.tell(ResultProposed(self.number, logs.PEOPLE[2], *told))

    def finish(self, outcome=None):
        """With a winner, or void."""
        is_void, count = outcome is None, len(self.reserves)
        numerators = tuple(int(is_void or n == outcome) for n in range(count))
        said = 255 if is_void else outcome
        values = (said, self._next(), is_void, numerators, sum(numerators))
        self.tell(ResultFinalized(self.number, *values))
        self.numerators = numerators

    def claim(self, who, recipient=None):
        burned = tuple(self.shares[who])
        worth = sum(map(int.__mul__, burned, self.numerators)) // sum(self.numerators)
        self.shares[who] = [0] * len(burned)
        values = (self._next(), burned, worth)
        self.tell(WinningsClaimed(self.number, who, recipient or who, *values))
        return worth

    def _give(self, who, shares):
        had = self.shares.get(who, [0] * len(self.reserves))
        self.shares[who] = [a + b for a, b in zip(had, shares, strict=True)]

    def _next(self):
        self.seq += 1
        return self.seq

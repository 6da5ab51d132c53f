"""What a market must do, computed apart from it: by `trading.maker`, and fractions for the fees.

Every method returns what the market's event must say, or raises the refusal that it must give.
"""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from functools import partial

from contracts.tests.stage import LIMIT, LOCKED_LP, NOBODY, Refused
from trading import maker
from trading.maker import Revert


def tried(method, *args):
    """What the maker gives, or its refusal as the stage has the contract's."""
    try:
        return method(*args)
    except Revert as revert:
        raise Refused(revert.error, *revert.values.values()) from None


class Oracle:
    """One market, from its creation on."""

    def __init__(self, creator: str, funding: int, weights: list[int], fee_wad: int) -> None:
        self.count = len(weights)
        self.fee_wad = fee_wad
        opened = maker.fund(weights, funding)
        self.pools = list(opened.reserves)
        self.backing = funding
        self.fees = 0
        # Who is owed how much of them, to the last fraction; and how much of it rounding may take.
        self.earned = defaultdict(Fraction)
        self.rounded = defaultdict(Fraction)
        self.lp = defaultdict(int, {creator: funding - LOCKED_LP, NOBODY: LOCKED_LP})
        self.shares = defaultdict(lambda: [0] * self.count)
        self.shares[creator] = list(opened.shares)
        self.numerators, self.denominator = [0] * self.count, 0
        self.claims = 0

    @property
    def supply(self) -> int:
        return sum(self.lp.values())

    def worth(self, outcome: int, shares: int) -> int:
        """Return what so many shares are worth at the present price."""
        inverse = [Fraction(1, pool) for pool in self.pools]
        return int(shares * inverse[outcome] / sum(inverse))

    def buy(self, who: str, outcome: int, amount: int, least: int = 0):
        self._room_for(amount)
        deal = tried(maker.buy, self.pools, outcome, amount, self.fee_wad)
        if deal.shares < max(least, 1):
            raise Refused("TooFewShares", outcome, deal.shares, least)
        self.pools = list(deal.reserves)
        self.backing += amount - deal.fee
        self._share_out(deal.fee)
        self.shares[who][outcome] += deal.shares
        return deal.shares, deal.fee

    def sell(self, who: str, outcome: int, amount: int, most: int = LIMIT):
        deal = tried(maker.sell, self.pools, outcome, amount, self.fee_wad)
        owned = self.shares[who][outcome]
        if deal.shares > most:
            raise Refused("TooManyShares", deal.shares, most)
        if deal.shares > owned:
            raise Refused("InsufficientShares", owned, deal.shares)
        self.pools = list(deal.reserves)
        self.backing -= amount + deal.fee
        self._share_out(deal.fee)
        self.shares[who][outcome] -= deal.shares
        return deal.shares, deal.fee

    def add(self, who: str, amount: int, least: int = 0):
        self._room_for(amount)
        given = tried(maker.add, self.pools, self.supply, amount)
        if given.lp < least:
            raise Refused("TooLittleLp", given.lp, least)
        self.pools = list(given.reserves)
        self.backing += amount
        self.lp[who] += given.lp
        self.rounded[who] += 1
        self._give(who, given.shares)
        return given.lp, list(given.shares)

    def remove(self, who: str, lp: int, fees: int):
        """`fees` is what the contract says that it paid: at most what was earned, to the unit."""
        if lp > self.lp[who]:
            raise Refused("InsufficientLp", self.lp[who], lp)
        if lp == fees == 0:
            raise Refused("NothingToPay")
        taken = maker.remove(self.pools, self.supply, lp)
        self.pools = list(taken.reserves)
        self.lp[who] -= lp
        self._give(who, taken.shares)
        self.check_fees(who, fees)
        self.earned[who] -= fees
        self.rounded[who] += 1
        self.fees -= fees
        return list(taken.shares)

    def finish(self, outcome: int | None) -> None:
        self.numerators = [int(outcome in (None, j)) for j in range(self.count)]
        self.denominator = sum(self.numerators)

    def claim(self, who: str):
        burned = self.shares[who]
        payout = sum(a * b for a, b in zip(burned, self.numerators, strict=True))
        payout //= self.denominator
        if payout == 0:
            raise Refused("NothingToPay")
        self.shares[who] = [0] * self.count
        self.backing -= payout
        self.claims += 1
        return burned, payout

    def check_fees(self, who: str, fees: int) -> None:
        """What a provider may take is what it earned, rounded down.

        Once at each change of its LP, and by less than LP / 2^96 at each trade.
        """
        assert 0 <= self.earned[who] - fees < 1 + self.rounded[who]

    def _room_for(self, amount: int) -> None:
        if amount == 0:
            raise Refused("ZeroAmount")
        tried(partial(maker.check_room, backing=self.backing, fees=self.fees), amount)

    def _share_out(self, fee: int) -> None:
        self.fees += fee
        for who, lp in self.lp.items():
            self.earned[who] += Fraction(fee * lp, self.supply)
            self.rounded[who] += Fraction(lp, 2**96)

    def _give(self, who: str, shares: Sequence[int]) -> None:
        self.shares[who] = [a + b for a, b in zip(self.shares[who], shares, strict=True)]

"""What a market must do, computed apart from it: exact integers, and fractions for the fees.

Every method returns what the market's event must say, or raises the refusal that it must give.
"""

from collections import defaultdict
from fractions import Fraction

from contracts.tests.stage import E18, LIMIT, LOCKED_LP, NOBODY, Refused


def up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def bought(pools: list[int], outcome: int, amount: int, fee_wad: int):
    """Return shares, fee and the pools afterwards."""
    fee = up(amount * fee_wad, E18)
    net = amount - fee
    end = pools[outcome] * E18
    for j, pool in enumerate(pools):
        if j != outcome:
            end = up(end * pool, pool + net)
    shares = pools[outcome] + net - up(end, E18)
    after = [pool + net for pool in pools]
    after[outcome] -= shares
    return shares, fee, after


def sold(pools: list[int], outcome: int, amount: int, fee_wad: int):
    """Return shares, fee and the pools afterwards."""
    gross = up(amount * E18, E18 - fee_wad)
    end = pools[outcome] * E18
    for j, pool in enumerate(pools):
        if j == outcome:
            continue
        if gross >= pool:
            raise Refused("PoolTooShallow", j, pool, gross)
        end = up(end * pool, pool - gross)
        if end > LIMIT * E18:
            raise Refused("BeyondLimit")
    shares = gross + up(end, E18) - pools[outcome]
    after = [pool - gross for pool in pools]
    after[outcome] += shares
    return shares, gross - amount, after


class Oracle:
    """One market, from its creation on."""

    def __init__(self, creator: str, funding: int, weights: list[int], fee_wad: int) -> None:
        self.count = len(weights)
        self.fee_wad = fee_wad
        self.pools = [up(funding * weight, max(weights)) for weight in weights]
        self.backing = funding
        self.fees = 0
        # Who is owed how much of them, to the last fraction; and how much of it rounding may take.
        self.earned = defaultdict(Fraction)
        self.rounded = defaultdict(Fraction)
        self.lp = defaultdict(int, {creator: funding - LOCKED_LP, NOBODY: LOCKED_LP})
        self.shares = defaultdict(lambda: [0] * self.count)
        self.shares[creator] = [funding - pool for pool in self.pools]
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
        shares, fee, after = bought(self.pools, outcome, amount, self.fee_wad)
        if shares < max(least, 1):
            raise Refused("TooFewShares", outcome, shares, least)
        self.pools = after
        self.backing += amount - fee
        self._share_out(fee)
        self.shares[who][outcome] += shares
        return shares, fee

    def sell(self, who: str, outcome: int, amount: int, most: int = LIMIT):
        if amount == 0:
            raise Refused("ZeroAmount")
        shares, fee, after = sold(self.pools, outcome, amount, self.fee_wad)
        owned = self.shares[who][outcome]
        if shares > most:
            raise Refused("TooManyShares", shares, most)
        if shares > owned:
            raise Refused("InsufficientShares", owned, shares)
        self.pools = after
        self.backing -= amount + fee
        self._share_out(fee)
        self.shares[who][outcome] -= shares
        return shares, fee

    def add(self, who: str, amount: int, least: int = 0):
        self._room_for(amount)
        deepest = max(self.pools)
        lp = amount * self.supply // deepest
        if lp < max(least, 1):
            raise Refused("TooLittleLp", lp, least)
        if self.supply + lp > LIMIT:
            raise Refused("BeyondLimit")
        kept = [up(amount * pool, deepest) for pool in self.pools]
        returned = [amount - one for one in kept]
        self.pools = [pool + one for pool, one in zip(self.pools, kept, strict=True)]
        self.backing += amount
        self.lp[who] += lp
        self.rounded[who] += 1
        self._give(who, returned)
        return lp, returned

    def remove(self, who: str, lp: int, fees: int):
        """`fees` is what the contract says that it paid: at most what was earned, to the unit."""
        if lp > self.lp[who]:
            raise Refused("InsufficientLp", self.lp[who], lp)
        if lp == fees == 0:
            raise Refused("NothingToPay")
        out = [pool * lp // self.supply for pool in self.pools]
        self.pools = [pool - one for pool, one in zip(self.pools, out, strict=True)]
        self.lp[who] -= lp
        self._give(who, out)
        self.check_fees(who, fees)
        self.earned[who] -= fees
        self.rounded[who] += 1
        self.fees -= fees
        return out

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
        if amount > LIMIT - self.backing - self.fees:
            raise Refused("BeyondLimit")

    def _share_out(self, fee: int) -> None:
        self.fees += fee
        for who, lp in self.lp.items():
            self.earned[who] += Fraction(fee * lp, self.supply)
            self.rounded[who] += Fraction(lp, 2**96)

    def _give(self, who: str, shares: list[int]) -> None:
        self.shares[who] = [a + b for a, b in zip(self.shares[who], shares, strict=True)]

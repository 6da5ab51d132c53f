"""What a pool gives and takes: the contract's own arithmetic, to the unit. Pure.

A pool holds shares of each outcome, its reserves. One unit of collateral makes one share of every
outcome, and a trade keeps the product of the reserves; what a division leaves over stays in the
pool. Amounts are in the collateral's smallest unit, prices and fees in 10^18ths, outcomes count
from 0. What the contract would refuse is refused here with its very words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

ONE = 10**18
# No amount and no reserve is greater.
LIMIT = 2**128 - 1
BPS = 10_000

Amounts = tuple[int, ...]


class Revert(Exception):
    """A refusal of the contract: an error's name, and its values by theirs."""

    def __init__(self, error: str, /, **values: object) -> None:
        super().__init__(error, values)
        self.error = error
        self.values = values


@dataclass(frozen=True, slots=True)
class Deal:
    """Shares of one outcome bought or sold."""

    # What is paid with the fee in it, or received with the fee off it.
    collateral: int
    fee: int
    shares: int
    # After it.
    reserves: Amounts


@dataclass(frozen=True, slots=True)
class Provision:
    """Liquidity given or taken back, the shares that come with it, and the reserves after it."""

    lp: int
    shares: Amounts
    reserves: Amounts


def prices(reserves: Sequence[int]) -> Amounts | None:
    """Return what a share of each outcome costs, rounded down; None of a pool with nothing in it.

    An outcome's price is the product of the others' reserves: the fewer shares are left, the
    dearer. Together they are 1, but for what rounding takes.
    """
    each = weights(reserves)
    if not (whole := sum(each)):
        return None
    return tuple([weight * ONE // whole for weight in each])


def weights(reserves: Sequence[int]) -> list[int]:
    """Return what outcomes are worth, each beside the sum of all."""
    if product := prod(reserves):
        return [product // reserve for reserve in reserves]
    return [
        prod(reserve for k, reserve in enumerate(reserves) if k != j) for j in range(len(reserves))
    ]


def buy(reserves: Sequence[int], outcome: int, collateral: int, fee_wad: int) -> Deal:
    """Return what so much collateral buys.

    Raises:
        Revert: ZeroAmount.
    """
    if not collateral:
        raise Revert("ZeroAmount")
    fee = _up(collateral * fee_wad, ONE)
    net = collateral - fee
    end = reserves[outcome] * ONE
    for j, reserve in enumerate(reserves):
        if j != outcome:
            end = _up(end * reserve, reserve + net)
    left = _up(end, ONE)
    after = [reserve + net for reserve in reserves]
    shares = after[outcome] - left
    after[outcome] = left
    return Deal(collateral, fee, shares, tuple(after))


def sell(reserves: Sequence[int], outcome: int, collateral: int, fee_wad: int) -> Deal:
    """Return how many shares bring exactly so much collateral.

    Raises:
        Revert: ZeroAmount; PoolTooShallow; BeyondLimit: more shares than there can be.
    """
    if not collateral:
        raise Revert("ZeroAmount")
    if collateral > LIMIT:
        raise Revert("BeyondLimit")
    gross = _up(collateral * ONE, ONE - fee_wad)
    end = reserves[outcome] * ONE
    for j, reserve in enumerate(reserves):
        if j == outcome:
            continue
        if gross >= reserve:
            raise Revert("PoolTooShallow", outcome=j, pool=reserve, leaving=gross)
        end = _up(end * reserve, reserve - gross)
        if end > LIMIT * ONE:
            raise Revert("BeyondLimit")
    left = _up(end, ONE)
    after = [reserve - gross for reserve in reserves]
    shares = left - after[outcome]
    after[outcome] = left
    return Deal(collateral, gross - collateral, shares, tuple(after))


def sell_shares(reserves: Sequence[int], outcome: int, shares: int, fee_wad: int) -> Deal:
    """Return the sale that brings most for at most so many shares.

    The contract sells for an exact return, so a few shares may be left over.

    Raises:
        Revert: ZeroAmount: they bring nothing.
    """
    # A share never brings more than 1, and one unit of every other reserve stays.
    least = 0
    most = min(shares, *(r for j, r in enumerate(reserves) if j != outcome))
    while least < most:
        middle = (least + most + 1) // 2
        if _takes(reserves, outcome, middle, fee_wad) <= shares:
            least = middle
        else:
            most = middle - 1
    return sell(reserves, outcome, least, fee_wad)


def fund(weights: Sequence[int], funding: int) -> Provision:
    """Return a new pool: reserves in proportion to the weights, the greatest of them `funding`.

    Of the LP, the contract keeps a part for ever.
    """
    greatest = max(weights)
    reserves = tuple(_up(funding * weight, greatest) for weight in weights)
    return Provision(funding, tuple(funding - reserve for reserve in reserves), reserves)


def add(reserves: Sequence[int], lp_supply: int, collateral: int) -> Provision:
    """Return the LP for so much collateral, at the present prices, and what the pool doesn't take.

    Raises:
        Revert: ZeroAmount; TooLittleLp: it is worth none; BeyondLimit.
    """
    if not collateral:
        raise Revert("ZeroAmount")
    greatest = max(reserves)
    lp = collateral * lp_supply // greatest
    if not lp:
        raise Revert("TooLittleLp", lp=0, least=0)
    if lp_supply + lp > LIMIT:
        raise Revert("BeyondLimit")
    kept = [_up(collateral * reserve, greatest) for reserve in reserves]
    after = tuple(reserve + each for reserve, each in zip(reserves, kept, strict=True))
    return Provision(lp, tuple(collateral - each for each in kept), after)


def remove(reserves: Sequence[int], lp_supply: int, lp: int) -> Provision:
    """Return the part of each reserve that so much LP is, rounded down. Fees come beside it."""
    out = tuple(reserve * lp // lp_supply for reserve in reserves)
    after = tuple(reserve - each for reserve, each in zip(reserves, out, strict=True))
    return Provision(lp, out, after)


def check_room(collateral: int, *, backing: int, fees: int) -> None:
    """Refuse what would make a market greater than it can be.

    Raises:
        Revert: BeyondLimit.
    """
    if collateral > LIMIT - backing - fees:
        raise Revert("BeyondLimit")


def at_least(amount: int, slippage_bps: int) -> int:
    """Return the least to accept in the place of an amount. Never more slippage than asked for."""
    return _up(amount * (BPS - slippage_bps), BPS)


def at_most(amount: int, slippage_bps: int) -> int:
    """Return the most to give in the place of an amount. Never more slippage than asked for."""
    return amount * (BPS + slippage_bps) // BPS


def _takes(reserves: Sequence[int], outcome: int, collateral: int, fee_wad: int) -> int:
    """Return how many shares so much collateral takes: more than there can be, where it can't."""
    try:
        return sell(reserves, outcome, collateral, fee_wad).shares
    except Revert:
        return 2 * LIMIT + 1


def _up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)

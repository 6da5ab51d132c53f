"""Pure: what shares and liquidity are worth as a pool stands, and what of it can be had.

Amounts are in the collateral's smallest unit, each rounded down; parts are in 10^18ths.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from trading import accounts, maker
from trading.accounts import Account, Lot, Stake
from trading.maker import ONE


@dataclass(frozen=True, slots=True)
class State:
    """A pool, as far as it matters here."""

    reserves: Sequence[int]
    lp_supply: int
    fee_per_lp: int
    # What shares pay, of the sum of all; empty: there is no final result.
    payout: Sequence[int] = ()

    @property
    def weights(self) -> Sequence[int]:
        """What outcomes are worth, each beside the sum of all."""
        return self.payout or maker.weights(self.reserves)


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of one outcome, and what they are worth now."""

    outcome: int
    shares: int
    cost: int
    value: int

    @property
    def unrealized(self) -> int:
        return self.value - self.cost

    @property
    def average_price(self) -> int:
        """What one cost, in 10^18ths, rounded up: nobody was luckier than it says."""
        return -(-self.cost * ONE // self.shares)


@dataclass(frozen=True, slots=True)
class Liquidity:
    """Somebody's part of a pool."""

    lp: int
    cost: int
    # Of all LP.
    pool_share: int
    # What taking all of it back would give of each outcome, and what these are worth.
    shares: tuple[int, ...]
    value: int
    # Since the beginning, and of these what was not paid yet.
    fees_earned: int
    fees_due: int
    # By how much the shares in the pool are worth more than those would be that were given to it.
    impermanent: int

    @property
    def unrealized(self) -> int:
        return self.value + self.fees_due - self.cost


def of_shares(outcome: int, lot: Lot, state: State) -> Shares:
    """Return what shares are worth."""
    ((_, value),) = accounts.worths(((outcome, lot.shares),), state.weights)
    return Shares(outcome, lot.shares, lot.cost, value)


def of_liquidity(stake: Stake, account: Account, state: State) -> Liquidity:
    """Return what liquidity is worth; nothing, where there is none any more but what was earned."""
    earned = account.fees_earned + accounts.earned(stake, state.fee_per_lp)
    shares = tuple(accounts.part(each, stake.lp, state.lp_supply) for each in state.reserves)
    value = _worth(shares, state)
    return Liquidity(
        lp=stake.lp,
        cost=stake.cost,
        pool_share=accounts.part(ONE, stake.lp, state.lp_supply),
        shares=shares,
        value=value,
        fees_earned=earned,
        fees_due=max(0, earned - account.fees_received),
        impermanent=value - _worth(stake.given, state),
    )


def claimable(lots: Sequence[tuple[int, Lot]], state: State) -> int:
    """Return what a claim pays now: rounded down once, over all outcomes."""
    if not state.payout:
        return 0
    whole = sum(state.payout[outcome] * lot.shares for outcome, lot in lots)
    return whole // sum(state.payout)


def _worth(shares: Sequence[int], state: State) -> int:
    return sum(value for _, value in accounts.worths(tuple(enumerate(shares)), state.weights))

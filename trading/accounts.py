"""Pure: what people's shares and liquidity cost them, what they made of it, which fees they earned.

The rule is average cost. What is bought costs what was paid, fee and all; what is sold or claimed
takes its part of the cost with it, rounded down, and the rest is profit or loss. Shares that come
with liquidity are bought at the pool's prices of that moment: of what a provider pays in, they cost
what they are worth, and the LP costs the rest. Taking liquidity back sells the LP for the worth of
its shares and the fees, and those shares cost what they are worth. Once there is a result, a share
is worth what it pays: in a void market, its part.

So collateral that came in, less what went out and what is realised, is the cost of what is held.
An entry keeps what rounding took and nothing else could tell: with it an event can be taken back.
Amounts are in the collateral's smallest unit.
"""

from collections.abc import Sequence
from operator import add, sub
from typing import NamedTuple, assert_never

from chain.events import (
    Event,
    LiquidityAdded,
    LiquidityRemoved,
    MarketCreated,
    ResultFinalized,
    ResultProposed,
    SharesBought,
    SharesSold,
    WinningsClaimed,
)
from trading import maker

# The contract keeps fees per LP with so many binary places.
FEE_PLACES = 96

Pairs = tuple[tuple[int, int], ...]


class Lot(NamedTuple):
    """Shares of one outcome, and what they cost. Those that cost something are some."""

    shares: int = 0
    cost: int = 0


class Stake(NamedTuple):
    """Liquidity in one pool. Without any LP the rest is nothing, too."""

    lp: int = 0
    cost: int = 0
    # Of each outcome, what it gave to the reserves: worth what holding them would be.
    given: tuple[int, ...] = ()
    # Up to here it has earned its part of what one LP earns.
    fee_per_lp: int = 0


class Account(NamedTuple):
    """Sums over all that somebody did in a pool."""

    trade_count: int = 0
    liquidity_count: int = 0
    claim_count: int = 0
    bought: int = 0  # paid for shares, fees and all
    sold: int = 0  # received for shares, fees off
    fees_paid: int = 0
    provided: int = 0
    fees_earned: int = 0  # up to the stake's fee_per_lp
    fees_received: int = 0
    claimed: int = 0
    realized: int = 0  # may be below 0: of sales and claims
    lp_realized: int = 0  # may be below 0: of liquidity taken back

    def moved(self, by: "Account", sign: int) -> "Account":
        """Return the sums with others added (1) or taken off (-1)."""
        return Account(*map(add if sign > 0 else sub, self, by))


class Entry(NamedTuple):
    """What an event comes to beside the numbers that it says itself."""

    # (outcome, cost) pairs of the shares that come or go, as the event's effect lists them.
    costs: Pairs = ()
    # Of the LP that comes or goes; and its part of `Stake.given`.
    lp_cost: int = 0
    given: tuple[int, ...] = ()
    # What the stake earned since it was looked at last, and where that was.
    earned: int = 0
    since: int = 0

    @property
    def cost(self) -> int:
        """Of all these shares together."""
        return sum([cost for _, cost in self.costs])


def bought(event: SharesBought) -> Entry:
    """Enter a purchase. One that brought no share at all is a loss at once."""
    return Entry(((event.outcome, event.collateral_in if event.shares_out else 0),))


def given_up(shares: Pairs, lots: Sequence[Lot]) -> Entry:
    """Enter shares that are sold or claimed, from these lots."""
    return Entry(
        tuple(
            (outcome, part(lot.cost, abs(amount), lot.shares))
            for (outcome, amount), lot in zip(shares, lots, strict=True)
        )
    )


def added(
    event: LiquidityAdded, shares: Pairs, stake: Stake, fee_per_lp: int, payout: Sequence[int]
) -> Entry:
    """Enter liquidity that is given to a pool."""
    left, costs = event.collateral_in, []
    for outcome, worth in worths(shares, payout or maker.weights(event.pools_after)):
        # Nothing that the contract does is worth more than what was paid.
        costs.append((outcome, min(worth, left)))
        left -= costs[-1][1]
    given = [max(0, event.collateral_in - returned) for returned in event.shares_returned]
    if not event.lp_minted:
        left, given = 0, [0] * len(given)
    return Entry(
        tuple(costs),
        lp_cost=left,
        given=tuple(given),
        earned=earned(stake, fee_per_lp),
        since=stake.fee_per_lp,
    )


def removed(
    event: LiquidityRemoved, shares: Pairs, stake: Stake, fee_per_lp: int, payout: Sequence[int]
) -> Entry:
    """Enter liquidity that is taken back."""
    before = [after + out for after, out in zip(event.pools_after, event.shares_out, strict=True)]
    given = stake.given or (0,) * len(before)
    return Entry(
        worths(shares, payout or maker.weights(before)),
        lp_cost=part(stake.cost, event.lp_burned, stake.lp),
        given=tuple(part(each, event.lp_burned, stake.lp) for each in given),
        earned=earned(stake, fee_per_lp),
        since=stake.fee_per_lp,
    )


def sums(event: Event, entry: Entry) -> Account:
    """Return what an event adds to its owner's sums."""
    match event:
        case SharesBought():
            ((_, cost),) = entry.costs
            account = Account(
                trade_count=1,
                bought=event.collateral_in,
                fees_paid=event.fee,
                realized=cost - event.collateral_in,
            )
        case SharesSold():
            ((_, cost),) = entry.costs
            account = Account(
                trade_count=1,
                sold=event.collateral_out,
                fees_paid=event.fee,
                realized=event.collateral_out - cost,
            )
        case LiquidityAdded():
            account = Account(
                liquidity_count=1,
                provided=event.collateral_in,
                fees_earned=entry.earned,
                lp_realized=entry.cost + entry.lp_cost - event.collateral_in,
            )
        case LiquidityRemoved():
            account = Account(
                liquidity_count=1,
                fees_earned=entry.earned,
                fees_received=event.fees_paid,
                lp_realized=entry.cost + event.fees_paid - entry.lp_cost,
            )
        case WinningsClaimed():
            profit = event.payout - entry.cost
            account = Account(claim_count=1, claimed=event.payout, realized=profit)
        case MarketCreated() | ResultProposed() | ResultFinalized():
            account = Account()
        case _:
            assert_never(event)
    return account


def part(whole: int, some: int, of: int) -> int:
    """Return `some / of` of a whole, rounded down; nothing of nothing."""
    return whole * some // of if of else 0


def earned(stake: Stake, fee_per_lp: int) -> int:
    """Return the fees that a stake earned since it was looked at, as the contract rounds them."""
    return stake.lp * (fee_per_lp - stake.fee_per_lp) >> FEE_PLACES


def fee_per_lp(fee: int, lp_supply: int) -> int:
    """Return what one LP earns of a fee; nobody earns it where there is no liquidity."""
    return (fee << FEE_PLACES) // lp_supply if lp_supply else 0


def worths(shares: Pairs, of: Sequence[int]) -> Pairs:
    """Return what shares are worth where outcomes weigh so much, each rounded down."""
    whole = sum(of)
    return tuple((outcome, part(of[outcome], amount, whole)) for outcome, amount in shares)

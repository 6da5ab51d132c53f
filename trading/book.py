"""Pure: what events of the chain do to pools and shares, and which of them make no sense there.

Every event is a sum: what it adds can be taken away again, and then it was never there. Only a
pool's reserves and its state are taken over from the last event that says them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

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
from kmarket.fields import AMOUNT_MAX
from markets.outcomes import COUNT_MAX as OUTCOMES_MAX
from markets.outcomes import COUNT_MIN as OUTCOMES_MIN

WAD = 10**18
# What a column of 64 bits holds.
NUMBER_MAX = 2**63 - 1


class Senseless(Exception):
    """An event that cannot be, given all those before it. The message says why."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an event adds to one owner and to its pool, in the smallest units."""

    owner: str = ""
    # (outcome, shares) pairs.
    shares: tuple[tuple[int, int], ...] = ()
    lp: int = 0
    backing: int = 0
    fees: int = 0


@dataclass(slots=True)
class Standing:
    """The sums of a pool, and whether its result is final."""

    outcome_count: int
    lp_supply: int = 0
    # Collateral behind complete sets of shares, and fees that nobody has fetched yet.
    backing: int = 0
    fees: int = 0
    is_final: bool = False


@dataclass(slots=True)
class Book:
    """The pools and holdings that some events touch, as they are before the first of these.

    A holding that is not there is 0. Markets are named by their number on the chain.
    """

    pools: dict[int, Standing] = field(default_factory=dict)
    shares: dict[tuple[int, str, int], int] = field(default_factory=dict)
    lp: dict[tuple[int, str], int] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        """Add an event.

        Raises:
            Senseless: it cannot be; nothing has changed.
        """
        if isinstance(event, MarketCreated):
            self._create(event)
            return
        pool = self.pools.get(event.market_id)
        if pool is None:
            raise Senseless(f"no market {event.market_id} was created before")
        _fit(event, pool)
        self._move(event, pool, 1)
        if isinstance(event, ResultFinalized):
            pool.is_final = True

    def give_back(self, event: Event) -> None:
        """Take away the last event of a market: the book is then as if it had never come."""
        if isinstance(event, MarketCreated):
            del self.pools[event.market_id]
            return
        pool = self.pools[event.market_id]
        self._move(event, pool, -1)
        if isinstance(event, ResultFinalized):
            pool.is_final = False

    def _create(self, event: MarketCreated) -> None:
        if event.market_id in self.pools:
            raise Senseless(f"market {event.market_id} was created before")
        if not OUTCOMES_MIN <= event.outcome_count <= OUTCOMES_MAX:
            raise Senseless(f"a market of {event.outcome_count} outcomes")
        if event.fee_wad >= WAD:
            raise Senseless(f"a fee of {event.fee_wad} / 10^18: all of it or more")
        for name in ("seq", "closes_at", "resolve_by", "dispute_window"):
            _limited(name, getattr(event, name), NUMBER_MAX)
        self.pools[event.market_id] = Standing(event.outcome_count)

    def _move(self, event: Event, pool: Standing, sign: int) -> None:
        effect = effect_of(event)
        owner = effect.owner
        shares: dict[tuple[int, str, int], int] = {}
        for outcome, amount in effect.shares:
            place = (event.market_id, owner, outcome)
            after = self.shares.get(place, 0) + sign * amount
            shares[place] = _limited(f"shares of outcome {outcome} of {owner}", after)
        provider = (event.market_id, owner)
        lp = _limited(f"LP of {owner}", self.lp.get(provider, 0) + sign * effect.lp)
        lp_supply = _limited("the LP supply", pool.lp_supply + sign * effect.lp)
        backing = _limited("the backing", pool.backing + sign * effect.backing)
        fees = _limited("the fees", pool.fees + sign * effect.fees)

        # Nothing was refused: from here on all of it counts.
        self.shares |= shares
        if effect.lp:
            self.lp[provider] = lp
        pool.lp_supply, pool.backing, pool.fees = lp_supply, backing, fees


def effect_of(event: Event) -> Effect:
    """Return what an event adds."""
    match event:
        case SharesBought():
            effect = Effect(
                event.trader,
                ((event.outcome, event.shares_out),),
                backing=event.collateral_in - event.fee,
                fees=event.fee,
            )
        case SharesSold():
            effect = Effect(
                event.trader,
                ((event.outcome, -event.shares_in),),
                backing=-event.collateral_out - event.fee,
                fees=event.fee,
            )
        case LiquidityAdded():
            shares = _nonzero(event.shares_returned, 1)
            effect = Effect(event.provider, shares, lp=event.lp_minted, backing=event.collateral_in)
        case LiquidityRemoved():
            shares = _nonzero(event.shares_out, 1)
            effect = Effect(event.provider, shares, lp=-event.lp_burned, fees=-event.fees_paid)
        case WinningsClaimed():
            shares = _nonzero(event.shares_burned, -1)
            effect = Effect(event.claimant, shares, backing=-event.payout)
        case MarketCreated() | ResultProposed() | ResultFinalized():
            effect = Effect()
        case _:
            assert_never(event)
    return effect


def touched(events: Iterable[Event]) -> tuple[set[tuple[int, str, int]], set[tuple[int, str]]]:
    """Return the places of shares and of LP that these events change."""
    shares: set[tuple[int, str, int]] = set()
    lp: set[tuple[int, str]] = set()
    for event in events:
        effect = effect_of(event)
        shares.update((event.market_id, effect.owner, outcome) for outcome, _ in effect.shares)
        if effect.lp:
            lp.add((event.market_id, effect.owner))
    return shares, lp


def _nonzero(amounts: Sequence[int], sign: int) -> tuple[tuple[int, int], ...]:
    return tuple((n, sign * amount) for n, amount in enumerate(amounts) if amount)


def _fit(event: Event, pool: Standing) -> None:
    """Refuse what does not fit a pool of so many outcomes.

    Raises:
        Senseless: it doesn't.
    """
    _limited("seq", event.seq, NUMBER_MAX)
    match event:
        case SharesBought() | SharesSold():
            _numbered(event.outcome, pool)
            _counted(event.pools_after, pool)
        case LiquidityAdded():
            _counted(event.shares_returned, pool)
            _counted(event.pools_after, pool)
        case LiquidityRemoved():
            _counted(event.shares_out, pool)
            _counted(event.pools_after, pool)
        case ResultProposed():
            _numbered(event.outcome, pool)
            _limited("round", event.round, NUMBER_MAX)
            _limited("disputable_until", event.disputable_until, NUMBER_MAX)
        case ResultFinalized():
            _final(event, pool)
        case WinningsClaimed():
            _counted(event.shares_burned, pool)
        case MarketCreated():
            raise AssertionError(event)
        case _:
            assert_never(event)


def _final(event: ResultFinalized, pool: Standing) -> None:
    if pool.is_final:
        raise Senseless(f"market {event.market_id} has a final result already")
    if not event.voided:
        _numbered(event.outcome, pool)
    _counted(event.payout_numerators, pool)
    if sum(event.payout_numerators) != event.payout_denominator or not event.payout_denominator:
        raise Senseless(
            f"payouts of {event.payout_numerators} / {event.payout_denominator} are not all of it"
        )


def _numbered(outcome: int, pool: Standing) -> None:
    if not 0 <= outcome < pool.outcome_count:
        raise Senseless(f"outcome {outcome} of a market of {pool.outcome_count} outcomes")


def _counted(amounts: Sequence[int], pool: Standing) -> None:
    if len(amounts) != pool.outcome_count:
        raise Senseless(f"{len(amounts)} amounts for {pool.outcome_count} outcomes")


def _limited(what: str, amount: int, most: int = AMOUNT_MAX) -> int:
    if not 0 <= amount <= most:
        raise Senseless(f"{what} would be {amount}")
    return amount

"""Pure: what events of the chain do to pools and shares, and which of them make no sense there.

Every event is a sum: what it adds can be taken away again, and then it was never there. Where a
part was rounded, its entry says what was added (`trading.accounts`). Only a pool's reserves and its
state are taken over from the last event that says them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
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
from kmarket.fields import AMOUNT_MAX
from markets.outcomes import COUNT_MAX, COUNT_MIN
from trading import accounts
from trading.accounts import Account, Entry, Lot, Stake

WAD = 10**18
# What a column of 64 bits holds.
NUMBER_MAX = 2**63 - 1

_NO_LOT, _NO_STAKE, _NO_ACCOUNT = Lot(), Stake(), Account()


class Senseless(Exception):
    """An event that cannot be, given all those before it. The message says why."""


class Effect(NamedTuple):
    """What an event adds to one owner and to its pool, in the smallest units."""

    owner: str = ""
    # (outcome, shares) pairs.
    shares: tuple[tuple[int, int], ...] = ()
    lp: int = 0
    backing: int = 0
    fees: int = 0
    # Of a trade: what it turned over.
    volume: int = 0
    trades: int = 0


class Standing(NamedTuple):
    """The sums of a pool, and what its shares pay once that is final."""

    outcome_count: int
    lp_supply: int = 0
    # Collateral behind complete sets of shares, and fees that nobody has fetched yet.
    backing: int = 0
    fees: int = 0
    volume: int = 0
    # What one LP would have earned, had it been there from the start, with FEE_PLACES.
    fee_per_lp: int = 0
    trade_count: int = 0
    # The numerators; empty: no result is final.
    payout: tuple[int, ...] = ()

    @property
    def amounts(self) -> dict[str, int]:
        """What is limited, by its name."""
        return dict(zip(("LP supply", "backing", "fees", "volume"), self[1:5], strict=True))


@dataclass(slots=True)
class Book:
    """The pools, holdings and accounts that some events touch, as they are before the first.

    What is not there is nothing. Markets are named by their number on the chain.
    """

    pools: dict[int, Standing] = field(default_factory=dict)
    lots: dict[tuple[int, str, int], Lot] = field(default_factory=dict)
    stakes: dict[tuple[int, str], Stake] = field(default_factory=dict)
    accounts: dict[tuple[int, str], Account] = field(default_factory=dict)

    def take(self, event: Event) -> Entry:
        """Add an event; return what is to be kept for taking it away.

        Raises:
            Senseless: it cannot be; nothing has changed.
        """
        if isinstance(event, MarketCreated):
            self._create(event)
            return Entry()
        pool = self.pools.get(event.market_id)
        if pool is None:
            raise Senseless(f"no market {event.market_id} was created before")
        _fit(event, pool)
        effect = effect_of(event)
        entry = self._entry(event, effect, pool)
        self._move(event, effect, entry, 1)
        if isinstance(event, ResultFinalized):
            self.pools[event.market_id] = pool._replace(payout=event.payout_numerators)
        return entry

    def give_back(self, event: Event, entry: Entry) -> None:
        """Take away the last event of a market: the book is then as if it had never come."""
        if isinstance(event, MarketCreated):
            del self.pools[event.market_id]
            return
        self._move(event, effect_of(event), entry, -1)
        if isinstance(event, ResultFinalized):
            pool = self.pools[event.market_id]
            self.pools[event.market_id] = pool._replace(payout=())

    def _create(self, event: MarketCreated) -> None:
        if event.market_id in self.pools:
            raise Senseless(f"market {event.market_id} was created before")
        if not COUNT_MIN <= event.outcome_count <= COUNT_MAX:
            raise Senseless(f"a market of {event.outcome_count} outcomes")
        if event.fee_wad >= WAD:
            raise Senseless(f"a fee of {event.fee_wad} / 10^18: all of it or more")
        for name in ("seq", "closes_at", "resolve_by", "dispute_window"):
            _limited(name, getattr(event, name), NUMBER_MAX)
        self.pools[event.market_id] = Standing(event.outcome_count)

    def _entry(self, event: Event, effect: Effect, pool: Standing) -> Entry:
        market, owner = event.market_id, effect.owner
        match event:
            case SharesBought():
                return accounts.bought(event)
            case SharesSold() | WinningsClaimed():
                places = [(market, owner, outcome) for outcome, _ in effect.shares]
                lots = [self.lots.get(place, _NO_LOT) for place in places]
                return accounts.given_up(effect.shares, lots)
            case LiquidityAdded():
                stake = self.stakes.get((market, owner), _NO_STAKE)
                return accounts.added(event, effect.shares, stake, pool.fee_per_lp, pool.payout)
            case LiquidityRemoved():
                stake = self.stakes.get((market, owner), _NO_STAKE)
                return accounts.removed(event, effect.shares, stake, pool.fee_per_lp, pool.payout)
            case _:
                return Entry()

    def _move(self, event: Event, effect: Effect, entry: Entry, sign: int) -> None:
        market, owner = event.market_id, effect.owner
        if not owner:
            return
        lots, stakes = {}, {}
        for (outcome, amount), (_, cost) in zip(effect.shares, entry.costs, strict=True):
            place = (market, owner, outcome)
            had_shares, had_cost = self.lots.get(place, _NO_LOT)
            lot = Lot(had_shares + sign * amount, had_cost + (sign if amount > 0 else -sign) * cost)
            if not 0 <= lot.shares <= AMOUNT_MAX:
                raise Senseless(f"shares of outcome {outcome} of {owner} would be {lot.shares}")
            if not 0 <= lot.cost <= AMOUNT_MAX:
                raise Senseless(f"the cost of these would be {lot.cost}")
            lots[place] = lot
        whose = (market, owner)
        pool = _pool_after(self.pools[market], effect, sign)
        if isinstance(event, LiquidityAdded | LiquidityRemoved):
            since = pool.fee_per_lp if sign > 0 else entry.since
            comes = sign if isinstance(event, LiquidityAdded) else -sign
            had = self.stakes.get(whose, _NO_STAKE)
            stakes[whose] = _stake_after(had, sign * effect.lp, entry, comes=comes, since=since)
        account = self.accounts.get(whose, _NO_ACCOUNT).moved(accounts.sums(event, entry), sign)
        if max(account) > AMOUNT_MAX or min(account) < -AMOUNT_MAX:
            raise Senseless(f"the sums of {owner} would be {account}")

        # Nothing was refused: from here on all of it counts.
        self.lots.update(lots)
        self.stakes.update(stakes)
        self.accounts[whose] = account
        self.pools[market] = pool


def effect_of(event: Event) -> Effect:
    """Return what an event adds."""
    match event:
        case SharesBought():
            amount, fee = event.collateral_in, event.fee
            shares: accounts.Pairs = ((event.outcome, event.shares_out),)
            effect = Effect(event.trader, shares, 0, amount - fee, fee, amount, 1)
        case SharesSold():
            amount, fee = event.collateral_out, event.fee
            shares = ((event.outcome, -event.shares_in),)
            effect = Effect(event.trader, shares, 0, -amount - fee, fee, amount, 1)
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


def touched(
    events: Iterable[Event],
) -> tuple[set[tuple[int, str, int]], set[tuple[int, str]], set[tuple[int, str]]]:
    """Return the places of lots, stakes and accounts that these events change."""
    lots: set[tuple[int, str, int]] = set()
    stakes: set[tuple[int, str]] = set()
    whose: set[tuple[int, str]] = set()
    for event in events:
        match event:
            case SharesBought() | SharesSold():
                owner = event.trader
                lots.add((event.market_id, owner, event.outcome))
            case LiquidityAdded() | LiquidityRemoved():
                owner = event.provider
                lots.update((event.market_id, owner, n) for n in range(len(event.pools_after)))
                stakes.add((event.market_id, owner))
            case WinningsClaimed():
                owner = event.claimant
                lots.update((event.market_id, owner, n) for n in range(len(event.shares_burned)))
            case _:
                continue
        whose.add((event.market_id, owner))
    return lots, stakes, whose


def _pool_after(pool: Standing, effect: Effect, sign: int) -> Standing:
    # Trades leave the supply as it is: going back, each finds the one it was shared out by.
    per_lp = accounts.fee_per_lp(effect.fees, pool.lp_supply) if effect.trades else 0
    after = Standing(
        pool.outcome_count,
        pool.lp_supply + sign * effect.lp,
        pool.backing + sign * effect.backing,
        pool.fees + sign * effect.fees,
        pool.volume + sign * effect.volume,
        pool.fee_per_lp + sign * per_lp,
        pool.trade_count + sign * effect.trades,
        pool.payout,
    )
    amounts = after[1:5]
    if min(amounts) < 0 or max(amounts) > AMOUNT_MAX:
        for name, amount in after.amounts.items():
            _limited(f"the {name}", amount)
    return after


def _stake_after(stake: Stake, lp: int, entry: Entry, *, comes: int, since: int) -> Stake:
    """Return a stake after liquidity that comes (1) or goes (-1), and so much LP with it."""
    lp = _limited("LP", stake.lp + lp)
    if not lp:
        return _NO_STAKE
    given = zip(stake.given or (0,) * len(entry.given), entry.given, strict=True)
    return Stake(
        lp,
        cost=_limited("what LP costs", stake.cost + comes * entry.lp_cost),
        given=tuple(had + comes * each for had, each in given),
        fee_per_lp=since,
    )


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
    if pool.payout:
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

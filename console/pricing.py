"""What new prices would do, and the one way by which the console sets them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise

from accounts.models import User
from betting import exposure, liability
from betting.exposure import Book, Kind, Pays
from betting.grading import Result
from console import sides
from console.sides import Side
from kmarket.errors import DomainError
from kmarket.fields import AMOUNT_MAX
from markets import errors, history, lifecycle, selectors, services
from markets.locks import lock_market
from markets.models import Market, OddsUpdate, Option
from markets.odds import Group, Odds, Prices, far_moves, overround

# Of what stake the effect is shown where nothing limits a bet.
PROBE_TOKENS = 100


class OddsMoved(Exception):
    """The prices are no longer those that the operator saw."""


@dataclass(frozen=True, slots=True)
class State:
    """A market with its present prices and options."""

    market: Market
    update: OddsUpdate | None
    options: list[Option]

    @property
    def prices(self) -> Prices:
        return self.update.prices if self.update else history.UNPRICED

    @property
    def offered(self) -> set[int]:
        return {option.number for option in self.options}


@dataclass(frozen=True, slots=True)
class GroupEffect:
    """A group's margin before and after. None: the group is not on offer."""

    title: str | Promise
    before: Fraction | None
    after: Fraction | None


@dataclass(frozen=True, slots=True)
class SideEffect:
    """One side at its new price, and what one more bet on it would do to the market."""

    title: str
    before: Odds | None
    after: Odds
    # What the worst score would cost in which the side wins, with the bets that are taken.
    wins: int | None
    stake: int
    # What the worst of all scores would cost after one more bet of that stake.
    worst: int
    # The largest stake that would still be taken under the cap; None: there is no cap.
    room: int | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What would happen if these prices were set now. Bets that are taken keep theirs."""

    groups: list[GroupEffect]
    sides: list[SideEffect]
    refusals: list[DomainError]
    # Allowed only by force, with a reason.
    moves: list[str]
    worst: int
    cap: int | None
    # Nothing limits a bet: the stake is an example.
    is_probe: bool


def state_of(market: Market) -> State:
    """Return what a market offers now. Two queries."""
    options = list(market.options.order_by("number"))
    return State(market, selectors.current_update(market), options)


def prices_at(market: Market, seq: int) -> Prices | None:
    """Return the prices that a market had under a seq; None if it never had it."""
    if seq == 0:
        return history.UNPRICED
    update = OddsUpdate.objects.filter(market_id=market.pk, seq=seq).first()
    return update.prices if update else None


def kind_of(side: Side, prices: Prices) -> Kind:
    """Return what decides a bet on a side at these prices, as orders keep it."""
    three_way = prices.moneyline is not None and prices.moneyline.draw is not None
    return (side.number, line_q_of(side, prices) or 0, three_way)


def line_q_of(side: Side, prices: Prices) -> int | None:
    """Return the line that a bet on a side would have at these prices, None without one."""
    line = sides.line_of(prices.groups().get(side.group))
    return None if line is None else line.quarters


@transaction.atomic
def set_odds(
    *,
    market_id: int,
    seen: Prices,
    changes: Mapping[str, Group | None],
    actor: User,
    reason: str,
    force: bool,
) -> OddsUpdate:
    """Set prices by hand if they are still those that the operator saw.

    Raises:
        OddsMoved: they are not, and nothing is changed.
        What services.set_odds refuses with.
    """
    # Held until commit, so that nobody's price comes in between the comparison and the change.
    if history.present_prices(lock_market(market_id)) != seen:
        raise OddsMoved
    update = services.set_odds(
        market_id=market_id,
        changes=changes,
        actor=actor,
        source=OddsUpdate.Source.ADMIN,
        reason=reason,
        force=force,
    )
    assert update is not None, "an override always makes an update"
    return update


def effect(state: State, changes: Mapping[str, Group | None]) -> Effect:
    """Return what these changes would do. Locks and changes nothing."""
    market, before = state.market, state.prices
    after = before.changed(changes)
    book = liability.book_of(market.pk)
    return Effect(
        groups=_groups(before, after),
        sides=_sides(state, after, book),
        refusals=_refusals(state, changes, after),
        moves=far_moves(history.last_prices(market, present=before, wanted=after), after),
        worst=exposure.worst_loss(book),
        cap=market.liability_cap,
        is_probe=_greatest(state, Option.Number.HOME) is None,
    )


def _groups(before: Prices, after: Prices) -> list[GroupEffect]:
    old, new = before.groups(), after.groups()
    return [
        GroupEffect(
            title,
            overround(old[name]) if name in old else None,
            overround(new[name]) if name in new else None,
        )
        for name, title in sides.GROUP_TITLES.items()
        if name in old or name in new
    ]


def _refusals(
    state: State, changes: Mapping[str, Group | None], after: Prices
) -> list[DomainError]:
    """Return what services.set_odds would refuse these changes with, force or not."""
    found: list[DomainError] = []
    if state.market.status not in lifecycle.PRICEABLE:
        found.append(errors.MarketNotOpen(status=state.market.status))
    for name, group in changes.items():
        if group is not None and (margin := overround(group)) < 0:
            found.append(errors.NegativeMargin(group=name, overround=f"{float(margin):.4f}"))
    try:
        history.missing_options(state.market, after, offered=state.offered)
    except errors.WaysAreFixed as refusal:
        found.append(refusal)
    return found


def _sides(state: State, after: Prices, book: Book) -> list[SideEffect]:
    found = []
    for side in sides.SIDES:
        if (odds := sides.odds_in(after, side)) is None:
            continue
        kind = kind_of(side, after)
        stake = _stake(state, side.number, odds)
        bet = Pays.of_bet(stake=stake, odds=odds.hundredths)
        found.append(
            SideEffect(
                title=sides.title(state.market, side.number, line_q_of(side, after)),
                before=sides.odds_in(state.prices, side),
                after=odds,
                wins=exposure.worst_loss_when(book, kind, Result.WIN),
                stake=stake,
                worst=exposure.worst_loss(exposure.added(book, kind, bet)),
                room=_room(state.market, book, kind, odds),
            )
        )
    return found


def _stake(state: State, number: int, odds: Odds) -> int:
    """Return the largest bet that a side takes, or an example where nothing limits it."""
    payable = AMOUNT_MAX * 100 // odds.hundredths
    greatest = _greatest(state, number)
    probe = PROBE_TOKENS * 10**settings.TOKEN_DECIMALS
    return min(payable, probe if greatest is None else greatest)


def _greatest(state: State, number: int) -> int | None:
    own: list[Any] = [option.stake_max for option in state.options if option.number == number]
    bounds = [settings.STAKE_MAX or None, state.market.stake_max, *own]
    return min((bound for bound in bounds if bound is not None), default=None)


def _room(market: Market, book: Book, kind: Kind, odds: Odds) -> int | None:
    cap = market.liability_cap
    if cap is None:
        return None
    # A bet that makes the worst no worse is taken also where a lowered cap is exceeded.
    cap = max(cap, exposure.worst_loss(book))
    return exposure.room(book, kind, odds=odds.hundredths, cap=cap)

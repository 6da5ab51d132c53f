"""What a market's bets have staked, and what each outcome would cost."""

from dataclasses import dataclass
from fractions import Fraction

from betting import exposure, stakes
from betting.exposure import Kind
from betting.grading import Result
from betting.stakes import Taken
from console import pricing, sides
from console.pricing import State


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that was or can be bet on. Bars are in hundredths of the longest."""

    title: str
    orders: int
    staked: int
    paid: int
    pays: int  # if it wins: its own undecided bets, stakes included
    # What the worst score would cost in which it wins; below zero: the house wins all the same.
    loss: int | None
    staked_bar: int
    loss_bar: int


@dataclass(frozen=True, slots=True)
class Money:
    """All outcomes of a market, and the sums over them."""

    outcomes: list[Outcome]
    orders: int
    staked: int
    paid: int
    worst: int
    cap: int | None

    @property
    def used(self) -> Fraction | None:
        """The share of the cap that the worst score would take."""
        return Fraction(max(self.worst, 0), self.cap) if self.cap else None


def money_of(state: State) -> Money:
    """Return what was staked on each outcome, and what it would cost. One query."""
    taken = stakes.taken(state.market.pk)
    book = {kind: one.undecided for kind, one in taken.items() if one.undecided.staked}
    kinds = sorted(set(taken) | _priced(state))
    losses = {kind: exposure.worst_loss_when(book, kind, Result.WIN) for kind in kinds}
    nothing = Taken(0, 0, 0, exposure.Pays())
    most_staked = max((one.staked for one in taken.values()), default=0)
    most_lost = max((abs(loss) for loss in losses.values() if loss is not None), default=0)
    outcomes = []
    for kind in kinds:
        one, loss = taken.get(kind, nothing), losses[kind]
        outcomes.append(
            Outcome(
                title=_title(state, kind),
                orders=one.orders,
                staked=one.staked,
                paid=one.paid,
                pays=one.undecided.win,
                loss=loss,
                staked_bar=_hundredths(one.staked, most_staked),
                loss_bar=_hundredths(abs(loss or 0), most_lost),
            )
        )
    return Money(
        outcomes=outcomes,
        orders=sum(one.orders for one in taken.values()),
        staked=sum(one.staked for one in taken.values()),
        paid=sum(one.paid for one in taken.values()),
        worst=exposure.worst_loss(book),
        cap=state.market.liability_cap,
    )


def _priced(state: State) -> set[Kind]:
    """Return what can be bet on now."""
    prices = state.prices
    return {
        pricing.kind_of(side, prices)
        for side in sides.SIDES
        if sides.odds_in(prices, side) is not None
    }


def _title(state: State, kind: Kind) -> str:
    option, line_q, _three_way = kind
    has_line = any(side.number == option and side.group in sides.LINES for side in sides.SIDES)
    return sides.title(state.market, option, line_q if has_line else None)


def _hundredths(part: int, whole: int) -> int:
    return part * 100 // whole if whole else 0

"""What each possible score would cost the house in one market. Pure, in exact integers.

A market's bets are summed up by what decides their end: option, line and ways. Each such sum knows
what it pays in each result, so that the worst score is found over the scores that can be, and not
by adding up options that cannot all win.

A moneyline or spread looks only at the difference of the scores, a total only at their sum. So what
all bets pay is a step function of the one plus a step function of the other, and the worst score is
the best pair of a step each that some score lies on: one whose difference is not greater than its
sum, and odd or even with it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from betting import grading
from betting.grading import Result

# Beyond every line: a difference or sum of scores that stands for all beyond the last step.
FAR = 1 << 40

# option, line in quarters (0 without one), 3-way
Kind = tuple[int, int, bool]


@dataclass(frozen=True, slots=True)
class Pays:
    """What the bets of one kind pay together: in a full win, a half win, a push, a half loss."""

    staked: int = 0
    win: int = 0
    half_win: int = 0
    push: int = 0
    half_lose: int = 0

    @classmethod
    def of_bet(cls, *, stake: int, odds: int) -> Self:
        """Return what one bet pays in each result; odds in hundredths."""

        def pays(result: Result) -> int:
            return grading.payout(stake=stake, odds=odds, result=result)

        return cls(
            staked=stake,
            win=pays(Result.WIN),
            half_win=pays(Result.HALF_WIN),
            push=pays(Result.PUSH),
            half_lose=pays(Result.HALF_LOSE),
        )

    def __add__(self, other: "Pays") -> "Pays":
        return replace(
            self,
            staked=self.staked + other.staked,
            win=self.win + other.win,
            half_win=self.half_win + other.half_win,
            push=self.push + other.push,
            half_lose=self.half_lose + other.half_lose,
        )

    def __neg__(self) -> "Pays":
        return Pays(-self.staked, -self.win, -self.half_win, -self.push, -self.half_lose)

    def in_result(self, result: Result) -> int:
        """Return what these bets pay when they end so."""
        return {
            Result.WIN: self.win,
            Result.HALF_WIN: self.half_win,
            Result.PUSH: self.push,
            Result.HALF_LOSE: self.half_lose,
            Result.LOSE: 0,
            Result.VOID: self.staked,
        }[result]


Book = Mapping[Kind, Pays]


def added(book: Book, kind: Kind, bet: Pays) -> dict[Kind, Pays]:
    """Return the book with one more bet."""
    return {**book, kind: book.get(kind, Pays()) + bet}


@dataclass(frozen=True, slots=True)
class Turn:
    """Where the result of a bet turns: lost below a number, `at` on it, `beyond` above.

    The number is one of `of_sum`: the sum of the scores or their difference, home less away; and
    `sign` times it, so that -1 is a bet that wins below.
    """

    of_sum: bool
    sign: int
    number: int
    at: Result
    beyond: Result = Result.WIN

    def result(self, number: int) -> Result:
        """Return how the bet ends at a difference or sum."""
        along = self.sign * number
        if along == self.number:
            return self.at
        return self.beyond if along > self.number else Result.LOSE


def worst_loss(book: Book) -> int:
    """Return the most that any score would cost the house: payouts less stakes.

    Below zero: the house wins whatever happens.
    """
    dearest = _dearest(_differences(book), _sums(book))
    assert dearest is not None, "there is a score for some pair"
    return dearest - _staked(book)


def worst_loss_when(book: Book, kind: Kind, result: Result) -> int | None:
    """Return the most that a score could cost in which a bet of `kind` ends so.

    None: no score ends it so. Below zero: the house wins whatever else happens.
    """
    turn = _turn(kind)
    # With the kind in the book its result is the same all along each step.
    with_kind = {kind: Pays(), **book}
    axes = [_differences(with_kind), _sums(with_kind)]
    axes[turn.of_sum] = [step for step in axes[turn.of_sum] if turn.result(step[0]) == result]
    dearest = _dearest(*axes)
    return None if dearest is None else dearest - _staked(book)


def room(book: Book, kind: Kind, *, odds: int, cap: int) -> int:
    """Return the largest stake on `kind` that keeps the worst loss within `cap`; 0: none."""
    staked, turn = _staked(book), _turn(kind)
    with_kind = {kind: Pays(), **book}
    axes = [list(_differences(with_kind)), list(_sums(with_kind))]
    own = axes[turn.of_sum]
    # The dearest score for each result that the bet can have: all else a stake cannot change.
    dearest: dict[Result, int] = {}
    for result in {turn.result(number) for number, _ in own}:
        axes[turn.of_sum] = [step for step in own if turn.result(step[0]) == result]
        if (paid := _dearest(*axes)) is not None:
            dearest[result] = paid

    def fits(stake: int) -> bool:
        bet = Pays.of_bet(stake=stake, odds=odds)
        worst = max(paid + bet.in_result(result) for result, paid in dearest.items())
        return worst - staked - stake <= cap

    if not fits(1):
        return 0
    # The loss grows with the stake once it grows at all: a bet that helps the book never hurts it
    # before it has become the worst case. Double, then halve.
    high = 1
    while fits(high) and high < 2**256:
        high *= 2
    low = high // 2
    while low + 1 < high:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


@lru_cache(maxsize=10_000)
def _turn(kind: Kind) -> Turn:
    option, line_q, three_way = kind
    if option in grading.MONEYLINE:
        if option == grading.DRAW:
            level = Result.WIN if three_way else Result.PUSH
            return Turn(of_sum=False, sign=1, number=0, at=level, beyond=Result.LOSE)
        level = Result.LOSE if three_way else Result.PUSH
        return Turn(of_sum=False, sign=1 if option == grading.HOME else -1, number=0, at=level)
    of_sum = option in {grading.TOTAL_OVER, grading.TOTAL_UNDER}
    sign = 1 if option in {grading.SPREAD_HOME, grading.TOTAL_OVER} else -1
    # The bet is ahead by 4 * number + ahead quarter points. Where that is -1, it is half lost.
    ahead = line_q if option in {grading.SPREAD_HOME, grading.TOTAL_UNDER} else -line_q
    number = -((ahead + 1) // 4)
    return Turn(of_sum, sign, number, at=grading.result_of(4 * number + ahead))


def _staked(book: Book) -> int:
    return sum(pays.staked for pays in book.values())


def _dearest(differences: Iterable[tuple[int, int]], sums: Iterable[tuple[int, int]]) -> int | None:
    """Return what the dearest score of these pays; None where no score has such numbers."""
    best: list[int] = []
    by_size = sorted((abs(number), paid) for number, paid in differences)
    for odd in (0, 1):
        reachable = iter([step for step in by_size if step[0] % 2 == odd])
        coming, dearest = next(reachable, None), None
        for total, paid in sorted(step for step in sums if step[0] % 2 == odd):
            while coming and coming[0] <= total:
                dearest = coming[1] if dearest is None else max(dearest, coming[1])
                coming = next(reachable, None)
            if dearest is not None:
                best.append(paid + dearest)
    return max(best, default=None)


def _differences(book: Book) -> list[tuple[int, int]]:
    """Return (difference, what it pays): of each step the smallest odd and the smallest even."""
    points = []
    for low, high, paid in _steps(book, of_sum=False):
        nearest = min(max(low, 0), high)
        neighbor = nearest + 1 if nearest < high and nearest >= 0 else nearest - 1
        points += [(number, paid) for number in (nearest, neighbor) if low <= number <= high]
    return points


def _sums(book: Book) -> list[tuple[int, int]]:
    """Return (sum, what it pays): of each step the largest odd and the largest even."""
    return [
        (number, paid)
        for low, high, paid in _steps(book, of_sum=True)
        for number in (high, high - 1)
        if number >= max(low, 0)
    ]


def _steps(book: Book, *, of_sum: bool) -> Iterator[tuple[int, int, int]]:
    """Yield (first number, last number, what the bets on such numbers pay) of each step."""
    paid, changes = 0, defaultdict[int, int](int)
    for kind, pays in book.items():
        turn = _turn(kind)
        if turn.of_sum is not of_sum:
            continue
        at, beyond = pays.in_result(turn.at), pays.in_result(turn.beyond)
        if turn.sign > 0:
            changes[turn.number] += at
            changes[turn.number + 1] += beyond - at
        else:
            paid += beyond
            changes[-turn.number] += at - beyond
            changes[-turn.number + 1] -= at
    low = -FAR
    for number in sorted(changes):
        yield low, number - 1, paid
        low, paid = number, paid + changes[number]
    yield low, FAR, paid

"""What each possible score would cost the house in one market. Pure, in exact integers.

A market's bets are summed up by what decides their end: option, line and ways. Each such sum knows
what it pays in each result, so that the worst score is found over the scores that can be, and not
by adding up options that cannot all win.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from betting import grading
from betting.grading import Outcome, Result

# Beyond the outermost line by this many points nothing changes any more.
BEYOND = 2

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


def worst_loss(book: Book) -> int:
    """Return the most that any score would cost the house: payouts less stakes.

    Below zero: the house wins whatever happens.
    """
    staked = sum(pays.staked for pays in book.values())
    return max((_paid(book, outcome) for outcome in _scores(book)), default=0) - staked


def room(book: Book, kind: Kind, *, odds: int, cap: int) -> int:
    """Return the largest stake on `kind` that keeps the worst loss within `cap`; 0: none."""
    option, line_q, three_way = kind
    staked = sum(pays.staked for pays in book.values())
    # The dearest score for each result that the bet can have: all else a stake cannot change.
    dearest: dict[Result, int] = {}
    for outcome in _scores({**book, kind: Pays()}):
        result = grading.grade(option=option, line_q=line_q, three_way=three_way, outcome=outcome)
        dearest[result] = max(dearest.get(result, 0), _paid(book, outcome))

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


def _paid(book: Book, outcome: Outcome) -> int:
    return sum(
        pays.in_result(
            grading.grade(option=option, line_q=line_q, three_way=three_way, outcome=outcome)
        )
        for (option, line_q, three_way), pays in book.items()
    )


def _scores(book: Book) -> Iterable[Outcome]:
    """Yield a score for each way in which the bets can end together.

    A moneyline or spread looks at the difference of the scores only, a total at their sum. Between
    two neighbouring lines nothing changes, so a few differences and sums around each line stand
    for all; both of a neighbouring pair, since a difference and a sum are odd or even together.
    """
    differences = {0, 1, -1, 2, -2}
    sums = {0, 1, 2}
    for option, line_q, _ in book:
        point = line_q // 4
        around = range(point - BEYOND, point + BEYOND + 2)
        if option in {grading.SPREAD_HOME, grading.SPREAD_AWAY}:
            differences.update(-number for number in around)
        elif option in {grading.TOTAL_OVER, grading.TOTAL_UNDER}:
            sums.update(number for number in around if number >= 0)
    # A difference can come with a sum that no total bet has a line near.
    highest = max(map(abs, differences)) + max(sums)
    sums.update({highest, highest + 1})
    for difference in differences:
        for total in sums:
            home, odd = divmod(total + difference, 2)
            if not odd and home >= 0 and total - home >= 0:
                yield Outcome.of_scores(home, total - home)

"""From a score and a line to a result and a payout, in whole numbers. Pure.

The one place where bets are graded: settlement applies it to orders in bulk, explanations and
tests to single ones. Lines and margins are in quarter points.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

HOME, AWAY, DRAW, SPREAD_HOME, SPREAD_AWAY, TOTAL_OVER, TOTAL_UNDER = range(1, 8)
MONEYLINE = frozenset({HOME, AWAY, DRAW})
DENOMINATOR = 200
# No match ends higher: what does is a slip of the hand.
SCORE_MAX = 1000


class Result(StrEnum):
    """How a bet ended."""

    WIN = "WIN"
    HALF_WIN = "HALF_WIN"
    PUSH = "PUSH"
    HALF_LOSE = "HALF_LOSE"
    LOSE = "LOSE"
    VOID = "VOID"


# A result pays stake * (by_odds * odds + flat) div 200, odds in hundredths: (by_odds, flat).
PAYS: dict[Result, tuple[int, int]] = {
    Result.WIN: (2, 0),
    Result.HALF_WIN: (1, 100),
    Result.PUSH: (0, 200),
    Result.HALF_LOSE: (0, 100),
    Result.LOSE: (0, 0),
    Result.VOID: (0, 200),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a match ended: who won, and by which score if that is known.

    `winner` is 1 home, 2 away, 3 neither.
    """

    winner: int
    home: int | None = None
    away: int | None = None

    @classmethod
    def of_scores(cls, home: int, away: int) -> Self:
        """Derive the winner from the score."""
        winner = HOME if home > away else AWAY if away > home else DRAW
        return cls(winner, home, away)


def grade(*, option: int, line_q: int | None, three_way: bool, outcome: Outcome) -> Result:
    """Return how a bet on `option` ended.

    `line_q` is the home side's handicap or the total, as the market had it; `three_way` whether
    the moneyline offered a draw. Spread and total need the score.
    """
    if option in MONEYLINE:
        if outcome.winner == DRAW and not three_way:
            return Result.PUSH
        return Result.WIN if option == outcome.winner else Result.LOSE
    return result_of(margin(option=option, line_q=line_q, outcome=outcome))


def margin(*, option: int, line_q: int | None, outcome: Outcome) -> int:
    """Return by how many quarter points a spread or total bet is ahead, from the bettor's side."""
    assert line_q is not None, option
    assert outcome.home is not None, "a spread or total needs the score"
    assert outcome.away is not None, "a spread or total needs the score"
    home_ahead = 4 * (outcome.home - outcome.away) + line_q
    over_ahead = 4 * (outcome.home + outcome.away) - line_q
    return {
        SPREAD_HOME: home_ahead,
        SPREAD_AWAY: -home_ahead,
        TOTAL_OVER: over_ahead,
        TOTAL_UNDER: -over_ahead,
    }[option]


def payout(*, stake: int, odds: int, result: Result) -> int:
    """Return what a bet pays, its stake included; the fraction stays with the house.

    `stake` in the token's smallest unit, `odds` in hundredths. One division, never a split stake.
    """
    by_odds, flat = PAYS[result]
    return stake * (by_odds * odds + flat) // DENOMINATOR


def result_of(quarters: int) -> Result:
    """Return how a spread or total bet ended that is ahead by so many quarter points."""
    if quarters in {-1, 0, 1}:
        return {-1: Result.HALF_LOSE, 0: Result.PUSH, 1: Result.HALF_WIN}[quarters]
    return Result.WIN if quarters > 0 else Result.LOSE

"""Grading against an oracle that splits quarter bets and computes with fractions."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from betting.grading import (
    AWAY,
    DRAW,
    HOME,
    SPREAD_AWAY,
    SPREAD_HOME,
    TOTAL_OVER,
    TOTAL_UNDER,
    Outcome,
    Result,
    grade,
    payout,
)

# pick, line in quarters, 3-way, score, stake, odds, result, payout: the rule book's worked cases.
WORKED = [
    (HOME, None, False, (102, 99), 1000, 185, "WIN", 1850),
    (HOME, None, False, (1, 1), 1000, 185, "PUSH", 1000),
    (DRAW, None, True, (1, 1), 1000, 330, "WIN", 3300),
    (HOME, None, False, (3, 0), 1, 185, "WIN", 1),
    (HOME, None, False, (3, 0), 999999999999999999, 101, "WIN", 1009999999999999998),
    (SPREAD_HOME, -12, False, (105, 102), 1000, 192, "PUSH", 1000),
    (SPREAD_AWAY, -10, False, (104, 102), 1000, 190, "WIN", 1900),
    (SPREAD_HOME, -1, False, (1, 1), 1000, 195, "HALF_LOSE", 500),
    (SPREAD_AWAY, -1, False, (1, 1), 1000, 187, "HALF_WIN", 1435),
    (SPREAD_HOME, -3, False, (2, 1), 1000, 210, "HALF_WIN", 1550),
    (SPREAD_HOME, 3, False, (0, 1), 1001, 150, "HALF_LOSE", 500),
    (SPREAD_HOME, -1, False, (1, 1), 1, 195, "HALF_LOSE", 0),
    (TOTAL_OVER, 878, False, (110, 110), 1000, 190, "WIN", 1900),
    (TOTAL_UNDER, 880, False, (110, 110), 1000, 190, "PUSH", 1000),
    (TOTAL_OVER, 9, False, (1, 1), 1000, 200, "HALF_LOSE", 500),
    (TOTAL_OVER, 11, False, (2, 1), 7, 215, "HALF_WIN", 11),
]


@pytest.mark.parametrize(
    ("option", "line_q", "three_way", "score", "stake", "odds", "result", "pays"), WORKED
)
def test_the_worked_cases(option, line_q, three_way, score, stake, odds, result, pays):
    graded = grade(
        option=option, line_q=line_q, three_way=three_way, outcome=Outcome.of_scores(*score)
    )
    assert graded == result
    assert payout(stake=stake, odds=odds, result=graded) == pays


def oracle(option, line_q, three_way, home, away, stake, odds):
    """What a bet pays as the books tell it: a quarter line is two half bets on its neighbours."""
    price = Fraction(odds, 100)
    if option in {HOME, AWAY, DRAW}:
        winner = HOME if home > away else AWAY if home < away else DRAW
        if winner == DRAW and not three_way:
            return stake
        return int(stake * price) if option == winner else 0

    line = Fraction(line_q, 4)
    quarter = line_q % 2 == 1
    neighbours = [line - Fraction(1, 4), line + Fraction(1, 4)] if quarter else [line, line]
    returned = Fraction(0)
    for half in neighbours:
        ahead = {
            SPREAD_HOME: home + half - away,
            SPREAD_AWAY: away - half - home,
            TOTAL_OVER: home + away - half,
            TOTAL_UNDER: half - home - away,
        }[option]
        returned += Fraction(stake, 2) * (price if ahead > 0 else 1 if ahead == 0 else 0)
    return returned.numerator // returned.denominator


@settings(max_examples=2000)
@given(
    option=st.integers(1, 7),
    line_q=st.integers(-40, 40),
    home=st.integers(0, 8),
    away=st.integers(0, 8),
    three_way=st.booleans(),
    stake=st.integers(1, 2**200),
    odds=st.integers(101, 100_000),
)
def test_a_payout_is_what_two_half_bets_would_pay(
    option, line_q, home, away, three_way, stake, odds
):
    moneyline = option in {HOME, AWAY, DRAW}
    result = grade(
        option=option,
        line_q=None if moneyline else line_q,
        three_way=three_way,
        outcome=Outcome.of_scores(home, away),
    )
    paid = payout(stake=stake, odds=odds, result=result)
    assert paid == oracle(option, line_q, three_way, home, away, stake, odds)


MIRROR = {
    Result.WIN: Result.LOSE,
    Result.HALF_WIN: Result.HALF_LOSE,
    Result.PUSH: Result.PUSH,
    Result.HALF_LOSE: Result.HALF_WIN,
    Result.LOSE: Result.WIN,
}


@given(
    pair=st.sampled_from([(SPREAD_HOME, SPREAD_AWAY), (TOTAL_OVER, TOTAL_UNDER)]),
    line_q=st.integers(-40, 40),
    home=st.integers(0, 8),
    away=st.integers(0, 8),
)
def test_what_one_side_wins_the_other_loses(pair, line_q, home, away):
    outcome = Outcome.of_scores(home, away)
    first, second = (
        grade(option=option, line_q=line_q, three_way=False, outcome=outcome) for option in pair
    )
    assert MIRROR[first] == second


def test_a_void_bet_gets_its_stake_back():
    assert payout(stake=7, odds=215, result=Result.VOID) == 7

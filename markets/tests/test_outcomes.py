"""Prices of outcomes as odds, against fractions."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from markets.odds import HUNDREDTHS_MAX, HUNDREDTHS_MIN, Moneyline, Odds
from markets.outcomes import COUNT_MAX, ONE, moneyline, odds_of

# Evenly from all of them, and as many near 0, where odds are long.
prices = st.integers(0, ONE) | st.integers(0, 10**15) | st.integers(1, 18).map(lambda n: 10**n)


@given(prices)
@example(0)
@example(1)
@example(ONE // 1000)
@example(ONE // 1000 + 1)
@example(ONE * 100 // 101)
@example(ONE * 100 // 101 + 1)
@example(ONE)
def test_odds_are_what_one_pays_at_a_price_rounded_down(price):
    exact = Fraction(100 * ONE, price) if price else Fraction(HUNDREDTHS_MAX)
    within = min(max(exact, Fraction(HUNDREDTHS_MIN)), Fraction(HUNDREDTHS_MAX))
    assert odds_of(price) == Odds(floor(within))


@pytest.mark.parametrize(
    ("price", "hundredths"),
    [
        (0, 100_000),
        (1, 100_000),
        (10**15, 100_000),
        (10**15 + 1, 99_999),
        (250_000_000_000_000_000, 400),
        (333_333_333_333_333_333, 300),
        (333_333_333_333_333_334, 299),
        (500_000_000_000_000_000, 200),
        (990_000_000_000_000_000, 101),
        (ONE, 101),
    ],
)
def test_the_worked_cases(price, hundredths):
    assert odds_of(price).hundredths == hundredths


@given(prices, prices)
def test_the_dearer_outcome_never_has_the_longer_odds(one, other):
    cheap, dear = sorted((one, other))
    assert odds_of(dear) <= odds_of(cheap)


@pytest.mark.parametrize("price", [-1, ONE + 1])
def test_what_is_no_price_has_no_odds(price):
    with pytest.raises(AssertionError):
        odds_of(price)


@given(st.lists(prices, min_size=2, max_size=COUNT_MAX))
def test_two_outcomes_are_a_moneyline_and_more_are_none(several):
    expected = Moneyline(*map(odds_of, several)) if len(several) == 2 else None
    assert moneyline(several) == expected

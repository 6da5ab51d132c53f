"""Odds, overround and the guard against far moves."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from markets.lines import Line
from markets.odds import (
    HUNDREDTHS_MAX,
    HUNDREDTHS_MIN,
    Moneyline,
    Odds,
    Prices,
    Spread,
    Total,
    far_moves,
    overround,
)

any_odds = st.integers(HUNDREDTHS_MIN, HUNDREDTHS_MAX).map(Odds)


@given(any_odds)
def test_text_number_and_odds_convert_into_each_other(odds):
    assert Odds.parse(str(odds)) == odds
    assert Odds.parse(Decimal(repr(odds.number))) == odds


@pytest.mark.parametrize(
    "text",
    [
        *["1.855", "1.00", "1", "0", "-1.85", "1000.01", "NaN", "Infinity", "1e999999", "", "x"],
        *["1.850000000000000000000000000001", "1.8500000000000000000000000000000000001"],
    ],
)
def test_odds_out_of_shape_are_refused(text):
    with pytest.raises(ValueError, match=r"^Odds "):
        Odds.parse(text)


@pytest.mark.parametrize(("text", "hundredths"), [("1.01", 101), ("1000", 100_000), ("2.5", 250)])
def test_the_bounds_are_odds_too(text, hundredths):
    assert Odds.parse(text).hundredths == hundredths


@given(any_odds, any_odds)
def test_overround_is_the_exact_sum_of_the_probabilities_less_one(home, away):
    exact = 1 / Fraction(home.hundredths, 100) + 1 / Fraction(away.hundredths, 100) - 1
    assert overround(Moneyline(home, away)) == exact


def test_a_draw_and_a_line_do_not_disturb_the_overround():
    assert overround(Moneyline(Odds(300), Odds(300), Odds(300))) == 0
    assert overround(Spread(Line(-14), Odds(200), Odds(200))) == 0
    assert overround(Total(Line(10), Odds(190), Odds(190))) == Fraction(1, 19)


@pytest.mark.parametrize(
    ("before", "after", "far"),
    [(200, 250, False), (200, 251, True), (200, 150, False), (200, 149, True), (101, 101, False)],
)
def test_a_move_is_far_beyond_a_quarter_of_the_old_price(before, after, far):
    assert Odds(after).moved_far(Odds(before)) is far


def test_far_moves_name_what_moved():
    before = Prices(Moneyline(Odds(185), Odds(210)), Spread(Line(-2), Odds(190), Odds(190)))
    after = Prices(Moneyline(Odds(240), Odds(210)), Spread(Line(2), Odds(190), Odds(190)))
    assert far_moves(before, after) == ["moneyline home 1.85 → 2.40", "spread line -0.5 → 0.5"]


def test_a_new_group_a_removed_one_and_a_moved_line_are_not_far_moves():
    before = Prices(Moneyline(Odds(185), Odds(210)), Spread(Line(-14), Odds(190), Odds(190)))
    after = Prices(
        None, Spread(Line(0), Odds(190), Odds(190)), Total(Line(10), Odds(110), Odds(900))
    )
    assert far_moves(before, after) == []

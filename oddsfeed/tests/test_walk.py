from random import Random

from hypothesis import given
from hypothesis import strategies as st

from markets.lines import Line
from markets.odds import Moneyline, Odds, Prices, Spread, Total, far_moves, odds_of, overround
from oddsfeed import walk

ODDS = st.integers(101, 100_000).map(Odds)
LINES = st.integers(-40, 40).map(Line)
GROUPS = st.one_of(
    st.builds(Moneyline, ODDS, ODDS, st.none() | ODDS),
    st.builds(Spread, LINES, ODDS, ODDS),
    st.builds(Total, st.integers(1, 40).map(Line), ODDS, ODDS),
).filter(lambda group: overround(group) >= 0)
DICE = st.integers().map(Random)


@given(GROUPS, DICE)
def test_any_step_is_one_that_needs_nobodys_consent(group, dice):
    after = walk.moved(group, dice)

    assert type(after) is type(group)
    assert odds_of(after).keys() == odds_of(group).keys()
    assert overround(after) >= 0
    assert getattr(after, "line", None) == getattr(group, "line", None)
    name = type(group).__name__.lower()
    assert far_moves(Prices(**{name: group}), Prices(**{name: after})) == []


def test_a_long_walk_stays_where_odds_are_interesting():
    dice = Random(7)
    group = Moneyline(Odds(185), Odds(210))
    seen = []

    for _ in range(5000):
        group = walk.moved(group, dice)
        seen.append(group)

    assert len({group.home for group in seen}) > 50
    assert all(104 <= odds.hundredths <= 900 for group in seen for odds in odds_of(group).values())
    assert all(0.02 < overround(group) < 0.08 for group in seen)


def test_one_step_moves_one_group():
    prices = Prices(
        moneyline=Moneyline(Odds(185), Odds(210)),
        total=Total(Line.parse("2.5"), Odds(190), Odds(190)),
    )

    changes = walk.step(prices, Random(1))

    assert len(changes) == 1
    assert changes.keys() <= {"moneyline", "total"}


def test_where_nothing_is_on_offer_nothing_moves():
    assert walk.step(Prices(), Random(1)) == {}

"""What was staked in a market, by kind of bet; and what a score of one's choice would cost."""

from hypothesis import given
from hypothesis import strategies as st

from betting import exposure, grading, settlement, stakes
from betting.exposure import Pays
from betting.grading import Outcome as Score
from betting.grading import Result
from betting.settlement import Result as Decision
from conftest import ALL_GROUPS
from markets.odds import Odds

SCORES = [Score.of_scores(home, away) for home in range(13) for away in range(13)]
KINDS = [
    *((option, 0, three_way) for option in (1, 2) for three_way in (True, False)),
    (3, 0, True),
    *((option, line, False) for option in (4, 5) for line in (-6, -5, -3, 0, 1, 2)),
    *((option, line, False) for option in (6, 7) for line in (2, 9, 10, 11, 14)),
]
BOOKS = st.dictionaries(
    st.sampled_from(KINDS),
    st.builds(
        lambda stake, odds: Pays.of_bet(stake=stake, odds=odds),
        st.integers(1, 99),
        st.integers(101, 999),
    ),
    max_size=5,
)


def result(kind, score) -> Result:
    option, line_q, three_way = kind
    return grading.grade(option=option, line_q=line_q, three_way=three_way, outcome=score)


@given(book=BOOKS, kind=st.sampled_from(KINDS), wanted=st.sampled_from(list(Result)))
def test_the_worst_of_some_scores_is_the_worst_of_those_scores(book, kind, wanted):
    staked = sum(pays.staked for pays in book.values())
    losses = [
        sum(pays.in_result(result(one, score)) for one, pays in book.items()) - staked
        for score in SCORES
        if result(kind, score) == wanted
    ]
    assert exposure.worst_loss_when(book, kind, wanted) == max(losses, default=None)


def test_bets_are_summed_up_by_what_decides_them(open_market, place):
    market = open_market(prices=ALL_GROUPS)
    place(market_id=market.pk, stake=101)
    place(market_id=market.pk, stake=33)
    place(market_id=market.pk, stake=7, option=5, seen_odds=Odds(188))
    taken = stakes.taken(market.pk)
    assert set(taken) == {(1, 0, False), (5, -12, False)}
    home = taken[1, 0, False]
    assert (home.orders, home.staked, home.paid) == (2, 134, 0)
    # Each bet is rounded down for itself: 186 and 61, 143 and 47, 50 and 16.
    assert home.undecided == Pays(134, 247, 190, 134, 66)


def test_a_result_leaves_stakes_and_payouts_and_nothing_undecided(market, place, trader):
    place(stake=100)
    settlement.settle_market(
        market_id=market.pk, result=Decision(winning_option=1), actor=trader, reason="test"
    )
    assert stakes.taken(market.pk) == {(1, 0, False): stakes.Taken(1, 100, 185, Pays())}


def test_stakes_take_one_query(market, place, django_assert_num_queries):
    place()
    with django_assert_num_queries(1):
        stakes.taken(market.pk)

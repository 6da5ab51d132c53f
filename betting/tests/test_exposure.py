"""The worst case against every score up to 60, bet by bet."""

from hypothesis import given
from hypothesis import strategies as st

from betting import exposure, grading
from betting.exposure import Pays
from betting.grading import Outcome

SCORES = [Outcome.of_scores(home, away) for home in range(41) for away in range(41)]

moneylines = st.tuples(st.integers(1, 3), st.just(0))
spreads = st.tuples(st.integers(4, 5), st.integers(-20, 20))
totals = st.tuples(st.integers(6, 7), st.integers(1, 50))
bets = st.lists(
    st.tuples(
        st.one_of(moneylines, spreads, totals),
        st.integers(1, 10**30),
        st.integers(101, 1000),
    ),
    min_size=1,
    max_size=8,
)


def book_of(bets, *, three_way):
    book = {}
    for (option, line_q), stake, odds in bets:
        bet = Pays.of_bet(stake=stake, odds=odds)
        book = exposure.added(book, (option, line_q, three_way), bet)
    return book


def loss_by_hand(bets, *, three_way):
    """Grade every bet at every score, and take the dearest."""
    staked = sum(stake for _, stake, _ in bets)
    worst = 0
    for outcome in SCORES:
        paid = sum(
            grading.payout(
                stake=stake,
                odds=odds,
                result=grading.grade(
                    option=option, line_q=line_q, three_way=three_way, outcome=outcome
                ),
            )
            for (option, line_q), stake, odds in bets
        )
        worst = max(worst, paid)
    return worst - staked


@given(bets, st.booleans())
def test_the_worst_loss_is_that_of_the_dearest_score(bets, three_way):
    book = book_of(bets, three_way=three_way)
    assert exposure.worst_loss(book) == loss_by_hand(bets, three_way=three_way)


def test_options_that_cannot_all_win_are_not_added_up():
    bets = [((1, 0), 1000, 185), ((2, 0), 1000, 210)]
    assert exposure.worst_loss(book_of(bets, three_way=False)) == 2100 - 2000


def test_an_empty_book_costs_nothing():
    assert exposure.worst_loss({}) == 0


@given(
    bets,
    st.one_of(moneylines, spreads, totals),
    st.integers(101, 1000),
    st.integers(1, 10**30),
)
def test_the_room_is_the_largest_stake_that_fits(bets, kind, odds, cap):
    book = book_of(bets, three_way=True)
    kind = (*kind, True)

    def loss(stake):
        return exposure.worst_loss(exposure.added(book, kind, Pays.of_bet(stake=stake, odds=odds)))

    room = exposure.room(book, kind, odds=odds, cap=cap)
    if room:
        assert loss(room) <= cap
        assert loss(room + 1) > cap
    else:
        assert loss(1) > cap

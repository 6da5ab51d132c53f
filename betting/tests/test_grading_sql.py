"""Payouts by the hundred thousand: Python's, SQL's and the oracle's are one."""

import random

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from betting import books, grades, settlement
from betting.grades import Scope, Which
from betting.grading import (
    AWAY,
    DRAW,
    HOME,
    SPREAD_AWAY,
    SPREAD_HOME,
    TOTAL_OVER,
    TOTAL_UNDER,
    Outcome,
    grade,
    payout,
)
from betting.settlement import Result
from betting.tests import bulk
from betting.tests.bulk import Bet
from betting.tests.test_grading import oracle
from kmarket.tests.proof import cases, takes_its_time

SEED = 20_251_121
LINES = range(-40, 41)
ODDS = (101, 100_000)
STAKE_MAX = 2**200
GOALS_MAX = 12
# Each line on both sides of both handicaps, and the moneyline with and without a draw.
KINDS = [
    *(
        (option, line_q, False)
        for option in range(SPREAD_HOME, TOTAL_UNDER + 1)
        for line_q in LINES
    ),
    *((option, None, three_way) for option in (HOME, AWAY, DRAW) for three_way in (True, False)),
]

chosen_odds = st.integers(*ODDS)
chosen_stakes = st.integers(1, STAKE_MAX)
goals = st.integers(0, GOALS_MAX)
kinds = st.sampled_from(KINDS)


def paid(kind, home, away, stake, odds):
    option, line_q, three_way = kind
    outcome = Outcome.of_scores(home, away)
    result = grade(option=option, line_q=line_q, three_way=three_way, outcome=outcome)
    return payout(stake=stake, odds=odds, result=result)


def some_stake(chance):
    """A stake of any size: as often of three digits as of sixty."""
    return chance.randint(1, 2 ** chance.randint(1, 200))


@takes_its_time
def test_a_hundred_thousand_payouts_are_the_oracles():
    chance = random.Random(SEED)
    for _ in range(cases(100_000, 2_000_000)):
        kind = chance.choice(KINDS)
        home, away = chance.randint(0, GOALS_MAX), chance.randint(0, GOALS_MAX)
        stake, odds = some_stake(chance), chance.randint(*ODDS)
        due = oracle(*kind, home, away, stake, odds)
        assert paid(kind, home, away, stake, odds) == due, (kind, home, away, stake, odds)


def bets_on_every_kind(chance, *, user, market):
    """One bet of each kind, of any stake and odds, and one at each corner of both."""
    corners = [(1, 101), (1, 100_000), (2**200, 101), (2**200, 100_000), (3, 199), (7, 215)]
    for kind in KINDS:
        yield Bet(user.pk, market.pk, *kind, some_stake(chance), chance.randint(*ODDS))
    for stake, odds in corners:
        yield Bet(user.pk, market.pk, *chance.choice(KINDS), stake, odds)


@takes_its_time
@pytest.mark.django_db
def test_sql_pays_what_the_oracle_does_whatever_the_score(open_market, alice):
    chance = random.Random(SEED)
    for _ in range(cases(20, 600)):
        market = open_market()
        home, away = chance.randint(0, GOALS_MAX), chance.randint(0, GOALS_MAX)
        bets = list(bets_on_every_kind(chance, user=alice, market=market))
        order_ids = bulk.store(bets)

        decision, _ = settlement.settle_market(
            market_id=market.pk, result=Result(scores=(home, away)), actor=None
        )

        terms = [
            ((bet.option, bet.line_q, bet.three_way), home, away, bet.stake, bet.odds)
            for bet in bets
        ]
        due = [oracle(*kind, *rest) for kind, *rest in terms]
        assert [paid(*each) for each in terms] == due
        payouts = dict(market.orders.values_list("pk", "payout"))
        assert payouts == dict(zip(order_ids, due, strict=True))
        assert (decision.order_count, decision.staked, decision.paid_out) == (
            len(bets),
            sum(bet.stake for bet in bets),
            sum(due),
        )
    with transaction.atomic():
        assert books.differences() == []


@pytest.mark.django_db
def test_a_void_gives_back_every_stake_to_the_last_unit(open_market, alice):
    market = open_market()
    bets = list(bets_on_every_kind(random.Random(SEED), user=alice, market=market))
    order_ids = bulk.store(bets)
    scope = Scope(market.pk, Which.WAITING)

    # The result alone, without the entries: rolled back at the end of the test.
    totals = grades.apply(scope, settlement.graded_bets(scope, None), version=1)

    assert dict(market.orders.values_list("pk", "payout")) == {
        order_id: bet.stake for order_id, bet in zip(order_ids, bets, strict=True)
    }
    assert totals.paid_out == totals.staked == sum(bet.stake for bet in bets)


def test_sql_division_rounds_down_where_the_cast_of_a_fraction_would_round_up(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT div(1 * 2 * 185::numeric, 200), (1 * 185::numeric / 100)::numeric(78,0)"
        )
        assert [int(number) for number in cursor.fetchone()] == [1, 2]


# By which side's goals a bet fares better.
HELPED_BY = {
    HOME: "home",
    AWAY: "away",
    SPREAD_HOME: "home",
    SPREAD_AWAY: "away",
    TOTAL_OVER: "either",
    TOTAL_UNDER: "neither",
}


@settings(max_examples=cases(300, 20_000))
@given(kinds.filter(lambda kind: kind[0] != DRAW), goals, goals, chosen_stakes, chosen_odds)
def test_a_better_score_never_pays_less(kind, home, away, stake, odds):
    now = paid(kind, home, away, stake, odds)
    one_more_home = paid(kind, home + 1, away, stake, odds)
    one_more_away = paid(kind, home, away + 1, stake, odds)
    helped_by = HELPED_BY[kind[0]]
    assert (one_more_home >= now) if helped_by in {"home", "either"} else (one_more_home <= now)
    assert (one_more_away >= now) if helped_by in {"away", "either"} else (one_more_away <= now)


@settings(max_examples=cases(300, 20_000))
@given(kinds, goals, goals, chosen_stakes, chosen_odds, chosen_odds)
def test_higher_odds_never_pay_less(kind, home, away, stake, odds, other_odds):
    low, high = sorted([odds, other_odds])
    assert paid(kind, home, away, stake, low) <= paid(kind, home, away, stake, high)


@settings(max_examples=cases(300, 20_000))
@given(kinds, goals, goals, chosen_stakes, chosen_stakes, chosen_odds)
def test_a_larger_stake_never_pays_less_and_two_bets_never_more_than_one(
    kind, home, away, stake, other_stake, odds
):
    one, other = paid(kind, home, away, stake, odds), paid(kind, home, away, other_stake, odds)
    both = paid(kind, home, away, stake + other_stake, odds)
    assert both >= max(one, other)
    # Who splits a bet gains nothing, and loses less than one unit a part.
    assert one + other <= both <= one + other + 1


SIDES = [(SPREAD_HOME, SPREAD_AWAY), (TOTAL_OVER, TOTAL_UNDER)]


@settings(max_examples=cases(300, 20_000))
@given(st.sampled_from(SIDES), st.sampled_from(LINES), goals, goals, chosen_stakes)
def test_at_evens_both_sides_together_get_both_stakes_back(sides, line_q, home, away, stake):
    together = sum(paid((side, line_q, False), home, away, stake, 200) for side in sides)
    # Half a unit is lost to rounding on each side, if the stake is odd and the line a quarter's.
    assert 2 * stake - 1 <= together <= 2 * stake


@settings(max_examples=cases(300, 20_000))
@given(st.sampled_from(LINES), goals, goals, chosen_stakes, chosen_odds)
def test_who_swaps_the_teams_swaps_the_sides(line_q, home, away, stake, odds):
    as_home = paid((SPREAD_HOME, line_q, False), home, away, stake, odds)
    assert as_home == paid((SPREAD_AWAY, -line_q, False), away, home, stake, odds)


@settings(max_examples=cases(300, 20_000))
@given(kinds, goals, goals, chosen_stakes, chosen_odds)
def test_no_bet_pays_more_than_a_full_win(kind, home, away, stake, odds):
    assert 0 <= paid(kind, home, away, stake, odds) <= stake * odds // 100

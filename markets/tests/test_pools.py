"""Pools: made, moved, ended and taken back by what a chain says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AdminAction
from conftest import YES_NO
from kmarket.tests.crowd import all_at_once
from kmarket.tests.proof import cases
from markets import lifecycle, pools, selectors, services
from markets.errors import NoSuchMarket
from markets.lifecycle import MarketStatus
from markets.models import Market, OddsUpdate
from markets.outcomes import ONE
from markets.pools import Change, NewPool, Words

ACTIVE, SUSPENDED, CLOSED, SETTLED, CANCELLED = (
    MarketStatus(name) for name in ("active", "suspended", "closed", "settled", "cancelled")
)
EVEN = (ONE // 2, ONE // 2)
TOMORROW = datetime.now(tz=UTC) + timedelta(days=1)
RAIN = Words("Will it rain?", ("Yes", "No"))


def record(*changes):
    """Record changes in a transaction of their own."""
    with transaction.atomic():
        return pools.record(changes)


def create(*wanted):
    with transaction.atomic():
        return pools.create(wanted)


def told(market):
    """What was recorded of a market: (seq, prices, status) of each update."""
    rows = market.updates.order_by("seq")
    return [(row.seq, tuple(row.outcome_prices or ()), row.status) for row in rows]


def state(market):
    market.refresh_from_db()
    return market.seq, market.status, market.winning_option


@pytest.mark.django_db
def test_a_pool_is_a_market_with_a_question_and_labels():
    words = Words("Who wins?", ("Ann", "Bo", "Cy"), "The final.", category="chess", league="WCC")
    (pool,) = create(NewPool("56:7", words, TOMORROW))

    assert (pool.title, pool.labels) == ("Who wins?", ["Ann", "Bo", "Cy"])
    assert (pool.description, pool.category, pool.league) == ("The final.", "chess", "WCC")
    assert (pool.kind, pool.status, pool.seq) == ("pool", "active", 0)
    assert (pool.start_time, pool.external_ref) == (TOMORROW, "56:7")
    assert (pool.home_team, pool.away_team) == ("", "")
    assert not AdminAction.objects.exists()


@pytest.mark.django_db
def test_two_outcomes_stand_for_the_teams():
    (pool,) = create(NewPool("56:7", RAIN, TOMORROW))
    assert (pool.home_team, pool.away_team) == ("Yes", "No")


@pytest.mark.django_db
def test_a_pool_is_made_once_and_is_then_the_same(announced, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        (first,) = create(NewPool("56:1", RAIN, TOMORROW))
        second, again = create(NewPool("56:2", RAIN, TOMORROW), NewPool("56:1", RAIN, TOMORROW))

    assert again.pk == first.pk != second.pk
    assert announced[-2:] == [(first.pk, "created"), (second.pk, "created")]
    assert Market.objects.filter(kind="pool").count() == 2


@pytest.mark.django_db
def test_a_pool_that_a_reorganisation_took_away_comes_back_as_the_same_market(open_pool):
    gone = open_pool()
    record(Change(gone.pk, status=CANCELLED, reason=pools.REORG))

    (back,) = create(NewPool(gone.external_ref, RAIN, gone.start_time))
    assert (back.pk, back.status) == (gone.pk, "cancelled")
    record(Change(back.pk, prices=EVEN, status=ACTIVE))

    assert told(back) == [(1, YES_NO, "active"), (2, YES_NO, "cancelled"), (3, EVEN, "active")]


@pytest.mark.django_db
def test_a_pool_that_is_found_late_does_not_trade():
    (pool,) = create(NewPool("56:1", RAIN, datetime.now(tz=UTC) - timedelta(seconds=1)))
    assert pool.status == "closed"


@pytest.mark.django_db
def test_changes_get_the_next_seqs_in_their_order_and_are_announced_once(
    open_pool, announced, django_capture_on_commit_callbacks
):
    one, other = open_pool(prices=()), open_pool()
    with django_capture_on_commit_callbacks(execute=True):
        updates = record(
            Change(one.pk, prices=EVEN),
            Change(other.pk, prices=EVEN, reason="a trade"),
            Change(one.pk, prices=YES_NO),
            Change(one.pk, status=CLOSED),
        )

    assert [(update.market_id, update.seq) for update in updates] == [
        (one.pk, 1),
        (other.pk, 2),
        (one.pk, 2),
        (one.pk, 3),
    ]
    assert announced == [*((pk.market_id, pk.seq) for pk in updates), (one.pk, "closed")]
    assert told(one) == [(1, EVEN, "active"), (2, YES_NO, "active"), (3, YES_NO, "closed")]
    assert told(other)[1:] == [(2, EVEN, "active")]
    assert (state(one), state(other)) == ((3, "closed", None), (2, "active", None))
    assert set(OddsUpdate.objects.values_list("source", flat=True)) == {"amm"}
    assert OddsUpdate.objects.get(market=other, seq=2).reason == "a trade"
    assert not AdminAction.objects.exists()


@pytest.mark.django_db
def test_what_is_so_already_takes_no_seq(open_pool, announced, django_capture_on_commit_callbacks):
    pool = open_pool()
    with django_capture_on_commit_callbacks(execute=True):
        assert record(Change(pool.pk, prices=YES_NO, status=ACTIVE), Change(pool.pk)) == []
    assert (state(pool), announced) == ((1, "active", None), [])


@pytest.mark.django_db
def test_a_result_is_taken_back_and_given_again(
    open_pool, announced, django_capture_on_commit_callbacks
):
    pool = open_pool()
    steps = [
        (Change(pool.pk, status=CLOSED), ("closed", None), "closed"),
        (Change(pool.pk, status=SETTLED, winner=2), ("settled", 2), "resolved"),
        (Change(pool.pk, status=CLOSED, reason=pools.REORG), ("closed", None), "updated"),
        (Change(pool.pk, prices=EVEN, status=ACTIVE), ("active", None), "updated"),
        (Change(pool.pk, status=CANCELLED), ("cancelled", None), "resolved"),
        (Change(pool.pk, status=SETTLED, winner=2), ("settled", 2), "resolved"),
        (Change(pool.pk, status=SETTLED, winner=1), ("settled", 1), "resolved"),
    ]
    for seq, (change, after, event) in enumerate(steps, start=2):
        announced.clear()
        with django_capture_on_commit_callbacks(execute=True):
            record(change)
        assert state(pool) == (seq, *after)
        assert announced == [(pool.pk, seq), (pool.pk, event)]
    assert pool.updates.get(seq=4).reason == "reorg"


@pytest.mark.django_db
def test_prices_of_a_pool_that_is_over_do_not_end_it_again(
    open_pool, announced, django_capture_on_commit_callbacks
):
    pool = open_pool()
    record(Change(pool.pk, status=SETTLED, winner=1))
    with django_capture_on_commit_callbacks(execute=True):
        record(Change(pool.pk, prices=EVEN))
    assert (state(pool), announced) == ((3, "settled", 1), [(pool.pk, 3)])


@pytest.mark.parametrize("before", sorted(lifecycle.OF_POOLS))
@pytest.mark.django_db
def test_the_chain_may_take_a_pool_from_any_state_to_any_other(open_pool, before):
    pool = open_pool()
    for after in sorted(lifecycle.OF_POOLS - {before}):
        for status in (before, after):
            record(Change(pool.pk, status=status, winner=1 if status == SETTLED else None))
        assert state(pool)[1] == after


@pytest.mark.parametrize("status", [MarketStatus.DRAFT])
def test_no_chain_makes_drafts(status):
    with pytest.raises(AssertionError):
        Change(1, status=status)


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": SETTLED},
        {"status": CLOSED, "winner": 1},
        {"winner": 1},
        {"prices": (-1, ONE)},
        {"prices": (0, ONE + 1)},
    ],
    ids=str,
)
def test_a_change_that_makes_no_sense_is_not_taken(wrong):
    with pytest.raises(AssertionError):
        Change(1, **wrong)


@pytest.mark.django_db
def test_a_book_a_stranger_and_too_few_prices_are_not_taken(open_pool, market):
    pool = open_pool()
    for change in (
        Change(market.pk, prices=EVEN),
        Change(4711, prices=EVEN),
        Change(pool.pk, prices=(0, 0, ONE)),
    ):
        with pytest.raises(AssertionError):
            record(change)
    assert (state(pool)[0], state(market)[0]) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_the_clock_closes_a_pool_whose_time_is_up_and_no_chain_opens_it_again(open_pool):
    pool = open_pool()
    Market.objects.update(start_time=datetime.now(tz=UTC) - timedelta(seconds=1))

    assert services.close_due() == [pool.pk]

    update = selectors.current_update(Market.objects.get())
    assert (update.seq, update.status, update.source) == (2, "closed", "amm")
    assert tuple(update.outcome_prices) == YES_NO
    assert record(Change(pool.pk, status=ACTIVE), Change(pool.pk, status=SUSPENDED)) == []
    # It may have ended, and come back from there.
    record(Change(pool.pk, status=SETTLED, winner=1), Change(pool.pk, status=ACTIVE))
    assert told(pool)[2:] == [(3, YES_NO, "settled"), (4, YES_NO, "closed")]


@pytest.mark.django_db(transaction=True)
def test_what_the_caller_takes_back_was_never_there(open_pool, announced):
    pool = open_pool()
    announced.clear()
    with transaction.atomic():
        pools.record([Change(pool.pk, prices=EVEN, status=CANCELLED)])
        pools.create([NewPool("56:9", RAIN, TOMORROW)])
        transaction.set_rollback(True)
    assert (state(pool), announced) == ((1, "active", None), [])
    assert Market.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded(open_pool):
    pool = open_pool()
    with pytest.raises(AssertionError):
        pools.record([Change(pool.pk, prices=EVEN)])
    with pytest.raises(AssertionError):
        pools.create([NewPool("56:9", RAIN, TOMORROW)])


@pytest.mark.django_db
def test_thousands_of_changes_take_as_many_statements_as_one(open_pool, django_assert_num_queries):
    made = [open_pool() for _ in range(20)]
    with transaction.atomic():
        with django_assert_num_queries(6) as few:
            pools.record([Change(made[0].pk, prices=EVEN)])
        many = [
            Change(pool.pk, prices=(ONE - n, n), status=CLOSED if n % 2 else SUSPENDED)
            for n in range(100)
            for pool in made
        ]
        with django_assert_num_queries(len(few)):
            assert len(pools.record(many)) == 2000
    assert [state(pool)[0] for pool in made] == [102] + [101] * 19


@pytest.mark.django_db
def test_a_thousand_pools_take_as_many_statements_as_one(django_assert_num_queries):
    with transaction.atomic():
        with django_assert_num_queries(4) as few:
            pools.create([NewPool("56:0", RAIN, TOMORROW)])
        with django_assert_num_queries(len(few)):
            made = pools.create([NewPool(f"56:{n}", RAIN, TOMORROW) for n in range(1000)])
    assert [pool.external_ref for pool in made] == [f"56:{n}" for n in range(1000)]


moves = st.tuples(
    st.integers(0, 2),
    st.none() | st.integers(0, 3).map(lambda n: (ONE - n, n)),
    st.none() | st.sampled_from(sorted(lifecycle.OF_POOLS)),
    st.integers(1, 2),
)


@pytest.mark.django_db
@settings(max_examples=cases(15, 500), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(moves, max_size=8), max_size=4))
def test_whatever_comes_is_told_change_by_change(open_pool, batches):
    made = [open_pool() for _ in range(3)]
    expected = [[(YES_NO, "active", None)] for _ in made]
    for batch in batches:
        changes = []
        for n, prices, status, winner in batch:
            before = expected[n][-1]
            paid = winner if status == SETTLED else None
            after = (prices or before[0], *((status, paid) if status else before[1:]))
            if after != before:
                expected[n].append(after)
            changes.append(Change(made[n].pk, prices=prices, status=status, winner=paid))
        record(*changes)

    for pool, states in zip(made, expected, strict=True):
        assert told(pool) == [(n, *one[:2]) for n, one in enumerate(states, start=1)]
        assert state(pool) == (len(states), *states[-1][1:])


@pytest.mark.django_db(transaction=True)
def test_no_race_makes_a_hole_or_stores_a_seq_twice(open_pool, trader):
    made = [open_pool() for _ in range(4)]
    shared = made[0].pk

    def follow(worker):
        def five_batches():
            for n in range(5):
                # Each in another order, and all of them in the same pools.
                order = made[worker % 4 :] + made[: worker % 4]
                record(
                    *(Change(one.pk, prices=(worker, 10 * n + k)) for k in (1, 2) for one in order)
                )

        return five_batches

    def rename():
        for n in range(5):
            words = Words(f"Will it rain {n} times?", ("Yes", "No"))
            pools.describe(market_id=shared, words=words, actor=trader, reason="clearer")

    all_at_once(*(follow(worker) for worker in range(6)), rename)

    for pool in made:
        seqs = [seq for seq, *_ in told(pool)]
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) == 1 + 6 * 10 + (5 if pool.pk == shared else 0)
        assert state(pool)[0] == len(seqs)


@pytest.mark.django_db
def test_words_are_given_later_and_take_a_seq(
    open_pool, trader, announced, django_capture_on_commit_callbacks
):
    pool = open_pool()
    words = Words("Will it snow?", ("Snow", "None"), "In Bern, by noon.")
    with django_capture_on_commit_callbacks(execute=True):
        pools.describe(market_id=pool.pk, words=words, actor=trader, reason="the question's text")
        pools.describe(market_id=pool.pk, words=words, actor=trader, reason="again")

    pool.refresh_from_db()
    assert (pool.title, pool.labels, pool.home_team) == ("Will it snow?", ["Snow", "None"], "Snow")
    assert told(pool) == [(1, YES_NO, "active"), (2, YES_NO, "active")]
    assert announced == [(pool.pk, 2), (pool.pk, "updated")]
    action = AdminAction.objects.get(action="market.describe")
    assert (action.actor, action.reason) == (trader, "the question's text")
    assert action.before["labels"] == ["Yes", "No"]


@pytest.mark.django_db
def test_only_a_pool_that_is_there_is_described(market, trader):
    for market_id in (market.pk, 4711):
        with pytest.raises(NoSuchMarket):
            pools.describe(market_id=market_id, words=RAIN, actor=trader, reason="x")

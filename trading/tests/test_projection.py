"""The rows are what a plain fold of the same events gives, whatever was undone on the way."""

from datetime import UTC, datetime

from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chain.handlers import Refused
from kmarket.tests.proof import cases, takes_its_time
from markets.models import Market
from trading import projection
from trading.accounts import Account
from trading.models import (
    Candle,
    Claim,
    Holding,
    Liquidity,
    LpHolding,
    Pause,
    Pool,
    Position,
    Proposal,
    Resolution,
    Trade,
)
from trading.tests import logs
from trading.tests.logs import (
    PEOPLE,
    added,
    bought,
    claimed,
    created,
    finalized,
    proposed,
    removed,
    sold,
    stored,
)
from trading.tests.plain_accounts import candles
from trading.tests.plain_fold import fold

OTHER = "0x" + "0c" * 20
HISTORIES = {
    "trades": Trade,
    "liquidity": Liquidity,
    "proposals": Proposal,
    "resolutions": Resolution,
    "claims": Claim,
}
POOL = ("reserves", "lp_supply", "backing", "fees", "status")
CREATED = ("creator", "collateral", "outcome_count", "closes_at", "resolve_by")
SUMS = Account._fields
CREATED += ("dispute_window", "fee_wad", "question_hash")


def plain(rows):
    """A fold's rows as `present` gives the tables'."""
    ids = {number: pool["log"] for number, pool in rows.pools.items()}
    accounts = rows.accounts
    return {
        "pools": {
            number: (
                pool["log"],
                *(getattr(pool["created"], name) for name in CREATED),
                *(pool[name] for name in POOL),
            )
            for number, pool in rows.pools.items()
        },
        "sums": {
            number: (accounts.per_lp[number], accounts.volume[number], accounts.trades[number])
            for number in rows.pools
        },
        "holdings": {
            (ids[n], *place): (held, accounts.costs[n, *place])
            for (n, *place), held in rows.holdings.items()
        },
        "lp": {
            (ids[n], owner): (
                *(held, accounts.lp_costs[n, owner]),
                *(list(accounts.given[n, owner].values()), accounts.since[n, owner]),
            )
            for (n, owner), held in rows.lp.items()
        },
        "positions": {
            (ids[n], owner): tuple(sums[name] for name in SUMS)
            for (n, owner), sums in accounts.sums.items()
        },
        "candles": candles(accounts.ticks, ids),
        **{name: [_listed(row) for row in getattr(rows, name)] for name in HISTORIES},
    }


def keyed(model, count):
    """Every row without its id: its first columns, and what stands under them."""
    names = [field.attname for field in model._meta.concrete_fields if field.name != "id"]
    return {row[:count]: row[count:] for row in model.objects.values_list(*names)}


def present():
    """Every row of every table, but for numbers that mean nothing."""
    return {
        "pools": {
            number: tuple(rest)
            for number, *rest in Pool.objects.values_list("number", "pk", *CREATED, *POOL)
        },
        "sums": {
            number: tuple(rest)
            for number, *rest in Pool.objects.values_list(
                "number", "fee_per_lp", "volume", "trade_count"
            )
        },
        "holdings": keyed(Holding, 3),
        "lp": keyed(LpHolding, 2),
        "positions": keyed(Position, 2),
        "candles": keyed(Candle, 3),
        **{
            name: list(model.objects.order_by("block_number", "log_index").values_list())
            for name, model in HISTORIES.items()
        },
    }


def _listed(row):
    return tuple(list(part) if isinstance(part, tuple) else part for part in row)


def applied(*events, block=1):
    """Apply these as one portion; none may be refused."""
    placed = stored(events, block=block)
    assert projection.apply(placed) == []
    return placed


# What stands before the first step, so that what follows finds something to change.
BEGINNING = [
    created(1),
    created(2, outcome_count=3),
    *(bought(1, trader=who, outcome=n, shares_out=60) for who in PEOPLE for n in (0, 1)),
    *(bought(2, trader=who, pools_after=(1, 2, 3)) for who in PEOPLE),
    *(added(1, provider=who, lp_minted=90) for who in PEOPLE),
]
# Of one step: the blocks that come, each a list of events, and how many go before them.
blocks = st.lists(st.lists(logs.any_event(), max_size=8), max_size=4)
steps = st.lists(
    st.tuples(blocks, st.sampled_from([0, 0, 0, 1, 1, 2, 3, 20])), min_size=1, max_size=6
)


@takes_its_time
@settings(
    max_examples=cases(20, 5000),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_whatever_is_applied_and_undone_the_rows_are_those_of_a_plain_fold(db, steps):
    with transaction.atomic():
        chain = [stored(BEGINNING, block=0)]  # blocks, each a list of events in their places
        assert projection.apply(chain[0]) == []
        for portion, depth in steps:
            forked = chain[len(chain) - depth :] if depth else []
            chain = chain[: len(chain) - len(forked)]
            refused = set(fold([each for block in [*chain, *forked] for each in block]).refused)
            gone = [each for block in reversed(forked) for each in reversed(block)]
            projection.undo([each for each in gone if each.log.id not in refused])

            new = [stored(block, block=len(chain) + n) for n, block in enumerate(portion)]
            chain += new
            said = projection.apply([each for block in new for each in block])

            expected = fold([each for block in chain for each in block])
            fresh = {each.log.id for block in new for each in block}
            assert [each.placed.log.id for each in said] == [
                pk for pk in expected.refused if pk in fresh
            ]
            assert present() == plain(expected)

        before = present()
        projection.reset(logs.CONTRACT)
        projection.apply([each for block in chain for each in block], is_replay=True)
        projection.replayed(logs.CONTRACT)
        assert present() == before
        connection.check_constraints()
        transaction.set_rollback(True)


def test_the_cost_of_a_portion_does_not_grow_with_its_events(db):
    applied(created(1), created(2, outcome_count=3))
    few = [added(1), bought(1), sold(1), proposed(1), finalized(1), claimed(1)]
    many = [bought(1, trader=f"0x{n:040x}") for n in range(200)]
    with CaptureQueriesContext(connection) as of_few:
        first = applied(*few, block=2)
    with CaptureQueriesContext(connection) as of_many:
        second = applied(*many, *many, block=3)
    assert len(of_many) <= len(of_few)

    with CaptureQueriesContext(connection) as of_many:
        projection.undo(second[::-1])
    with CaptureQueriesContext(connection) as of_few:
        projection.undo(first[::-1])
    assert len(of_many) <= len(of_few)


def test_prices_and_result_are_again_what_they_were_before_what_was_undone(db):
    applied(created(), bought(pools_after=(50, 199)))
    second = applied(added(pools_after=(60, 260)), proposed(), block=2)
    third = applied(bought(pools_after=(1, 2)), finalized(), block=3)
    pool = Pool.objects.get()
    assert (pool.reserves, pool.status) == ([1, 2], "resolved")

    projection.undo(third[::-1])
    pool.refresh_from_db()
    assert (pool.reserves, pool.status) == ([60, 260], "proposed")

    projection.undo(second[::-1])
    pool.refresh_from_db()
    assert (pool.reserves, pool.status) == ([50, 199], "open")


def test_whoever_holds_nothing_any_more_has_no_row(db):
    applied(created(), bought(shares_out=70), added(lp_minted=90, shares_returned=(0, 0)))
    applied(sold(shares_in=70), removed(lp_burned=90, shares_out=(0, 0)), block=2)

    assert not Holding.objects.exists()
    assert not LpHolding.objects.exists()
    assert Trade.objects.count() == Liquidity.objects.count() == 2


def test_a_refused_event_says_why_and_the_others_count(db):
    applied(created(), bought(shares_out=10))
    placed = stored([sold(shares_in=11), sold(shares_in=10), bought(9)], block=2)

    refused = projection.apply(placed)

    assert refused == [
        Refused(
            placed[0],
            f"It makes no sense: shares of outcome 0 of {PEOPLE[0]} would be -1.",
        ),
        Refused(placed[2], "It makes no sense: no market 9 was created before."),
    ]
    assert [trade.shares for trade in Trade.objects.order_by("pk")] == [10, 10]


def test_a_pool_is_a_market_and_stays_the_same_one_when_it_is_made_again(db):
    first = applied(created(1, closes_at=4_000_000_000), created(2, outcome_count=3))
    one, other = (pool.market for pool in Pool.objects.order_by("number"))
    assert (one.kind, one.status, one.question) == ("pool", "active", "Pool 1")
    assert one.start_time == datetime(2096, 10, 2, 7, 6, 40, tzinfo=UTC)
    assert other.labels == ["Outcome 1", "Outcome 2", "Outcome 3"]

    projection.undo(first[::-1])
    applied(created(1, closes_at=4_000_000_000), created(2, outcome_count=2), block=2)

    # The second is another question by now.
    again, another = (pool.market for pool in Pool.objects.order_by("number"))
    assert again == one
    assert another not in {one, other}


def test_a_pool_may_close_later_than_any_calendar_goes(db):
    applied(created(closes_at=2**63 - 1))
    assert Market.objects.get().start_time.year == 9999


def test_a_trade_keeps_what_lists_and_candles_need(db):
    (_, placed) = applied(created(), bought(outcome=1, pools_after=(199, 50)), block=7)

    trade = Trade.objects.get()

    assert (trade.pk, trade.log.transaction_hash) == (placed.log.id, logs.HASH)
    assert (trade.block_number, trade.log_index, trade.at) == (7, 1, placed.log.block_time)
    assert (trade.collateral, trade.fee, trade.shares) == (100, 1, 150)
    assert trade.reserves_after == [199, 50]
    assert trade.prices_after == [50 * 10**18 // 249, 199 * 10**18 // 249]


def test_a_market_is_paused_whether_or_not_it_is_known(db):
    applied(created(1))
    for number in (1, 2):
        projection.pause(logs.CONTRACT, number, "undecodable")
    projection.pause(logs.CONTRACT, 1, "seq_gap")
    assert dict(Pause.objects.values_list("number", "reason")) == {1: "seq_gap", 2: "undecodable"}
    assert Pool.objects.paused().get().number == 1

    projection.resume(logs.CONTRACT, 1)
    assert Pause.objects.get().number == 2
    assert not Pool.objects.paused().exists()


def test_another_contract_has_markets_of_the_same_numbers(db):
    applied(created(), bought(), added())
    others = stored([created(), bought(pools_after=(7, 9))], block=1, contract=OTHER)
    assert projection.apply(others) == []

    projection.pause(OTHER, 1, "undecodable")
    assert Pool.objects.paused().get().contract == OTHER

    projection.resume(logs.CONTRACT, 1)
    assert Pool.objects.paused().exists()

    projection.reset(OTHER)
    assert Pool.objects.get().contract == logs.CONTRACT
    assert not Pause.objects.exists()
    assert (Trade.objects.count(), Position.objects.count(), Candle.objects.count()) == (1, 2, 4)


def test_a_reset_leaves_nothing_of_the_contract(db):
    applied(created(), bought(), added(), proposed(), finalized(), claimed())
    projection.pause(logs.CONTRACT, 1, "undecodable")

    projection.reset(logs.CONTRACT)

    for model in apps.get_app_config("trading").get_models():
        assert not model.objects.exists(), model

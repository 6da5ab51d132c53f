"""Pools on the sockets and on the short road: outcomes, and nothing else that is new."""

from functools import partial

import pytest
from django.db import transaction

from conftest import YES_NO
from kmarket import cache
from markets import caches, pools, selectors, wire
from markets.lifecycle import MarketStatus
from markets.outcomes import ONE
from markets.pools import Change
from oddsfeed.tests.conftest import in_thread, snapshot_of
from oddsfeed.tests.test_hot_reads import eventually, has_seq, roads, shown  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

OUTCOMES = [
    {"option": 1, "label": "Yes", "price": "625000000000000000", "odds": 160},
    {"option": 2, "label": "No", "price": "375000000000000000", "odds": 266},
]


async def trade(pool, *steps):
    """Record so many trades at once, each of which moves the price by one 10^18th."""

    def recorded():
        prices = selectors.current_update(type(pool).objects.get(pk=pool.pk)).outcome_prices
        with transaction.atomic():
            return pools.record(
                [Change(pool.pk, prices=(prices[0] - n, prices[1] + n)) for n in steps]
            )

    return await in_thread(recorded)


async def test_a_follower_of_a_pool_gets_its_outcomes_and_each_trade(connect, open_pool):
    pool = await in_thread(open_pool)
    socket = await connect()

    _ack, snapshot = await socket.follow(pool)

    assert snapshot == await in_thread(snapshot_of, pool)
    assert snapshot["payload"]["outcomes"] == OUTCOMES
    assert snapshot["payload"]["moneyline"] == {"home": 1.6, "away": 2.66}
    trades = await trade(pool, 1, 2, 3)
    messages = [await socket.next() for _ in trades]
    assert messages == [wire.update_message(update) for update in trades]
    assert [message["seq"] for message in messages] == [2, 3, 4]
    assert [message["payload"]["outcomes"][0]["price"][-2:] for message in messages] == [
        "99",
        "98",
        "97",
    ]


async def test_a_reorganisation_is_an_update_that_says_so(connect, open_pool):
    pool = await in_thread(open_pool)
    await trade(pool, 1)
    socket = await connect()
    await socket.follow(pool)

    def undo():
        with transaction.atomic():
            pools.record([Change(pool.pk, prices=YES_NO, reason=pools.REORG)])

    await in_thread(undo)

    message = await socket.next()
    assert (message["seq"], message["payload"]["reason"]) == (3, "reorg")
    assert message["payload"]["outcomes"] == OUTCOMES


async def test_what_was_missed_of_a_pool_is_replayed_from_the_database(connect, open_pool):
    pool = await in_thread(open_pool)
    trades = await trade(pool, *range(1, 6))
    socket = await connect()

    await socket.send_json_to({"type": "resume", "offsets": {str(pool.pk): 1}})

    assert [await socket.next() for _ in trades] == [wire.update_message(one) for one in trades]
    assert (await socket.next())["resumed"] == {str(pool.pk): 6}


async def test_a_pool_is_followed_on_through_lost_messages(connect, open_pool, unannounced):
    pool = await in_thread(open_pool)
    socket = await connect()
    await socket.follow(pool)

    with unannounced():
        lost = await trade(pool, 1, 2)
    (heard,) = await trade(pool, 3)

    expected = [wire.update_message(update) for update in (*lost, heard)]
    assert [await socket.next() for _ in expected] == expected


async def test_of_many_trades_at_once_the_copy_is_the_last(open_pool):
    pool = await in_thread(open_pool)
    trades = await trade(pool, *range(1, 51))
    copy = await in_thread(caches.read, pool.pk)
    assert (copy["seq"], copy["payload"]) == (51, wire.payload(trades[-1]))


@pytest.mark.parametrize("labels", [("Yes", "No"), ("Zoë", "Bo <b>", "\U0001f3c0 & co")], ids=len)
async def test_both_roads_say_the_same_of_a_pool(roads, open_pool, labels):  # noqa: F811
    prices = (ONE - len(labels) + 1, *(1 for _ in labels[1:]))
    pool = await in_thread(open_pool, prices, labels=labels)
    for path in (f"odds/{pool.pk}", f"markets/{pool.pk}/odds/snapshot"):
        hot = await roads.without_django(path)
        for _ in range(2):
            slow = await roads.slow.get(f"/api/v1/{path}")
        assert shown(hot) == shown(slow)
        body = hot.json()
        outcomes = body.get("payload", body)["outcomes"]
        assert [one["label"] for one in outcomes] == list(labels)
        assert outcomes[0] == {
            "option": 1,
            "label": labels[0],
            "price": str(prices[0]),
            "odds": 101,
        }


async def test_a_trade_is_told_on_the_short_road_at_once(roads, open_pool):  # noqa: F811
    pool = await in_thread(open_pool)
    path = f"odds/{pool.pk}"
    await roads.without_django(path)
    (update,) = await trade(pool, 1)
    await eventually(partial(roads.hot.get, f"/api/v1/{path}"), partial(has_seq, update.seq))
    assert (await roads.without_django(path)).json()["outcomes"][0]["price"] == "624999999999999999"


async def test_a_pool_that_ceases_to_trade_leaves_the_list_of_active_markets(roads, open_pool):  # noqa: F811
    pool = await in_thread(open_pool)
    await in_thread(cache.redis().flushdb)
    assert (await roads.without_django("markets/active")).json()["data"][0]["market_id"] == pool.pk

    def suspend():
        with transaction.atomic():
            pools.record([Change(pool.pk, status=MarketStatus.SUSPENDED)])

    await in_thread(suspend)
    ask = partial(roads.hot.get, "/api/v1/markets/active")
    await eventually(ask, lambda body: body["data"] == [])

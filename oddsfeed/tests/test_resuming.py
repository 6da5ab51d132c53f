"""Coming back: what a client missed, once and in order, or the whole state instead."""

import asyncio

import pytest

from kmarket import epoch
from markets import wire
from oddsfeed import replays
from oddsfeed.tests.conftest import in_thread, move, snapshot_of

pytestmark = pytest.mark.django_db(transaction=True)


async def test_what_was_missed_is_replayed_in_order_before_the_ack(connect, market):
    updates = [await move(market) for _ in range(3)]
    socket = await connect()

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 2}, "id": 7})

    assert [await socket.next() for _ in range(2)] == [wire.update_message(u) for u in updates[1:]]
    assert await socket.next() == {
        "type": "ack",
        "ok": True,
        "subscribed": [market.pk],
        "rejected": [],
        "resumed": {str(market.pk): 4},
        "id": 7,
    }
    update = await move(market)
    assert await socket.next() == wire.update_message(update)


async def test_who_missed_nothing_gets_only_the_ack_and_then_what_comes(connect, market):
    socket = await connect()

    ack = await socket.ask(type="resume", offsets={str(market.pk): 1})

    assert ack["resumed"] == {str(market.pk): 1}
    await move(market)
    assert await socket.seqs(1) == [2]


async def test_many_markets_are_resumed_at_once_and_unknown_ones_rejected(connect, open_market):
    first, second = await in_thread(open_market), await in_thread(open_market)
    await move(first)
    await move(second)
    socket = await connect()

    offsets = {str(first.pk): 0, str(second.pk): 1, "5": 3}
    await socket.send_json_to({"type": "resume", "offsets": offsets})

    got = [await socket.next() for _ in range(3)]
    assert [(m["marketId"], m["seq"]) for m in got] == [
        (first.pk, 1),
        (first.pk, 2),
        (second.pk, 2),
    ]
    ack = await socket.next()
    assert ack["rejected"] == [{"market": 5, "reason": "NOT_FOUND"}]
    assert ack["resumed"] == {str(first.pk): 2, str(second.pk): 2}


async def test_a_follower_may_resume_too(connect, market):
    socket = await connect()
    await socket.follow(market)
    await move(market)
    assert await socket.seqs(1) == [2]

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 0}})

    assert await socket.seqs(2) == [1, 2]
    assert (await socket.next())["type"] == "ack"
    await move(market)
    assert await socket.seqs(1) == [3]
    assert await socket.is_quiet()


async def resync_of(socket, market, **resume):
    """Resume, and return the resync and the ack."""
    await socket.send_json_to({"type": "resume", **resume})
    resync, ack = await socket.next(), await socket.next()
    expected = await in_thread(snapshot_of, market)
    assert resync == {**expected, "type": "resync", "reason": resync["reason"]}
    assert ack["resumed"] == {str(market.pk): resync["seq"]}
    await move(market)
    assert await socket.seqs(1) == [resync["seq"] + 1]
    return resync["reason"]


async def test_another_epoch_gets_a_resync(connect, market):
    socket = await connect()
    offsets = {str(market.pk): 1}

    assert await resync_of(socket, market, offsets=offsets, epoch="0") == "epoch_changed"


async def test_the_same_epoch_is_replayed(connect, market):
    socket = await connect()
    name = await in_thread(epoch.current)

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 0}, "epoch": name})

    assert await socket.seqs(1) == [1]


async def test_a_seq_that_never_was_gets_a_resync(connect, market):
    socket = await connect()

    assert await resync_of(socket, market, offsets={str(market.pk): 9}) == "epoch_changed"


async def test_a_seq_that_another_process_told_earlier_is_none_of_those(
    connect, market, the_hub, unannounced
):
    socket, other = await connect(), await connect()
    await other.follow(market)
    with unannounced():
        await move(market)
    assert the_hub.topics[market.pk].seq == 1

    ack = await socket.ask(type="resume", offsets={str(market.pk): 2})

    assert ack["resumed"] == {str(market.pk): 2}
    assert await other.seqs(1) == [2]


@pytest.mark.parametrize("followed", [False, True], ids=["by nobody", "by another"])
async def test_more_than_the_limit_gets_a_resync(connect, market, settings, followed):
    settings.WS_REPLAY_LIMIT = 3
    if followed:
        await (await connect()).follow(market)
    for _ in range(4):
        await move(market)
    socket = await connect()

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 2}})
    assert await socket.seqs(3) == [3, 4, 5]
    await socket.next()
    assert await resync_of(socket, market, offsets={str(market.pk): 1}) == "limit"


async def test_updates_that_are_not_stored_any_more_get_a_resync(connect, market, lose_updates):
    for _ in range(3):
        await move(market)
    await in_thread(lose_updates, market, upto=2)
    socket = await connect()

    assert await resync_of(socket, market, offsets={str(market.pk): 1}) == "too_old"


async def test_a_resume_while_updates_pour_in_has_no_gap_and_no_repeat(connect, market):
    for _ in range(20):
        await move(market)
    socket = await connect()

    async def pour():
        for _ in range(20):
            await move(market)

    pouring = asyncio.create_task(pour())
    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 1}})
    got, acks = [], 0
    while len(got) < 40:
        message = await socket.next()
        if message["type"] == "ack":
            acks += 1
        else:
            got.append(message["seq"])
    await pouring

    assert got == list(range(2, 42))
    assert acks == 1


@pytest.mark.parametrize("missing", [2, 3])
async def test_a_client_that_never_catches_up_gets_the_whole_state(
    connect, market, monkeypatch, missing
):
    # As if its markets had moved on in each round.
    monkeypatch.setattr(replays, "ROUNDS_MAX", 0)
    monkeypatch.setattr(replays, "PORTION", 2)
    await (await connect()).follow(market)
    socket = await connect()
    for _ in range(missing):
        await move(market)

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 1}})

    if missing == 2:
        # So few are sent with the ack.
        assert await socket.seqs(2) == [2, 3]
    else:
        resync = await socket.next()
        assert (resync["type"], resync["reason"], resync["seq"]) == ("resync", "limit", 4)
    assert (await socket.next())["resumed"] == {str(market.pk): 1 + missing}
    await move(market)
    assert await socket.seqs(1) == [2 + missing]


async def test_a_long_replay_is_sent_portion_by_portion(connect, market, monkeypatch):
    monkeypatch.setattr(replays, "PORTION", 3)
    for _ in range(9):
        await move(market)
    socket = await connect()

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 0}})

    assert await socket.seqs(10) == list(range(1, 11))
    assert (await socket.next())["resumed"] == {str(market.pk): 10}

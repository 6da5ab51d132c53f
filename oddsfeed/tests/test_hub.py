"""What the hub does when something gets lost on the way: nothing is missed and nothing repeated."""

import asyncio
import time

import pytest
from django.db import connection, transaction

from kmarket import cache, epoch
from markets import services
from markets.lifecycle import Event, MarketStatus
from markets.models import Market
from oddsfeed import hub as hub_module
from oddsfeed import line, reads
from oddsfeed.tests.conftest import HEALED_SECONDS, heard, in_thread, move, set_home, tell, until

pytestmark = pytest.mark.django_db(transaction=True)


@transaction.atomic
def move_at_once(market, times):
    """Set so many prices between two looks of anybody."""
    for round_ in range(times):
        set_home(market, 180 + round_)


# --- Lost, late, twice -----------------------------------------------------------------------


async def test_a_lost_message_is_found_with_the_next_one(connect, market, unannounced):
    socket = await connect()
    await socket.follow(market)

    with unannounced():
        await move(market)
        await move(market)
    await move(market)

    assert await socket.seqs(3) == [2, 3, 4]
    assert await socket.is_quiet()


async def test_a_lost_message_that_nothing_follows_is_found_within_two_seconds(
    connect, market, unannounced, the_hub
):
    socket = await connect()
    await socket.follow(market)

    # Stored, and the publisher was killed before it could say so.
    with unannounced():
        await move(market)
    begun = time.monotonic()

    assert await socket.seqs(1) == [2]
    assert time.monotonic() - begun < HEALED_SECONDS
    assert the_hub.numbers().healed == 1


async def test_messages_that_overtake_each_other_are_put_in_order(
    rare_checks, connect, market, unannounced, the_hub
):
    socket = await connect()
    await socket.follow(market)
    with unannounced():
        second, third, fourth = [await move(market) for _ in range(3)]

    await heard(market, fourth, third, second)

    assert await socket.seqs(3) == [2, 3, 4]
    assert await socket.is_quiet()
    assert the_hub.numbers().healed == 0


async def test_a_message_that_comes_twice_is_sent_once(connect, market):
    socket = await connect()
    await socket.follow(market)
    second = await move(market)
    third = await move(market)

    await heard(market, second, third, third)
    await move(market)

    assert await socket.seqs(3) == [2, 3, 4]
    assert await socket.is_quiet()


async def test_what_is_not_ours_on_a_channel_is_ignored(connect, market, caplog):
    socket = await connect()
    await socket.follow(market)

    await in_thread(tell, line.channel_of(market.pk), b"hello")
    await in_thread(tell, line.channel_of(market.pk), b"")
    await in_thread(tell, line.channel_of(market.pk), b"2 \xff")
    await move(market)

    assert await socket.seqs(1) == [2]
    assert caplog.text.count("Not understood on a feed channel.") == 3


@pytest.mark.parametrize("seq", [9, 9999])
async def test_a_seq_that_the_database_does_not_know_is_waited_for_in_vain(
    connect, market, the_hub, seq
):
    socket = await connect()
    await socket.follow(market)
    topic = the_hub.topics[market.pk]

    await in_thread(tell, line.channel_of(market.pk), line.packed(seq, "{}"))
    await until(lambda: topic.head == seq)
    await until(lambda: topic.head == 1)

    await move(market)
    assert await socket.seqs(1) == [2]


async def test_more_missing_than_the_limit_is_a_resync(connect, market, unannounced, settings):
    settings.WS_REPLAY_LIMIT = 3
    socket = await connect()
    await socket.follow(market)

    with unannounced():
        await in_thread(move_at_once, market, 4)

    resync = await socket.next()
    assert (resync["type"], resync["reason"], resync["seq"]) == ("resync", "limit", 5)
    await move(market)
    assert await socket.seqs(1) == [6]


async def test_missing_updates_that_are_not_stored_any_more_are_a_resync(
    connect, market, unannounced, lose_updates
):
    socket = await connect()
    await socket.follow(market)

    def move_and_lose():
        with transaction.atomic():
            move_at_once(market, 3)
            lose_updates(market, upto=3)

    with unannounced():
        await in_thread(move_and_lose)

    resync = await socket.next()
    assert (resync["type"], resync["reason"], resync["seq"]) == ("resync", "too_old", 4)
    await move(market)
    assert await socket.seqs(1) == [5]


# --- Other histories -------------------------------------------------------------------------


async def test_a_new_epoch_is_a_resync_for_everybody(connect, market, open_market):
    other = await in_thread(open_market)
    socket = await connect()
    _, before, _ = await socket.follow(market, other)

    name = await in_thread(epoch.renew)

    resyncs = [await socket.next() for _ in range(2)]
    assert [(message["type"], message["reason"]) for message in resyncs] == [
        ("resync", "epoch_changed")
    ] * 2
    assert {message["marketId"] for message in resyncs} == {market.pk, other.pk}
    assert {message["epoch"] for message in resyncs} == {name}
    assert name != before["epoch"]
    await move(market)
    assert await socket.seqs(1) == [2]


async def test_a_history_that_went_back_is_a_resync(connect, market, lose_updates):
    socket = await connect()
    await socket.follow(market)
    await move(market)
    await move(market)
    assert await socket.seqs(2) == [2, 3]

    def go_back():
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("DELETE FROM markets_oddsupdate WHERE seq > 1")
            cursor.execute("SET session_replication_role = DEFAULT")
        Market.objects.filter(pk=market.pk).update(seq=1)

    await in_thread(go_back)

    resync = await socket.next()
    assert (resync["type"], resync["reason"], resync["seq"]) == ("resync", "epoch_changed", 1)
    await move(market)
    assert await socket.seqs(1) == [2]


async def test_a_market_that_vanishes_is_said_once_and_can_be_left(connect, market, the_hub):
    socket = await connect()
    await socket.follow(market)

    await in_thread(Market.objects.filter(pk=market.pk).update, status=MarketStatus.DRAFT)

    assert await socket.next() == {
        "type": "error",
        "code": "NOT_FOUND",
        "message": f"Market {market.pk} is not there any more.",
    }
    assert the_hub.topics == {}
    assert (await socket.ask(type="unsubscribe", markets=[market.pk]))["subscribed"] == []


# --- Reading, once for many ------------------------------------------------------------------


class Counted:
    """Calls a function, and counts."""

    def __init__(self, function):
        self.function = function
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.function(*args)


async def test_many_who_want_the_same_market_share_the_reading_of_it(connect, market, monkeypatch):
    counted = Counted(reads.states)
    monkeypatch.setattr(reads, "states", counted)
    sockets = [await connect() for _ in range(5)]

    for socket in sockets:
        await socket.send_json_to({"type": "subscribe", "markets": [market.pk]})

    assert [(await socket.next())["type"] for socket in sockets] == ["ack"] * 5
    assert [(await socket.next())["seq"] for socket in sockets] == [1] * 5
    assert counted.calls == 1


async def test_many_who_resume_share_the_reading_of_what_they_missed(connect, market, monkeypatch):
    for _ in range(10):
        await move(market)
    counted = Counted(reads.frames_since)
    monkeypatch.setattr(reads, "frames_since", counted)
    sockets = [await connect() for _ in range(5)]

    for since, socket in enumerate(sockets):
        await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): since}})

    for since, socket in enumerate(sockets):
        assert await socket.seqs(11 - since) == list(range(since + 1, 12))
    assert counted.calls == 1


async def test_what_happens_while_a_market_is_read_is_not_missed(
    connect, market, monkeypatch, the_hub
):
    read = reads.states

    def slowly(market_ids):
        found = read(market_ids)
        # The next update is stored and published before the hub gets this answer.
        services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=None, reason="")
        return found

    monkeypatch.setattr(reads, "states", slowly)
    socket = await connect()

    _, snapshot = await socket.follow(market)

    assert snapshot["seq"] == 1
    assert await socket.seqs(1) == [2]


async def test_a_market_that_nobody_follows_is_dropped_after_a_while(
    connect, market, the_hub, monkeypatch
):
    monkeypatch.setattr(hub_module, "IDLE_SECONDS", 0.2)
    socket = await connect()
    await socket.follow(market)
    await socket.ask(type="unsubscribe", markets=[market.pk])
    assert market.pk in the_hub.topics

    await until(lambda: the_hub.topics == {})
    await until(lambda: cache.redis().pubsub_numsub(line.channel_of(market.pk))[0][1] == 0)

    assert (await socket.follow(market))[1]["seq"] == 1
    await move(market)
    assert await socket.seqs(1) == [2]


async def test_a_ring_reaches_back_as_far_as_anybody_may_ask(connect, market, the_hub, settings):
    settings.WS_REPLAY_LIMIT = 3
    socket = await connect()
    await socket.follow(market)
    # What is published before would be read from the database: five are more than may be replayed.
    await until(lambda: cache.redis().pubsub_numsub(line.channel_of(market.pk))[0][1] == 1)

    for _ in range(5):
        await move(market)

    assert await socket.seqs(5) == [2, 3, 4, 5, 6]
    assert [seq for seq, _ in the_hub.topics[market.pk].ring] == [4, 5, 6]


async def test_the_rings_together_have_a_largest_size(connect, market, the_hub, monkeypatch):
    monkeypatch.setattr(hub_module, "FRAMES_MAX", 3)
    socket = await connect()
    await socket.follow(market)
    for _ in range(6):
        await move(market)
    assert await socket.seqs(6) == [2, 3, 4, 5, 6, 7]

    await until(lambda: len(the_hub.topics[market.pk].ring) == 3)
    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 1}})

    assert await socket.seqs(6) == [2, 3, 4, 5, 6, 7]


async def test_a_client_that_ended_meanwhile_does_not_join(the_hub, market, outbox):
    assert await the_hub.open([market.pk]) == {}
    topic = the_hub.topics[market.pk]

    the_hub.join(topic, outbox)
    assert list(topic.clients) == [outbox]
    the_hub.part(topic, outbox)
    outbox.gone()
    the_hub.join(topic, outbox)

    assert list(topic.clients) == []


# --- Life ------------------------------------------------------------------------------------


def test_each_event_loop_has_a_hub_of_its_own_which_ends_with_it(transactional_db):
    async def one():
        mine = hub_module.current()
        assert hub_module.current() is mine
        assert hub_module.running() == [mine]
        await until(lambda: mine.status == "ok")
        return mine

    first, second = asyncio.run(one()), asyncio.run(one())

    assert first is not second
    assert hub_module.running() == []

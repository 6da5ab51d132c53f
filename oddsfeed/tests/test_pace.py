"""Options of one client: joined messages, and odds that come only so often."""

import asyncio
import json

from oddsfeed import protocol
from oddsfeed.outbox import BATCH_MAX
from oddsfeed.protocol import Close
from oddsfeed.tests.conftest import until
from oddsfeed.tests.peers import MARKET, frame, give, seqs


async def test_batched_messages_of_one_tick_are_one_array(peer, outbox):
    outbox.arrange(batch=True, conflate_ms=0)
    give(outbox, 1, 2)
    outbox.post('{"type":"pong"}')
    assert peer.taken == []

    await asyncio.sleep(0)
    assert peer.read() == [[json.loads(frame(1)), json.loads(frame(2)), {"type": "pong"}]]
    assert outbox.sent == 3


async def test_a_batch_of_one_is_no_array(peer, outbox):
    outbox.arrange(batch=True, conflate_ms=0)
    give(outbox, 1)
    await asyncio.sleep(0)

    assert peer.taken == [frame(1)]


async def test_a_batch_has_a_largest_size(peer, outbox):
    outbox.arrange(batch=True, conflate_ms=0)
    give(outbox, *range(1, BATCH_MAX + 2))
    await asyncio.sleep(0)

    first, last = peer.read()
    assert seqs(first) == [(seq, seq) for seq in range(1, BATCH_MAX + 1)]
    assert seqs([last]) == [(BATCH_MAX + 1, BATCH_MAX + 1)]


async def test_a_full_connection_collapses_and_joins_a_batch(peer, outbox):
    outbox.arrange(batch=True, conflate_ms=0)
    peer.fill()
    give(outbox, 1, 2)
    await asyncio.sleep(0)
    give(outbox, 3, 4)
    outbox.post('{"type":"pong","seq":0}')

    peer.drain()
    await outbox.drained()

    assert [seqs(array) for array in peer.read()] == [[(1, 1), (2, 2)], [(3, 4), (0, 0)]]


async def test_a_batch_is_sent_before_the_close(peer, outbox):
    outbox.arrange(batch=True, conflate_ms=0)
    give(outbox, 1)
    outbox.close(Close.RESTART, "restart")

    assert peer.taken == [frame(1)]
    assert peer.closed == (1012, "restart")


async def test_leaving_batches_sends_what_waits(peer, outbox):
    outbox.arrange(batch=True, conflate_ms=0)
    give(outbox, 1)
    outbox.arrange(batch=False, conflate_ms=0)
    give(outbox, 2)

    assert peer.taken == [frame(1), frame(2)]


async def test_changing_options_sends_nothing_by_itself(peer, outbox):
    for batch, conflate_ms in ((True, 0), (False, 0), (True, 57), (True, 57), (False, 0)):
        outbox.arrange(batch=batch, conflate_ms=conflate_ms)
        await asyncio.sleep(0)

    assert peer.taken == []


async def test_options_of_a_full_connection_may_change(peer, outbox):
    outbox.arrange(batch=True, conflate_ms=0)
    peer.fill()
    give(outbox, 1)
    await asyncio.sleep(0)
    give(outbox, 2)
    outbox.arrange(batch=False, conflate_ms=0)
    give(outbox, 3)

    peer.drain()
    await outbox.drained()

    assert [json.loads(text)["seq"] for text in peer.taken] == [1, 3]


async def test_conflated_updates_come_that_often_and_are_the_newest(peer, outbox):
    outbox.arrange(batch=False, conflate_ms=60)
    give(outbox, 1, 2, 3)
    give(outbox, 8, market=5)
    assert peer.taken == [frame(1), frame(8, 5)]
    assert (outbox.held_from(MARKET), outbox.held_from(5)) == (2, None)

    await until(lambda: len(peer.taken) == 3)
    assert peer.taken[2] == protocol.collapsed(frame(3), from_seq=2, con="rate")
    give(outbox, 4)
    assert len(peer.taken) == 3
    await until(lambda: len(peer.taken) == 4)
    assert peer.taken[3] == frame(4)


async def test_a_snapshot_is_not_held_back_and_replaces_what_is(peer, outbox):
    outbox.arrange(batch=False, conflate_ms=60_000)
    give(outbox, 1, 2)
    outbox.whole(MARKET, 3, frame(3), lambda text: protocol.snapshot(text, epoch="e"))

    assert peer.taken == [frame(1), protocol.snapshot(frame(3), epoch="e")]
    assert outbox.held_from(MARKET) is None


async def test_leaving_conflation_sends_what_is_held(peer, outbox):
    outbox.arrange(batch=False, conflate_ms=60_000)
    give(outbox, 1, 2, 3)
    outbox.arrange(batch=False, conflate_ms=0)
    give(outbox, 4)

    assert peer.taken == [
        frame(1),
        protocol.collapsed(frame(3), from_seq=2, con="rate"),
        frame(4),
    ]


async def test_a_forgotten_market_is_not_held_either(peer, outbox):
    outbox.arrange(batch=False, conflate_ms=30)
    give(outbox, 1, 2)
    outbox.forget(MARKET)
    give(outbox, 1, market=5)
    give(outbox, 2, market=5)

    await until(lambda: len(peer.taken) == 3)
    assert peer.taken == [frame(1), frame(1, 5), frame(2, 5)]


async def test_a_lost_client_holds_nothing(peer, outbox):
    outbox.arrange(batch=False, conflate_ms=20)
    give(outbox, 1, 2)
    outbox.gone()

    await asyncio.sleep(0.05)
    assert peer.taken == [frame(1)]

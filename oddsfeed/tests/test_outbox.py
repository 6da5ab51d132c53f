"""One client's way out: nobody waits for it, and it stays bounded."""

import asyncio
import logging

import pytest

from oddsfeed import outbox as outbox_module
from oddsfeed import protocol, wires
from oddsfeed.outbox import QUEUE_BYTES_MAX, QUEUE_MAX, Outbox
from oddsfeed.protocol import Close
from oddsfeed.tests.conftest import PATIENCE, until
from oddsfeed.tests.peers import MARKET, frame, give, seqs


async def test_a_client_that_reads_gets_everything_at_once(peer, outbox):
    give(outbox, 1, 2)
    outbox.post("{}")

    assert peer.taken == [frame(1), frame(2), "{}"]
    assert outbox.sent == 3


async def test_everybody_gets_the_very_same_text(peer, outbox):
    text = frame(1)

    outbox.odds(MARKET, 1, text, wires.framed(text))

    assert peer.taken[0] is text


async def test_a_full_connection_makes_nobody_wait_and_its_updates_collapse(peer, outbox):
    peer.fill()

    give(outbox, 1, 2, 3, 4)
    assert peer.taken == []

    peer.drain()
    await outbox.drained()
    # The first was under way already, the others became one.
    assert peer.taken == [frame(1), protocol.collapsed(frame(4), from_seq=2, con="slow")]


async def test_one_pending_update_is_sent_as_it_is(peer, outbox):
    peer.fill()
    give(outbox, 1, 2)

    peer.drain()
    await outbox.drained()

    assert peer.taken == [frame(1), frame(2)]


async def test_each_market_collapses_for_itself(peer, outbox):
    peer.fill()
    give(outbox, 1)
    give(outbox, 2, 3, market=5)
    give(outbox, 2, market=6)
    give(outbox, 4, market=5)

    peer.drain()
    await outbox.drained()

    assert peer.taken[1:] == [
        protocol.collapsed(frame(4, 5), from_seq=2, con="slow"),
        frame(2, 6),
    ]


async def test_after_a_full_connection_updates_go_straight_again(peer, outbox):
    peer.fill()
    give(outbox, 1, 2)
    peer.drain()
    await outbox.drained()

    give(outbox, 3)

    assert peer.taken == [frame(1), frame(2), frame(3)]


async def test_what_came_first_is_sent_first(peer, outbox):
    peer.fill()
    give(outbox, 1)
    outbox.post('{"type":"ack"}')
    give(outbox, 2)
    outbox.post('{"type":"pong"}')
    give(outbox, 3)

    peer.drain()
    await outbox.drained()

    assert peer.taken[1:] == [
        '{"type":"ack"}',
        protocol.collapsed(frame(3), from_seq=2, con="slow"),
        '{"type":"pong"}',
    ]


async def test_a_snapshot_that_waits_is_sent_as_the_newest_state(peer, outbox):
    peer.fill()
    outbox.post('{"type":"ack"}')
    outbox.whole(MARKET, 4, frame(4), lambda text: protocol.snapshot(text, epoch="e"))
    give(outbox, 5, 6)

    peer.drain()
    await outbox.drained()

    assert peer.taken == ['{"type":"ack"}', protocol.snapshot(frame(6), epoch="e")]


async def test_a_resync_takes_the_place_of_updates_that_wait(peer, outbox):
    peer.fill()
    outbox.post("{}")
    give(outbox, 5, 6)
    outbox.whole(MARKET, 2, frame(2), lambda text: protocol.resync(text, epoch="e", reason="r"))

    peer.drain()
    await outbox.drained()

    assert peer.taken[1:] == [protocol.resync(frame(2), epoch="e", reason="r")]


async def test_a_forgotten_market_sends_nothing_more(peer, outbox):
    peer.fill()
    outbox.post("1")
    give(outbox, 5)
    outbox.forget(MARKET)
    outbox.post("2")
    give(outbox, 9)

    peer.drain()
    await outbox.drained()

    assert peer.taken == ["1", "2", frame(9)]


@pytest.mark.parametrize(
    ("count", "size"), [(QUEUE_MAX, 2), (8, QUEUE_BYTES_MAX // 8)], ids=["messages", "bytes"]
)
async def test_too_much_that_cannot_collapse_closes_with_4408(peer, outbox, ends, count, size):
    peer.fill()
    outbox.post("under way")
    for _ in range(count):
        outbox.post("x" * size)
    assert not outbox.ended

    outbox.post("one more")

    assert (outbox.ended, outbox.too_slow, ends.count) == (True, True, 1)
    give(outbox, 1)
    outbox.post("ignored")
    peer.drain()
    await until(lambda: peer.closed)
    assert peer.taken == ["under way"]
    assert peer.closed == (4408, "too slow")


async def test_odds_of_any_number_never_overflow(peer, outbox):
    peer.fill()
    for seq in range(1, 1000):
        give(outbox, seq)
        give(outbox, seq, market=5)

    assert not outbox.ended
    peer.drain()
    await outbox.drained()
    assert seqs(peer.read()) == [(1, 1), (1, 999), (2, 999)]


async def test_who_takes_nothing_for_long_is_cut_off(peer, outbox, ends, monkeypatch):
    monkeypatch.setattr(outbox_module, "STALL_SECONDS", 0.05)
    peer.fill()

    give(outbox, 1, 2)
    await until(lambda: outbox.ended)

    assert (outbox.too_slow, ends.count) == (True, 1)
    assert peer.transport.aborted
    assert peer.taken == []


async def test_who_takes_something_now_and_then_stays(peer, outbox, monkeypatch):
    monkeypatch.setattr(outbox_module, "STALL_SECONDS", 0.3)
    for round_ in range(6):
        peer.fill()
        give(outbox, round_ + 1)
        await asyncio.sleep(0.1)
        peer.drain()
        await outbox.drained()

    assert not outbox.ended


async def test_a_client_that_is_gone_ends_quietly(peer, outbox, ends, caplog):
    peer.gone = True

    give(outbox, 1, 2)

    assert (outbox.ended, outbox.too_slow, ends.count) == (True, False, 1)
    assert caplog.records == []


async def test_a_client_that_goes_while_it_is_full_ends_too(peer, outbox, ends):
    peer.fill()
    give(outbox, 1, 2)
    peer.gone = True

    peer.drain()
    await outbox.drained()

    assert (outbox.ended, ends.count) == (True, 1)
    assert peer.taken == []


async def test_trouble_in_the_server_costs_one_client_and_is_logged(ends, caplog):
    async def send(message):
        raise ZeroDivisionError

    outbox = Outbox(send, on_end=ends)
    give(outbox, 1)

    assert (outbox.ended, ends.count) == (True, 1)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_closing_comes_after_what_was_sent_and_ends(peer, outbox, ends):
    outbox.post("last")
    outbox.close(Close.RESTART, "restart")
    outbox.post("never")
    give(outbox, 1)

    assert peer.taken == ["last"]
    assert peer.closed == (1012, "restart")
    assert (outbox.ended, ends.count) == (True, 1)


async def test_closing_a_full_connection_waits_for_it(peer, outbox, ends):
    peer.fill()
    outbox.post("1")
    outbox.post("2")
    outbox.close(Close.BAD_TOKEN, "signed out")
    assert (peer.closed, ends.count) == (None, 1)

    peer.drain()
    await until(lambda: peer.closed)
    assert peer.taken == ["1", "2"]
    assert peer.closed == (4401, "signed out")


async def test_a_send_that_waits_several_times_is_finished(ends):
    taken = []

    async def send(message):
        await asyncio.sleep(0)
        async with asyncio.Lock():
            await asyncio.sleep(0.001)
            try:
                await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0.001)
            except TimeoutError:
                taken.append(message["text"])

    outbox = Outbox(send, on_end=ends)
    outbox.post("1")
    outbox.post("2")
    await outbox.drained()

    assert taken == ["1", "2"]


async def test_what_was_begun_is_cancelled_in_its_place(ends):
    told = []

    async def send(message):
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    outbox = Outbox(send, on_end=ends)
    outbox.post("1")
    await asyncio.sleep(0)
    outbox.gone()
    await asyncio.wait_for(outbox.drained(), PATIENCE)

    assert told == ["cancelled"]

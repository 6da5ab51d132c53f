import asyncio
import json
import logging

import pytest

from oddsfeed import outbox as outbox_module
from oddsfeed import protocol
from oddsfeed.outbox import BATCH_MAX, QUEUE_BYTES_MAX, QUEUE_MAX, Outbox
from oddsfeed.protocol import Close
from oddsfeed.tests.conftest import PATIENCE, until

MARKET = 1001


class Transport:
    aborted = False

    def abort(self):
        self.aborted = True


class Peer:
    """A server's side of one connection. It waits as uvicorn does while that is full."""

    def __init__(self):
        self.taken = []
        self.closed = None
        self.transport = Transport()
        self.gone = False
        self._room = asyncio.Event()
        self._room.set()

    def fill(self):
        self._room.clear()

    def drain(self):
        self._room.set()

    async def send(self, message):
        await self._room.wait()
        if self.gone:
            raise OSError("the client is gone")
        if message["type"] == "websocket.close":
            self.closed = message["code"], message["reason"]
        else:
            self.taken.append(message["text"])

    def read(self):
        """Return what came, as JSON."""
        return [json.loads(text) for text in self.taken]


class Ends:
    """Counts how often a client ended."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1


@pytest.fixture
async def peer():
    return Peer()


@pytest.fixture
def ends():
    return Ends()


@pytest.fixture
async def client(peer, ends):
    client = Outbox(peer.send, on_end=ends)
    yield client
    client.gone()


def frame(seq, market=MARKET):
    return protocol.update(
        {"type": "odds_update", "marketId": market, "payload": {}, "seq": seq, "ts": 0}
    )


def give(client, *seqs, market=MARKET):
    for seq in seqs:
        text = frame(seq, market)
        client.odds(market, seq, text, {"type": "websocket.send", "text": text})


def seqs(messages):
    """Return (from, to) of each update; both the same for a single one."""
    return [(message.get("from_seq", message["seq"]), message["seq"]) for message in messages]


async def test_a_client_that_reads_gets_everything_at_once(peer, client):
    give(client, 1, 2)
    client.post("{}")

    assert peer.taken == [frame(1), frame(2), "{}"]
    assert client.sent == 3


async def test_everybody_gets_the_very_same_text(peer, client):
    text = frame(1)

    client.odds(MARKET, 1, text, {"type": "websocket.send", "text": text})

    assert peer.taken[0] is text


async def test_a_full_connection_makes_nobody_wait_and_its_updates_collapse(peer, client):
    peer.fill()

    give(client, 1, 2, 3, 4)
    assert peer.taken == []

    peer.drain()
    await client.drained()
    # The first was under way already, the others became one.
    assert peer.taken == [frame(1), protocol.collapsed(frame(4), from_seq=2, con="slow")]


async def test_one_pending_update_is_sent_as_it_is(peer, client):
    peer.fill()
    give(client, 1, 2)

    peer.drain()
    await client.drained()

    assert peer.taken == [frame(1), frame(2)]


async def test_each_market_collapses_for_itself(peer, client):
    peer.fill()
    give(client, 1)
    give(client, 2, 3, market=5)
    give(client, 2, market=6)
    give(client, 4, market=5)

    peer.drain()
    await client.drained()

    assert peer.taken[1:] == [
        protocol.collapsed(frame(4, 5), from_seq=2, con="slow"),
        frame(2, 6),
    ]


async def test_after_a_full_connection_updates_go_straight_again(peer, client):
    peer.fill()
    give(client, 1, 2)
    peer.drain()
    await client.drained()

    give(client, 3)

    assert peer.taken == [frame(1), frame(2), frame(3)]


async def test_what_came_first_is_sent_first(peer, client):
    peer.fill()
    give(client, 1)
    client.post('{"type":"ack"}')
    give(client, 2)
    client.post('{"type":"pong"}')
    give(client, 3)

    peer.drain()
    await client.drained()

    assert peer.taken[1:] == [
        '{"type":"ack"}',
        protocol.collapsed(frame(3), from_seq=2, con="slow"),
        '{"type":"pong"}',
    ]


async def test_a_snapshot_that_waits_is_sent_as_the_newest_state(peer, client):
    peer.fill()
    client.post('{"type":"ack"}')
    client.whole(MARKET, 4, frame(4), lambda text: protocol.snapshot(text, epoch="e"))
    give(client, 5, 6)

    peer.drain()
    await client.drained()

    assert peer.taken == ['{"type":"ack"}', protocol.snapshot(frame(6), epoch="e")]


async def test_a_resync_takes_the_place_of_updates_that_wait(peer, client):
    peer.fill()
    client.post("{}")
    give(client, 5, 6)
    client.whole(MARKET, 2, frame(2), lambda text: protocol.resync(text, epoch="e", reason="r"))

    peer.drain()
    await client.drained()

    assert peer.taken[1:] == [protocol.resync(frame(2), epoch="e", reason="r")]


async def test_a_forgotten_market_sends_nothing_more(peer, client):
    peer.fill()
    client.post("1")
    give(client, 5)
    client.forget(MARKET)
    client.post("2")
    give(client, 9)

    peer.drain()
    await client.drained()

    assert peer.taken == ["1", "2", frame(9)]


@pytest.mark.parametrize(
    ("count", "size"), [(QUEUE_MAX, 2), (8, QUEUE_BYTES_MAX // 8)], ids=["messages", "bytes"]
)
async def test_too_much_that_cannot_collapse_closes_with_4408(peer, client, ends, count, size):
    peer.fill()
    client.post("under way")
    for _ in range(count):
        client.post("x" * size)
    assert not client.ended

    client.post("one more")

    assert (client.ended, client.too_slow, ends.count) == (True, True, 1)
    give(client, 1)
    client.post("ignored")
    peer.drain()
    await until(lambda: peer.closed)
    assert peer.taken == ["under way"]
    assert peer.closed == (4408, "too slow")


async def test_odds_of_any_number_never_overflow(peer, client):
    peer.fill()
    for seq in range(1, 1000):
        give(client, seq)
        give(client, seq, market=5)

    assert not client.ended
    peer.drain()
    await client.drained()
    assert seqs(peer.read()) == [(1, 1), (1, 999), (2, 999)]


async def test_who_takes_nothing_for_long_is_cut_off(peer, client, ends, monkeypatch):
    monkeypatch.setattr(outbox_module, "STALL_SECONDS", 0.05)
    peer.fill()

    give(client, 1, 2)
    await until(lambda: client.ended)

    assert (client.too_slow, ends.count) == (True, 1)
    assert peer.transport.aborted
    assert peer.taken == []


async def test_who_takes_something_now_and_then_stays(peer, client, monkeypatch):
    monkeypatch.setattr(outbox_module, "STALL_SECONDS", 0.3)
    for round_ in range(6):
        peer.fill()
        give(client, round_ + 1)
        await asyncio.sleep(0.1)
        peer.drain()
        await client.drained()

    assert not client.ended


async def test_a_client_that_is_gone_ends_quietly(peer, client, ends, caplog):
    peer.gone = True

    give(client, 1, 2)

    assert (client.ended, client.too_slow, ends.count) == (True, False, 1)
    assert caplog.records == []


async def test_a_client_that_goes_while_it_is_full_ends_too(peer, client, ends):
    peer.fill()
    give(client, 1, 2)
    peer.gone = True

    peer.drain()
    await client.drained()

    assert (client.ended, ends.count) == (True, 1)
    assert peer.taken == []


async def test_trouble_in_the_server_costs_one_client_and_is_logged(ends, caplog):
    async def send(message):
        raise ZeroDivisionError

    client = Outbox(send, on_end=ends)
    give(client, 1)

    assert (client.ended, ends.count) == (True, 1)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_closing_comes_after_what_was_sent_and_ends(peer, client, ends):
    client.post("last")
    client.close(Close.RESTART, "restart")
    client.post("never")
    give(client, 1)

    assert peer.taken == ["last"]
    assert peer.closed == (1012, "restart")
    assert (client.ended, ends.count) == (True, 1)


async def test_closing_a_full_connection_waits_for_it(peer, client, ends):
    peer.fill()
    client.post("1")
    client.post("2")
    client.close(Close.BAD_TOKEN, "signed out")
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

    client = Outbox(send, on_end=ends)
    client.post("1")
    client.post("2")
    await client.drained()

    assert taken == ["1", "2"]


async def test_what_was_begun_is_cancelled_in_its_place(ends):
    told = []

    async def send(message):
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            told.append("cancelled")
            raise

    client = Outbox(send, on_end=ends)
    client.post("1")
    await asyncio.sleep(0)
    client.gone()
    await asyncio.wait_for(client.drained(), PATIENCE)

    assert told == ["cancelled"]


async def test_batched_messages_of_one_tick_are_one_array(peer, client):
    client.arrange(batch=True, conflate_ms=0)
    give(client, 1, 2)
    client.post('{"type":"pong"}')
    assert peer.taken == []

    await asyncio.sleep(0)
    assert peer.read() == [[json.loads(frame(1)), json.loads(frame(2)), {"type": "pong"}]]
    assert client.sent == 3


async def test_a_batch_of_one_is_no_array(peer, client):
    client.arrange(batch=True, conflate_ms=0)
    give(client, 1)
    await asyncio.sleep(0)

    assert peer.taken == [frame(1)]


async def test_a_batch_has_a_largest_size(peer, client):
    client.arrange(batch=True, conflate_ms=0)
    give(client, *range(1, BATCH_MAX + 2))
    await asyncio.sleep(0)

    first, last = peer.read()
    assert seqs(first) == [(seq, seq) for seq in range(1, BATCH_MAX + 1)]
    assert seqs([last]) == [(BATCH_MAX + 1, BATCH_MAX + 1)]


async def test_a_full_connection_collapses_and_joins_a_batch(peer, client):
    client.arrange(batch=True, conflate_ms=0)
    peer.fill()
    give(client, 1, 2)
    await asyncio.sleep(0)
    give(client, 3, 4)
    client.post('{"type":"pong","seq":0}')

    peer.drain()
    await client.drained()

    assert [seqs(array) for array in peer.read()] == [[(1, 1), (2, 2)], [(3, 4), (0, 0)]]


async def test_a_batch_is_sent_before_the_close(peer, client):
    client.arrange(batch=True, conflate_ms=0)
    give(client, 1)
    client.close(Close.RESTART, "restart")

    assert peer.taken == [frame(1)]
    assert peer.closed == (1012, "restart")


async def test_leaving_batches_sends_what_waits(peer, client):
    client.arrange(batch=True, conflate_ms=0)
    give(client, 1)
    client.arrange(batch=False, conflate_ms=0)
    give(client, 2)

    assert peer.taken == [frame(1), frame(2)]


async def test_conflated_updates_come_that_often_and_are_the_newest(peer, client):
    client.arrange(batch=False, conflate_ms=60)
    give(client, 1, 2, 3)
    give(client, 8, market=5)
    assert peer.taken == [frame(1), frame(8, 5)]
    assert (client.held_from(MARKET), client.held_from(5)) == (2, None)

    await until(lambda: len(peer.taken) == 3)
    assert peer.taken[2] == protocol.collapsed(frame(3), from_seq=2, con="rate")
    give(client, 4)
    assert len(peer.taken) == 3
    await until(lambda: len(peer.taken) == 4)
    assert peer.taken[3] == frame(4)


async def test_a_snapshot_is_not_held_back_and_replaces_what_is(peer, client):
    client.arrange(batch=False, conflate_ms=60_000)
    give(client, 1, 2)
    client.whole(MARKET, 3, frame(3), lambda text: protocol.snapshot(text, epoch="e"))

    assert peer.taken == [frame(1), protocol.snapshot(frame(3), epoch="e")]
    assert client.held_from(MARKET) is None


async def test_leaving_conflation_sends_what_is_held(peer, client):
    client.arrange(batch=False, conflate_ms=60_000)
    give(client, 1, 2, 3)
    client.arrange(batch=False, conflate_ms=0)
    give(client, 4)

    assert peer.taken == [
        frame(1),
        protocol.collapsed(frame(3), from_seq=2, con="rate"),
        frame(4),
    ]


async def test_a_forgotten_market_is_not_held_either(peer, client):
    client.arrange(batch=False, conflate_ms=30)
    give(client, 1, 2)
    client.forget(MARKET)
    give(client, 1, market=5)
    give(client, 2, market=5)

    await until(lambda: len(peer.taken) == 3)
    assert peer.taken == [frame(1), frame(1, 5), frame(2, 5)]


async def test_a_lost_client_holds_nothing(peer, client):
    client.arrange(batch=False, conflate_ms=20)
    give(client, 1, 2)
    client.gone()

    await asyncio.sleep(0.05)
    assert peer.taken == [frame(1)]

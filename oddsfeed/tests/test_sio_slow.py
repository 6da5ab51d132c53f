"""Socket.IO's slow readers, on a real server: they delay nobody, and nothing grows for them."""

import asyncio
import json

import pytest

from oddsfeed import outbox
from oddsfeed.tests.conftest import move, until
from oddsfeed.tests.sio_sockets import PATH
from oddsfeed.tests.test_servers import Deaf, served, the_hub

pytestmark = pytest.mark.django_db(transaction=True)

# Few of these fill a connection.
LARGE = json.dumps({"type": "market:updated", "about": "x" * 30_000}, separators=(",", ":"))


class DeafSio(Deaf):
    """A client of Socket.IO that reads only when it is asked to."""

    def __init__(self, host, token):
        super().__init__(f"ws://{host}{PATH}")
        assert self.packet()[0] == "0"
        self.say_packet("40" + json.dumps({"token": token}))
        assert self.packet().startswith("40{")

    def say_packet(self, text):
        body = text.encode()
        self.socket.sendall(b"\x81" + bytes([0x80 | 126]) + len(body).to_bytes(2) + bytes(4) + body)

    def packet(self):
        """Return the next packet but pings; the code of the close; or None at the bare end."""
        head = self._take(2)
        if head is None:
            return None
        size = {126: 2, 127: 8}.get(head[1], 0)
        body = self._take(int.from_bytes(self._take(size)) if size else head[1])
        if body is None or head[0] & 0x0F == 8:
            return body and int.from_bytes(body[:2])
        return body.decode() if head[0] & 0x0F == 1 and body != b"2" else self.packet()

    def event(self):
        """Return the next event, its name and what comes with it."""
        return json.loads(self.packet()[2:])


@pytest.fixture
def host(transactional_db):
    with served() as (_, host):
        yield host


@pytest.fixture
def deaf(host, session, market):
    client = DeafSio(host, session.token)
    client.say_packet(f'421["subscribe:market",{market.pk}]')
    assert client.packet().startswith('431[{"ok":true')
    yield client
    client.socket.close()


def tell(market, frame):
    """Have the market's followers told, in their own thread."""
    hub = the_hub()
    hub._loop.call_soon_threadsafe(hub.topics[market.pk].tell, frame)


async def fill(client, market):
    """Tell large things until the connection takes no more; return how many."""
    told = 0
    while client._outbox.is_free:
        tell(market, LARGE)
        told += 1
        await asyncio.sleep(0.02)
    return told


async def test_prices_replace_each_other_until_it_reads_again(deaf, market):
    (client,) = the_hub().clients
    told = await fill(client, market)
    for home in (181, 182, 183):
        await move(market, home)
    await until(lambda: client._held and client._held[market.pk].seq == 4)

    assert len(client._held) == 1

    events = await asyncio.to_thread(lambda: [deaf.event() for _ in range(told + 1)])
    assert [name for name, _ in events] == ["market:updated"] * told + ["price:update"]
    update = events[-1][1]
    assert (update["from_seq"], update["seq"], update["con"]) == (2, 4, "slow")
    assert update["payload"]["odds_a"] == 183
    # And is as fast as before.
    await move(market, 184)
    assert (await asyncio.to_thread(deaf.event))[1]["seq"] == 5


async def test_what_may_not_be_skipped_ends_in_4408(deaf, market):
    (client,) = the_hub().clients
    told = await fill(client, market)
    for _ in range(outbox.QUEUE_BYTES_MAX // len(LARGE) + 1):
        tell(market, LARGE)
        told += 1

    await until(lambda: not the_hub().clients)

    assert the_hub().numbers().slow_closes == 1

    def read_on():
        packets = []
        while isinstance(packet := deaf.packet(), str):
            packets.append(packet)
        return packets, packet

    packets, end = await asyncio.to_thread(read_on)
    # What came before is whole; nothing of it was left out.
    assert set(packets) == {f'42["market:updated",{LARGE}]'}
    assert 0 < len(packets) < told
    assert end == 4408


async def test_who_reads_nothing_at_all_is_cut_off(deaf, market, monkeypatch):
    monkeypatch.setattr(outbox, "STALL_SECONDS", 0.3)
    (client,) = the_hub().clients
    await fill(client, market)

    await until(lambda: not the_hub().clients)

    assert client.too_slow
    await until(lambda: not client._engine.sockets)

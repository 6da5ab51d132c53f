"""Messages lost, late, out of order and twice on their way: no client notices more than a delay."""

import asyncio
import json

import pytest

from kmarket.asgi import application
from oddsfeed import reads
from oddsfeed.tests import passage
from oddsfeed.tests.conftest import HEALED_SECONDS, in_thread, until
from oddsfeed.tests.downpour import Downpour
from oddsfeed.tests.followers import Known

pytestmark = pytest.mark.django_db(transaction=True)

SHAPES = [
    passage.OneInFiveLost,
    passage.BackToFront,
    passage.Twice,
    passage.EverythingAtOnce,
    passage.NothingAtAll,
]
MARKETS = 10
CLIENTS = 12
ROUNDS = 12
# Of one market, in one transaction: several that may overtake each other.
TIMES = 3
SECONDS_BETWEEN = 0.02


class Client:
    """A client inside this process. What it is sent, it hears at once."""

    def __init__(self, token):
        self.known = Known()
        self.inbox = asyncio.Queue()
        self.inbox.put_nowait({"type": "websocket.connect"})
        scope = {
            "type": "websocket",
            "path": "/ws/odds",
            "query_string": f"token={token}".encode(),
            "headers": [],
            "subprotocols": [],
        }
        self.task = asyncio.create_task(application(scope, self.inbox.get, self.hear))

    async def hear(self, message):
        if message["type"] == "websocket.send":
            self.known.hear(json.loads(message["text"]))

    def follow(self, market_ids):
        text = json.dumps({"type": "subscribe", "markets": list(market_ids)})
        self.inbox.put_nowait({"type": "websocket.receive", "text": text})

    async def leave(self):
        self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
        await self.task


@pytest.fixture(params=SHAPES, ids=lambda shape: shape.__name__)
def bad_way(request, settings):
    """The hub's way to Redis; the publisher's own is a good one."""
    shape = request.param()
    way = passage.Passage(settings.REDIS_URL, shape=shape)
    settings.REDIS_URL = way.url
    yield shape
    way.close()


@pytest.fixture
async def clients(the_hub, session):
    them = [Client(session.token) for _ in range(CLIENTS)]
    yield them
    for client in them:
        await client.leave()


async def test_each_seq_comes_once_and_in_order_and_soon(bad_way, clients, open_market):
    rain = Downpour([await in_thread(open_market) for _ in range(MARKETS)])
    for client in clients:
        client.follow(rain.heads)
    await until(lambda: all(client.known.last == rain.heads for client in clients))

    for _ in range(ROUNDS):
        await asyncio.to_thread(reads.apart, rain.move_all, TIMES)
        await asyncio.sleep(SECONDS_BETWEEN)
    await until(lambda: all(client.known.last == rain.heads for client in clients))

    count = MARKETS * ROUNDS * TIMES
    assert len(rain.stored_at) == count
    # It was this way that they came, or did not.
    assert bad_way.count > count // 2
    for client in clients:
        assert client.known.complaints == []
        assert len(client.known.came_at) == count
        assert client.known.longest_wait(rain.stored_at) < HEALED_SECONDS

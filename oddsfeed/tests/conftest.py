"""What the tests of the feed share: sockets in this process, and prices that move."""

import asyncio
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.db import connection, transaction

from accounts import services as account_services
from accounts.tokens import Issued
from kmarket import cache, epoch
from kmarket.asgi import application
from markets import selectors, wire
from markets import services as market_services
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds
from markets.signals import odds_changed
from oddsfeed import hub, line, protocol, publisher
from oddsfeed.outbox import Outbox
from oddsfeed.tests import frames
from oddsfeed.tests.peers import Ends, Peer

# Longer than any answer takes on a busy machine; a test that waits for it has failed.
PATIENCE = 10.0
# What is lost is healed within this.
HEALED_SECONDS = 2.0


async def in_thread(function, *args, **kwargs):
    """Call what uses the database, and give its connection back."""
    return await database_sync_to_async(function)(*args, **kwargs)


def set_home(market: Market, home: int) -> OddsUpdate:
    """Price the home side in hundredths; the away side stays. The next seq."""
    return market_services.set_odds(
        market_id=market.pk,
        changes={"moneyline": Moneyline(Odds(home), Odds(210))},
        actor=None,
        source=OddsUpdate.Source.FEED,
    )


async def move(market: Market, home: int = 0) -> OddsUpdate:
    """Price the home side; without a price, at 1.80 or 1.90 in turn."""

    def moved() -> OddsUpdate:
        now = OddsUpdate.objects.filter(market=market).order_by("-seq").first()
        return set_home(market, home or (180 if now.home == 190 else 190))

    return await in_thread(moved)


async def until(is_so, *, seconds: float = PATIENCE):
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        # What is waited for happens in other threads and processes too.
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def snapshot_of(market: Market) -> dict:
    """Return the snapshot that a client should get now."""
    market.refresh_from_db()
    update = selectors.current_update(market)
    return wire.snapshot_message(market, update, epoch=epoch.current())


def tell(channel, data):
    return cache.redis().publish(channel, data)


async def heard(market, *updates):
    """Publish these, as a publisher of another process would."""
    for update in updates:
        data = line.packed(update.seq, protocol.update(wire.update_message(update)))
        await in_thread(tell, line.channel_of(market.pk), data)


class Socket(WebsocketCommunicator):
    """A client in this process."""

    async def ask(self, **message) -> dict:
        """Send a request and return its answer."""
        await self.send_json_to(message)
        return await self.next()

    async def next(self) -> dict:
        return frames.heard(await self.receive_json_from(PATIENCE))

    async def follow(self, *markets: Market, **members) -> list[dict]:
        """Subscribe; return the ack and the snapshots."""
        ids = [market.pk for market in markets]
        ack = await self.ask(type="subscribe", markets=ids, **members)
        return [ack] + [await self.next() for _ in ids]

    async def seqs(self, count: int) -> list[int]:
        """Return the seqs of so many updates."""
        messages = [await self.next() for _ in range(count)]
        assert {message["type"] for message in messages} <= {"odds_update"}
        return [message["seq"] for message in messages]

    async def is_quiet(self) -> bool:
        """Tell whether nothing comes, by asking for one thing that must."""
        return (await self.ask(type="ping"))["type"] == "pong"

    async def closed(self) -> tuple[int, str]:
        """Return how the server closed, past whatever it said before."""
        while (output := await self.receive_output(PATIENCE))["type"] != "websocket.close":
            pass
        return output["code"], output["reason"]


def nowhere(caches: dict) -> dict:
    """Return these CACHES with a Redis that isn't there."""
    return {"default": {**caches["default"], "LOCATION": "unix:///nowhere.sock?db=0"}}


def open_session() -> Issued:
    return account_services.open_guest_session(now=datetime.now(tz=UTC))


@pytest.fixture
async def the_hub(transactional_db):
    """This test's hub, ended with it."""
    mine = hub.current()
    yield mine
    await mine.close()


@pytest.fixture
def session(transactional_db) -> Issued:
    """A guest's."""
    return open_session()


@pytest.fixture
async def connect(the_hub, session):
    """A builder of connected sockets."""
    sockets = []

    async def build(token: str = "") -> Socket:
        socket = Socket(application, f"/ws/odds?token={token or session.token}")
        sockets.append(socket)
        assert await socket.connect(PATIENCE) == (True, None)
        return socket

    yield build
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=PATIENCE)


@pytest.fixture
def unannounced():
    """A block in which changes are stored, but nobody is told: a publisher that was killed."""

    @contextmanager
    def block():
        odds_changed.disconnect(dispatch_uid="oddsfeed.publish_odds")
        try:
            yield
        finally:
            publisher.connect()

    return block


@pytest.fixture
def lose_updates():
    """Take away a market's first updates, as an archive would."""

    def lose(market: Market, *, upto: int) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # The rows are guarded by a trigger, and this is how replication passes it by.
            cursor.execute("SET LOCAL session_replication_role = replica")
            OddsUpdate.objects.filter(market=market, seq__lte=upto).delete()

    return lose


@pytest.fixture
def rare_checks(monkeypatch):
    """The comparison with the database is made only when something asks for it."""
    monkeypatch.setattr(hub, "CHECK_SECONDS", 1000.0)


@pytest.fixture
async def peer():
    return Peer()


@pytest.fixture
def ends():
    return Ends()


@pytest.fixture
async def outbox(peer, ends):
    box = Outbox(peer.send, on_end=ends)
    yield box
    box.gone()

"""Socket.IO in this process: who gets in, what may be asked for, and what comes."""

import pytest

from kmarket.asgi import application
from oddsfeed.tests.conftest import PATIENCE, in_thread, move, snapshot_of
from oddsfeed.tests.sio_sockets import SioSocket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def knock(the_hub):
    """A builder of clients that have a session of Engine.IO, and have not said who they are."""
    sockets = []

    async def build(**options):
        sockets.append(SioSocket(application, **options))
        await sockets[-1].open()
        return sockets[-1]

    yield build
    for socket in sockets:
        if not socket.future.done():
            await socket.disconnect(timeout=PATIENCE)


@pytest.fixture
async def enter(knock, session):
    """A builder of clients that are in: as a guest, or with a token."""

    async def build(token=""):
        socket = await knock()
        kind, _ = await socket.sign_in(token or session.token)
        assert kind == "40"
        return socket

    return build


async def test_a_subscriber_gets_the_state_then_each_change(enter, market):
    socket = await enter()

    answer = await socket.ask("subscribe:market", market.pk)

    state = await in_thread(snapshot_of, market)
    assert answer == {
        "ok": True,
        "marketId": market.pk,
        "seq": 1,
        "epoch": state["epoch"],
        "recovered": False,
        "state": state,
    }
    await move(market, 181)
    name, update = await socket.event()
    assert name == "price:update"
    assert (update["type"], update["marketId"], update["seq"]) == ("odds_update", market.pk, 2)
    assert update["payload"]["odds_a"] == 181

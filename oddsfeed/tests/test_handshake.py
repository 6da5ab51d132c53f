"""Who may connect, for how long, and how it ends."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from channels.testing import WebsocketCommunicator

from accounts import access
from accounts import services as account_services
from kmarket import draining
from kmarket.asgi import application
from kmarket.errors import Unavailable
from oddsfeed import farewell
from oddsfeed.tests.conftest import PATIENCE, Socket, in_thread, open_session

pytestmark = pytest.mark.django_db(transaction=True)


async def refused(path="/ws/odds", **changes):
    """Connect where one is accepted and then sent away; return the code and the reason."""
    socket = Socket(application, path, **changes)
    connected, _ = await socket.connect(PATIENCE)
    assert connected
    closed = await socket.closed()
    await socket.disconnect(timeout=PATIENCE)
    return closed


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/ws/odds", "token missing"),
        ("/ws/odds?token=", "token missing"),
        ("/ws/odds?token=x", "token refused"),
        ("/ws/odds?token=a.b.c&token=%ff", "token refused"),
    ],
)
async def test_no_token_or_a_bad_one_is_accepted_and_closed_with_4401(the_hub, path, reason):
    assert await refused(path) == (4401, reason)
    assert the_hub.clients == set()


async def test_the_token_may_come_as_a_subprotocol_that_is_not_echoed(the_hub, session, market):
    offered = ["kmarket.v1", f"bearer.{session.token}"]
    socket = Socket(application, "/ws/odds", subprotocols=offered)

    assert await socket.connect(PATIENCE) == (True, "kmarket.v1")
    assert (await socket.follow(market))[1]["seq"] == 1
    await socket.disconnect(timeout=PATIENCE)


async def test_a_socket_token_is_good_for_one_handshake(connect, session, market):
    caller = await in_thread(access.caller_of, session.token)
    issued = await in_thread(
        account_services.issue_ws_token, session_id=caller.session_id, now=datetime.now(tz=UTC)
    )

    socket = await connect(issued.token)

    assert (await socket.follow(market))[1]["seq"] == 1
    assert (await refused(f"/ws/odds?token={issued.token}"))[0] == 4401
    assert await socket.is_quiet()


async def test_a_token_that_expires_closes_with_4401_at_its_time(connect):
    begun = datetime.now(tz=UTC) - timedelta(minutes=15) + timedelta(seconds=2.5)
    issued = await in_thread(account_services.open_guest_session, now=begun)
    socket = await connect(issued.token)
    assert await socket.is_quiet()

    assert await socket.closed() == (4401, "token expired")
    assert datetime.now(tz=UTC) >= issued.session.expires_at


async def test_a_session_that_ends_closes_its_sockets_and_no_others(connect, session, the_hub):
    other = await in_thread(open_session)
    mine, too, theirs = await connect(), await connect(), await connect(other.token)
    assert len(the_hub.clients) == 3

    ended = asyncio.get_running_loop().time()
    await in_thread(account_services.sign_out, session_id=session.session.pk)

    assert await mine.closed() == (4401, "signed out")
    assert await too.closed() == (4401, "signed out")
    assert asyncio.get_running_loop().time() - ended < 2
    assert await theirs.is_quiet()
    assert len(the_hub.clients) == 1


async def test_with_the_database_away_one_is_asked_to_come_back(the_hub, session, monkeypatch):
    def away(token):
        raise Unavailable

    monkeypatch.setattr(access, "caller_of", away)

    assert await refused(f"/ws/odds?token={session.token}") == (1012, "unavailable")


async def test_any_other_path_is_accepted_and_closed_with_4404():
    socket = WebsocketCommunicator(application, "/ws/nothing")

    assert await socket.connect(PATIENCE) == (True, None)
    assert await socket.receive_output(PATIENCE) == {
        "type": "websocket.close",
        "code": 4404,
        "reason": "nothing is at this address",
    }
    await socket.disconnect(timeout=PATIENCE)


# --- The end ---------------------------------------------------------------------------------


async def test_before_a_restart_everybody_gets_a_bye_and_is_closed_with_1012(connect, monkeypatch):
    monkeypatch.setattr(farewell, "SLICE_MIN", 1)
    sockets = [await connect() for _ in range(3)]

    await farewell.drain()

    for socket in sockets:
        bye = await socket.next()
        assert 500 <= bye.pop("retryIn") <= 506
        assert bye == {"type": "bye", "reason": "restart"}
        assert await socket.closed() == (1012, "restart")


async def test_a_process_that_is_about_to_stop_sends_newcomers_away(the_hub, session, monkeypatch):
    monkeypatch.setattr(draining, "started", lambda: True)

    assert await refused(f"/ws/odds?token={session.token}") == (1012, "restart")


async def test_who_leaves_is_forgotten(connect, the_hub, market):
    socket = await connect()
    await socket.follow(market)

    await socket.disconnect(timeout=PATIENCE)

    assert the_hub.clients == set()
    assert the_hub.topics[market.pk].clients == {}

"""What clients rely on, on uvicorn and on Daphne: real processes, real connections.

Most of these tests are those of the protocol in one process, collected here once more with a
`connect` that leads to a server. What Daphne cannot do is in docs/odds-feed.md.
"""

import asyncio
import json
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from unittest.mock import ANY

import pytest
from django.conf import settings as django_settings
from django.core.management import get_commands, load_command_class
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed

from accounts import access
from accounts import services as account_services
from kmarket.tests import elsewhere
from kmarket.tests.processes import eventually
from oddsfeed.tests.conftest import PATIENCE, Socket, in_thread, move, open_session
from oddsfeed.tests.sio_sockets import PATH
from oddsfeed.tests.test_consumers import (  # noqa: F401 (collected here too)
    test_a_bad_frame_costs_an_error_and_nothing_else,
    test_a_change_of_status_is_an_update_too,
    test_a_ping_is_answered,
    test_a_subscriber_gets_an_ack_then_the_snapshot_then_each_change,
    test_batched_messages_come_as_arrays,
    test_conflated_updates_say_from_where_on,
    test_each_market_comes_to_those_who_asked_for_it,
    test_mistake_upon_mistake_is_abuse,
    test_more_than_20_messages_a_second_are_errors_and_much_more_is_abuse,
    test_options_are_echoed_as_they_are_in_force,
    test_unknown_and_hidden_markets_are_rejected_and_the_rest_is_subscribed,
    test_unsubscribing_ends_the_updates,
)
from oddsfeed.tests.test_pools import (  # noqa: F401 (collected here too)
    test_a_follower_of_a_pool_gets_its_outcomes_and_each_trade,
    test_what_was_missed_of_a_pool_is_replayed_from_the_database,
)
from oddsfeed.tests.test_resuming import (  # noqa: F401 (collected here too)
    resync_of,
    test_a_follower_may_resume_too,
    test_a_resume_while_updates_pour_in_has_no_gap_and_no_repeat,
    test_a_seq_that_never_was_gets_a_resync,
    test_another_epoch_gets_a_resync,
    test_many_markets_are_resumed_at_once_and_unknown_ones_rejected,
    test_what_was_missed_is_replayed_in_order_before_the_ack,
    test_who_missed_nothing_gets_only_the_ack_and_then_what_comes,
)

pytestmark = pytest.mark.django_db(transaction=True)

UVICORN, DAPHNE = "uvicorn", "daphne"
COMMANDS = {
    UVICORN: ["manage.py", "serve"],
    DAPHNE: ["-m", "daphne", "-p", "{port}", "kmarket.asgi:application"],
}
START_SECONDS_MAX = 60.0
# Enough for what these tests replay, and soon passed by one that wants to.
REPLAY_LIMIT = 50


@dataclass(frozen=True)
class Running:
    kind: str
    host: str


@pytest.fixture(scope="module", params=[UVICORN, DAPHNE])
def server(request, django_db_setup, tmp_path_factory):
    """One server for all tests of this file, with the limits of production."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp(request.param) / "log"
    chosen = {"BIND_PORT": str(port), "RATE_LIMIT": "on", "WS_REPLAY_LIMIT": str(REPLAY_LIMIT)}
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, *(word.format(port=port) for word in COMMANDS[request.param])],
            env=elsewhere.environment() | chosen,
            cwd=django_settings.BASE_DIR,
            stdout=words,
            stderr=words,
        )

    def answers():
        assert process.poll() is None, log.read_text(errors="replace")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        eventually(answers, seconds=START_SECONDS_MAX)
        yield Running(request.param, f"127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)


class Client:
    """A connection that is spoken to as one in this process is."""

    def __init__(self, connection, *, server):
        self.connection = connection
        self._server = server

    ask, follow, seqs, is_quiet = Socket.ask, Socket.follow, Socket.seqs, Socket.is_quiet

    async def send_json_to(self, message):
        await self.connection.send(json.dumps(message))

    async def send_to(self, *, text_data=None, bytes_data=None):
        await self.connection.send(bytes_data if text_data is None else text_data)

    async def next(self):
        return json.loads(await asyncio.wait_for(self.connection.recv(), PATIENCE))

    async def closed(self):
        try:
            while True:
                await asyncio.wait_for(self.connection.recv(), PATIENCE)
        except ConnectionClosed as end:
            code, reason = end.rcvd.code, end.rcvd.reason
        if self._server.kind == DAPHNE:
            assert reason == "", "Daphne sends reasons now: compare them, and mend the docs"
            reason = ANY
        return code, reason


@pytest.fixture
async def connect(server, session):
    """A builder of connections, in place of that of sockets in this process."""
    connections = []

    async def build(token="", path="/ws/odds", **options):
        query = "" if "subprotocols" in options else f"?token={token or session.token}"
        connections.append(await dial(f"ws://{server.host}{path}{query}", **options))
        return Client(connections[-1], server=server)

    yield build
    for connection in connections:
        await connection.close()


async def test_a_bad_token_is_accepted_and_closed_with_4401(connect):
    assert await (await connect("x")).closed() == (4401, "token refused")
    nobody = await connect(subprotocols=["kmarket.v1"])
    assert await nobody.closed() == (4401, "token missing")


async def test_another_path_is_accepted_and_closed_with_4404(connect):
    client = await connect(path="/ws/else")

    assert await client.closed() == (4404, "nothing is at this address")


async def test_the_token_may_come_as_a_subprotocol_that_is_not_echoed(connect, session, market):
    client = await connect(subprotocols=["kmarket.v1", f"bearer.{session.token}"])

    assert client.connection.subprotocol == "kmarket.v1"
    assert (await client.follow(market))[1]["seq"] == 1


async def test_a_socket_token_is_good_for_one_handshake(connect, session):
    caller = await in_thread(access.caller_of, session.token)
    issued = await in_thread(
        account_services.issue_ws_token, session_id=caller.session_id, now=datetime.now(tz=UTC)
    )

    client = await connect(issued.token)

    assert await client.is_quiet()
    assert await (await connect(issued.token)).closed() == (4401, "token refused")
    assert await client.is_quiet()


async def test_a_session_that_ends_closes_its_sockets_and_no_others(connect, session, market):
    other = await in_thread(open_session)
    mine, too, theirs = await connect(), await connect(), await connect(other.token)
    for client in (mine, too, theirs):
        await client.follow(market)

    ended = asyncio.get_running_loop().time()
    await in_thread(account_services.sign_out, session_id=session.session.pk)

    assert await mine.closed() == (4401, "signed out")
    assert await too.closed() == (4401, "signed out")
    assert asyncio.get_running_loop().time() - ended < 2
    await move(market)
    assert await theirs.seqs(1) == [2]


async def test_a_connection_follows_200_markets_at_most(connect, market):
    client = await connect()
    await client.follow(market)

    refused = await client.ask(type="resume", offsets={str(number): 0 for number in range(1, 201)})

    assert refused["message"] == "A connection follows 200 markets at most."
    await move(market)
    assert await client.seqs(1) == [2]


async def test_more_than_the_limit_gets_a_resync(connect, market):
    for _ in range(REPLAY_LIMIT + 1):
        await move(market)
    client = await connect()

    assert await resync_of(client, market, offsets={str(market.pk): 1}) == "limit"


async def test_socket_io_is_spoken_too(connect, session, market):
    client = await connect(path=PATH, subprotocols=None)

    async def packet():
        return await asyncio.wait_for(client.connection.recv(), PATIENCE)

    assert (await packet())[0] == "0"
    await client.connection.send("40" + json.dumps({"token": session.token}))
    assert (await packet()).startswith("40{")
    await client.connection.send(f'421["subscribe:market",{market.pk}]')
    (answer,) = json.loads((await packet())[3:])
    assert (answer["marketId"], answer["seq"]) == (market.pk, 1)

    await move(market, 181)

    name, update = json.loads((await packet())[2:])
    assert (name, update["seq"], update["payload"]["odds_a"]) == ("price:update", 2, 181)
    await in_thread(account_services.sign_out, session_id=session.session.pk)
    assert await client.closed() == (4401, "signed out")


async def test_who_leaves_without_a_word_harms_nobody(connect, market):
    staying, leaving = await connect(), await connect()
    await staying.follow(market)
    await leaving.follow(market)

    leaving.connection.transport.abort()

    for seq in (2, 3):
        await move(market)
        assert await staying.seqs(1) == [seq]


def test_runserver_is_daphnes_and_loaded_by_no_other_command():
    command = load_command_class(get_commands()["runserver"], "runserver")
    assert type(command).__module__ == "daphne.management.commands.runserver"
    assert "daphne" not in django_settings.INSTALLED_APPS

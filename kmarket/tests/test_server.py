import asyncio
import contextlib
import http.client
import json
import logging
import socket
import threading

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from kmarket import draining, listening, server
from kmarket.limits import Handshakes
from kmarket.tests.processes import eventually


async def app(scope, receive, send):
    """Answers HTTP; echoes on sockets; what is longer than 64 KiB it only counts."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"here"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            text = message["text"]
            await send({"type": "websocket.send", "text": text if len(text) < 10 else "long"})


@pytest.fixture
def fresh_draining(monkeypatch):
    """As in a process that has just begun."""
    monkeypatch.setattr(draining, "_begun", threading.Event())
    monkeypatch.setattr(draining, "_hooks", [])


@pytest.fixture
async def web(fresh_draining):
    """(host:port, server) of a server that runs until the test is over."""
    async with serving(app) as web:
        yield web


@contextlib.asynccontextmanager
async def serving(app):
    listener = listening.bound("127.0.0.1", 0)
    url_host = listening.url_host(listener)
    running = server.make(app, deflate=False)
    # Not serve(): it would take the signals of the test run.
    task = asyncio.create_task(running._serve(sockets=[listener]))
    await asyncio.to_thread(eventually, lambda: running.started)
    yield url_host, running
    running.should_exit = True
    await asyncio.wait_for(task, 20)


def get(host):
    client = http.client.HTTPConnection(host, timeout=10)
    with contextlib.closing(client):
        client.request("GET", "/")
        response = client.getresponse()
        return response.status, response.read(), dict(response.getheaders())


async def test_http_is_answered_and_the_server_does_not_name_itself(web):
    host, _ = web

    status, body, headers = await asyncio.to_thread(get, host)

    assert (status, body) == (200, b"here")
    assert {name.lower() for name in headers} == {"date", "transfer-encoding"}


async def test_a_socket_may_send_more_than_it_is_allowed_to_and_be_told(web):
    host, _ = web

    async with connect(f"ws://{host}/", compression=None) as client:
        await client.send("x" * (64 * 1024 + 1))
        assert await client.recv() == "long"


async def test_a_message_without_measure_ends_the_socket(web):
    host, _ = web

    async with connect(f"ws://{host}/", compression=None) as client:
        await client.send("x" * (server.WS_MESSAGE_BYTES_MAX + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()

    assert closed.value.rcvd.code == 1009


async def test_compression_is_not_offered(web):
    host, _ = web

    async with connect(f"ws://{host}/", compression="deflate") as client:
        assert client.response.headers.get("Sec-WebSocket-Extensions") is None


async def test_who_begins_too_many_sockets_is_told_429(fresh_draining, settings):
    settings.RATE_LIMIT, settings.WS_PER_ADDRESS_MAX = True, 1
    async with serving(Handshakes(app)) as (host, _), connect(f"ws://{host}/") as client:
        with pytest.raises(InvalidStatus) as refusal:
            await connect(f"ws://{host}/")
        assert refusal.value.response.status_code == 429
        assert json.loads(refusal.value.response.body)["code"] == "RATE_LIMITED"
        await client.send("still")
        assert await client.recv() == "still"


async def test_a_stopping_server_accepts_nobody_drains_and_then_closes(web):
    host, running = web
    seen = []

    async def hook():
        seen.append(draining.started())
        with contextlib.closing(socket.socket()) as late:
            address, port = host.split(":")
            seen.append(late.connect_ex((address, int(port))) != 0)
        # Those who are here are still served.
        await client.send("still")
        seen.append(await client.recv())

    draining.register(hook)
    async with connect(f"ws://{host}/", compression=None) as client:
        assert not draining.started()
        running.should_exit = True
        await asyncio.wait_for(client.wait_closed(), 20)

    assert seen == [True, True, "still"]
    assert client.close_code == 1012


async def test_a_drain_hook_that_fails_or_lasts_keeps_nobody(fresh_draining, monkeypatch, caplog):
    monkeypatch.setattr(draining, "DRAIN_SECONDS_MAX", 0.05)
    done = []

    async def broken():
        raise ValueError("broken hook")

    async def endless():
        await asyncio.Event().wait()

    async def good():
        done.append("good")

    for hook in (broken, endless, good):
        draining.register(hook)

    with caplog.at_level(logging.ERROR):
        await draining.drain()

    assert draining.started()
    assert done == ["good"]
    assert [record.message for record in caplog.records] == [
        "A drain hook failed.",
        "A drain hook took longer than 0.05 s.",
    ]


def test_the_listening_socket_bounds_what_a_lazy_reader_can_hold():
    with listening.bound("127.0.0.1", 0) as listener:
        # The kernel keeps twice what it is asked for.
        asked = listener.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        assert asked in {listening.SEND_BUFFER_BYTES, 2 * listening.SEND_BUFFER_BYTES}
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000


def test_a_busy_port_is_told_in_one_line():
    with listening.bound("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]

        with pytest.raises(listening.CannotListen) as refusal:
            listening.bound("127.0.0.1", port)

    assert str(refusal.value) == (
        f"Port {port} on 127.0.0.1 is in use: stop what uses it, or set BIND_PORT."
    )


def test_an_address_of_another_machine_is_told_in_one_line():
    with pytest.raises(listening.CannotListen, match=r"^Nothing can listen on 192\.0\.2\.1:8080"):
        listening.bound("192.0.2.1", 8080)


def test_what_is_no_address_is_told_in_one_line():
    with pytest.raises(listening.CannotListen, match=r"^BIND_ADDR=not an address is no address"):
        listening.bound("not an address", 8080)


def test_an_address_for_all_is_shown_as_one_that_a_browser_can_open():
    with listening.bound("0.0.0.0", 0) as listener:
        assert listening.url_host(listener) == f"127.0.0.1:{listener.getsockname()[1]}"


HOST = b"GET / HTTP/1.1\r\nHost: x\r\n"
LONG_HEADS = {
    "one header that never ends": [HOST + b"A: ", *[b"x" * 1000] * 200],
    "many headers": [HOST, *[b"A: y\r\n"] * 101, b"\r\n"],
    "long headers": [HOST, *[b"A: " + b"y" * 3000 + b"\r\n"] * 11, b"\r\n"],
    "a path that never ends": [b"GET /", *[b"x" * 1000] * 200],
}


def told(host, parts):
    """Send bytes piece by piece, and return the answer."""
    address, _, port = host.partition(":")
    with socket.create_connection((address, int(port)), timeout=10) as client:
        with contextlib.suppress(OSError):
            for part in parts:
                client.sendall(part)
        try:
            return client.recv(4096)
        except ConnectionResetError:
            # It was closed while we were still sending: the answer may be lost on its way.
            return b""


async def test_a_head_is_read_up_to_32_kib_and_100_headers(web):
    host, _ = web
    fits = [HOST, *[b"A: y\r\n"] * 90, b"B: " + b"y" * 30_000 + b"\r\n\r\n"]
    assert b" 200 OK" in await asyncio.to_thread(told, host, fits)
    for why, parts in LONG_HEADS.items():
        answer = await asyncio.to_thread(told, host, parts)
        assert answer == b"" or b"400 Bad Request" in answer, why
        if answer:
            assert b"32 KiB and 100 headers" in answer, why
    no_http = await asyncio.to_thread(told, host, [b"nonsense\r\n\r\n"])
    assert json.loads(no_http.partition(b"\r\n\r\n")[2])["code"] == "BAD_REQUEST"
    # Nobody else noticed.
    assert (await asyncio.to_thread(get, host))[0] == 200


def slow_client(host):
    name, _, port = host.rpartition(":")
    return socket.create_connection((name, int(port)), timeout=20)


HEAD = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n"


@pytest.mark.parametrize(
    "beginning",
    [b"", b"GET / HT", HEAD, HEAD + b"\r\n0123"],
    ids=["nothing", "half a line", "half a head", "half a body"],
)
async def test_who_does_not_get_on_with_a_request_is_cut_off(web, monkeypatch, beginning):
    monkeypatch.setattr(server, "HEAD_SECONDS_MAX", 0.2)
    monkeypatch.setattr(server, "BODY_LOOK_SECONDS", 0.2)
    host, _ = web

    with slow_client(host) as slow:
        slow.sendall(beginning)
        # Others are answered meanwhile.
        assert (await asyncio.to_thread(get, host))[0] == 200
        assert await asyncio.to_thread(_to_the_end, slow) in {b"", b"here"}


def _to_the_end(slow):
    """Read until the server closes; return what it said."""
    said = b""
    while data := slow.recv(1000):
        said += data
    return said.rpartition(b"\r\n\r\n")[2]


async def test_who_gets_on_slowly_is_waited_for(web, monkeypatch):
    monkeypatch.setattr(server, "BODY_LOOK_SECONDS", 0.2)
    monkeypatch.setattr(server, "BODY_LOOK_BYTES", 10)
    host, _ = web

    with slow_client(host) as slow:
        slow.sendall(HEAD + b"\r\n")
        for _ in range(10):
            slow.sendall(b"0123456789")
            await asyncio.sleep(0.1)
        slow.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert (await asyncio.to_thread(slow.recv, 1000)).startswith(b"HTTP/1.1 200")

"""Clients over HTTP that keep their connection and send one request after another.

All in one event loop, with answers looked at no further than their length and first line: about
30 µs of CPU a request, so that the servers are what is measured. `Load.cpu_seconds` shows it.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import uvloop

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_STATUS = slice(9, 12)

# Makes the next request of the client with this number, a whole HTTP/1.1 message.
NextRequest = Callable[[int], bytes]


@dataclass
class Load:
    """What came back from a load. `answers` has each body under its status."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    answers: dict[HTTPStatus, list[bytes]] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def latency_ms(self, share: float) -> float:
        """Return within how many milliseconds this share of the answers came."""
        return 1000 * sorted(self.latencies)[int(share * (len(self.latencies) - 1))]


def request(method: str, path: str, *, token: str, body: object = None) -> bytes:
    """Return a request to the API with a JSON body, if any."""
    text = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


def run(url: str, *, clients: int, seconds: float, next_request: NextRequest) -> Load:
    """Send requests for so long, and return what came back; nothing is under way afterwards."""
    return uvloop.run(_run(url, clients, seconds, next_request))


async def _run(url: str, clients: int, seconds: float, next_request: NextRequest) -> Load:
    host, port = url.removeprefix("http://").split(":")
    loop, load = asyncio.get_running_loop(), Load()
    connections = []
    for number in range(clients):
        _, connection = await loop.create_connection(
            lambda number=number: _Connection(number, next_request, load), host, int(port)
        )
        # One after the other, each once answered: so they spread over the web processes.
        await connection.ask(request("GET", "healthz", token=""))
        connections.append(connection)
    begin, cpu_begin = time.perf_counter(), time.process_time()
    await asyncio.gather(*(connection.keep_on(begin + seconds) for connection in connections))
    load.seconds = time.perf_counter() - begin
    load.cpu_seconds = time.process_time() - cpu_begin
    for connection in connections:
        connection.transport.close()
    return load


class _Connection(asyncio.Protocol):
    """One client. Between two requests of a load no task is woken: the answer sends the next."""

    def __init__(self, number: int, next_request: NextRequest, load: Load) -> None:
        self.number = number
        self.next_request = next_request
        self.load = load
        self.until = 0.0
        self.received = b""

    def ask(self, message: bytes) -> asyncio.Future[None]:
        """Send one request, whose answer isn't counted."""
        self.until = 0.0
        self.done = asyncio.get_running_loop().create_future()
        self.transport.write(message)
        return self.done

    def keep_on(self, until: float) -> asyncio.Future[None]:
        """Send requests until this time by the performance counter."""
        self.until = until
        self.done = asyncio.get_running_loop().create_future()
        self._send()
        return self.done

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, end, body = self.received.partition(_HEAD_END)
        if not end or len(body) < int(_LENGTH.search(head)[1]):
            return
        self.received = b""
        if not self.until:
            self.done.set_result(None)
            return
        now = time.perf_counter()
        self.load.latencies.append(now - self.sent_at)
        self.load.answers.setdefault(HTTPStatus(int(head[_STATUS])), []).append(body)
        if now < self.until:
            self._send()
        else:
            self.done.set_result(None)

    def _send(self) -> None:
        self.sent_at = time.perf_counter()
        self.transport.write(self.next_request(self.number))

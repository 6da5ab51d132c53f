"""The load generator of the row `hot_reads`: a process, `python -m bench.reading`.

Some connections, each with several requests under way (HTTP pipelining). Of the answers only the
status lines are counted, so that a request costs about a microsecond here. What it is to do comes
as one line of JSON, what came back goes out as one.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import uvloop

# A status line, and all of it but the last byte, which the next chunk may begin with.
OK = b"HTTP/1.1 200 "
WAIT_SECONDS_MAX = 30.0


class Reader(asyncio.Protocol):
    """One connection: a portion of requests, and the next when all of it is answered."""

    def __init__(self, portions: Iterator[bytes], *, depth: int) -> None:
        self.portions = portions
        self.depth = depth
        self.open = 0
        self.count = 0
        self.until = 0.0
        self.tail = b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def begin(self, until: float) -> asyncio.Future[None]:
        self.until = until
        self._ask()
        return self.done

    def data_received(self, data: bytes) -> None:
        data = self.tail + data
        self.tail = data[1 - len(OK) :]
        answered = data.count(OK)
        self.open -= answered
        self.count += answered
        if self.open:
            return
        if time.perf_counter() < self.until:
            self._ask()
        elif not self.done.done():
            self.done.set_result(None)

    def _ask(self) -> None:
        self.open = self.depth
        self.transport.write(next(self.portions))


def portions(host: str, paths: list[str], *, depth: int, first: int) -> Iterator[bytes]:
    """Ask for one path after the other, `depth` at once, for ever."""
    requests = [f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() for path in paths]
    place = first
    ready = []
    for _ in paths:
        ready.append(b"".join(requests[(place + n) % len(paths)] for n in range(depth)))
        place += depth
    while True:
        yield from ready


async def read(
    *, host: str, paths: list[str], connections: int, depth: int, seconds: float
) -> dict[str, Any]:
    """Ask for so long; return how many answers came, in what time, at what cost."""
    loop = asyncio.get_running_loop()
    name, port = host.split(":")
    readers = []
    for number in range(connections):
        some = portions(host, paths, depth=depth, first=number)
        _, reader = await loop.create_connection(
            lambda some=some: Reader(some, depth=depth), name, int(port)
        )
        readers.append(reader)
    begin, cpu_begin = time.perf_counter(), time.process_time()
    async with asyncio.timeout(seconds + WAIT_SECONDS_MAX):
        await asyncio.gather(*(reader.begin(begin + seconds) for reader in readers))
    took = time.perf_counter() - begin
    return {
        "count": sum(reader.count for reader in readers),
        "seconds": took,
        "cpu_seconds": time.process_time() - cpu_begin,
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(read(**json.loads(sys.stdin.readline())))))

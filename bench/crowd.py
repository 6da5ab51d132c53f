"""The load generator of the socket rows: a process with many clients, `python -m bench.crowd`.

It takes one JSON command a line and answers each with one line (`bench/crowds.py` is the other
end). Nothing here decodes a message twice: a chunk of bytes that another client got before is
looked up whole, so that a delivery costs about a microsecond and the servers are what is measured.
Each answer says what this process used of its core.
"""

import asyncio
import base64
import json
import os
import re
import resource
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import uvloop

# A chunk of whole messages: for each its market, its seq, how many updates it stands for, and
# the list to which the time of its arrival is added.
Known = list[tuple[int, int, int, list[float]]]

KNOWN_MAX = 20_000
# What a client that doesn't read may hold itself.
STALLED_BUFFER_BYTES = 4096
CONNECT_SECONDS_MAX = 60.0
# Without one more delivery for so long, no more will come.
QUIET_SECONDS_MAX = 3.0
POLL_SECONDS = 0.02

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
# An update is an object of its own, inside an array or inside a Socket.IO event.
_UPDATE = re.compile(
    rb'"type": ?"(odds_update|snapshot|resync)", ?"marketId": ?(\d+),.*?"seq": ?(\d+)'
    rb'(?:, ?"ts": ?\d+(?:, ?"from_seq": ?(\d+))?)',
    re.DOTALL,
)
_ACK = re.compile(rb'\[?\{"type": ?"ack"')


class Crowd:
    """All clients, and what they got since the last report."""

    def __init__(self) -> None:
        self.clients: list[Client] = []
        # Chunks and payloads seen before; at most KNOWN_MAX.
        self.known: dict[bytes, Known] = {}
        self.arrivals: dict[tuple[int, int], list[float]] = {}
        self.begin()

    def begin(self) -> None:
        """Count from here on."""
        self.delivered = self.collapsed = self.gaps = self.repeats = 0
        self.resyncs = self.lost = 0
        self.known.clear()
        self.arrivals.clear()
        self.cpu_began, self.began = time.process_time(), time.monotonic()

    def seen(self) -> dict[str, float]:
        """Return what came since then, and what this process used."""
        return {
            "delivered": self.delivered,
            "collapsed": self.collapsed,
            "gaps": self.gaps,
            "repeats": self.repeats,
            "resyncs": self.resyncs,
            "lost": self.lost,
            "cpu_seconds": time.process_time() - self.cpu_began,
            "seconds": time.monotonic() - self.began,
        }

    def remember(self, data: bytes, known: Known) -> None:
        if len(self.known) >= KNOWN_MAX:
            self.known.clear()
        self.known[data] = known


class Client(asyncio.Protocol):
    """One socket. Opens it, says its first message, and keeps count of each market's seq."""

    def __init__(self, crowd: Crowd, wanted: dict[str, Any]) -> None:
        self.crowd = crowd
        self.path: str = wanted["path"]
        self.host: str = wanted["host"]
        self.socketio: bool = wanted["socketio"]
        self.hello: str = wanted["hello"]
        self.say: str = wanted["say"]
        # Ready when the request is acknowledged; or only when each market's state is here too.
        self.waits_for_states: bool = wanted["states"]
        self.stalled: bool = wanted["stalled"]
        self.markets: frozenset[int] = frozenset(wanted["markets"])
        self.last: dict[int, int] = {
            int(market): seq for market, seq in wanted.get("offsets", {}).items()
        }
        self.opened = False
        self.acknowledged = False
        self.ready = asyncio.get_running_loop().create_future()
        self.rest = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("closed before it was ready"))
        elif self in self.crowd.clients:
            self.crowd.lost += 1

    def data_received(self, data: bytes) -> None:
        if not self.rest and (known := self.crowd.known.get(data)) is not None:
            self._take(known)
            return
        self.rest += data
        if not self.opened:
            head, end, after = self.rest.partition(b"\r\n\r\n")
            if not end:
                return
            if b" 101 " not in head.partition(b"\r\n")[0]:
                self.ready.set_exception(ConnectionError(head.decode(errors="replace")))
                self.transport.abort()
                return
            self.opened, self.rest = True, after
            if not self.socketio:
                self.send(TEXT, self.say.encode())
        self._read_frames(whole=data if len(self.rest) == len(data) else None)

    def send(self, opcode: int, payload: bytes) -> None:
        """Send a frame. Its mask is zero, which changes nothing and is a mask all the same."""
        size = len(payload)
        head = bytes([0x80 | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += b"\xfe" + size.to_bytes(2)
        else:
            head += b"\xff" + size.to_bytes(8)
        self.transport.write(head + bytes(4) + payload)

    def _read_frames(self, whole: bytes | None) -> None:
        data, start, found = self.rest, 0, []
        only_updates = True
        while (frame := frame_at(data, start)) is not None:
            opcode, payload, start = frame
            known = self.crowd.known.get(payload)
            if known is None:
                known = self._understood(opcode, payload)
            only_updates &= payload in self.crowd.known
            self._take(known)
            found += known
        self.rest = data[start:]
        if whole is not None and only_updates and not self.rest and found:
            self.crowd.remember(whole, found)

    def _understood(self, opcode: int, payload: bytes) -> Known:
        """Return the updates of a frame, and remember one that holds nothing else."""
        if opcode != TEXT:
            if opcode == PING:
                self.send(PONG, payload)
            return []
        found: Known = []
        states = False
        for kind, market, seq, first in _UPDATE.findall(payload):
            pk, number = int(market), int(seq)
            if kind == b"odds_update":
                came = self.crowd.arrivals.setdefault((pk, number), [])
                found.append((pk, number, number - int(first or number) + 1, came))
            else:
                states = True
                self.crowd.resyncs += kind == b"resync"
                self.last[pk] = number
        if found and not states:
            self.crowd.remember(payload, found)
        else:
            self._note(payload)
        return found

    def _note(self, payload: bytes) -> None:
        """See what a message that is no update means for this client's beginning."""
        if self.socketio:
            if payload.startswith(b"0"):
                self.send(TEXT, self.hello.encode())
            elif payload.startswith(b"40"):
                self.send(TEXT, self.say.encode())
            elif payload == b"2":
                self.send(TEXT, b"3")
            self.acknowledged |= payload.startswith(b"43")
        else:
            # Alone, or the first of several that were joined.
            self.acknowledged |= bool(_ACK.match(payload))
        states_are_here = not self.waits_for_states or self.markets <= self.last.keys()
        if self.acknowledged and states_are_here and not self.ready.done():
            self.ready.set_result(None)
            if self.stalled:
                self.transport.pause_reading()

    def _take(self, known: Known) -> None:
        now = time.monotonic()
        crowd, last = self.crowd, self.last
        for market, seq, stands_for, came in known:
            missed = seq - stands_for - last.get(market, seq - stands_for)
            if missed:
                if missed < 0:
                    crowd.repeats += 1
                else:
                    crowd.gaps += 1
            last[market] = seq
            came.append(now)
            crowd.delivered += stands_for
            if stands_for != 1:
                crowd.collapsed += 1


def frame_at(data: bytes, start: int) -> tuple[int, bytes, int] | None:
    """Return the frame that begins at `start`: opcode, payload and where the next one begins."""
    if len(data) < start + 2:
        return None
    size, begin = data[start + 1], start + 2
    if size > 125:
        begin = start + (4 if size == 126 else 10)
        if len(data) < begin:
            return None
        size = int.from_bytes(data[start + 2 : begin])
    if len(data) < begin + size:
        return None
    return data[start] & 0x0F, data[begin : begin + size], begin + size


async def join(crowd: Crowd, *, at_once: int, clients: list[dict[str, Any]]) -> dict[str, Any]:
    """Connect these clients, `at_once` at a time, each until it is ready."""
    crowd.begin()
    for start in range(0, len(clients), at_once):
        portion = clients[start : start + at_once]
        async with asyncio.timeout(CONNECT_SECONDS_MAX):
            await asyncio.gather(*(_connected(crowd, wanted) for wanted in portion))
    return crowd.seen()


async def _connected(crowd: Crowd, wanted: dict[str, Any]) -> None:
    host, port = wanted["host"].split(":")
    sock = socket.socket()
    if wanted["stalled"]:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STALLED_BUFFER_BYTES)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, (host, int(port)))
    _, client = await loop.create_connection(lambda: Client(crowd, wanted), sock=sock)
    await client.ready
    crowd.clients.append(client)


async def begin(crowd: Crowd) -> dict[str, Any]:
    """Count from here on."""
    crowd.begin()
    return {}


async def report(crowd: Crowd, *, sent: list[tuple[int, int, float]]) -> dict[str, Any]:
    """Wait until all who read have got all that was sent: (market, seq, when). Say what they got.

    Waits no longer than something still comes.
    """
    readers = [client for client in crowd.clients if not client.stalled]
    followed = {market for market, _, _ in sent}
    listening = {market: sum(market in one.markets for one in readers) for market in followed}
    expected = sum(listening[market] for market, _, _ in sent)
    await _until_quiet(crowd, lambda: crowd.delivered >= expected)
    latencies = sorted(
        came - at for market, seq, at in sent for came in crowd.arrivals.get((market, seq), ())
    )
    return crowd.seen() | {"expected": expected, **_percentiles(latencies)}


async def catch_up(crowd: Crowd, *, heads: dict[str, int]) -> dict[str, Any]:
    """Wait until all who read have got so far in each market, however many updates that takes."""
    wanted = {int(market): seq for market, seq in heads.items()}
    readers = [client for client in crowd.clients if not client.stalled]

    def behind() -> int:
        return sum(
            any(one.last.get(market, 0) < wanted[market] for market in one.markets)
            for one in readers
        )

    await _until_quiet(crowd, lambda: not behind())
    return crowd.seen() | {"behind": behind()}


async def leave(crowd: Crowd) -> dict[str, Any]:
    """Disconnect everybody."""
    leaving, crowd.clients = crowd.clients, []
    for client in leaving:
        client.transport.abort()
    await asyncio.sleep(POLL_SECONDS)
    return {}


async def _until_quiet(crowd: Crowd, is_done: Callable[[], bool]) -> None:
    last, quiet_since = crowd.delivered, time.monotonic()
    while not is_done() and time.monotonic() - quiet_since < QUIET_SECONDS_MAX:
        await asyncio.sleep(POLL_SECONDS)
        if crowd.delivered != last:
            last, quiet_since = crowd.delivered, time.monotonic()


def _percentiles(sorted_seconds: list[float]) -> dict[str, float]:
    def ms(share: float) -> float:
        if not sorted_seconds:
            return 0.0
        return 1000 * sorted_seconds[int(share * (len(sorted_seconds) - 1))]

    return {"p50_ms": ms(0.5), "p99_ms": ms(0.99), "max_ms": ms(1.0)}


COMMANDS = {
    "join": join,
    "begin": begin,
    "report": report,
    "catch_up": catch_up,
    "leave": leave,
}


async def main() -> None:
    # One for each client. A shell's own limit is often 1,024.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    loop = asyncio.get_running_loop()
    crowd = Crowd()
    # Its commands may be megabytes; they come from one process and are read whole.
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        command = json.loads(line)
        answer = await COMMANDS[command.pop("do")](crowd, **command)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    uvloop.run(main())

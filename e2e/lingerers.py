"""Clients that hold connections and don't use them: who trickles, and who vanished."""

import ctypes
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from e2e.house import House
from oddsfeed.tests.test_servers import Deaf
from oddsfeed.tests.test_sio_slow import DeafSio

# Of each kind.
TRICKLING, VANISHED = 50, 25
# Between two bytes of who trickles.
DRIP_SECONDS = 0.5
SOCKETS, SOCKET_IO = "/ws/odds", "/socket.io/?EIO=4&transport=websocket"
UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
# Linux, for one socket: see socket(7).
SO_ATTACH_FILTER = 26
# "Return 0" in the filter's language.
TAKE_NOTHING = struct.pack("HBBI", 0x06, 0, 0, 0)
# As /proc/net/tcp writes it. What the house has closed by itself is in another state.
ESTABLISHED = "01"


def _get(path: str, more: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}".encode()


# What each kind begins with, and within how many seconds the house ends it.
KINDS = {
    "nothing": (b"", 10),
    "a head": (_get("/api/v1/markets/active", "X-Slow: "), 10),
    "a body": (b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n", 10),
    "a handshake": (_get(SOCKETS, f"{UPGRADE}X-Slow: "), 10),
    # It is told 4401, and doesn't answer.
    "a socket without a token": (_get(SOCKETS, f"{UPGRADE}\r\n"), 10),
    # The same, when it has said nothing for so long.
    "Socket.IO without a word": (_get(SOCKET_IO, f"{UPGRADE}\r\n"), 20),
}
TRICKLES = {"a head", "a body", "a handshake"}


class SlowLoris:
    """Hundreds of connections of each kind, in a thread of their own, until the house ends them."""

    def __init__(self, house: House) -> None:
        address, _, port = house.url.removeprefix("http://").partition(":")
        self._address = address, int(port)
        # When each was begun, and how long it lasted.
        self._begun: dict[socket.socket, tuple[str, float]] = {}
        self.lasted: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._drip, daemon=True)

    def __enter__(self) -> Self:
        for kind, (words, _) in KINDS.items():
            for _ in range(TRICKLING):
                held = socket.create_connection(self._address, timeout=30)
                held.sendall(words)
                held.setblocking(False)
                self._begun[held] = kind, time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._enough.set()
        self._thread.join()
        for held in self._begun:
            held.close()

    @property
    def is_over(self) -> bool:
        """Whether the house has ended all of them."""
        return not self._begun

    def _drip(self) -> None:
        while self._begun and not self._enough.wait(DRIP_SECONDS):
            now = time.monotonic()
            for held, (kind, begun) in list(self._begun.items()):
                if _has_ended(held):
                    self.lasted[kind].append(now - begun)
                    held.close()
                    del self._begun[held]
            for held, (kind, _) in self._begun.items():
                if kind in TRICKLES:
                    _send(held, b"x")


def _has_ended(held: socket.socket) -> bool:
    try:
        return held.recv(65536) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def _send(held: socket.socket, data: bytes) -> None:
    try:
        held.send(data)
    except ConnectionError:
        # The next look tells.
        return


class Vanished:
    """Clients of each kind whose machine is gone: from one moment on nothing reaches them, and
    they say nothing, not that they go either. Notes how long the house takes them for there."""

    def __init__(self, house: House, token: str, market_id: int) -> None:
        host, _, port = house.url.removeprefix("http://").partition(":")
        self._port = int(port)
        kinds: list[Callable[[], Deaf]] = [
            lambda: Deaf(f"ws://{host}:{port}{SOCKETS}?token={token}"),
            lambda: _follower(f"{host}:{port}", token, market_id),
            lambda: DeafSio(f"{host}:{port}", token),
        ]
        self._sockets = {
            client.socket.getsockname()[1]: client.socket
            for kind in kinds
            for client in [kind() for _ in range(VANISHED)]
        }
        self.lasted: list[float] = []
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        for connected in self._sockets.values():
            _cut_off(connected)
        self._since = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._enough.set()
        self._thread.join()
        for connected in self._sockets.values():
            connected.close()

    @property
    def is_over(self) -> bool:
        """Whether the house has forgotten all of them."""
        return len(self.lasted) == len(self._sockets)

    def _watch(self) -> None:
        while not (self.is_over or self._enough.wait(DRIP_SECONDS)):
            here = self._sockets.keys() & _connected_to(self._port)
            gone = len(self._sockets) - len(here) - len(self.lasted)
            self.lasted += [time.monotonic() - self._since] * gone


def _connected_to(port: int) -> set[int]:
    """Return from which ports somebody is connected to this one, as far as it knows."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ends = [row[1:3] for row in rows if row[3] == ESTABLISHED]
    return {int(remote[-4:], 16) for local, remote in ends if int(local[-4:], 16) == port}


def _follower(host: str, token: str, market_id: int) -> Deaf:
    client = Deaf(f"ws://{host}{SOCKETS}?token={token}")
    client.say(type="subscribe", markets=[str(market_id)])
    assert client.hear()["type"] == "ack"
    return client


def _cut_off(connected: socket.socket) -> None:
    """Let no packet in that comes for this socket: nothing is acknowledged any more."""
    program = ctypes.create_string_buffer(TAKE_NOTHING, len(TAKE_NOTHING))
    described = struct.pack("HL", 1, ctypes.addressof(program))
    connected.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, described)

"""A way to Redis on which messages get lost, late and twice, and commands are held up."""

import re
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import unquote, urlsplit

# What is passed on in place of one pub/sub message: itself, nothing, several …
Shape = Callable[[bytes], Iterable[bytes]]

_LINE = re.compile(rb"[^\r]*\r\n")
# Values that are followed by others: so many for each that their line counts.
_CONTAINERS = {b"*": 1, b"~": 1, b">": 1, b"%": 2, b"|": 2}
_BULKS = b"$=!"
# Of a market; what else is told on our channels goes by as it is.
_IS_MESSAGE = re.compile(rb"[*>]3\r\n\$7\r\nmessage\r\n\$\d+\r\nfeed:[1-9]")


class Passage:
    """Listens on a port and passes everything on to Redis and back, as it is shaped.

    `held` is set when a client says something with `hold` in it; that, and whatever the client
    says after it, never arrives.
    """

    def __init__(self, redis_url: str, *, shape: Shape | None = None, hold: bytes = b"") -> None:
        self.held = threading.Event()
        self._redis_path = unquote(urlsplit(redis_url).path)
        self._shape = shape
        self._hold = hold
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"

    def close(self) -> None:
        """End it, and every connection through it."""
        for connection in [self._listener, *self._open]:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                redis = socket.socket(socket.AF_UNIX)
                redis.connect(self._redis_path)
            except OSError:
                return
            self._open += [client, redis]
            self._start(self._pass, client, redis, self._onward)
            self._start(self._pass, redis, client, _Shaped(self._shape, self._lock))

    def _pass(
        self, source: socket.socket, target: socket.socket, change: Callable[[bytes], bytes]
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(change(data))
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _onward(self, data: bytes) -> bytes:
        if self._hold and (self.held.is_set() or self._hold in data):
            self.held.set()
            return b""
        return data

    def _start(self, target: Callable[..., None], *args: object) -> None:
        threading.Thread(target=target, args=args, daemon=True).start()


class _Shaped:
    """Cuts what Redis says into answers and messages, and shapes the messages."""

    def __init__(self, shape: Shape | None, lock: threading.Lock) -> None:
        self._shape = shape
        self._lock = lock
        self._rest = b""

    def __call__(self, data: bytes) -> bytes:
        if self._shape is None:
            return data
        self._rest += data
        passed = []
        while (end := _end_of_value(self._rest, 0)) is not None:
            value, self._rest = self._rest[:end], self._rest[end:]
            if _IS_MESSAGE.match(value):
                with self._lock:
                    passed += self._shape(value)
            else:
                passed.append(value)
        return b"".join(passed)


def _end_of_value(data: bytes, start: int) -> int | None:
    """Return where the RESP value that begins at `start` ends, None where it isn't whole yet."""
    line = _LINE.match(data, start)
    if line is None:
        return None
    kind, end = data[start : start + 1], line.end()
    if kind not in _CONTAINERS and kind not in _BULKS:
        return end
    size = int(data[start + 1 : end - 2])
    if kind in _BULKS:
        end += size + 2 if size >= 0 else 0
        return end if end <= len(data) else None
    for _ in range(size * _CONTAINERS[kind]):
        inner = _end_of_value(data, end)
        if inner is None:
            return None
        end = inner
    return end


# --- Shapes --------------------------------------------------------------------------------------


class OneInFiveLost:
    """Loses every fifth message."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, message: bytes) -> Iterable[bytes]:
        self.count += 1
        return [message] if self.count % 5 else []


class BackToFront:
    """Passes four messages on together, the last one first."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[bytes] = []

    def __call__(self, message: bytes) -> Iterable[bytes]:
        self.count += 1
        self._kept.append(message)
        if len(self._kept) < 4:
            return []
        kept, self._kept = self._kept, []
        return reversed(kept)


class Twice:
    """Passes each message on twice, the second time when several others have come."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[bytes] = []

    def __call__(self, message: bytes) -> Iterable[bytes]:
        self.count += 1
        self._kept.append(message)
        return [message, self._kept.pop(0)] if len(self._kept) > 7 else [message]


class EverythingAtOnce:
    """Loses, delays, shuffles and repeats."""

    def __init__(self) -> None:
        self.count = 0
        self._shapes = [Twice(), BackToFront(), OneInFiveLost()]

    def __call__(self, message: bytes) -> Iterable[bytes]:
        self.count += 1
        messages = [message]
        for shape in self._shapes:
            messages = [passed for each in messages for passed in shape(each)]
        return messages


class NothingAtAll:
    """Loses every message."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, message: bytes) -> Iterable[bytes]:
        self.count += 1
        return []

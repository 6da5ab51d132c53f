"""One web process: uvicorn for many sockets, which sends its clients away before it stops."""

import asyncio
import gc
import logging
import resource
import signal
import socket
from types import FrameType
from typing import Any

from uvicorn import Config, Server

from kmarket import draining
from kmarket.heads import BoundedHeads

# A message of the largest HTTP body, with room for its envelope.
WS_MESSAGE_BYTES_MAX = 128 * 1024
# A client that answers neither of two pings is gone.
WS_PING_SECONDS = 15.0
WS_PONG_SECONDS = 30.0
# From the first byte of a request, or from the connection, to the end of its headers.
HEAD_SECONDS_MAX = 10.0
# In so long, so much of a body must come, or the rest of it.
BODY_LOOK_SECONDS = 10.0
BODY_LOOK_BYTES = 8 * 1024
# What may still run after draining.
GRACE_SECONDS = 3
# So many new objects are there before the collector looks at them (Python's own number is 700):
# all but a few of what a request or a message makes are gone without it.
NEW_OBJECTS_MAX = 10_000


class NotUtf8Filter(logging.Filter):
    """Drops a traceback that any client could cause: of a text frame that is no text."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Invalid UTF-8 sequence received from client")


class PunctualProtocol(BoundedHeads):
    """HTTP, for clients that get on with it.

    uvicorn waits for ever for the rest of a request. Nobody else waits meanwhile, but each such
    connection takes one of the process's descriptors, and there is an end to those.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._allow(HEAD_SECONDS_MAX, self._end)

    def connection_lost(self, exc: Exception | None) -> None:
        self._allow_all()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._deadline is None:
            self._allow(HEAD_SECONDS_MAX, self._end)

    def on_headers_complete(self) -> None:
        self._body_bytes = 0
        self._allow(BODY_LOOK_SECONDS, self._look)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._allow_all()
        super().on_message_complete()

    def _look(self) -> None:
        # While we don't read, the client isn't the slow one.
        if self._body_bytes < BODY_LOOK_BYTES and not self.flow.read_paused:
            self._end()
            return
        self._body_bytes = 0
        self._allow(BODY_LOOK_SECONDS, self._look)

    def _end(self) -> None:
        self._deadline = None
        # Nobody is there whom an answer would help.
        self.transport.close()

    def _allow(self, seconds: float, then: Any) -> None:
        self._allow_all()
        self._deadline = self.loop.call_later(seconds, then)

    def _allow_all(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class DrainingServer(Server):
    """Drains between the last accepted connection and the end of the others.

    uvicorn's own shutdown closes every socket at once; by its lifespan event they are gone.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, drain, and let uvicorn close the rest."""
        for server in self.servers:
            server.close()
        await draining.drain()
        await super().shutdown(sockets)


def make(app: Any, *, deflate: bool) -> DrainingServer:
    """Return a server for the ASGI application (or its import string).

    `deflate` offers per-message compression: a third more CPU, 43 KiB per connection.
    """
    return DrainingServer(
        Config(
            app,
            loop="uvloop",
            http=PunctualProtocol,
            # The only implementation that reads no further while the application is behind, and
            # the one that blocks `send` when the client is.
            ws="websockets-sansio",
            ws_max_size=WS_MESSAGE_BYTES_MAX,
            ws_ping_interval=WS_PING_SECONDS,
            ws_ping_timeout=WS_PONG_SECONDS,
            ws_per_message_deflate=deflate,
            # Django's settings say how lines look. Below a warning there is one line for every
            # socket, with the query string in it.
            log_config=None,
            log_level="warning",
            access_log=False,
            # Whose X-Forwarded-For counts is decided in kmarket.limits.
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


def run(server: Server, listener: socket.socket) -> None:
    """Serve in a new event loop until SIGTERM or SIGINT; return when everything is closed."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal once more after its orderly end. That was the answer to it.
        signal.signal(number, _already_answered)
    server.config.load()
    _take_all_descriptors()
    _leave_alone_what_is_there()
    server.run(sockets=[listener])


def _take_all_descriptors() -> None:
    """Use as many descriptors as this process may: each connection needs one.

    What a shell hands on is often 1,024, for the sake of programs older than poll().
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some kernels name no number, and take none that is not one.
    if most != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _leave_alone_what_is_there() -> None:
    """Keep all modules out of the garbage collector's sight.

    They are 190,000 objects, which stay. Each look at them takes 100 ms, and nobody gets an answer
    meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS_MAX)


def _already_answered(number: int, frame: FrameType | None) -> None:
    pass

"""One web process: uvicorn for many sockets, which sends its clients away before it stops."""

import gc
import logging
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
# What may still run after draining.
GRACE_SECONDS = 3
# So many new objects are there before the collector looks at them (Python's own number is 700):
# all but a few of what a request or a message makes are gone without it.
NEW_OBJECTS_MAX = 10_000


class NotUtf8Filter(logging.Filter):
    """Drops a traceback that any client could cause: of a text frame that is no text."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Invalid UTF-8 sequence received from client")


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
            http=BoundedHeads,
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
    _leave_alone_what_is_there()
    server.run(sockets=[listener])


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

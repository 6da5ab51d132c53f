"""The server's own connection under an ASGI `send`: what ASGI has no words for.

uvicorn frames a message anew for each client that it is sent to. Here a frame is made once, and its
bytes are written to each connection that would take them at once. Under another server, with
compression, or where a client is behind, there is nothing to write to, and messages go by `send`.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from oddsfeed import protocol

# A whole text message in one frame (RFC 6455, 5.2), its length in 7, 16 or 64 bits.
_TEXT = 0x81
_LENGTH_16, _LENGTH_64 = 126, 127
# Frames that many clients may be about to get: those of a resume storm.
FRAMES_KEPT = 4096
# Joined ones of this tick.
JOINED_KEPT = 16


class Wire:
    """uvicorn's connection of one client."""

    __slots__ = ("_server",)

    def __init__(self, server: WebSocketsSansIOProtocol) -> None:
        self._server = server

    @classmethod
    def under(cls, send: Callable[..., Any]) -> Self | None:
        """Return the connection of an accepted socket, None where frames can't be written to it."""
        server = getattr(send, "__self__", None)
        if isinstance(server, WebSocketsSansIOProtocol) and not server.conn.extensions:
            return cls(server)
        return None

    def write(self, data: bytes) -> bool:
        """Write frames if the connection would take them now, and tell whether it did."""
        server = self._server
        if (
            server.close_sent
            or server.disconnected
            or not server.writable.is_set()
            or server.transport.is_closing()
        ):
            return False
        server.transport.write(data)
        return True


def abort(send: Callable[..., Any]) -> None:
    """End a connection at once: a close frame would wait behind what the client doesn't take."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    # Under other servers the kernel's time-outs end it.
    if transport is not None:
        transport.abort()


@lru_cache(maxsize=FRAMES_KEPT)
def framed(text: str) -> bytes:
    """Return the bytes of a text message."""
    payload = text.encode()
    size = len(payload)
    if size < _LENGTH_16:
        return bytes((_TEXT, size)) + payload
    if size < 1 << 16:
        return bytes((_TEXT, _LENGTH_16)) + size.to_bytes(2) + payload
    return bytes((_TEXT, _LENGTH_64)) + size.to_bytes(8) + payload


@lru_cache(maxsize=JOINED_KEPT)
def joined(texts: tuple[str, ...]) -> bytes:
    """Return the bytes of one message that joins several. Clients of one tick have the same."""
    return framed.__wrapped__(protocol.joined(texts))

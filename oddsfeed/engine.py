"""Engine.IO, the layer below Socket.IO, as python-engineio has it, with what it lacks.

A session is a client's, over polling, over a websocket, or first one and then the other. What
python-engineio leaves to chance is put right here: what clients may send is looked at before it is
parsed, what waits to be polled is bounded, a poll that breaks off ends its session instead of
losing what it was given, refusals have the API's one shape, and nothing waits for who doesn't read.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import engineio
import orjson
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet

from kmarket.limits import Receive
from oddsfeed import protocol, sio_protocol

# What a polling client may leave unfetched; the rest waits in its outbox.
UNFETCHED_BYTES_MAX = 64 * 1024
PING_SECONDS = 15.0
PONG_SECONDS = 15.0
TOO_LARGE, NOT_TEXT = 1009, 1007

Send = Callable[[Any], Coroutine[Any, Any, None]]


class Unfetched(asyncio.Queue[Packet | None]):
    """The packets that a session has not fetched yet, and how large they are in all."""

    def _init(self, maxsize: int) -> None:
        super()._init(maxsize)
        self.bytes = 0
        self._fetched = asyncio.Event()

    def _put(self, item: Packet | None) -> None:
        self.bytes += _size(item)
        super()._put(item)

    def _get(self) -> Packet | None:
        item: Packet | None = super()._get()
        self.bytes -= _size(item)
        self._fetched.set()
        return item

    async def put_text(self, text: str) -> None:
        """Append a packet of ours, as soon as there is room."""
        while self.bytes > UNFETCHED_BYTES_MAX:
            self._fetched.clear()
            await self._fetched.wait()
        # Engine.IO writes the type of the packet, which the text begins with, itself.
        self.put_nowait(Packet(MESSAGE, data=text[1:]))


class Door:
    """The websocket of one session. python-engineio makes one for each, in place of its own."""

    def __init__(self, handler: Callable[["Door"], Coroutine[Any, Any, None]], server: Any) -> None:
        self._handler = handler
        self._engine: Engine = server
        # The handler is the session's own method.
        self._session: AsyncSocket = handler.__self__  # type: ignore[attr-defined]
        self._receive: Receive | None = None
        self._is_sending = False
        self._code = 1000
        self.send_raw: Send

    async def __call__(self, environ: dict[str, Any]) -> str:
        self._receive, self.send_raw = environ["asgi.receive"], environ["asgi.send"]
        await self.send_raw({"type": "websocket.accept"})
        self._engine.doors[self._session.sid] = self
        try:
            await self._handler(self)
        finally:
            del self._engine.doors[self._session.sid]
            # Who leaves in the midst of an upgrade goes on polling.
            self._session.upgrading = False
        return ""

    @property
    def is_the_only_way(self) -> bool:
        """Whether nothing of this session is on another way: what is sent by hand is the next."""
        return self._session.upgraded and self._session.queue.empty() and not self._is_sending

    async def send(self, text: str) -> None:
        """Send one of Engine.IO's own packets, or what was waiting before the upgrade."""
        self._is_sending = True
        try:
            await self.send_raw({"type": "websocket.send", "text": text})
        finally:
            self._is_sending = False

    async def wait(self) -> str:
        """Return the next packet that may be one.

        Raises:
            OSError: the client is gone, or is now because of what it sent.
        """
        assert self._receive is not None
        event = await self._receive()
        text: str | None = event.get("text")
        if event["type"] != "websocket.receive":
            raise OSError("the client has left")
        if text is None or not sio_protocol.is_packet(text):
            self._code = NOT_TEXT
            raise OSError("not a packet")
        if len(text.encode()) > protocol.FRAME_BYTES_MAX:
            self._code = TOO_LARGE
            raise OSError("too large")
        return text

    async def close(self) -> None:
        try:
            await self.send_raw({"type": "websocket.close", "code": self._code})
        except (OSError, RuntimeError):
            # Closed already, by us or by the client.
            return


class Engine(engineio.AsyncServer):
    """All sessions of one process."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._async: dict[str, Any] = {**self._async, "websocket": Door}
        # The websockets that are open, by session.
        self.doors: dict[str, Door] = {}

    def session(self, sid: str) -> AsyncSocket | None:
        """Return a session that is not over."""
        found: AsyncSocket | None = self.sockets.get(sid)
        return None if found is None or found.closed else found

    async def drop(self, sid: str) -> None:
        """End a session whose client is gone."""
        if session := self.session(sid):
            await session.close(wait=False, abort=True)
            # Wakes the poll that nobody waits for any more.
            session.queue.put_nowait(None)

    async def disconnect(self, sid: str | None = None) -> None:
        """End a session. python-engineio's would wait until the client has fetched everything."""
        if sid is not None and (session := self.session(sid)):
            await session.close(wait=False)

    def create_queue(self, *args: Any, **kwargs: Any) -> Unfetched:
        return Unfetched()

    def _log_error_once(self, message: str, message_key: str) -> None:
        # What a client does wrong is its own affair.
        self.logger.debug(message)

    def _bad_request(self, message: str | None = None) -> dict[str, Any]:
        return _refusal("400 BAD REQUEST", "BAD_REQUEST", message or "This is not Engine.IO.")

    def _unauthorized(self, message: str | None = None) -> dict[str, Any]:
        return _refusal("401 UNAUTHORIZED", "UNAUTHORIZED", message or "Not now.")

    def _method_not_found(self) -> dict[str, Any]:
        return _refusal("405 METHOD NOT ALLOWED", "METHOD_NOT_ALLOWED", "Use GET or POST.")


def _size(packet: Packet | None) -> int:
    return len(packet.data) if packet is not None and isinstance(packet.data, str) else 0


def _refusal(status: str, code: str, message: str) -> dict[str, Any]:
    return {
        "status": status,
        "headers": [("Content-Type", "application/json")],
        "response": orjson.dumps({"code": code, "message": message}),
    }

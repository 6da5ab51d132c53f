"""What comes to /socket.io/ before Engine.IO sees it: limits, origins, whole polls.

As everywhere else a refusal has the API's one shape, and a page may read what CORS lets it read.
Websockets have no such rules: who connects shows a token, which no browser adds by itself.
"""

import asyncio
from typing import Any
from urllib.parse import parse_qs

from corsheaders.middleware import CorsMiddleware
from django.http import HttpRequest, HttpResponse

from kmarket.errors import refusal
from kmarket.limits import WAIT, Receive, Scope, Send, header, too_many
from oddsfeed import protocol, sio, sio_protocol
from oddsfeed.engine import Engine

PATHS = frozenset({"/socket.io", "/socket.io/"})
METHODS = frozenset({"GET", "POST"})
# What one POST of a polling client may hold, as Engine.IO has it.
PACKETS_MAX = 16
SEPARATOR = "\x1e"

# The REST API's own, for its decisions about origins.
_cors = CorsMiddleware(lambda request: HttpResponse())


class SocketIO:
    """ASGI application: answers at PATHS, and leaves the rest to the one inside."""

    def __init__(self, app: Any) -> None:
        self.app = app
        # The poll that is under way, by session.
        self._polls: dict[str, object] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] not in PATHS:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await sio.current().handle_request(scope, receive, send)
        else:
            await self._answer(scope, receive, _with_cors(scope, send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        engine: Engine = sio.current().eio
        query = parse_qs(scope["query_string"].decode("latin-1"))
        (sid,) = query.get("sid", [""])[:1]
        if scope["method"] == "OPTIONS":
            await _send(send, HttpResponse(status=204))
        elif why := self._refusal(scope, query, sid):
            await _send(send, why)
        elif scope["method"] == "POST":
            await _take(engine, scope, receive, send)
        elif not sid:
            await engine.handle_request(scope, receive, send)
        else:
            await self._poll(engine, sid, scope, receive, send)

    async def _poll(
        self, engine: Engine, sid: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        this = self._polls[sid] = object()

        def is_over() -> None:
            if self._polls.get(sid) is this:
                del self._polls[sid]

        async def sent(message: Any) -> None:
            # Before the client has the answer: its next poll may be here before we are done.
            is_over()
            await send(message)

        try:
            await _whole_poll(engine, sid, scope, receive, sent)
        finally:
            is_over()

    def _refusal(self, scope: Scope, query: dict[str, list[str]], sid: str) -> HttpResponse | None:
        """Return why a request isn't Engine.IO's, None where it is."""
        if wait := scope.get(WAIT):
            return too_many(wait)
        if scope["method"] not in METHODS:
            return refusal(405, "Use GET or POST.")
        if "j" in query:
            return refusal(400, "Answers are not given as scripts.")
        if sid in self._polls and scope["method"] == "GET":
            return refusal(400, "This session is being polled already.")
        return None


async def _take(engine: Engine, scope: Scope, receive: Receive, send: Send) -> None:
    """Look at what a client posts, then hand it on."""
    body = await _body(receive)
    if body is None:
        limit = protocol.FRAME_BYTES_MAX
        await _send(send, refusal(413, f"A body may hold {limit} bytes at most."))
    elif not _is_sound(body):
        await _send(send, refusal(400, "This is not Engine.IO."))
    else:
        # Its length, whether it was said or not.
        headers = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
        scope = {**scope, "headers": [*headers, (b"content-length", b"%d" % len(body))]}
        await engine.handle_request(scope, _once({"type": "http.request", "body": body}), send)


async def _whole_poll(engine: Engine, sid: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Let a client wait for packets. If it leaves meanwhile, its session is over: it would never
    get what it is given from now on."""
    asked = await receive()
    answering = asyncio.ensure_future(engine.handle_request(scope, _once(asked), send))
    leaving = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            await engine.drop(sid)
        await answering
    finally:
        leaving.cancel()


async def _body(receive: Receive) -> bytes | None:
    """Return a body, None where it is too large."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > protocol.FRAME_BYTES_MAX:
            return None
        if not message.get("more_body"):
            return body


def _is_sound(body: bytes) -> bool:
    try:
        packets = body.decode().split(SEPARATOR)
    except UnicodeDecodeError:
        return False
    return len(packets) <= PACKETS_MAX and all(map(sio_protocol.is_packet, packets))


def _once(message: Any) -> Receive:
    async def receive() -> Any:
        return message

    return receive


def _with_cors(scope: Scope, send: Send) -> Send:
    """Return `send` with the headers that let a page of another origin read the answer."""
    request = HttpRequest()
    request.method = scope["method"]
    if origin := header(scope, b"origin"):
        request.META["HTTP_ORIGIN"] = origin
    allowed = _cors.add_response_headers(request, HttpResponse())
    del allowed["Content-Type"]
    added = _headers(allowed)

    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *added]}
        await send(message)

    return sent


async def _send(send: Send, answer: HttpResponse) -> None:
    headers = [*_headers(answer), (b"content-length", b"%d" % len(answer.content))]
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})


def _headers(answer: Any) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in answer.items()]

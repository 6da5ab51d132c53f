"""What every client asks again and again, answered before Django where this process knows it.

`odds/{id}`, `odds/snapshot` and `markets/active` without a token take this road; `_asked` decides
that, and nothing else does. Everybody else, and whoever asks what isn't known here for certain,
goes on to the view. The answer is the view's to the byte (only `source` may differ):

- odds come from the hub's topic, which hears each change and is compared with the database every
  second, through the view's own functions and renderer;
- the list of active markets is an answer of the view's, kept for a second and dropped as soon as
  the hub hears that a market began or ceased to take bets;
- headers are those that Django gave to the same question before.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import orjson
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer

from kmarket.ids import SAFE_MAX
from kmarket.limits import WAIT, Receive, Scope, Send
from kmarket.requests import ROUTE, sane_or_new
from markets.api.serializers import odds_body, odds_etag, snapshot_body
from oddsfeed import hub
from oddsfeed.topics import Topic

_PATHS = re.compile(
    r"/api/v1/(?:odds/([0-9]{1,16})|markets/([0-9]{1,16})/odds/snapshot|(markets/active))"
)
# Who sends one of these wants something that only Django knows.
_FOR_DJANGO = (b"authorization", b"if-match", b"if-unmodified-since", b"transfer-encoding")
# What differs from answer to answer, or is made anew for each.
_OWN_HEADERS = frozenset({b"etag", b"content-length", b"x-request-id"})
# How long an answer of the view's stands for the list: as long as until the hub compares again.
ACTIVE_SECONDS = hub.CHECK_SECONDS
# Of each, in this process.
HEADS_MAX = 1_000
BODIES_MAX = 20_000

ODDS, SNAPSHOT, ACTIVE = "odds", "snapshot", "active"
# What the view says of where its list came from, and what is so the next time.
_FROM_HERE = (b'"source":"db"', b'"source":"cache"')
# The views', for whoever counts.
_ROUTES = {
    ODDS: "api/v1/odds/<id:market_id>",
    SNAPSHOT: "api/v1/markets/<id:market_id>/odds/snapshot",
    ACTIVE: "api/v1/markets/active",
}
_BODY_OF = {ODDS: odds_body, SNAPSHOT: snapshot_body}

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that may take this road."""

    kind: str
    market_id: int  # 0: of no single market
    host: bytes
    origin: bytes
    request_id: str
    # The tags of If-None-Match.
    known: tuple[str, ...]

    def has(self, tag: str) -> bool:
        """Tell whether the client has what this tag names. Weak tags count: the bytes are one."""
        return any(known in {"*", tag} for known in (one.removeprefix("W/") for one in self.known))


@dataclass(frozen=True, slots=True)
class Answer:
    """A body and its tag."""

    tag: str
    body: bytes


class HotReads:
    """ASGI application around Django's. Everything in here happens in one event loop."""

    def __init__(self, app: Any) -> None:
        self.app = app
        # Django's headers by (kind, host, origin, status); at most HEADS_MAX.
        self._heads: dict[tuple[str, bytes, bytes, int], Headers] = {}
        # By (kind, market) what was made of a topic, and where that stood; at most BODIES_MAX.
        self._bodies: dict[tuple[str, int], tuple[Topic, int, str, Answer]] = {}
        # The list, until when by the loop's clock, and at which count of changes.
        self._active: tuple[Answer, float, int] | None = None
        self._opening: set[asyncio.Task[Any]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope)
        if asked is None:
            await self.app(scope, receive, send)
            return
        answer = self._known(asked)
        status = 304 if answer and asked.has(answer.tag) else 200
        head = self._heads.get((asked.kind, asked.host, asked.origin, status))
        if answer is None or head is None:
            await self._learn(asked, scope, receive, send)
            return
        headers = [
            *head,
            (b"etag", answer.tag.encode()),
            (b"x-request-id", asked.request_id.encode()),
        ]
        scope[ROUTE] = _ROUTES[asked.kind]
        body = b""
        if status == 200:  # noqa: PLR2004
            body = answer.body
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _known(self, asked: Asked) -> Answer | None:
        """Return what this process knows for certain to be the answer now."""
        here = hub.current()
        if not here.hears:
            return None
        if asked.kind == ACTIVE:
            return self._known_list(here)
        topic = here.topics.get(asked.market_id)
        if topic is None or topic.seq != topic.head:
            return None
        topic.idle_since = asyncio.get_running_loop().time()
        made = self._bodies.get((asked.kind, asked.market_id))
        if made and made[:3] == (topic, topic.seq, topic.epoch):
            return made[3]
        return self._made(asked.kind, topic)

    def _known_list(self, here: hub.Hub) -> Answer | None:
        if self._active is None:
            return None
        answer, until, changes = self._active
        fresh = changes == here.list_changes and asyncio.get_running_loop().time() < until
        return answer if fresh else None

    def _made(self, kind: str, topic: Topic) -> Answer:
        state = {**orjson.loads(topic.frame), "epoch": topic.epoch}
        body = JSONRenderer().render(_BODY_OF[kind](topic.market_id, state, source="cache"))
        tag = odds_etag(topic.market_id, epoch=topic.epoch, seq=topic.seq)
        answer = Answer(tag, body)
        if len(self._bodies) >= BODIES_MAX:
            self._bodies.clear()
        self._bodies[kind, topic.market_id] = (topic, topic.seq, topic.epoch, answer)
        return answer

    async def _learn(self, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        """Have Django answer, and see what can be told without it from now on."""
        here, loop = hub.current(), asyncio.get_running_loop()
        until, changes = loop.time() + ACTIVE_SECONDS, here.list_changes
        start: dict[str, Any] = {}

        async def seen(message: Any) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif start["status"] in {200, 304}:
                self._note(asked, start["status"], start["headers"])
                if asked.kind == ACTIVE and start["status"] == 200:  # noqa: PLR2004
                    tag = dict(start["headers"])[b"ETag"].decode()
                    body = message["body"].replace(*_FROM_HERE, 1)
                    self._active = (Answer(tag, body), until, changes)
            await send(message)

        await self.app(scope, receive, seen)
        if asked.market_id and start.get("status") in {200, 304}:
            self._open(here, asked.market_id)

    def _note(self, asked: Asked, status: int, headers: Headers) -> None:
        if len(self._heads) >= HEADS_MAX:
            self._heads.clear()
        self._heads[asked.kind, asked.host, asked.origin, status] = [
            (name, value) for name, value in headers if name.lower() not in _OWN_HEADERS
        ]

    def _open(self, here: hub.Hub, market_id: int) -> None:
        if market_id not in here.topics:
            task = asyncio.get_running_loop().create_task(here.open([market_id]))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)


def _asked(scope: Scope) -> Asked | None:
    """Return the question if it may be answered here: the one place that decides it."""
    if scope["method"] != "GET" or scope.get(WAIT):
        return None
    match = _PATHS.fullmatch(scope["path"])
    if match is None:
        return None
    headers: dict[bytes, bytes] = dict(scope["headers"])
    sent_twice = len(headers) != len(scope["headers"])
    has_body = headers.get(b"content-length", b"0") != b"0"
    if sent_twice or has_body or any(name in headers for name in _FOR_DJANGO):
        return None
    market_id = int(match[1] or match[2] or 0)
    if not match[3] and not 0 < market_id <= SAFE_MAX:
        return None
    known = headers.get(b"if-none-match")
    return Asked(
        kind=ODDS if match[1] else SNAPSHOT if match[2] else ACTIVE,
        market_id=market_id,
        host=headers.get(b"host", b""),
        origin=headers.get(b"origin", b""),
        request_id=sane_or_new(headers.get(b"x-request-id", b"").decode("latin-1")),
        known=tuple(parse_etags(known.decode("latin-1"))) if known else (),
    )

"""The sockets: /ws/odds, and what any other path gets."""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, assert_never
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from accounts import access
from kmarket import draining
from kmarket.errors import DomainError
from kmarket.limits import Buckets, Receive, Scope, Send
from oddsfeed import hub, protocol, reads
from oddsfeed.outbox import Outbox
from oddsfeed.protocol import BadMessage, Close, Options
from oddsfeed.replays import Replay
from oddsfeed.topics import Topic

# Mistakes that a client may make at once, then one every two seconds.
MISTAKES_MAX = 20
MISTAKES_PER_SECOND = 0.5
# What answers for a session that cannot be looked up now.
UNAVAILABLE = (Close.RESTART, "unavailable")

# Names no channel layer: Channels would make each consumer a queue of its own in Redis.
NO_LAYER = "none"


class NoSocketHere(AsyncWebsocketConsumer):
    """Any other path. Accepted first: a refused handshake tells a browser nothing."""

    channel_layer_alias = NO_LAYER

    async def connect(self) -> None:
        await self.accept()
        await self.close(int(Close.NOTHING_HERE), "nothing is at this address")


class OddsConsumer(AsyncWebsocketConsumer):
    """One client of /ws/odds and what it asks for. What it gets goes through its outbox."""

    channel_layer_alias = NO_LAYER

    # None until the client is known.
    outbox: Outbox | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.outbox is not None:
                self.outbox.gone()

    async def dispatch(self, message: dict[str, Any]) -> None:
        # Channels would close old database connections before each message, by way of the one
        # thread that all consumers share. This one opens none.
        if message["type"] == "websocket.connect":
            await self.connect()
        elif message["type"] == "websocket.receive":
            await self.receive(message.get("text"))
        else:
            raise StopConsumer

    async def connect(self) -> None:
        self.hub = hub.current()
        caller, refusal = await self._caller()
        offered = self.scope.get("subprotocols", [])
        await self.accept(protocol.SUBPROTOCOL if protocol.SUBPROTOCOL in offered else None)
        if caller is None:
            code, reason = refusal
            # Daphne takes no other kind of number.
            await self.close(int(code), reason)
            return
        # At most MARKETS_MAX.
        self.topics: dict[int, Topic] = {}
        self.options = Options(heartbeat=False, batch=False, conflate_ms=0)
        self.session_id = str(caller.session_id)
        self.messages = Buckets(
            rate=protocol.MESSAGES_PER_SECOND, burst=protocol.MESSAGES_PER_SECOND
        )
        self.mistakes = Buckets(rate=MISTAKES_PER_SECOND, burst=MISTAKES_MAX)
        self.next_beat: asyncio.TimerHandle | None = None
        self.outbox = Outbox(self.base_send, on_end=self._ended)
        self.hub.enter(self.outbox, self.session_id)
        lives = (caller.expires_at - datetime.now(tz=UTC)).total_seconds()
        self.expiry = asyncio.get_running_loop().call_later(
            lives, self.outbox.close, Close.BAD_TOKEN, "token expired"
        )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what one frame asks for. A mistake costs an `error`, and nothing else."""
        if self.outbox is None or self.outbox.ended:
            return
        try:
            await self._do(self._read(text_data))
        except BadMessage as exc:
            self.outbox.post(protocol.error(code=exc.code, message=str(exc), request_id=exc.id))
            if settings.RATE_LIMIT and self.mistakes.wait("mistakes"):
                self.outbox.close(Close.ABUSE, "too many mistakes")

    def _read(self, text: str | None) -> protocol.ClientMessage:
        if settings.RATE_LIMIT and self.messages.wait("messages"):
            limit = protocol.MESSAGES_PER_SECOND
            raise BadMessage(f"At most {limit} messages a second.", code="RATE_LIMITED")
        if text is None:
            raise BadMessage("Messages are text frames, not binary ones.")
        return protocol.parse(text)

    async def _do(self, message: protocol.ClientMessage) -> None:
        match message:
            case protocol.Subscribe():
                await self._subscribe(message)
            case protocol.Unsubscribe():
                self._unsubscribe(message)
            case protocol.Resume():
                await self._resume(message)
            case protocol.Ping():
                self._out.post(protocol.pong(ts=message.ts, request_id=message.id))
            case _:
                assert_never(message)

    async def _subscribe(self, message: protocol.Subscribe) -> None:
        new = self._new(message.market_ids, message.id)
        rejected = await self.hub.open(new)
        # No await from here on: what the snapshots say and where the live updates begin is one.
        if self._out.ended:
            return
        if message.options is not None:
            self._arrange(message.options)
        joining = {pk: self.hub.topics[pk] for pk in new if pk not in rejected}
        self._follow(joining)
        self._out.post(
            protocol.ack(
                subscribed=self.topics,
                rejected=rejected,
                options=self.options if message.options is not None else None,
                request_id=message.id,
            )
        )
        for topic in joining.values():
            topic.give_snapshot(self._out)

    def _unsubscribe(self, message: protocol.Unsubscribe) -> None:
        for pk in message.market_ids:
            if topic := self.topics.pop(pk, None):
                self.hub.part(topic, self._out)
        self._out.post(protocol.ack(subscribed=self._followed(), request_id=message.id))

    async def _resume(self, message: protocol.Resume) -> None:
        self._new(message.offsets, message.id)
        rejected = await self.hub.open(message.offsets)
        replay = Replay(
            self.hub,
            self._out,
            {self.hub.topics[pk]: seq for pk, seq in message.offsets.items() if pk not in rejected},
            epoch=message.epoch,
        )
        with replay.pinned():
            await replay.run()
            # No await from here on, as above.
            if self._out.ended:
                return
            resumed = replay.finish()
        rejected |= {topic.market_id: hub.NOT_FOUND for topic in replay.gone()}
        self._follow(resumed)
        self._out.post(
            protocol.ack(
                subscribed=self._followed(),
                rejected=rejected,
                resumed={pk: topic.seq for pk, topic in resumed.items()},
                request_id=message.id,
            )
        )

    def _follow(self, topics: dict[int, Topic]) -> None:
        # First, so that an outbox that ends by one of the next messages is taken out again.
        for pk, topic in topics.items():
            self.topics[pk] = topic
            self.hub.join(topic, self._out)

    def _followed(self) -> dict[int, Topic]:
        # A market may have vanished meanwhile.
        self.topics = {pk: topic for pk, topic in self.topics.items() if not topic.gone}
        return self.topics

    def _new(self, market_ids: Iterable[int], request_id: protocol.Id | None) -> list[int]:
        """Return those that the client doesn't follow yet, where it may follow them too."""
        followed = self._followed()
        new = [pk for pk in market_ids if pk not in followed]
        if len(followed) + len(new) > protocol.MARKETS_MAX:
            refusal = BadMessage(f"A connection follows {protocol.MARKETS_MAX} markets at most.")
            refusal.id = request_id
            raise refusal
        return new

    def _arrange(self, wanted: Options) -> None:
        self.options = options = wanted.over(self.options)
        self._out.arrange(batch=bool(options.batch), conflate_ms=options.conflate_ms or 0)
        if options.heartbeat and self.next_beat is None:
            self._plan_beat()
        elif not options.heartbeat and self.next_beat is not None:
            self.next_beat.cancel()
            self.next_beat = None

    def _plan_beat(self) -> None:
        loop = asyncio.get_running_loop()
        self.next_beat = loop.call_later(protocol.HEARTBEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        self._plan_beat()
        marks = {}
        for pk, topic in self._followed().items():
            # While a replay is under way, the client isn't where the topic is.
            if self._out in topic.clients:
                held = self._out.held_from(pk)
                marks[pk] = topic.seq if held is None else held - 1
        ts = time.time_ns() // 1_000_000
        self._out.post(protocol.heartbeat(ts=ts, status=self.hub.status, marks=marks))

    def _ended(self) -> None:
        """Nothing more will be sent: let go of what is held for this client."""
        self.expiry.cancel()
        if self.next_beat is not None:
            self.next_beat.cancel()
        for topic in self.topics.values():
            self.hub.part(topic, self._out)
        self.hub.leave(self._out, self.session_id)

    @property
    def _out(self) -> Outbox:
        assert self.outbox is not None
        return self.outbox

    async def _caller(self) -> tuple[access.Caller | None, tuple[Close, str]]:
        """Return who connects; or None and how to close."""
        if draining.started():
            return None, (Close.RESTART, "restart")
        token = _token(self.scope)
        if not token:
            return None, (Close.BAD_TOKEN, "token missing")
        try:
            return await self.hub.ask(access.caller_of, token), UNAVAILABLE
        except reads.DATABASE_AWAY:
            return None, UNAVAILABLE
        except DomainError as exc:
            unauthorized = exc.status == 401  # noqa: PLR2004
            return None, (Close.BAD_TOKEN, "token refused") if unauthorized else UNAVAILABLE


def _token(scope: Scope) -> str:
    """Return the token of the query or of a subprotocol, "" where there is none."""
    for offered in scope.get("subprotocols", []):
        if offered.startswith(protocol.BEARER):
            return str(offered[len(protocol.BEARER) :])
    query: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("token", [""])[0]

"""The sockets: /ws/odds, and what any other path gets."""

import asyncio
import time
from collections.abc import Collection
from typing import Any, assert_never
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from kmarket.buckets import Buckets
from kmarket.limits import Receive, Scope, Send, client_address
from kmarket.requests import current_user
from oddsfeed import hub, protocol, reads
from oddsfeed.clients import Whose
from oddsfeed.following import Following
from oddsfeed.handshake import Refused, caller_of
from oddsfeed.outbox import Outbox
from oddsfeed.protocol import BadMessage, Close, Options
from oddsfeed.replays import Replay

# Mistakes that a client may make at once, then one every two seconds.
MISTAKES_MAX = 20
MISTAKES_PER_SECOND = 0.5

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
        refused = caller = None
        try:
            caller = await caller_of(self.hub, _token(self.scope))
        except Refused as exc:
            refused = exc
        offered = self.scope.get("subprotocols", [])
        await self.accept(protocol.SUBPROTOCOL if protocol.SUBPROTOCOL in offered else None)
        if caller is None:
            assert refused is not None
            # Daphne takes no other kind of number.
            await self.close(int(refused.code), refused.reason)
            return
        whose = Whose(caller.user_id, client_address(self.scope))
        if why := self.hub.people.full(whose):
            await self.close(int(Close.ABUSE), why)
            return
        self.user_id = caller.user_id
        # Not sooner: what the hub began then, if this is the first client, is about nobody.
        current_user.set(caller.user_id)
        self.channels: set[str] = set()
        self.options = Options(heartbeat=False, batch=False, conflate_ms=0)
        self.session_id = str(caller.session_id)
        self.messages = Buckets(
            rate=protocol.MESSAGES_PER_SECOND, burst=protocol.MESSAGES_PER_SECOND
        )
        self.mistakes = Buckets(rate=MISTAKES_PER_SECOND, burst=MISTAKES_MAX)
        self.next_beat: asyncio.TimerHandle | None = None
        self.outbox = Outbox(self.base_send, on_end=self._ended)
        self.following = Following(self.hub, self.outbox)
        self.hub.people.enter(self.outbox, self.session_id, whose)
        self.expiry = asyncio.get_running_loop().call_later(
            caller.left, self.outbox.close, Close.BAD_TOKEN, "token expired"
        )

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what one frame asks for. A mistake costs an `error`, and nothing else."""
        if self.outbox is None or self.outbox.ended:
            return
        try:
            message = self._read(text_data)
        except BadMessage as exc:
            self._refuse(exc, exc.id)
            return
        try:
            await self._do(message)
        except BadMessage as exc:
            self._refuse(exc, message.id)

    def _refuse(self, exc: BadMessage, request_id: protocol.Id | None) -> None:
        self._out.post(protocol.error(code=exc.code, message=str(exc), request_id=request_id))
        if settings.RATE_LIMIT and self.mistakes.wait("mistakes"):
            self._out.close(Close.ABUSE, "too many mistakes")

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
        new = self.following.new(message.market_ids)
        rejected = await self.hub.open(new)
        home = await self._home(message.channels)
        # No await from here on: what the snapshots say and where the live updates begin is one.
        if self._out.ended:
            return
        if message.options is not None:
            self._arrange(message.options)
        self._tune_in(message.channels)
        joining = {pk: self.hub.topics[pk] for pk in new if pk not in rejected}
        self.following.join(joining)
        self._out.post(
            protocol.ack(
                subscribed=self.following.now(),
                rejected=rejected,
                options=self.options if message.options is not None else None,
                channels=self.channels if message.channels else None,
                request_id=message.id,
            )
        )
        for topic in joining.values():
            topic.give_snapshot(self._out)
        if home:
            self._out.post(home)

    def _unsubscribe(self, message: protocol.Unsubscribe) -> None:
        self.following.part(message.market_ids)
        self._tune_out(message.channels)
        self._out.post(
            protocol.ack(
                subscribed=self.following.now(),
                channels=self.channels if message.channels else None,
                request_id=message.id,
            )
        )

    async def _resume(self, message: protocol.Resume) -> None:
        self.following.new(message.offsets)
        rejected = await self.hub.open(message.offsets)
        offsets = {
            self.hub.topics[pk]: seq for pk, seq in message.offsets.items() if pk not in rejected
        }
        epochs = dict.fromkeys(offsets, message.epoch) if message.epoch is not None else {}
        replay = Replay(self.hub, self._out, offsets, epochs=epochs)
        with replay.pinned():
            await replay.run()
            # No await from here on, as above.
            if self._out.ended:
                return
            resumed = replay.finish()
        for topic, reason in replay.whole().items():
            # As it is now: the ack that follows says that the client has got so far.
            resync = protocol.resync(topic.frame, epoch=topic.epoch, reason=reason)
            self._out.post(resync)
        rejected |= {topic.market_id: hub.NOT_FOUND for topic in replay.gone()}
        self.following.join(resumed)
        self._out.post(
            protocol.ack(
                subscribed=self.following.now(),
                rejected=rejected,
                resumed={pk: topic.seq for pk, topic in resumed.items()},
                request_id=message.id,
            )
        )

    async def _home(self, channels: Collection[str]) -> str:
        """Enter the user's own room if that is asked for; return the frame to begin with."""
        if protocol.USER not in channels or protocol.USER in self.channels:
            return ""
        if self.user_id is None:
            raise BadMessage("A guest has no user events: sign in.", code="FORBIDDEN")
        self.channels.add(protocol.USER)
        try:
            return await self.hub.rooms.enter(self.user_id, self._out)
        except reads.DATABASE_AWAY:
            self.channels.discard(protocol.USER)
            again = "User events cannot be had now: ask again in a moment."
            raise BadMessage(again, code=hub.UNAVAILABLE) from None

    def _tune_in(self, channels: Collection[str]) -> None:
        if protocol.MARKETS in channels:
            self.channels.add(protocol.MARKETS)
            self._out.wants_events = True
            self.hub.rooms.everybody[self._out] = None

    def _tune_out(self, channels: Collection[str]) -> None:
        self.channels.difference_update(channels)
        if protocol.MARKETS in channels:
            self._out.wants_events = False
            self.hub.rooms.everybody.pop(self._out, None)
        if protocol.USER in channels and self.user_id is not None:
            self.hub.rooms.leave(self.user_id, self._out)

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
        for pk, topic in self.following.now().items():
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
        self.following.end()
        self._tune_out(protocol.CHANNELS)
        self.hub.people.leave(self._out, self.session_id)

    @property
    def _out(self) -> Outbox:
        assert self.outbox is not None
        return self.outbox


def _token(scope: Scope) -> str:
    """Return the token of the query or of a subprotocol, "" where there is none."""
    for offered in scope.get("subprotocols", []):
        if offered.startswith(protocol.BEARER):
            return str(offered[len(protocol.BEARER) :])
    query: dict[str, list[str]] = parse_qs(scope["query_string"].decode("latin-1"))
    return query.get("token", [""])[0]

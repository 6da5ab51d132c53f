"""Socket.IO at /socket.io/: python-socketio's server, fed by the hub like /ws/odds.

Of python-socketio we use the protocol: handshakes, polling, upgrades, namespaces. What is sent goes
through the hub and each client's outbox (`sio_client.py`), never through its rooms, which would
take a task for every recipient and a queue without bounds for every client.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, assert_never
from weakref import WeakKeyDictionary

import orjson
import socketio
from django.conf import settings
from socketio import packet

from accounts import access
from kmarket.buckets import Buckets
from kmarket.limits import client_address
from oddsfeed import hub, protocol, reads, sio_protocol
from oddsfeed.clients import Whose
from oddsfeed.engine import PING_SECONDS, PONG_SECONDS, Engine
from oddsfeed.following import Following
from oddsfeed.handshake import Refused, caller_of
from oddsfeed.hub import Hub
from oddsfeed.protocol import BadMessage, Close
from oddsfeed.replays import Replay
from oddsfeed.sio_client import SioClient, Ticks
from oddsfeed.sio_protocol import SubscribeMarket, SubscribeUser, UnsubscribeMarket, Want
from oddsfeed.topics import Topic

# python-socketio's, whose words below an error hold every packet (settings.LOGGING).
logger = logging.getLogger("oddsfeed.socketio")

# Whoever has said no token by then is sent away.
CONNECT_SECONDS = 10.0
# Whoever was refused has so long to read why.
REFUSED_SECONDS = 1.0
# As on /ws/odds.
MISTAKES_MAX = 20
MISTAKES_PER_SECOND = 0.5

Answer = dict[str, Any]


class Json:
    """What python-socketio calls for JSON."""

    loads = staticmethod(orjson.loads)

    @staticmethod
    def dumps(value: Any, **_: Any) -> str:
        return orjson.dumps(value).decode()


class Packet(packet.Packet):
    """A packet of Socket.IO without binary attachments, which are kept in memory until all are
    there."""

    uses_binary_events = False


class Visit:
    """One client from its handshake on: who it is, and what it asks for."""

    def __init__(
        self, here: Hub, engine: Engine, eio_sid: str, ticks: Ticks, *, address: str
    ) -> None:
        self._hub = here
        self._address = address
        self.client = SioClient(engine, eio_sid, ticks, on_end=self._ended)
        self.following = Following(here, self.client)
        # None until it is known; a client says its token once.
        self.caller: access.Caller | None = None
        self.has_knocked = False
        # Of several POSTs at once, one after the other.
        self.turn = asyncio.Lock()
        # In its own room.
        self._is_at_home = False
        rate = protocol.MESSAGES_PER_SECOND
        self._messages = Buckets(rate=rate, burst=rate)
        self._mistakes = Buckets(rate=MISTAKES_PER_SECOND, burst=MISTAKES_MAX)
        self._end = self._end_in(CONNECT_SECONDS, "token missing")

    def _end_in(self, seconds: float, reason: str) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(seconds, self.client.close, Close.BAD_TOKEN, reason)

    # --- Who it is -------------------------------------------------------------------------------

    async def knock(self, auth: Any) -> None:
        """Find out who this is.

        Raises:
            Refused: it may not come in, or not now.
        """
        self.has_knocked = True
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            self.caller = await caller_of(self._hub, token if isinstance(token, str) else "")
        except Refused as refusal:
            self._end.cancel()
            if refusal.code == Close.BAD_TOKEN:
                self._end = self._end_in(REFUSED_SECONDS, refusal.reason)
            else:
                # Without a word: its client tries again by itself.
                self.client.close(refusal.code, refusal.reason)
            raise

    def begin(self) -> None:
        """It has been told that it is in: from now on it gets what is for everybody."""
        if self.client.ended or self.caller is None:
            return
        whose = Whose(self.caller.user_id, self._address)
        if why := self._hub.people.full(whose):
            self.client.close(Close.ABUSE, why)
            return
        self._end.cancel()
        self._end = self._end_in(self.caller.left, "token expired")
        self._hub.people.enter(self.client, str(self.caller.session_id), whose)
        self._hub.rooms.everybody[self.client] = None

    def _ended(self) -> None:
        self._end.cancel()
        self.following.end()
        if self.caller is not None:
            self._hub.rooms.everybody.pop(self.client, None)
            if self._is_at_home and self.caller.user_id is not None:
                self._hub.rooms.leave(self.caller.user_id, self.client)
            self._hub.people.leave(self.client, str(self.caller.session_id))

    # --- What it asks for ------------------------------------------------------------------------

    def is_too_fast(self) -> bool:
        """Count a message; tell whether it is one too many."""
        return settings.RATE_LIMIT and bool(self._messages.wait("messages"))

    async def answer(self, name: str, args: list[Any]) -> Answer:
        """Do what an event asks for; return what its acknowledgement says."""
        try:
            return await self._do(sio_protocol.request(name, args))
        except BadMessage as exc:
            return self.mistaken(exc.code, str(exc))
        except reads.DATABASE_AWAY:
            return refusal(hub.UNAVAILABLE, "This cannot be read now: ask again in a moment.")

    def mistaken(self, code: str, message: str) -> Answer:
        """Count a mistake, and return its refusal. Too many of them are the end."""
        if settings.RATE_LIMIT and self._mistakes.wait("mistakes"):
            self.client.close(Close.ABUSE, "too many mistakes")
        return refusal(code, message)

    async def _do(self, request: sio_protocol.Request) -> Answer:
        match request:
            case SubscribeMarket():
                answers = await self._subscribe(request.wants)
                return _joined(answers, many=request.many)
            case UnsubscribeMarket():
                self.following.part(request.market_ids)
                left = [{"ok": True, "marketId": pk} for pk in request.market_ids]
                return _joined(left, many=request.many)
            case SubscribeUser():
                return await self._subscribe_user(request.address)
            case _:
                assert_never(request)

    async def _subscribe(self, wants: Iterable[Want]) -> list[Answer]:
        by_market = {want.market_id: want for want in wants}
        self.following.new(by_market)
        refused = await self._hub.open(by_market)
        there = {self._hub.topics[pk]: want for pk, want in by_market.items() if pk not in refused}
        replay = Replay(
            self._hub,
            self.client,
            {topic: want.last_seq for topic, want in there.items() if want.last_seq is not None},
            epochs={topic: want.epoch for topic, want in there.items() if want.epoch is not None},
        )
        with replay.pinned():
            await replay.run()
            # No await from here on: what the answer says and where prices go on is one.
            if self.client.ended:
                return []
            replay.finish()
        refused |= {topic.market_id: hub.NOT_FOUND for topic in there if topic.gone}
        whole = replay.whole()
        answers = _refused(refused)
        for topic, want in there.items():
            if not topic.gone:
                # What is held of it is older than the answer.
                self.client.forget(topic.market_id)
                self.following.join({topic.market_id: topic})
                is_new = want.last_seq is None
                answers[topic.market_id] = _state(topic, is_new=is_new, why=whole.get(topic))
        return [answers[pk] for pk in by_market]

    async def _subscribe_user(self, address: str | None) -> Answer:
        assert self.caller is not None
        if self.caller.user_id is None:
            return self.mistaken("FORBIDDEN", "A guest has no room: sign in with a wallet.")
        own = address and await self._hub.ask(reads.address_of, self.caller.user_id)
        if address != own:
            return self.mistaken("FORBIDDEN", "Everybody listens in their own room only.")
        self._is_at_home = True
        frame = await self._hub.rooms.enter(self.caller.user_id, self.client)
        return {"ok": True, "state": orjson.Fragment(frame)}


class Server(socketio.AsyncServer):
    """All Socket.IO clients of one process."""

    def __init__(self, here: Hub) -> None:
        super().__init__(
            async_mode="asgi",
            # One after the other, so that a client cannot pile up work.
            async_handlers=False,
            namespaces=["/"],
            serializer=Packet,
            json=Json,
            logger=logger,
            engineio_logger=logger,
            ping_interval=PING_SECONDS,
            ping_timeout=PONG_SECONDS,
            max_http_buffer_size=protocol.FRAME_BYTES_MAX,
            http_compression=False,
            # Ours is in `sio_door`, as the rest of the API has it.
            cors_allowed_origins=[],
        )
        self._hub = here
        self._ticks = Ticks()
        self._visits: dict[str, Visit] = {}

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        await super()._handle_eio_connect(eio_sid, environ)
        address = client_address(environ["asgi.scope"])
        self._visits[eio_sid] = Visit(self._hub, self.eio, eio_sid, self._ticks, address=address)

    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        if visit := self._visits.pop(eio_sid, None):
            visit.client.gone()

    async def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        visit = self._visits.get(eio_sid)
        if visit is None or visit.client.ended:
            return
        try:
            read = _read(data)
        except ValueError:
            visit.client.close(Close.ABUSE, "not Socket.IO")
            return
        async with visit.turn:
            if read.packet_type == packet.CONNECT:
                await self._connect(visit, eio_sid, read)
            elif read.packet_type == packet.DISCONNECT:
                await self.eio.disconnect(eio_sid)
            elif visit.caller is not None:
                await self._event(visit, read)

    async def _connect(self, visit: Visit, eio_sid: str, read: Packet) -> None:
        if visit.has_knocked:
            return
        if read.namespace is None:
            try:
                await visit.knock(read.data)
            except Refused as refused:
                if refused.code == Close.BAD_TOKEN:
                    why = {"message": refused.reason, "data": {"code": "UNAUTHORIZED"}}
                    visit.client.post_packet(_packet(packet.CONNECT_ERROR, why))
                return
        else:
            visit.mistaken("NOT_FOUND", "There is one namespace only.")
        await super()._handle_connect(eio_sid, read.namespace, None)
        visit.begin()

    async def _event(self, visit: Visit, read: Packet) -> None:
        if visit.is_too_fast():
            limit = f"At most {protocol.MESSAGES_PER_SECOND} messages a second."
            said = visit.mistaken("RATE_LIMITED", limit)
        else:
            name, *args = read.data
            said = await visit.answer(name, args)
        if read.id is not None:
            visit.client.post_packet(_packet(packet.ACK, [said], read.id))

    async def _send_packet(self, eio_sid: str, pkt: Packet) -> None:
        if visit := self._visits.get(eio_sid):
            visit.client.post_packet(f"4{pkt.encode()}")


def refusal(code: str, message: str, **about: Any) -> Answer:
    """Return what a refused event is acknowledged with."""
    return {"ok": False, "code": code, "message": message, **about}


def _read(data: Any) -> Packet:
    """Read a packet of Socket.IO.

    Raises:
        ValueError: it is none, or not one for us.
    """
    if not isinstance(data, str) or not sio_protocol.is_message(data):
        raise ValueError("not a packet")
    read = Packet(encoded_packet=data)
    if read.packet_type == packet.EVENT:
        named = isinstance(read.data, list) and read.data and isinstance(read.data[0], str)
        if not named:
            raise ValueError("not an event")
    return read


def _packet(kind: int, data: Any, number: int | None = None) -> str:
    return f"4{Packet(kind, data=data, id=number).encode()}"


def _state(topic: Topic, *, is_new: bool, why: str | None) -> Answer:
    """Say where a market stands, and its state where the client hasn't got all before it."""
    answer: Answer = {
        "ok": True,
        "marketId": topic.market_id,
        "seq": topic.seq,
        "epoch": topic.epoch,
        "recovered": not is_new and why is None,
    }
    if is_new:
        answer["state"] = orjson.Fragment(topic.write_snapshot(topic.frame))
    elif why is not None:
        resync = protocol.resync(topic.frame, epoch=topic.epoch, reason=why)
        answer["state"] = orjson.Fragment(resync)
    return answer


def _refused(refused: Mapping[int, str]) -> dict[int, Answer]:
    messages = {
        hub.NOT_FOUND: "There is no such market.",
        hub.UNAVAILABLE: "This market cannot be read now: ask again in a moment.",
    }
    return {pk: refusal(why, messages[why], marketId=pk) for pk, why in refused.items()}


def _joined(answers: list[Answer], *, many: bool) -> Answer:
    if many:
        return {"ok": all(answer["ok"] for answer in answers), "markets": answers}
    # None: the client has left meanwhile.
    return answers[0] if answers else refusal(hub.UNAVAILABLE, "The connection has ended.")


_servers: WeakKeyDictionary[Hub, Server] = WeakKeyDictionary()


def current() -> Server:
    """Return the server of the running event loop."""
    here = hub.current()
    if here not in _servers:
        _servers[here] = Server(here)
    return _servers[here]

"""One Socket.IO client's way out: an outbox over its Engine.IO session, and prices by the tick.

Prices don't go out one by one. What changes within TICK_SECONDS of the first change reaches a
client as one event, the newest of each market; while the client has not taken what came before,
later ones only take the place of earlier ones. So prices are never queued, and all else is bounded
by the outbox.
"""

import asyncio
from collections.abc import Callable, Sequence
from functools import lru_cache

from oddsfeed import protocol, sio_protocol, wires
from oddsfeed.engine import Engine
from oddsfeed.outbox import Message, Outbox
from oddsfeed.pace import Update
from oddsfeed.protocol import Close
from oddsfeed.sio_protocol import TICK_SECONDS

# With these a client that came back by itself would only be sent away again: Socket.IO's clients
# stay away after this packet.
FOR_GOOD = frozenset({Close.BAD_TOKEN, Close.ABUSE})
DISCONNECT = "41"
# Those of a tick: of so many sets of markets, each some kilobytes.
BATCHES_KEPT = 256


class Ticks:
    """The common clock of all clients of a process. Runs while somebody has something to get."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due: dict[SioClient, None] = {}

    def add(self, client: "SioClient") -> None:
        """Call the client's `tick` at the next tick, which this may begin."""
        if not self._due:
            self._loop.call_later(TICK_SECONDS, self._strike)
        self._due[client] = None

    def _strike(self) -> None:
        due, self._due = self._due, {}
        for client in due:
            client.tick()


class SioClient:
    """A `clients.Client` that speaks Socket.IO."""

    __slots__ = ("_engine", "_held", "_is_due", "_outbox", "_sid", "_tasks", "_ticks")

    wants_events = True

    def __init__(
        self, engine: Engine, sid: str, ticks: Ticks, *, on_end: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._sid = sid
        self._ticks = ticks
        self._outbox = Outbox(self._send, on_end=on_end, abort=self._abort)
        # The newest price of each market since the last tick; at most MARKETS_MAX.
        self._held: dict[int, Update] = {}
        self._is_due = False
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def ended(self) -> bool:
        return self._outbox.ended

    @property
    def sent(self) -> int:
        return self._outbox.sent

    @property
    def too_slow(self) -> bool:
        return self._outbox.too_slow

    def odds(self, market_id: int, seq: int, frame: str, data: bytes) -> None:
        """Send an update with the next tick."""
        self._hold(market_id, Update(seq, frame, seq))

    def whole(self, market_id: int, seq: int, frame: str, write: Callable[[str], str]) -> None:
        """Send a market's whole state with the next tick."""
        self._hold(market_id, Update(seq, frame, seq, whole=write))

    def tick(self) -> None:
        """Send the prices that are held, if the client has taken all else."""
        self._is_due = False
        if self.ended or not self._held:
            return
        if not self._outbox.is_free:
            self._be_due()
            return
        held, self._held = self._held, {}
        frames = tuple(map(_written, held.values()))
        if len(frames) == 1:
            text = sio_protocol.event(frames[0])
            self._outbox.share(text, wires.framed(text))
        else:
            self._outbox.share(*_batch(frames))

    def post(self, text: str) -> None:
        """Send a frame as an event."""
        self._outbox.post(sio_protocol.event(text))

    def post_all(self, texts: Sequence[str]) -> None:
        """Send frames as events."""
        self._outbox.post_all([sio_protocol.event(text) for text in texts])

    def post_packet(self, packet: str) -> None:
        """Send a packet of Socket.IO's own, such as an acknowledgement."""
        self._outbox.post(packet)

    def forget(self, market_id: int) -> None:
        self._held.pop(market_id, None)

    def close(self, code: Close, reason: str) -> None:
        """Close after what is pending; where the client is to stay away, tell it so."""
        if code in FOR_GOOD and not self.ended:
            self._outbox.post(sio_protocol.event(protocol.bye(reason=reason, retry_in_ms=None)))
            self._outbox.post(DISCONNECT)
        self._outbox.close(code, reason)

    async def drained(self) -> None:
        await self._outbox.drained()

    def gone(self) -> None:
        """The session is no more."""
        self._held.clear()
        self._outbox.gone()

    def _hold(self, market_id: int, update: Update) -> None:
        if held := self._held.get(market_id):
            held.absorb(update, "rate" if self._outbox.is_free else "slow")
        elif not self.ended:
            self._held[market_id] = update
            if not self._is_due:
                self._be_due()

    def _be_due(self) -> None:
        self._is_due = True
        self._ticks.add(self)

    async def _send(self, message: Message) -> None:
        """Send by the session's websocket; by what is polled, as long as there is none."""
        door = self._engine.doors.get(self._sid)
        if door is not None and door.is_the_only_way:
            # From now on without this detour.
            self._outbox.over(door.send_raw)
            await door.send_raw(message)
        elif (session := self._engine.session(self._sid)) is None:
            raise OSError("the session is over")
        elif message["type"] == "websocket.close":
            await session.close(wait=False)
        else:
            await session.queue.put_text(message["text"])

    def _abort(self) -> None:
        if door := self._engine.doors.get(self._sid):
            wires.abort(door.send_raw)
        task = asyncio.get_running_loop().create_task(self._engine.drop(self._sid))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@lru_cache(maxsize=BATCHES_KEPT)
def _batch(frames: tuple[str, ...]) -> tuple[str, bytes]:
    """Return the packet of several markets' prices, and its bytes on the wire."""
    text = sio_protocol.batch(frames)
    return text, wires.framed.__wrapped__(text)


def _written(update: Update) -> str:
    if update.whole is not None:
        return update.whole(update.frame)
    if not update.con:
        return update.frame
    return sio_protocol.collapsed(update.frame, update.from_seq, update.con)

"""What one client is still to get: nothing as a rule, and never more than a bounded amount.

Sending to a client must not make anybody else wait, and must be cheap. So a frame that was made
once for all is written to the connection itself (`wires.py`). Where that can't be, the server's
`send` is begun by hand, in the loop over all clients: nearly always it finishes within that first
step, and that was all. Where the client's connection is full it doesn't, and what was begun becomes
this client's one task, which carries on with whatever gathers here meanwhile:

    messages of our own (ack, pong, replayed updates …)   in order, QUEUE_MAX and QUEUE_BYTES_MAX
    odds of a market                                      one entry: the newest replaces the older

A client that overflows, or takes nothing for STALL_SECONDS, is sent away with 4408.
"""

import asyncio
import logging
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from typing import Any

from oddsfeed import protocol, wires
from oddsfeed.pace import Pace, Update

logger = logging.getLogger(__name__)

QUEUE_MAX = 256
QUEUE_BYTES_MAX = 256 * 1024
# A connection that takes not one message for so long is given up.
STALL_SECONDS = 20.0
# What one joined frame holds.
BATCH_MAX = 200
BATCH_BYTES_MAX = 64 * 1024

# One ASGI message, and the server's function that takes it.
Message = dict[str, Any]
Send = Callable[[Message], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Ending:
    """The last entry of a queue."""

    code: protocol.Close
    reason: str


class Outbox:
    """One client's way out. Everything but `drained` returns at once."""

    __slots__ = (
        "_abort",
        "_batch",
        "_batch_bytes",
        "_direct",
        "_flush_planned",
        "_loop",
        "_on_end",
        "_pace",
        "_queue",
        "_queued_bytes",
        "_queued_texts",
        "_send",
        "_task",
        "_updates",
        "_wire",
        "batching",
        "ended",
        "sent",
        "too_slow",
        "wants_events",
    )

    def __init__(
        self, send: Send, *, on_end: Callable[[], None], abort: Callable[[], None] | None = None
    ) -> None:
        self.over(send)
        self._on_end = on_end
        # Ends the connection at once. None: as `wires.abort` does.
        self._abort = abort
        self._loop = asyncio.get_running_loop()
        # Nothing is in the way: an update may go straight to the server.
        self._direct = True
        self._task: asyncio.Task[None] | None = None
        # Texts of our own, and for odds the market's id, whose update is in `_updates`.
        self._queue: deque[str | int | Ending] = deque()
        self._queued_texts = 0
        self._queued_bytes = 0
        self._updates: dict[int, Update] = {}
        self._batch: list[str] = []
        self._batch_bytes = 0
        self._flush_planned = False
        self._pace: Pace | None = None
        self.batching = False
        self.wants_events = False
        self.ended = False
        self.too_slow = False
        # Messages handed to the server.
        self.sent = 0

    def over(self, send: Send) -> None:
        """Send by way of this from now on: the client has another connection."""
        self._send = send
        self._wire = wires.Wire.under(send)

    @property
    def is_free(self) -> bool:
        """Whether the client has taken everything that was sent to it."""
        return self._task is None

    def arrange(self, *, batch: bool, conflate_ms: int) -> None:
        """Join messages of one tick, or don't; send each market's odds that often at most."""
        if self.ended:
            return
        self._flush()
        self.batching = batch
        if self._pace is not None and self._pace.seconds != conflate_ms / 1000:
            pace, self._pace = self._pace, None
            pace.end()
        if conflate_ms and self._pace is None:
            self._pace = Pace(conflate_ms / 1000, self._offer)
        self._direct = self._may_be_direct()

    def odds(self, market_id: int, seq: int, frame: str, data: bytes) -> None:
        """Send one update. `data` is `wires.framed(frame)`, the same for all clients."""
        if self._direct:
            self.sent += 1
            if self._wire is None or not self._wire.write(data):
                self._begin(_text(frame))
        elif not self.ended:
            update = Update(seq, frame, seq)
            if self._pace is None or self._pace.may_go(market_id, update):
                self._offer(market_id, update)

    def whole(self, market_id: int, seq: int, frame: str, write: Callable[[str], str]) -> None:
        """Send a market's whole state: `write` makes a snapshot or a resync of the frame."""
        if not self.ended:
            self.forget(market_id)
            self._offer(market_id, Update(seq, frame, seq, whole=write))

    def post(self, text: str) -> None:
        """Send a message of our own, after everything that came before it."""
        if self.ended:
            return
        if self._task is None:
            self._emit(text)
            return
        self._queue.append(text)
        self._queued_texts += 1
        self._queued_bytes += len(text)
        if self._queued_texts > QUEUE_MAX or self._queued_bytes > QUEUE_BYTES_MAX:
            self._clear()
            self.too_slow = True
            self.close(protocol.Close.TOO_SLOW, "too slow")

    def share(self, text: str, data: bytes) -> None:
        """As `post`, of what others get too. `data` is its bytes on the wire."""
        if self._direct and self._wire and self._wire.write(data):
            self.sent += 1
        else:
            self.post(text)

    def post_all(self, texts: Sequence[str]) -> None:
        """Send several messages of our own, in one piece if that can be."""
        if self._direct and self._wire and self._wire.write(b"".join(map(wires.framed, texts))):
            self.sent += len(texts)
            return
        for text in texts:
            self.post(text)

    def close(self, code: protocol.Close, reason: str) -> None:
        """Close the connection after what is queued; nothing else is sent from now on."""
        if self.ended:
            return
        self._flush()
        if self._task is None:
            self._begin(_closing(code, reason))
        else:
            self._queue.append(Ending(code, reason))
        self._end()

    def forget(self, market_id: int) -> None:
        """Drop what is pending about a market: the client has left it, or gets it otherwise."""
        if self._updates.pop(market_id, None):
            self._queue.remove(market_id)
        if self._pace is not None:
            self._pace.forget(market_id)

    def held_from(self, market_id: int) -> int | None:
        """Return the first seq that the client's pace holds back, None where nothing is."""
        return self._pace.held_from(market_id) if self._pace is not None else None

    async def drained(self) -> None:
        """Wait until the client has taken everything, or is gone."""
        self._flush()
        while self._task is not None:
            await asyncio.wait({self._task})

    def gone(self) -> None:
        """The connection is no more."""
        self._clear()
        if self._task is not None:
            self._task.cancel()
        self._end()

    # --- On the way ------------------------------------------------------------------------------

    def _offer(self, market_id: int, update: Update) -> None:
        if self.ended:
            return
        if self._task is None:
            self._emit(_written(update))
        elif pending := self._updates.get(market_id):
            pending.absorb(update, "slow")
        else:
            self._updates[market_id] = update
            self._queue.append(market_id)

    def _emit(self, text: str) -> None:
        if not self.batching:
            self.sent += 1
            self._begin(_text(text))
            return
        if self._batch_bytes + len(text) > BATCH_BYTES_MAX or len(self._batch) == BATCH_MAX:
            self._flush()
            if self._task is not None:
                self.post(text)
                return
        self._batch.append(text)
        self._batch_bytes += len(text)
        if not self._flush_planned:
            self._flush_planned = True
            self._loop.call_soon(self._planned_flush)

    def _planned_flush(self) -> None:
        self._flush_planned = False
        self._flush()

    def _flush(self) -> None:
        if not self._batch:
            return
        texts, self._batch, self._batch_bytes = self._batch, [], 0
        self.sent += len(texts)
        if self._wire is None or not self._wire.write(wires.joined(tuple(texts))):
            self._begin(_text(protocol.joined(texts)))

    def _begin(self, message: Message) -> None:
        """Take the first step of a send, which is nearly always the whole of it."""
        sending = self._send(message)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception as exc:
            self._lost(exc)
            return
        self._direct = False
        self._task = self._loop.create_task(self._carry_on(sending, waits_for))

    async def _carry_on(self, sending: Coroutine[Any, Any, None], waits_for: Any) -> None:
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await _rest(sending, waits_for)
            while self._queue:
                async with asyncio.timeout(STALL_SECONDS):
                    await self._send(self._next())
        except TimeoutError:
            self._give_up()
        except Exception as exc:
            self._lost(exc)
        finally:
            # No await since the queue was seen empty: nothing can have come in between.
            self._task = None
            self._direct = self._may_be_direct()

    def _next(self) -> Message:
        texts: list[str] = []
        size = 0
        while self._queue:
            entry = self._queue[0]
            if isinstance(entry, Ending):
                if texts:
                    break
                self._queue.popleft()
                return _closing(entry.code, entry.reason)
            text = _written(self._updates[entry]) if isinstance(entry, int) else entry
            if texts and (not self.batching or size + len(text) > BATCH_BYTES_MAX):
                break
            self._queue.popleft()
            self._took_out(entry)
            texts.append(text)
            size += len(text)
        self.sent += len(texts)
        return _text(protocol.joined(texts))

    def _took_out(self, entry: str | int) -> None:
        if isinstance(entry, int):
            del self._updates[entry]
        else:
            self._queued_texts -= 1
            self._queued_bytes -= len(entry)

    # --- The end ---------------------------------------------------------------------------------

    def _lost(self, exc: Exception) -> None:
        # Servers say in their own words that a peer is gone: OSError and RuntimeError.
        if not isinstance(exc, OSError | RuntimeError):
            logger.error("A message could not be sent.", exc_info=exc)
        self._clear()
        self._end()

    def _give_up(self) -> None:
        self.too_slow = True
        self._clear()
        self._end()
        if self._abort is None:
            wires.abort(self._send)
        else:
            self._abort()

    def _clear(self) -> None:
        self._queue.clear()
        self._updates.clear()
        self._batch.clear()
        self._queued_texts = self._queued_bytes = self._batch_bytes = 0

    def _end(self) -> None:
        if not self.ended:
            self.ended = True
            self._direct = False
            if self._pace is not None:
                self._pace.drop()
            self._on_end()

    def _may_be_direct(self) -> bool:
        return not (self.ended or self.batching or self._pace is not None or self._task is not None)


def _written(update: Update) -> str:
    if update.whole is not None:
        return update.whole(update.frame)
    if not update.con:
        return update.frame
    return protocol.collapsed(update.frame, from_seq=update.from_seq, con=update.con)


def _text(text: str) -> Message:
    return {"type": "websocket.send", "text": text}


def _closing(code: protocol.Close, reason: str) -> Message:
    return {"type": "websocket.close", "code": int(code), "reason": reason}


@types.coroutine
def _rest(sending: Coroutine[Any, Any, None], waits_for: Any) -> Generator[Any, Any, None]:
    """Go on with a coroutine whose first step was taken by hand and yielded `waits_for`.

    To the task that awaits this, it looks as if the task had taken that step itself: it gets the
    future that was yielded, and what it sends or throws goes to the coroutine.
    """
    try:
        while True:
            try:
                answer = yield waits_for
            except BaseException as exc:
                waits_for = sending.throw(exc)
            else:
                waits_for = sending.send(answer)
    except StopIteration:
        return

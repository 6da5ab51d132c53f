"""What this process knows of one market: where its odds stand, how they got there, who listens.

No waiting in here: whoever reads a topic and adds a client to it without an `await` in between has
given that client neither a gap nor a repeat.
"""

import asyncio
from collections import deque
from functools import partial

from oddsfeed import protocol, wires
from oddsfeed.clients import Client

# Updates that came ahead of a missing one, kept until it is found.
EARLY_MAX = 256

# One update: its seq and its frame.
Frame = tuple[int, str]


class CannotReplay(Exception):
    """A client's missing updates cannot be given one by one. `reason` is a resync's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Topic:
    """One market. `seq` is the last one sent on; every client in `clients` has been given it."""

    __slots__ = (
        "_snapshot",
        "backfilling",
        "clients",
        "early",
        "epoch",
        "filling",
        "frame",
        "gone",
        "head",
        "idle_since",
        "market_id",
        "pins",
        "ring",
        "ring_max",
        "seq",
    )

    def __init__(self, market_id: int, *, ring_max: int, now: float) -> None:
        self.market_id = market_id
        self.clients: dict[Client, None] = {}
        # The latest updates without a hole, the last of them `seq`; at most `ring_max`.
        self.ring: deque[Frame] = deque()
        self.ring_max = ring_max
        # At most EARLY_MAX.
        self.early: dict[int, str] = {}
        # The highest seq that we have heard of.
        self.head = 0
        self.seq = 0
        self.frame = ""
        self.epoch = ""
        self.gone = False
        self.filling = False
        self.backfilling = asyncio.Lock()
        # Somebody is about to join.
        self.pins = 0
        self.idle_since = now
        self._snapshot = ("", "")

    def reset(self, *, epoch: str, seq: int, frame: str) -> None:
        """Stand where the database says."""
        self.epoch, self.seq, self.frame, self.head = epoch, seq, frame, seq
        self.ring.clear()
        self.early.clear()

    def hear(self, seq: int, frame: str) -> None:
        """Keep an update that came ahead of its turn."""
        self.head = max(self.head, seq)
        if len(self.early) < EARLY_MAX:
            self.early[seq] = frame

    def advance(self, seq: int, frame: str) -> None:
        """Send the next update on to everybody who listens."""
        assert seq == self.seq + 1, (seq, self.seq)
        self.seq, self.frame = seq, frame
        self.head = max(self.head, seq)
        self.ring.append((seq, frame))
        if len(self.ring) > self.ring_max:
            self.ring.popleft()
        market_id, data = self.market_id, wires.framed(frame)
        # A copy: a client that turns out to be lost leaves in the midst of this.
        for client in tuple(self.clients):
            client.odds(market_id, seq, frame, data)

    def tell(self, frame: str) -> None:
        """Send everybody who wants to know what is told of this market besides odds."""
        for client in tuple(self.clients):
            if client.wants_events:
                client.post_all((frame,))

    def take(self, frames: list[Frame]) -> int:
        """Advance by what continues from here, then by what came early. Return how many."""
        before = self.seq
        for seq, frame in frames:
            if seq == self.seq + 1:
                self.advance(seq, frame)
        while frame := self.early.pop(self.seq + 1, ""):
            self.advance(self.seq + 1, frame)
        if self.early:
            self.early = {seq: frame for seq, frame in self.early.items() if seq > self.seq}
        return self.seq - before

    def refuse_replay(self, after: int) -> None:
        """Refuse what cannot be replayed after a seq.

        Raises:
            CannotReplay: it is of another history, or too much is missing.
        """
        if after > self.seq:
            raise CannotReplay("epoch_changed")
        if self.seq - after > self.ring_max:
            raise CannotReplay("limit")

    def after(self, seq: int) -> list[str] | None:
        """Return every frame after `seq`, None where the ring doesn't reach back so far."""
        missing = self.seq - seq
        if missing == 0:
            return []
        if not 0 < missing <= len(self.ring):
            return None
        return [frame for _, frame in list(self.ring)[-missing:]]

    def prepend(self, frames: list[Frame]) -> None:
        """Let the ring reach back further, for whoever resumes next."""
        first = self.ring[0][0] if self.ring else self.seq + 1
        for seq, frame in reversed(frames):
            if seq == first - 1 and len(self.ring) < self.ring_max:
                self.ring.appendleft((seq, frame))
                first = seq

    def write_snapshot(self, frame: str) -> str:
        """Write a frame of this market as a snapshot. The same one for all who ask for the same."""
        if self._snapshot[0] is not frame:
            self._snapshot = (frame, protocol.snapshot(frame, epoch=self.epoch))
        return self._snapshot[1]

    def give_snapshot(self, client: Client) -> None:
        client.whole(self.market_id, self.seq, self.frame, self.write_snapshot)

    def give_resync(self, client: Client, reason: str) -> None:
        write = partial(protocol.resync, epoch=self.epoch, reason=reason)
        client.whole(self.market_id, self.seq, self.frame, write)

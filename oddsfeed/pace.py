"""At most one update per market and interval, the newest: what `conflateMs` asks for."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from oddsfeed import stats


@dataclass(slots=True)
class Update:
    """What a client is to get about one market: one update, or one that stands for several."""

    # The newest one's.
    seq: int
    frame: str
    # The oldest one's.
    from_seq: int
    # Why several became one: "slow", "rate", or "" while it is one.
    con: str = ""
    # Writes the frame as a snapshot or a resync, where the client must have the whole state first.
    whole: Callable[[str], str] | None = None

    def absorb(self, newer: "Update", con: str) -> None:
        """Stand for the newer one too. What is due whole stays whole, at the newer state."""
        if con == "slow":
            stats.dropped.slow += 1
        else:
            stats.dropped.rate += 1
        self.seq, self.frame = newer.seq, newer.frame
        if newer.whole is not None:
            self.from_seq, self.con, self.whole = newer.from_seq, "", newer.whole
        elif self.whole is None:
            self.con = con


class Pace:
    """Holds back what comes too soon. At most one update per market that the client has."""

    def __init__(self, seconds: float, release: Callable[[int, Update], None]) -> None:
        self.seconds = seconds
        self._release = release
        self._loop = asyncio.get_running_loop()
        self._sent_at: dict[int, float] = {}
        self._held: dict[int, Update] = {}
        self._timer: asyncio.TimerHandle | None = None

    def may_go(self, market_id: int, update: Update) -> bool:
        """Tell whether this one is due now; if not, keep it until it is."""
        if held := self._held.get(market_id):
            held.absorb(update, "rate")
            return False
        now = self._loop.time()
        due = self._sent_at.get(market_id, now - self.seconds) + self.seconds
        if due <= now:
            self._sent_at[market_id] = now
            return True
        self._held[market_id] = update
        self._wake_at(due)
        return False

    def held_from(self, market_id: int) -> int | None:
        """Return the first seq that is held back, None where nothing is."""
        held = self._held.get(market_id)
        return held.from_seq if held else None

    def forget(self, market_id: int) -> None:
        """The client has left this market, or gets its whole state."""
        self._held.pop(market_id, None)
        self._sent_at.pop(market_id, None)

    def end(self) -> None:
        """Let everything go now, and hold back no more."""
        held = self._held
        self.drop()
        for market_id, update in held.items():
            self._release(market_id, update)

    def drop(self) -> None:
        """Forget everything: the client is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._held, self._sent_at = {}, {}

    def _wake_at(self, due: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._let_go)

    def _let_go(self) -> None:
        self._timer = None
        now = self._loop.time()
        come = []
        for market_id in self._held:
            due = self._sent_at[market_id] + self.seconds
            if due <= now:
                come.append(market_id)
            else:
                self._wake_at(due)
        for market_id in come:
            # A client that is lost meanwhile holds nothing any more.
            if update := self._held.pop(market_id, None):
                self._sent_at[market_id] = now
                self._release(market_id, update)

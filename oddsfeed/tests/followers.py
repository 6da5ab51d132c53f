"""Clients that keep what they know, and complain where the protocol would have them mend it."""

import asyncio
import json
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from socket import socket
from typing import Any, Self

from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from kmarket.tests.processes import eventually

BEGIN_SECONDS_MAX = 60.0
DIAL_AT_ONCE = 40
RETRY_SECONDS = 0.2


@dataclass
class Known:
    """What a client has of its markets: each seq once and in order, or there are complaints."""

    last: dict[int, int] = field(default_factory=dict)
    # When each seq of each market came.
    came_at: dict[tuple[int, int], float] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    epoch: str = ""

    def hear(self, message: dict[str, Any]) -> None:
        """Take one message of the server."""
        kind = message["type"]
        if kind == "odds_update":
            self._hear_update(message)
        elif kind == "snapshot" and message["marketId"] not in self.last:
            self.last[message["marketId"]] = message["seq"]
            self.epoch = message["epoch"]
        elif kind in {"snapshot", "resync", "error"}:
            self.complaints.append(json.dumps(message))
        elif kind == "ack":
            if message.get("rejected"):
                self.complaints.append(json.dumps(message))
            for market, seq in message.get("resumed", {}).items():
                if self.last[int(market)] != seq:
                    self.complaints.append(f"has {self.last[int(market)]} of {market}: {message}")

    def longest_wait(self, stored_at: Mapping[tuple[int, int], float]) -> float:
        """Return how long, at most, an update took after it was stored."""
        return max(came - stored_at[which] for which, came in self.came_at.items())

    def _hear_update(self, update: dict[str, Any]) -> None:
        market_id, seq = update["marketId"], update["seq"]
        last = self.last.get(market_id)
        if last is None or update.get("from_seq", seq) != last + 1:
            self.complaints.append(f"has {last} of {market_id}, got {update}")
        self.last[market_id] = seq
        for heard in range(update.get("from_seq", seq), seq + 1):
            self.came_at[market_id, heard] = time.monotonic()


class Follower:
    """One client on the net. Sent away with `bye`, it comes back when told to, and resumes."""

    def __init__(self, url: str, markets: Iterable[int], *, door: socket | None = None) -> None:
        self.known = Known()
        self.markets = list(markets)
        self.byes: list[dict[str, Any]] = []
        # Each end: the code, the reason, and when.
        self.closes: list[tuple[int, str]] = []
        self.closed_at: list[float] = []
        self._url = url
        self._door = door

    async def run(self, gate: asyncio.Semaphore) -> None:
        """Follow until cancelled, or sent away for good."""
        while True:
            try:
                await self._live(gate)
            except ConnectionClosed as end:
                self._note_end(end)
                if end.rcvd is not None and 4400 <= end.rcvd.code < 4450:
                    return
                told = self.byes[-1]["retryIn"] / 1000 if self.byes else RETRY_SECONDS
                await asyncio.sleep(told)
            except (OSError, InvalidHandshake, TimeoutError):
                await asyncio.sleep(RETRY_SECONDS)

    async def _live(self, gate: asyncio.Semaphore) -> None:
        door, self._door = self._door, None
        async with gate:
            client = await dial(
                self._url, sock=door, compression=None, proxy=None, open_timeout=30, max_queue=None
            )
        async with client:
            await client.send(json.dumps(self._request()))
            while True:
                message = json.loads(await client.recv())
                if message["type"] == "bye":
                    self.byes.append(message)
                else:
                    self.known.hear(message)

    def _request(self) -> dict[str, Any]:
        if not self.known.last:
            return {"type": "subscribe", "markets": self.markets}
        offsets = {str(market): seq for market, seq in self.known.last.items()}
        return {"type": "resume", "offsets": offsets, "epoch": self.known.epoch}

    def _note_end(self, end: ConnectionClosed) -> None:
        self.closed_at.append(time.monotonic())
        closed = end.rcvd
        self.closes.append((closed.code, closed.reason) if closed else (1006, ""))


class Crowd:
    """Followers in an event loop of their own, in a thread of its own, while the block lasts."""

    def __init__(self, followers: Sequence[Follower]) -> None:
        self.followers = followers
        self._loop = asyncio.new_event_loop()
        self._enough = asyncio.Event()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=[self._follow()], daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        eventually(self.has_begun, seconds=BEGIN_SECONDS_MAX)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._enough.set)
        self._thread.join(BEGIN_SECONDS_MAX)
        self._loop.close()

    def has_begun(self) -> bool:
        """Tell whether everybody has a snapshot of all that they follow."""
        return all(len(one.known.last) == len(one.markets) for one in self.followers)

    def has(self, heads: Mapping[int, int]) -> bool:
        """Tell whether everybody has got so far."""
        return all(
            one.known.last[market] == heads[market]
            for one in self.followers
            for market in one.markets
        )

    def complaints(self) -> list[str]:
        """Return what anybody had to complain about."""
        return [each for one in self.followers for each in one.known.complaints]

    def longest_wait(self, stored_at: Mapping[tuple[int, int], float]) -> float:
        """Return how long, at most, anybody waited for anything."""
        return max(one.known.longest_wait(stored_at) for one in self.followers)

    async def _follow(self) -> None:
        gate = asyncio.Semaphore(DIAL_AT_ONCE)
        tasks = [asyncio.create_task(one.run(gate)) for one in self.followers]
        await self._enough.wait()
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        for one, end in zip(self.followers, ends, strict=True):
            if isinstance(end, Exception):
                one.known.complaints.append(repr(end))

"""Rooms of this process: one for each user who listens here, and one for everybody.

What concerns a user comes over a channel of the user's own, mostly as a hint: a process where the
user listens reads what is so, so that nobody else does, and nothing older can follow what is newer.
A hint that goes missing delays a balance by a second: balances are compared with the database then.
Where anything else may have been missed, the user is told (`user:resync`).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from oddsfeed import events, line, reads
from oddsfeed.clients import Client
from oddsfeed.events import Standing

logger = logging.getLogger(__name__)

# Between two comparisons with the database.
CHECK_SECONDS = 1.0
# Hints that come within this are read together.
GATHER_SECONDS = 0.02
# Who enters waits so long for Redis to say that this user is heard; then it has to do without.
HEARD_SECONDS = 1.0

# Hints on a user's channel. Anything else there is a frame.
BALANCE = b"balance"
POSITION = b"position "

Ask = Callable[..., Awaitable[Any]]


class Room:
    """One user: who listens, and what they were told of the balance."""

    __slots__ = ("clients", "entering", "heard", "standing", "user_id")

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id
        self.clients: dict[Client, None] = {}
        # Each waits until the user's standing is read.
        self.entering: set[asyncio.Future[None]] = set()
        # Redis has confirmed the channel.
        self.heard = asyncio.Event()
        self.standing: Standing | None = None

    def tell(self, frame: str) -> None:
        """Send a frame to everybody in here."""
        for client in tuple(self.clients):
            client.post_all((frame,))


class Rooms:
    """As many as there are users with a client in here."""

    def __init__(self, its_line: line.Line, *, ask: Ask) -> None:
        # Who hears of new markets.
        self.everybody: dict[Client, None] = {}
        self._rooms: dict[int, Room] = {}
        self._line = its_line
        self._ask = ask
        self._stir = asyncio.Event()
        # What the next round reads: users, (user, market), and markets that were settled.
        self._users: set[int] = set()
        self._positions: set[tuple[int, int]] = set()
        self._settled: set[int] = set()
        self._compared_at = 0.0

    async def enter(self, user_id: int, client: Client) -> str:
        """Send the client what concerns the user from now on; return the present balance's frame.

        Raises:
            DATABASE_AWAY: the balance cannot be read.
        """
        room = self._rooms.get(user_id)
        if room is None:
            room = self._rooms[user_id] = Room(user_id)
            self._line.listen(line.of_user(user_id))
        is_read = asyncio.get_running_loop().create_future()
        room.entering.add(is_read)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARD_SECONDS):
                    await room.heard.wait()
            self._read_soon(user_id)
            await is_read
            # No await from here on: whatever the client is told later is newer.
            if not client.ended:
                room.clients[client] = None
        finally:
            room.entering.discard(is_read)
            self._drop_if_empty(room)
        assert room.standing is not None, user_id
        return events.balance(room.standing, ts=_now())

    def leave(self, user_id: int, client: Client) -> None:
        """Send the client no more of this user."""
        if room := self._rooms.get(user_id):
            room.clients.pop(client, None)
            self._drop_if_empty(room)

    # --- What comes in ---------------------------------------------------------------------------

    def tell_everybody(self, data: bytes) -> None:
        """Send what was published for everybody, if anything was."""
        if data:
            frame = data.decode()
            for client in tuple(self.everybody):
                client.post_all((frame,))

    def heard(self, name: str, data: bytes) -> None:
        """Take what was published on a user's channel, or of many users."""
        try:
            if name == line.MISSED:
                for each in self._rooms.values():
                    self._has_missed_something(each)
            elif name == line.SETTLED:
                self._settled.add(int(data))
                self._stir.set()
            elif room := self._room_of(name):
                self._heard_of_user(room, data)
        except ValueError:
            logger.warning("Not understood on the feed channel %s.", name)

    def confirmed(self, name: str) -> None:
        """Redis listens for a user. Who is in the room by now may have missed something."""
        if room := self._room_of(name):
            room.heard.set()
            if room.clients:
                self._has_missed_something(room)

    def _heard_of_user(self, room: Room, data: bytes) -> None:
        if data == BALANCE:
            self._read_soon(room.user_id)
        elif data.startswith(POSITION):
            self._positions.add((room.user_id, int(data[len(POSITION) :])))
            self._stir.set()
        else:
            room.tell(data.decode())

    def _has_missed_something(self, room: Room) -> None:
        room.tell(events.resync(ts=_now()))
        self._read_soon(room.user_id)

    # --- What is read ----------------------------------------------------------------------------

    async def run(self) -> None:
        """Read what is hinted at, and once a second compare, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._stir.wait()
                    await asyncio.sleep(GATHER_SECONDS)
            self._stir.clear()
            try:
                await self._round()
            except reads.DATABASE_AWAY as exc:
                # The hub says that it is. What is to be read remains so; who waits is told.
                self._refuse(exc)
            except Exception as exc:
                logger.exception("What concerns users could not be read.")
                self._refuse(exc)

    async def _round(self) -> None:
        if not self._rooms:
            for unread in (self._users, self._positions, self._settled):
                unread.clear()
            return
        await self._compare(asyncio.get_running_loop().time())
        if settled := tuple(self._settled):
            self._users |= await self._ask(reads.bettors, settled, tuple(self._rooms))
            self._settled.difference_update(settled)
        if users := tuple(self._users):
            for user_id, standing in (await self._ask(reads.standings, users)).items():
                self._take(user_id, standing)
            self._users.difference_update(users)
        await self._tell_positions()

    async def _tell_positions(self) -> None:
        if positions := tuple(self._positions):
            for user_id, frame in await self._ask(reads.positions, positions):
                if room := self._rooms.get(user_id):
                    room.tell(frame)
            self._positions.difference_update(positions)

    async def _compare(self, now: float) -> None:
        """See once in a while whose balance is another one than they were told."""
        if now - self._compared_at < CHECK_SECONDS:
            return
        available = await self._ask(reads.available, tuple(self._rooms))
        self._compared_at = now
        for room in self._rooms.values():
            told = room.standing
            if told is not None and told.balance != available.get(room.user_id, 0):
                self._users.add(room.user_id)

    def _take(self, user_id: int, standing: Standing) -> None:
        if (room := self._rooms.get(user_id)) is None:
            return
        if standing != room.standing:
            room.standing = standing
            room.tell(events.balance(standing, ts=_now()))
        for waiting in room.entering:
            if not waiting.done():
                waiting.set_result(None)

    def _refuse(self, exc: Exception) -> None:
        for room in self._rooms.values():
            for waiting in room.entering:
                if not waiting.done():
                    waiting.set_exception(exc)

    def _read_soon(self, user_id: int) -> None:
        self._users.add(user_id)
        self._stir.set()

    def _room_of(self, name: str) -> Room | None:
        return self._rooms.get(int(name.removeprefix(line.USER)))

    def _drop_if_empty(self, room: Room) -> None:
        if not room.clients and not room.entering and self._rooms.get(room.user_id) is room:
            del self._rooms[room.user_id]
            self._line.leave(line.of_user(room.user_id))


def _now() -> int:
    return time.time_ns() // 1_000_000

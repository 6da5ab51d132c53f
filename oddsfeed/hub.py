"""The hub: hears each update once for this process, and sends it on to every client that listens.

The database is the truth. An update that goes missing on its way shows as a hole in `seq`, or at
the comparison with the database that is made every second; then the missing rows are fetched, and
sent on first. So a client gets each seq once and in order, or a `resync`.

One hub to an event loop, made when it is first needed; nothing of it is used from other threads.
What has to be read from the database is read in a few threads of its own (`reads.py`).
"""

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.conf import settings

from oddsfeed import line, protocol, reads, stats
from oddsfeed.clients import Client, Clients
from oddsfeed.rooms import Rooms
from oddsfeed.topics import CannotReplay, Frame, Topic

logger = logging.getLogger(__name__)

THREADS = 4
# Between two comparisons with the database.
CHECK_SECONDS = 1.0
# A comparison that was asked for waits so long for others who ask for one too.
GATHER_SECONDS = 0.05
# What seems missing may be on its way: two publishers may overtake each other.
LAG_SECONDS = 0.05
# A market that nobody listens to is heard for so long: clients come back.
IDLE_SECONDS = 5.0
# Of all rings together, about half a kilobyte each.
FRAMES_MAX = 100_000
# How often a replay may find that the ring has moved on while it read the database.
REPLAY_ATTEMPTS = 5

NOT_FOUND = "NOT_FOUND"
UNAVAILABLE = "SERVICE_UNAVAILABLE"

T = TypeVar("T")


class Hub:
    """Topics, clients and sessions of one process."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self.topics: dict[int, Topic] = {}
        self.people = Clients()
        # How often a market has begun or ceased to take bets, as far as we heard.
        self.list_changes = 0
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="hub")
        self._line = line.Line(settings.REDIS_URL, heard=self._heard, confirmed=self._confirmed)
        self.rooms = Rooms(self._line, ask=self.ask)
        self._loading: dict[int, asyncio.Task[dict[int, str]]] = {}
        # The highest seq heard of a market while it is loading.
        self._ahead: dict[int, int] = {}
        self._look = asyncio.Event()
        self._database_up = True
        # Sessions that ended before this are known.
        self._asked_at = datetime.now(tz=UTC)
        self._fills: set[asyncio.Task[None]] = set()
        self._main = self._loop.create_task(self._run())

    # --- How it is -----------------------------------------------------------------------------

    @property
    def clients(self) -> set[Client]:
        """Everybody who is connected here."""
        return self.people.all

    @property
    def hears(self) -> bool:
        """Whether what is published reaches us now."""
        return self._line.up

    @property
    def status(self) -> str:
        """Return "ok", or "degraded" while Redis or the database is away: then odds come late."""
        return "ok" if self.hears and self._database_up else "degraded"

    def numbers(self) -> stats.Numbers:
        """Return this process's part of ws/health."""
        return self.people.numbers(topics=len(self.topics))

    # --- Topics ------------------------------------------------------------------------------

    async def open(self, market_ids: Collection[int]) -> dict[int, str]:
        """Have a topic for each of these markets, when this returns; return why not, where not."""
        refused: dict[int, str] = {}
        while missing := [pk for pk in market_ids if pk not in self.topics and pk not in refused]:
            if new := [pk for pk in missing if pk not in self._loading]:
                task = self._loop.create_task(self._load(new))
                self._loading.update(dict.fromkeys(new, task))
            # Whoever wants the same market at the same time shares the reading of it.
            tasks = {self._loading[pk] for pk in missing}
            await asyncio.wait(tasks)
            for task in tasks:
                refused |= {pk: why for pk, why in task.result().items() if pk in missing}
        return refused

    def join(self, topic: Topic, client: Client) -> None:
        """Send the client what comes after `topic.seq`."""
        # One that has ended has parted already, and would never part again.
        if not client.ended:
            topic.clients[client] = None

    def part(self, topic: Topic, client: Client) -> None:
        """Send the client no more of this market."""
        topic.clients.pop(client, None)
        client.forget(topic.market_id)
        topic.idle_since = self._loop.time()

    async def replay(self, topic: Topic, after: int) -> list[str]:
        """Return every frame after seq `after`, up to `topic.seq` as it is when this returns.

        Raises:
            CannotReplay: `after` is of another history, or too many are missing or gone.
            DATABASE_AWAY: they are needed from the database, and it is away.
        """
        if after > topic.seq:
            # The client may have heard it from a process that is ahead of us.
            topic.take(await self.ask(reads.frames_since, topic.market_id, topic.seq, _limit()))
        for _ in range(REPLAY_ATTEMPTS):
            topic.refuse_replay(after)
            if (frames := topic.after(after)) is not None:
                return frames
            async with topic.backfilling:
                # Of many that resume at once the first one reads as far back as anybody may ask;
                # the others find what they need in the ring.
                if topic.after(after) is None:
                    begin = max(0, topic.seq - _limit())
                    rows = await self.ask(reads.frames_since, topic.market_id, begin, _limit())
                    if not rows or rows[0][0] > after + 1:
                        raise CannotReplay("too_old")
                    topic.prepend(rows)
        raise CannotReplay("limit")

    async def ask(self, read: Callable[..., T], *args: Any) -> T:
        """Call a blocking function in a thread of ours, with a sound database connection."""
        return await self._loop.run_in_executor(self._threads, reads.apart, read, *args)

    # --- What comes in -----------------------------------------------------------------------

    def _heard(self, name: str, data: bytes) -> None:
        if name.isdecimal():
            self._heard_of_market(int(name), data)
        elif name == line.SESSIONS:
            self.people.sign_out(data.decode("latin-1").split())
        elif name == line.THE_LIST:
            self.list_changes += 1
            self.rooms.tell_everybody(data)
        else:
            self.rooms.heard(name, data)

    def _confirmed(self, name: str) -> None:
        if name.isdecimal() or name in line.FOR_ALL:
            self._look.set()
        else:
            self.rooms.confirmed(name)

    def _heard_of_market(self, market_id: int, data: bytes) -> None:
        try:
            seq, frame = line.unpacked(data)
        except ValueError:
            logger.warning("Not understood on a feed channel.", extra={"market_id": market_id})
            return
        topic = self.topics.get(market_id)
        if topic is None:
            if market_id in self._loading:
                self._ahead[market_id] = max(seq, self._ahead.get(market_id, 0))
        elif seq == line.NO_SEQ:
            topic.tell(frame)
        elif seq == topic.seq + 1:
            topic.advance(seq, frame)
            # Clocks of two machines differ: what is here before it was stored took no time.
            delay = time.time() - protocol.stored_at(frame)
            self.people.tally.delays.note(max(0.0, delay))
            if topic.early:
                topic.take([])
        elif seq > topic.seq:
            topic.hear(seq, frame)
            self._fill_soon(topic)

    async def _load(self, market_ids: list[int]) -> dict[int, str]:
        for pk in market_ids:
            self._line.listen(pk)
        try:
            states = await self._states(market_ids)
            if states is None:
                return dict.fromkeys(market_ids, UNAVAILABLE)
            for pk, (seq, frame) in states.found.items():
                topic = Topic(pk, ring_max=_limit(), now=self._loop.time())
                topic.reset(epoch=states.epoch, seq=seq, frame=frame)
                self.topics[pk] = topic
                topic.head = max(seq, self._ahead.get(pk, 0))
                self._fill_soon(topic)
            return {pk: NOT_FOUND for pk in market_ids if pk not in states.found}
        finally:
            for pk in market_ids:
                del self._loading[pk]
                self._ahead.pop(pk, None)
                if pk not in self.topics:
                    self._line.leave(pk)

    async def _states(self, market_ids: Collection[int]) -> reads.States | None:
        try:
            return await self.ask(reads.states, market_ids)
        except reads.DATABASE_AWAY as exc:
            self._database_is_away(exc)
            return None

    # --- What was missed ---------------------------------------------------------------------

    def _fill_soon(self, topic: Topic) -> None:
        if topic.seq < topic.head and not topic.filling:
            topic.filling = True
            task = self._loop.create_task(self._fill(topic))
            self._fills.add(task)
            task.add_done_callback(self._fills.discard)

    async def _fill(self, topic: Topic) -> None:
        try:
            await asyncio.sleep(LAG_SECONDS)
            while topic.seq < topic.head and not topic.gone:
                if topic.head - topic.seq > _limit():
                    await self._reload([topic], "limit")
                    return
                before = topic.seq
                rows = await self.ask(reads.frames_since, topic.market_id, before, _limit())
                self.people.tally.healed += bool(topic.take(rows))
                if topic.seq == before and rows:
                    # The next one is not stored any more.
                    await self._reload([topic], "too_old")
                    return
                if topic.seq == before:
                    # The database doesn't know what we heard of.
                    topic.head = before
                    topic.early.clear()
        except reads.DATABASE_AWAY as exc:
            # The next comparison begins anew.
            self._database_is_away(exc)
        finally:
            topic.filling = False

    async def _reload(self, topics: list[Topic], reason: str) -> None:
        states = await self._states([topic.market_id for topic in topics])
        if states is None:
            return
        for topic in (topic for topic in topics if not topic.gone):
            state: Frame | None = states.found.get(topic.market_id)
            if state is None:
                self._vanish(topic)
            elif reason == "epoch_changed" or state[0] > topic.seq:
                topic.reset(epoch=states.epoch, seq=state[0], frame=state[1])
                for client in tuple(topic.clients):
                    topic.give_resync(client, reason)
            else:
                topic.head = topic.seq

    def _vanish(self, topic: Topic) -> None:
        """Drop a market that was deleted, or is a draft in the history that we have now."""
        message = f"Market {topic.market_id} is not there any more."
        for client in tuple(topic.clients):
            self.part(topic, client)
            client.post(protocol.error(code=NOT_FOUND, message=message))
        self._drop(topic)

    def _drop(self, topic: Topic) -> None:
        topic.gone = True
        del self.topics[topic.market_id]
        self._line.leave(topic.market_id)

    async def _watch(self) -> None:
        while True:
            try:
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._look.wait()
                    await asyncio.sleep(GATHER_SECONDS)
            except TimeoutError:
                pass
            self._look.clear()
            try:
                await self._compare()
            except reads.DATABASE_AWAY as exc:
                self._database_is_away(exc)
            except Exception:
                # The watch must go on: without it, what is lost stays lost.
                logger.exception("The comparison with the database broke.")

    async def _compare(self) -> None:
        """Compare where we stand with the database, and see to what differs."""
        before = {pk: topic.seq for pk, topic in self.topics.items()}
        now = datetime.now(tz=UTC)
        seen = await self.ask(reads.observe, list(before), self._asked_at)
        self._asked_at = now
        self._database_up = True
        other_history = []
        for pk, seq in before.items():
            topic = self.topics.get(pk)
            if topic is None:
                continue
            head = seen.heads.get(pk)
            if head is None:
                self._vanish(topic)
            elif topic.epoch != seen.epoch or head < seq:
                other_history.append(topic)
            else:
                topic.head = max(topic.head, head)
                self._fill_soon(topic)
        if other_history:
            await self._reload(other_history, "epoch_changed")
        self.people.sign_out(seen.revoked)
        self._tidy()

    def _tidy(self) -> None:
        now = self._loop.time()
        for topic in list(self.topics.values()):
            used = topic.clients or topic.pins or topic.filling
            if not used and now - topic.idle_since > IDLE_SECONDS:
                self._drop(topic)
        if sum(len(topic.ring) for topic in self.topics.values()) > FRAMES_MAX:
            share = FRAMES_MAX // len(self.topics)
            for topic in self.topics.values():
                while len(topic.ring) > share:
                    topic.ring.popleft()

    def _database_is_away(self, exc: Exception) -> None:
        if self._database_up:
            # Once for each outage.
            logger.warning("The hub cannot read the database: %s", exc)
        self._database_up = False

    # --- Life --------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._line.run())
                tasks.create_task(self._watch())
                tasks.create_task(self._report())
                tasks.create_task(self.rooms.run())
        finally:
            _hubs.pop(self._loop, None)
            for task in {*self._fills, *self._loading.values()}:
                task.cancel()
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _report(self) -> None:
        while True:
            try:
                await self.ask(stats.share, self.id, self.numbers())
            except Exception:
                # The others in this group must not end because of it.
                logger.exception("The hub's numbers could not be shared.")
            await asyncio.sleep(stats.SHARE_SECONDS)

    async def close(self) -> None:
        """End everything that runs here."""
        self._main.cancel()
        await asyncio.wait({self._main})


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def current() -> Hub:
    """Return the hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


def running() -> list[Hub]:
    """Return this process's hubs, one where there are clients or have been. From any thread."""
    return list(_hubs.values())


def _limit() -> int:
    return int(settings.WS_REPLAY_LIMIT)

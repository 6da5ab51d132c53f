"""The line to Redis: one pub/sub connection per process, one channel per market and per user.

It says what it hears and reconnects for ever; what was lost meanwhile is the hub's concern. What is
published on a market's channel is a seq, a space and a frame: an update's seq, or NO_SEQ before
what else is told of the market.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CHANNEL = "feed:"
NO_SEQ = 0
# Channels that every process hears have names of their own. A change of the list of active markets;
# with a frame, which is for everybody: a market that is new.
THE_LIST = ""
# Sessions that have just ended, their ids. Only a hint: the database says it too.
SESSIONS = "sessions"
# A market whose orders have just got their result, its id.
SETTLED = "settled"
# A publisher was away from Redis: what it had to tell users is lost.
MISSED = "missed"
FOR_ALL = (THE_LIST, SESSIONS, SETTLED, MISSED)
USER = "u"
CONNECT_SECONDS_MAX = 2.0
RETRY_SECONDS_FIRST = 0.05
RETRY_SECONDS_MAX = 1.0
# So often we ask for a sign of life; without one for twice as long the connection is dead.
PING_SECONDS = 5.0
# So long the reader may go on before it lets others in the event loop have a turn.
TURN_SECONDS = 0.005
CHANNELS_PER_COMMAND = 500


def channel_of(name: int | str) -> str:
    """Return the channel of a market (its id), of a user (`of_user`), or of one for all."""
    return f"{CHANNEL}{name}"


def of_user(user_id: int) -> str:
    """Return the name under which a user is listened for."""
    return f"{USER}{user_id}"


def packed(seq: int, frame: str) -> bytes:
    """Return what is published of an update, or with NO_SEQ of something else."""
    return f"{seq} {frame}".encode()


def unpacked(data: bytes) -> tuple[int, str]:
    """Read what was published.

    Raises:
        ValueError: this is none of ours.
    """
    seq, _, frame = data.partition(b" ")
    return int(seq), frame.decode()


class Line:
    """Hears the channels that it is told to. Runs in one event loop."""

    def __init__(
        self, url: str, *, heard: Callable[[str, bytes], None], confirmed: Callable[[str], None]
    ) -> None:
        self.up = False
        self._url = url
        # Called with each message; and when Redis has confirmed a channel: from then on no message
        # passes by unheard, but one may have passed before.
        self._heard = heard
        self._confirmed = confirmed
        # As many as there are topics and rooms.
        self._wanted: set[str] = set()
        self._changed = asyncio.Event()
        self._life_at = 0.0

    def listen(self, name: int | str) -> None:
        """Hear this market or user from now on, as soon as Redis is there."""
        self._wanted.add(str(name))
        self._changed.set()

    def leave(self, name: int | str) -> None:
        """Hear no more of it."""
        self._wanted.discard(str(name))
        self._changed.set()

    async def run(self) -> None:
        """Keep the line up until cancelled."""
        wait = RETRY_SECONDS_FIRST
        while True:
            try:
                await self._connection()
            except (RedisError, OSError) as exc:
                # Once for each outage; that it lasts is not news.
                if self.up or wait == RETRY_SECONDS_FIRST:
                    logger.warning("The line to Redis is down: %s", exc)
            except Exception:
                logger.exception("The line to Redis broke.")
            if self.up:
                wait = RETRY_SECONDS_FIRST
            self.up = False
            await asyncio.sleep(wait)
            wait = min(2 * wait, RETRY_SECONDS_MAX)

    async def _connection(self) -> None:
        """Listen until something fails."""
        redis = Redis.from_url(
            self._url,
            # redis-py's own default would end an idle connection after 5 s.
            socket_timeout=None,
            socket_connect_timeout=CONNECT_SECONDS_MAX,
            retry=Retry(NoBackoff(), 0),
            health_check_interval=0,
        )
        pubsub = redis.pubsub()
        try:
            # Also because a connection that hears nothing cannot be read.
            async with asyncio.timeout(CONNECT_SECONDS_MAX):
                await pubsub.subscribe(*map(channel_of, FOR_ALL))
            self.up = True
            logger.info("The line to Redis is up.")
            self._life_at = asyncio.get_running_loop().time()
            tasks = [
                asyncio.create_task(self._read(pubsub)),
                asyncio.create_task(self._ask(pubsub)),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            await pubsub.aclose()  # type: ignore[no-untyped-call]
            await redis.aclose()

    async def _read(self, pubsub: PubSub) -> None:
        loop = asyncio.get_running_loop()
        turn_ends = 0.0
        while True:
            response = await pubsub.parse_response(block=True)
            self._life_at = now = loop.time()
            self._understand(response)
            if now > turn_ends:
                # Reading what is already here never waits, so nobody else would have a turn.
                await asyncio.sleep(0)
                turn_ends = loop.time() + TURN_SECONDS

    def _understand(self, response: Any) -> None:
        # A list, or what answers a PING.
        kind = response[0]
        if kind == b"message":
            _, channel, data = response
            self._heard(channel[len(CHANNEL) :].decode(), data)
        elif kind == b"subscribe":
            self._confirmed(response[1][len(CHANNEL) :].decode())

    async def _ask(self, pubsub: PubSub) -> None:
        loop = asyncio.get_running_loop()
        asked: set[str] = set()
        while True:
            self._changed.clear()
            wanted = set(self._wanted)
            for command, names in (
                (pubsub.subscribe, wanted - asked),
                (pubsub.unsubscribe, asked - wanted),
            ):
                channels = [channel_of(name) for name in names]
                for start in range(0, len(channels), CHANNELS_PER_COMMAND):
                    await command(*channels[start : start + CHANNELS_PER_COMMAND])
            asked = wanted
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                if loop.time() - self._life_at > 2 * PING_SECONDS:
                    raise RedisConnectionError("it gives no sign of life") from None
                await pubsub.ping()

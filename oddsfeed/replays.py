"""One `resume`: what a client missed of some markets, sent in order until it has caught up."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from oddsfeed import reads
from oddsfeed.clients import Client
from oddsfeed.hub import Hub
from oddsfeed.topics import CannotReplay, Topic

# Sent at once; the next portion when the client has taken these.
PORTION = 64
# While one market is replayed, others move on: so many times we go round again. A client that is
# slower than its markets gets their whole state then.
ROUNDS_MAX = 8


class Replay:
    """Brings a client from where it was to where the topics are.

    `run` may wait, `finish` doesn't: what it leaves is exactly where the topics are then.
    """

    def __init__(
        self,
        hub: Hub,
        client: Client,
        offsets: Mapping[Topic, int],
        *,
        epochs: Mapping[Topic, str],
    ) -> None:
        self._hub = hub
        self._client = client
        self._topics = list(offsets)
        # The last seq that the client has, or will have when it has taken what was sent.
        self._reached = dict(offsets)
        self._epochs = {topic: topic.epoch for topic in offsets}
        # Topics that cannot be replayed, and why.
        self._whole: dict[Topic, str] = {}
        for topic in offsets:
            # Who says nothing of it is believed to mean this one.
            if epochs.get(topic, topic.epoch) != topic.epoch:
                self._give_up(topic, "epoch_changed")

    @contextmanager
    def pinned(self) -> Iterator[None]:
        """Keep the topics, though nobody may listen to them; live updates wait until `finish`."""
        for topic in self._topics:
            self._hub.part(topic, self._client)
            topic.pins += 1
        try:
            yield
        finally:
            for topic in self._topics:
                topic.pins -= 1

    async def run(self) -> None:
        """Send what is missing, until nothing is or the rounds are over."""
        for _ in range(ROUNDS_MAX):
            behind = [topic for topic, seq in self._reached.items() if seq != topic.seq]
            if not behind:
                return
            for topic in behind:
                await self._catch_up(topic)
                if self._client.ended:
                    return

    def finish(self) -> dict[int, Topic]:
        """Send the last few; return the topics where the client is now, or is once it has got
        what `whole` names."""
        may_send = PORTION
        for topic, seq in list(self._reached.items()):
            rest = topic.after(seq)
            if topic.epoch != self._epochs[topic]:
                self._give_up(topic, "epoch_changed")
            elif rest is None or len(rest) > may_send:
                self._give_up(topic, "limit")
            else:
                may_send -= len(rest)
                self._client.post_all(rest)
        return {topic.market_id: topic for topic in self._topics if not topic.gone}

    def whole(self) -> dict[Topic, str]:
        """Return the topics that the client needs whole, as they are now, and why."""
        return {topic: reason for topic, reason in self._whole.items() if not topic.gone}

    def gone(self) -> list[Topic]:
        """Return the topics whose market vanished meanwhile."""
        return [topic for topic in self._topics if topic.gone]

    async def _catch_up(self, topic: Topic) -> None:
        try:
            frames = await self._hub.replay(topic, self._reached[topic])
        except CannotReplay as exc:
            self._give_up(topic, exc.reason)
            return
        except reads.DATABASE_AWAY:
            # What it is now, we know.
            self._give_up(topic, "limit")
            return
        self._reached[topic] += len(frames)
        for start in range(0, len(frames), PORTION):
            self._client.post_all(frames[start : start + PORTION])
            await self._client.drained()
            # A client that takes everything at once never waits; others want a turn too.
            await asyncio.sleep(0)

    def _give_up(self, topic: Topic, reason: str) -> None:
        self._whole[topic] = reason
        del self._reached[topic]

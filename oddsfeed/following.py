"""Which markets one client follows."""

from collections.abc import Iterable, Mapping

from oddsfeed import protocol
from oddsfeed.clients import Client
from oddsfeed.hub import Hub
from oddsfeed.topics import Topic


class Following:
    """The topics of one client, at most MARKETS_MAX."""

    __slots__ = ("_client", "_hub", "_topics")

    def __init__(self, hub: Hub, client: Client) -> None:
        self._hub = hub
        self._client = client
        self._topics: dict[int, Topic] = {}

    def now(self) -> dict[int, Topic]:
        """Return the topics. A market may have vanished since the last time."""
        if any(topic.gone for topic in self._topics.values()):
            self._topics = {pk: topic for pk, topic in self._topics.items() if not topic.gone}
        return self._topics

    def new(self, market_ids: Iterable[int]) -> list[int]:
        """Return those that the client doesn't follow yet.

        Raises:
            BadMessage: with them it would follow too many.
        """
        followed = self.now()
        new = [pk for pk in market_ids if pk not in followed]
        if len(followed) + len(new) > protocol.MARKETS_MAX:
            raise protocol.BadMessage(
                f"A connection follows {protocol.MARKETS_MAX} markets at most."
            )
        return new

    def join(self, topics: Mapping[int, Topic]) -> None:
        """Follow these: what comes after each `topic.seq`."""
        # First, so that a client that ends by one of the next messages is taken out again.
        for pk, topic in topics.items():
            self._topics[pk] = topic
            self._hub.join(topic, self._client)

    def part(self, market_ids: Iterable[int]) -> None:
        """Follow these no more."""
        for pk in market_ids:
            if topic := self._topics.pop(pk, None):
                self._hub.part(topic, self._client)

    def end(self) -> None:
        """The client has ended."""
        for topic in self._topics.values():
            self._hub.part(topic, self._client)

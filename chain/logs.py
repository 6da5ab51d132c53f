"""A log as the chain has it, and the event that it says. Pure, strict, fast enough for millions.

decode(profile, log)    an event, None where the profile ignores it, or Undecodable
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from chain import abi
from chain.abi import Undecodable
from chain.events import AnyEvent
from chain.profiles import Profile

MARKET_ID = "market_id"

Said = TypeVar("Said", bound=AnyEvent)


@dataclass(slots=True)
class Log:
    """A log. Hashes, addresses and data are 0x and lower-case hex."""

    block_number: int
    block_hash: str
    log_index: int  # within the block
    transaction_hash: str
    address: str
    topics: tuple[str, ...]
    data: str
    # None until the block's header is known; known in whatever is handed on.
    block_time: datetime | None = None
    # Its row's; 0 until it has one.
    id: int = 0

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the order of all logs. Times don't tell: blocks share them."""
        return self.block_number, self.log_index


class Placed(NamedTuple, Generic[Said]):
    """An event, and the log that said it."""

    event: Said
    log: Log


def decode(profile: Profile, log: Log) -> AnyEvent | None:
    """Return the event that a log says; None where the profile ignores it.

    Raises:
        Undecodable: an event that the profile does not know, or bytes that no contract writes
            for it.
    """
    topics = log.topics
    shape = profile.shapes.get(topics[0]) if topics else None
    if shape is None:
        raise Undecodable(f"no event has the topic {topics[0] if topics else 'none'}")
    if len(topics) != len(shape.topics) + 1:
        raise Undecodable(f"{shape.name}: {len(topics)} topics, not {len(shape.topics) + 1}")
    if shape.kind is None:
        return None
    try:
        values = [
            kind.value(int(topic, 16)) for kind, topic in zip(shape.topics, topics[1:], strict=True)
        ]
        values += shape.data.read(abi.words_of(log.data))
    except Undecodable as exc:
        raise Undecodable(f"{shape.name}: {exc}") from exc
    return shape.kind(*shape.pick(values))


def market_of(profile: Profile, log: Log) -> int | None:
    """Return the market that a log, decodable or not, is about, where its topics still say so."""
    shape = profile.shapes.get(log.topics[0]) if log.topics else None
    if shape is None or shape.kind is None or MARKET_ID not in shape.kind.__dataclass_fields__:
        return None
    place = shape.order[list(shape.kind.__dataclass_fields__).index(MARKET_ID)]
    if place >= min(len(shape.topics), len(log.topics) - 1):
        return None
    return int(log.topics[1 + place], 16)

"""What counts as an answer about blocks and logs. Pure.

A node may lag, sit behind a balancer with others, or be broken: nothing it says is stored before it
was looked at here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chain.errors import BadAnswer, Behind
from chain.logs import Log

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,15})")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
TOPICS_MAX = 4
# What the columns hold.
NUMBER_MAX = 2**63 - 1
INDEX_MAX = 2**31 - 1
TIME_MAX = 253_402_300_799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Header:
    """A block, as far as it matters here."""

    number: int
    hash: str
    parent_hash: str
    time: datetime


def header(answer: Any, *, number: int | None = None) -> Header:
    """Read a block that a node told.

    Raises:
        Behind: it has no such block.
        BadAnswer: not a block, or not the one that was asked for.
    """
    if answer is None:
        raise Behind(f"The node does not have block {number}.")
    told = _object(answer)
    read = Header(
        number=_quantity(told, "number"),
        hash=_hash(told, "hash"),
        parent_hash=_hash(told, "parentHash"),
        time=_time(told, "timestamp"),
    )
    if number is not None and read.number != number:
        raise BadAnswer(f"Block {read.number} where {number} was asked for.")
    return read


def quantity(answer: Any) -> int:
    """Read a number such as a chain id.

    Raises:
        BadAnswer: it is none.
    """
    return _quantity({"answer": answer}, "answer")


def chained(headers: Sequence[Header], *, after: str) -> None:
    """Check that each block is the child of the one before it, and the first that of `after`.

    Raises:
        BadAnswer: the chain changed while it was read.
    """
    parent = after
    for each in headers:
        if parent and each.parent_hash != parent:
            raise BadAnswer(f"Block {each.number} is not the child of {parent}.")
        parent = each.hash


def logs(answer: Any, *, contract: str, first: int, last: int) -> list[Log]:
    """Read the logs of blocks `first` to `last`, in their order.

    A log's time is what the node says beside it, if it says any.

    Whether their blocks are what they say is looked at by `of_block`.

    Raises:
        BadAnswer: one of them is none of ours, was removed, lies outside, is repeated or stands in
            the wrong place.
    """
    if not isinstance(answer, list):
        raise BadAnswer("The logs are no list.")
    read: list[Log] = []
    place = (-1, -1)
    for told in answer:
        log = _log(_object(told), contract)
        if not first <= log.block_number <= last:
            raise BadAnswer(f"A log of block {log.block_number}, outside of {first} to {last}.")
        if log.place <= place:
            raise BadAnswer(f"A log at {log.place} after one at {place}.")
        read.append(log)
        place = log.place
    return read


def of_block(read: Iterable[Log], block: Header) -> None:
    """Check that these logs, all of one block, are of this one; its time becomes theirs.

    Raises:
        BadAnswer: they are of another.
    """
    for log in read:
        if log.block_hash != block.hash or log.block_time not in {None, block.time}:
            raise BadAnswer(f"A log of another block {block.number} than {block.hash}.")
        log.block_time = block.time


def _log(told: Mapping[str, Any], contract: str) -> Log:
    if told.get("removed", False) is not False:
        raise BadAnswer("A removed log.")
    address = _text(told, "address", _ADDRESS)
    if address != contract:
        raise BadAnswer(f"A log of {address}.")
    topics = told.get("topics")
    if not isinstance(topics, list) or len(topics) > TOPICS_MAX:
        raise BadAnswer(f"Topics {str(topics)[:80]}.")
    for topic in topics:
        if not isinstance(topic, str) or not _HASH.fullmatch(topic):
            raise BadAnswer(f"A topic {str(topic)[:80]}.")
    return Log(
        block_number=_quantity(told, "blockNumber"),
        block_hash=_hash(told, "blockHash"),
        log_index=_quantity(told, "logIndex", most=INDEX_MAX),
        transaction_hash=_hash(told, "transactionHash"),
        address=address,
        topics=tuple([topic.lower() for topic in topics]),
        data=_text(told, "data", _DATA),
        block_time=_told_time(told.get("blockTimestamp")),
    )


def _object(told: Any) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise BadAnswer(f"{str(told)[:80]!r} where an object belongs.")
    return told


def _text(told: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    text = told.get(name)
    if not isinstance(text, str) or not pattern.fullmatch(text):
        raise BadAnswer(f"{name} is {str(text)[:80]!r}.")
    return text.lower()


def _hash(told: Mapping[str, Any], name: str) -> str:
    return _text(told, name, _HASH)


def _quantity(told: Mapping[str, Any], name: str, *, most: int = NUMBER_MAX) -> int:
    value = int(_text(told, name, _QUANTITY), 16)
    if value > most:
        raise BadAnswer(f"{name} is {value}.")
    return value


def _time(told: Mapping[str, Any], name: str) -> datetime:
    return datetime.fromtimestamp(_quantity(told, name, most=TIME_MAX), tz=UTC)


def _told_time(text: Any) -> datetime | None:
    """Return what a node says beside a log, which no standard asks for: a habit of newer ones."""
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        return None
    seconds = int(text, 16)
    return datetime.fromtimestamp(seconds, tz=UTC) if 0 < seconds <= TIME_MAX else None

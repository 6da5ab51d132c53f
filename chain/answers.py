"""What counts as an answer about blocks and logs. Pure.

A node may lag, sit behind a balancer with others, or be broken: nothing it says is stored before it
was looked at here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from chain.errors import BadAnswer, Behind
from chain.logs import Log

_QUANTITY = re.compile(r"0x(?:0|[1-9a-fA-F][0-9a-fA-F]{0,15})")
_HASH = re.compile(r"0x[0-9a-fA-F]{64}")
# In lower case, one after the other: these, and up to four topics.
_LOG_MEMBERS = ("address", "blockNumber", "blockHash", "logIndex", "transactionHash", "data")
_LOG = re.compile(
    r"0x[0-9a-f]{40} Q H Q H 0x[0-9a-f]*(?: H){0,4}".replace(
        "Q", "0x(?:0|[1-9a-f][0-9a-f]{0,15})"
    ).replace("H", "0x[0-9a-f]{64}")
)
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
    # One look at the whole of it: a backfill has millions.
    try:
        first = [told[name] for name in _LOG_MEMBERS]
        text = " ".join(first + told["topics"]).lower()
    except (KeyError, TypeError):
        text = ""
    if not _LOG.fullmatch(text) or told.get("removed", False) is not False:
        raise BadAnswer(f"Not a log, or a removed one: {str(told)[:500]}.")
    address, number, block_hash, index, transaction_hash, data, *topics = text.split(" ")
    if address != contract or len(data) % 2:
        raise BadAnswer(f"A log of {address} with {len(data) - 2} digits.")
    block_number, log_index = int(number, 16), int(index, 16)
    if block_number > NUMBER_MAX or log_index > INDEX_MAX:
        raise BadAnswer(f"A log {log_index} of block {block_number}.")
    return Log(
        block_number,
        block_hash,
        log_index,
        transaction_hash,
        address,
        tuple(topics),
        data,
        _told_time(stamp) if isinstance(stamp := told.get("blockTimestamp"), str) else None,
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


@lru_cache
def _told_time(text: str) -> datetime | None:
    """Return what a node says beside a log, which no standard asks for: a habit of newer ones."""
    if not _QUANTITY.fullmatch(text):
        return None
    seconds = int(text, 16)
    return datetime.fromtimestamp(seconds, tz=UTC) if 0 < seconds <= TIME_MAX else None

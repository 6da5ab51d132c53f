"""What comes next, fetched from one node: by ranges up to the finalized block, then block by block.

Every function raises NodeError where the node gives no answer that counts, and Forked where its
chain is not the one that was indexed.
"""

from typing import NamedTuple

from chain import answers, errors, fetching, selectors
from chain.answers import Header
from chain.errors import NodeError
from chain.fetching import Attempt
from chain.logs import Log
from chain.units import Unit

RANGE_SIZE_MAX = 10_000  # blocks
# More logs than this in a range: the next one is smaller, so that memory stays bounded.
LOGS_MAX = 10_000


# After these, less may be more.
TOO_MUCH = (errors.RangeTooLarge, errors.TimedOut, errors.Refused)


class Forked(Exception):
    """The node's chain is another than ours, at our last block or below it."""


class Goal(NamedTuple):
    """The newest final block. Its hash is empty where nobody told it so far."""

    number: int
    hash: str


def goal(attempt: Attempt) -> Goal | None:
    """Return the newest final block by the policy; None where nothing of ours is final.

    It never goes back, whatever the node says.
    """
    cursor, sight = attempt.cursor, attempt.sight
    known = None
    if cursor.finalized_block is not None:
        known = Goal(cursor.finalized_block, cursor.finalized_hash)
    confirmations = attempt.config.finality.confirmations
    if confirmations is not None:
        told = Goal(sight.head.number - confirmations, "")
    elif sight.final is not None:
        told = Goal(sight.final.number, sight.final.hash)
    else:
        return known
    if told.number < (cursor.start_block if known is None else known.number + 1):
        return known
    return told


def cold(attempt: Attempt, final: Goal) -> tuple[Unit, list[Log]]:
    """Return the next range below the final block, and its logs."""
    cursor, node = attempt.cursor, attempt.node
    first = cursor.last_block + 1
    end = min(cursor.last_block + cursor.range_size, final.number)
    wanted = {end, final.number}
    if cursor.last_hash:
        wanted.add(cursor.last_block)
    blocks = {block.number: block for block in fetching.headers(node, sorted(wanted))}
    if cursor.last_hash and blocks[cursor.last_block].hash != cursor.last_hash:
        raise Forked
    told = blocks[final.number]
    if final.hash and told.hash != final.hash:
        if final.number == cursor.finalized_block:
            raise fetching.other_history(node, told, final.hash)
        raise errors.BadAnswer(f"{node.name}: two finalized blocks {final.number}.")
    found = fetching.logs_of_range(node, attempt.config.contract, first, blocks[end])
    unit = Unit(
        base=cursor,
        head=attempt.sight.head.number,
        last=blocks[end],
        final=(told.number, told.hash),
        range_size=_next_size(cursor.range_size, read=end - cursor.last_block, logs=len(found)),
    )
    return unit, found


def hot(attempt: Attempt, final: Goal | None, *, most: int) -> tuple[Unit | None, list[Log]]:
    """Return the next blocks up to the head, `most` at once, and their logs; None where there is
    nothing new."""
    cursor, head = attempt.cursor, attempt.sight.head
    settled = _settled(attempt, final)
    if head.number <= cursor.last_block:
        return _rest(attempt, settled), []
    end = min(head.number, cursor.last_block + most)
    blocks = following(attempt, first=cursor.last_block + 1, end=end)
    if cursor.last_hash and blocks[0].parent_hash != cursor.last_hash:
        raise Forked
    unit = Unit(
        base=cursor,
        head=head.number,
        last=blocks[-1],
        blocks=blocks,
        final=settled,
    )
    return unit, fetching.logs_of_blocks(attempt.node, attempt.config.contract, blocks)


def halved(size: int, exc: NodeError) -> tuple[int, NodeError]:
    """Return how many blocks to ask for after a failure, and what the node is to be blamed for."""
    if size > 1:
        return (size // 2 if isinstance(exc, TOO_MUCH) else size), exc
    if isinstance(exc, errors.RangeTooLarge):
        # A single block is not too large a range: it is this node that cannot.
        exc = errors.Refused(str(exc))
    return size, exc


def following(attempt: Attempt, *, first: int, end: int) -> list[Header]:
    """Return the blocks from `first` to `end`, each the child of the one before it."""
    head = attempt.sight.head
    numbers = range(first, end + 1)
    blocks = fetching.headers(attempt.node, [n for n in numbers if n != head.number])
    if head.number in numbers:
        blocks.append(head)
    answers.chained(blocks, after=blocks[0].parent_hash)
    return blocks


def _settled(attempt: Attempt, final: Goal | None) -> Goal | None:
    """Return the final block with the hash that it has here."""
    if final is None:
        return None
    ours = selectors.hash_at(attempt.cursor, final.number)
    assert ours is not None, f"no hash of block {final.number} is kept"
    if final.hash and final.hash != ours:
        raise Forked
    return Goal(final.number, ours)


def _rest(attempt: Attempt, settled: Goal | None) -> Unit | None:
    """Return what there is to note where the head is no newer than our last block."""
    cursor, head = attempt.cursor, attempt.sight.head
    ours = selectors.hash_at(cursor, head.number)
    if ours is None and cursor.last_hash:
        raise errors.Behind(f"{attempt.node.name} is at block {head.number}, before what is kept.")
    if ours is not None and ours != head.hash:
        raise Forked
    is_news = settled is not None and settled.number != cursor.finalized_block
    if not is_news and not cursor.halted_reason:
        return None
    return Unit(base=cursor, head=head.number, final=settled)


def _next_size(size: int, *, read: int, logs: int) -> int:
    if logs > LOGS_MAX:
        return max(1, size // 2)
    if read < size or logs > LOGS_MAX // 2:
        return size
    return min(RANGE_SIZE_MAX, size + max(1, size // 4))

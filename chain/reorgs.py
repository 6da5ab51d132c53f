"""Where the node's chain parted from ours, and what it has instead.

Every function raises NodeError where the node gives no answer that counts.
"""

from collections.abc import Iterator

from chain import answers, errors, fetching, lanes
from chain.answers import Header
from chain.fetching import Attempt
from chain.logs import Log
from chain.models import Block
from chain.units import Unit

# So many headers are compared at first on the way back, then more at once.
STEP_FIRST, STEP_MORE = 4, 50


def branch(attempt: Attempt, *, most: int) -> tuple[Unit, list[Log]]:
    """Return the node's branch from the common ancestor on, as far as ours reached or `most`
    blocks, and its logs.

    Raises:
        OtherHistory: they part below a block that was final.
    """
    cursor, head = attempt.cursor, attempt.sight.head
    ancestor, ancestor_hash = _ancestor(attempt)
    end = min(head.number, max(cursor.last_block, ancestor + most))
    blocks = lanes.following(attempt, first=ancestor + 1, end=end)
    answers.chained(blocks, after=ancestor_hash)
    unit = Unit(
        base=cursor,
        head=head.number,
        last=blocks[-1],
        blocks=blocks,
        ancestor=ancestor,
    )
    return unit, fetching.logs_of_blocks(attempt.node, attempt.config.contract, blocks)


def _ancestor(attempt: Attempt) -> tuple[int, str]:
    """Return the newest block that both have, and its hash; the one before the deployment, without
    a hash, where they share none and nothing was final."""
    cursor, node = attempt.cursor, attempt.node
    final = cursor.finalized_block
    if final is not None and attempt.sight.head.number < final:
        raise errors.Behind(f"{node.name} is before block {final}.")
    floor = cursor.start_block - 1 if final is None else final
    top = min(cursor.last_block, attempt.sight.head.number)
    ours = dict(Block.objects.filter(cursor=cursor, number__gt=floor).values_list("number", "hash"))
    ours[cursor.last_block] = cursor.last_hash
    if final is not None:
        ours[final] = cursor.finalized_hash
    for block in _downwards(attempt, top, min(floor + (final is None), top)):
        if block.hash == ours.get(block.number):
            if block.number == top:
                raise errors.Behind(f"{node.name}: the chain changed while it was read.")
            return block.number, block.hash
        if final is not None and block.number <= final:
            raise fetching.other_history(node, block, ours[block.number])
    return floor, ""


def _downwards(attempt: Attempt, top: int, lowest: int) -> Iterator[Header]:
    step = STEP_FIRST
    while top >= lowest:
        numbers = range(top, max(top - step, lowest - 1), -1)
        yield from fetching.headers(attempt.node, numbers)
        top -= len(numbers)
        step = STEP_MORE

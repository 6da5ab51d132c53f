"""Events that are missing by the contract's own count, looked for once more."""

from chain import errors, fetching
from chain.config import ChainConfig
from chain.logs import Log
from chain.models import Cursor
from chain.projecting import Tail
from chain.rpc import Node


def logs_between(
    node: Node, config: ChainConfig, cursor: Cursor, after: Tail, until: Log
) -> list[Log]:
    """Return all logs that a node has from the block of the last event to the one of `until`.

    A node may have told part of a range without saying so; the next event's number betrays it.

    Raises:
        NodeError: the node gives no answer that counts, or has another branch.
    """
    found: list[Log] = []
    first = config.start_block if after.block is None else after.block
    while first <= until.block_number:
        end = min(first + cursor.range_size - 1, until.block_number)
        (last,) = fetching.headers(node, [end])
        if end == until.block_number and last.hash != until.block_hash:
            raise errors.Behind(f"{node.name} has another block {end}.")
        found += fetching.logs_of_range(node, config.contract, first, last)
        first = end + 1
    return found

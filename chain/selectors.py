"""What is known of blocks."""

from chain.models import Block, Cursor


def hash_at(cursor: Cursor, number: int) -> str | None:
    """Return the hash of a block as we have it; None where we keep none of it."""
    if number == cursor.last_block and cursor.last_hash:
        return cursor.last_hash
    if number == cursor.finalized_block:
        return cursor.finalized_hash
    return Block.objects.filter(cursor=cursor, number=number).values_list("hash", flat=True).first()


def settled(cursor: Cursor) -> int | None:
    """Return the newest block that is final and indexed; None where there is none yet."""
    if cursor.finalized_block is None or not cursor.last_hash:
        return None
    return min(cursor.finalized_block, cursor.last_block)

"""What is known of blocks."""

from chain.models import Block, Cursor, RawLog
from chain.profiles import Profile


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


def count_of_events(cursor: Cursor, profile: Profile, until: int) -> int:
    """Return how many events of a contract we have up to a block, made sense of or not."""
    topics = [topic for topic, shape in profile.shapes.items() if shape.kind is not None]
    stored = RawLog.objects.of(cursor).canonical().filter(block_number__lte=until)
    return stored.filter(topics__0__in=topics).count()

"""A unit of the listener's work, stored: cursor, raw logs and what they come to, or none of it."""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from django.db import transaction

from chain import locks, projecting, selectors, signals, store
from chain.answers import Header
from chain.handlers import Handler
from chain.models import Block, Cursor, RawLog
from chain.profiles import Profile
from chain.projecting import Reading

logger = logging.getLogger(__name__)

_MOVED = [
    "genesis_hash",
    "last_block",
    "last_hash",
    "finalized_block",
    "finalized_hash",
    "head_block",
    "range_size",
    "reorg_count",
    "reorg_depth_last",
    "reorg_depth_max",
    "halt",
    "halted_reason",
    "halted_at",
    "progressed_at",
]


@dataclass(slots=True)
class Unit:
    """What a node told, looked at and decoded."""

    # The cursor that it was fetched for. Where it is another by now, none of this counts.
    base: Cursor
    head: int
    # The newest block of it; None: no new one.
    last: Header | None = None
    readings: list[Reading] = field(default_factory=list)
    # Blocks that may still be replaced, and those that were: all above `ancestor`.
    blocks: list[Header] = field(default_factory=list)
    ancestor: int | None = None
    # The newest final block, and its hash.
    final: tuple[int, str] | None = None
    range_size: int | None = None
    genesis_hash: str = ""


@transaction.atomic(durable=True)
def commit(unit: Unit, profile: Profile, handler: Handler, now: datetime) -> bool:
    """Store a unit; return whether it still fitted.

    Raises:
        OtherLog: a log is stored with another payload.
    """
    cursor = locks.hold(unit.base)
    if _state(cursor) != _state(unit.base):
        # Somebody else was quicker, or the answer to our last COMMIT was lost.
        return False
    if unit.ancestor is not None:
        _roll_back(cursor, profile, handler, unit.ancestor, now)
    _add(cursor, profile, handler, unit)
    _move(cursor, unit, now)
    if unit.final is not None and unit.final[0] != unit.base.finalized_block:
        Block.objects.filter(cursor=cursor, number__lte=unit.final[0]).delete()
    settled = selectors.settled(cursor)
    if settled is not None and settled != selectors.settled(unit.base):
        handler.finalize(settled)
    return True


def _state(cursor: Cursor) -> tuple[object, ...]:
    return (
        cursor.last_block,
        cursor.last_hash,
        cursor.finalized_block,
        cursor.finalized_hash,
        cursor.reorg_count,
    )


def _roll_back(
    cursor: Cursor, profile: Profile, handler: Handler, ancestor: int, now: datetime
) -> None:
    """Take back everything above the common ancestor. Nothing is deleted but the blocks' hashes."""
    depth = cursor.last_block - ancestor
    undone = projecting.undo(cursor, profile, handler, ancestor, now)
    RawLog.objects.of(cursor).canonical().filter(block_number__gt=ancestor).update(
        is_canonical=False
    )
    Block.objects.filter(cursor=cursor, number__gt=ancestor).delete()
    cursor.reorg_count += 1
    cursor.reorg_depth_last = depth
    cursor.reorg_depth_max = max(cursor.reorg_depth_max, depth)
    logger.warning(
        "Reorganisation: %s blocks from %s on were replaced, with %s logs.",
        depth,
        ancestor + 1,
        undone,
    )
    transaction.on_commit(
        partial(
            signals.reorganised.send_robust,
            sender=Cursor,
            cursor=cursor,
            from_block=ancestor + 1,
            depth=depth,
            logs=undone,
        )
    )


def _add(cursor: Cursor, profile: Profile, handler: Handler, unit: Unit) -> None:
    after = projecting.tail(cursor, profile)
    fresh = store.insert(cursor, [reading.log for reading in unit.readings])
    if len(fresh) != len(unit.readings):
        ids = {log.id for log in fresh}
        unit.readings = [reading for reading in unit.readings if reading.log.id in ids]
    projecting.project(cursor, profile, handler, unit.readings, after)
    final = -1 if unit.final is None else unit.final[0]
    Block.objects.bulk_create(
        Block(cursor=cursor, number=block.number, hash=block.hash)
        for block in unit.blocks
        if block.number > final
    )


def _move(cursor: Cursor, unit: Unit, now: datetime) -> None:
    if unit.last is not None:
        cursor.last_block, cursor.last_hash = unit.last.number, unit.last.hash
        cursor.progressed_at = now
    if unit.final is not None:
        cursor.finalized_block, cursor.finalized_hash = unit.final
    cursor.head_block = unit.head
    cursor.range_size = unit.range_size or cursor.range_size
    cursor.genesis_hash = unit.genesis_hash or cursor.genesis_hash
    # Whatever stopped it is over: the node was looked at before this was fetched.
    cursor.halt, cursor.halted_reason, cursor.halted_at = "", "", None
    cursor.save(update_fields=_MOVED)

"""The listener: one unit of work at a time, fetched from one node, stored in one transaction.

Up to the finalized block it reads logs by ranges of blocks (the cold lane); from there to the head
header by header, each the child of the one before it, and logs by block hash (the hot lane). Where
the chain is another than it was, it walks back to the common ancestor and takes the new branch; not
below a block that was final.

Between two units nothing is remembered that matters: the database says how far we are. So a process
that was killed, or never heard whether its transaction was committed, goes on right.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from chain import errors, fetching, gaps, handlers, lanes, projecting, reorgs, units
from chain.config import ChainConfig
from chain.errors import Halt, Halted, NodeError
from chain.fetching import Attempt
from chain.handlers import Handler
from chain.logs import Log
from chain.models import Cursor
from chain.nodes import Nodes
from chain.rpc import Node
from chain.store import OtherLog
from chain.units import Unit

logger = logging.getLogger(__name__)

# Blocks of the hot lane in one unit.
HOT_BLOCKS_MAX = 64

Told = TypeVar("Told")


class _Unanswered(Exception):
    """A node gave no answer that counts; it is noted."""


def cursor_of(config: ChainConfig) -> Cursor:
    """Return how far a contract is indexed; at first, up to the block before its deployment."""
    cursor, _ = Cursor.objects.get_or_create(
        chain_id=config.chain_id,
        contract=config.contract,
        defaults={"start_block": config.start_block, "last_block": config.start_block - 1},
    )
    return cursor


class Listener:
    """Follows one contract. Not for use by two threads at once; two processes are fine."""

    def __init__(self, config: ChainConfig, nodes: Nodes, handler: Handler | None = None) -> None:
        self._config = config
        self._nodes = nodes
        if handler is None:
            handler = handlers.registered(config.profile.family)
        self._handler = handler
        self._hot_blocks = HOT_BLOCKS_MAX
        # For how long there is nothing to do, as the last step found.
        self.wait_seconds = 0.0

    def step(self, now: datetime) -> bool:
        """Do one unit of work; return whether there was any. False: wait for `wait_seconds`.

        Raises:
            Halted: going on would be wrong. The cursor bears the reason. Once it is gone, a later
                step goes on by itself.
        """
        self.wait_seconds = self._config.poll_seconds
        cursor = cursor_of(self._config)
        try:
            self._check_start(cursor)
            return self._unit(cursor, self._nodes.pick(now), now)
        except _Unanswered:
            return True
        except errors.NoNode as exc:
            self.wait_seconds = exc.wait_seconds
            return False
        except Halted as exc:
            self._halt(cursor, exc, now)
            raise

    def _unit(self, cursor: Cursor, node: Node, now: datetime) -> bool:
        attempt = self._ask(cursor, node, now, lambda: self._attempt(cursor, node))
        unit, found = self._ask(cursor, node, now, lambda: self._fetched(attempt))
        self._nodes.worked(node, now, head=attempt.sight.head.number)
        self._nodes.health(node).is_known = True
        self._hot_blocks = min(HOT_BLOCKS_MAX, self._hot_blocks + 1)
        if unit is None:
            self._probe(now)
            return False
        unit.head = self._nodes.head or unit.head
        unit.genesis_hash = attempt.genesis_hash
        unit.readings = projecting.read(self._config.profile, found)
        self._fill_gap(unit, node, now)
        try:
            stored = units.commit(unit, self._config.profile, self._handler, now)
        except OtherLog as exc:
            logger.exception("Incident: nothing of what %s told was stored.", node.name)
            projecting.note_conflict(cursor, self._config.profile, exc)
            self._nodes.failed(node, exc, now)
        else:
            if stored and unit.last is not None and (count := len(unit.readings)):
                logger.info("Read up to block %s; new logs: %s.", unit.last.number, count)
        return True

    def _attempt(self, cursor: Cursor, node: Node) -> Attempt:
        """Look at a node; at its history too, where it is new or was away."""
        sight = fetching.look(node, self._config)
        self._nodes.health(node).head = sight.head.number
        genesis_hash = ""
        if not self._nodes.health(node).is_known or cursor.halted_reason:
            genesis_hash = fetching.check_history(node, cursor, sight)
        return Attempt(
            config=self._config,
            node=node,
            cursor=cursor,
            sight=sight,
            genesis_hash=genesis_hash,
        )

    def _fetched(self, attempt: Attempt) -> tuple[Unit | None, list[Log]]:
        final = lanes.goal(attempt)
        try:
            if final is not None and attempt.cursor.last_block < final.number:
                return lanes.cold(attempt, final)
            return lanes.hot(attempt, final, most=self._hot_blocks)
        except lanes.Forked:
            return reorgs.branch(attempt, most=self._hot_blocks)

    def _fill_gap(self, unit: Unit, node: Node, now: datetime) -> None:
        """Where events are missing before one, look for them once more, with another node if there
        is one. What no node has is missing for good."""
        profile, cursor = self._config.profile, unit.base
        until = cursor.last_block if unit.ancestor is None else unit.ancestor
        after = projecting.tail(cursor, profile, until=until)
        before = projecting.gap(profile, unit.readings, after)
        if before is None:
            return
        # One may not be the only one.
        last = unit.readings[-1].log
        other = self._nodes.other(node, now)
        logger.warning(
            "Events are missing before log %s of block %s: asking %s.",
            before.log_index,
            before.block_number,
            other.name,
        )
        found = self._ask(
            cursor,
            other,
            now,
            lambda: gaps.logs_between(other, self._config, cursor, after, last),
        )
        places = {reading.log.place for reading in unit.readings}
        more = [log for log in found if log.place not in places]
        unit.readings += projecting.read(profile, more)
        unit.readings.sort(key=lambda reading: reading.log.place)

    def _probe(self, now: datetime) -> None:
        """Ask a node that is not in use for its head: ours may be stuck without knowing."""
        node = self._nodes.to_probe(now)
        if node is None:
            return
        try:
            sight = fetching.look(node, self._config)
        except NodeError as exc:
            self._nodes.failed(node, exc, now)
        else:
            self._nodes.worked(node, now, head=sight.head.number)

    def _ask(self, cursor: Cursor, node: Node, now: datetime, told: Callable[[], Told]) -> Told:
        try:
            return told()
        except NodeError as exc:
            self._note(cursor, node, exc, now)
            raise _Unanswered from exc

    def _note(self, cursor: Cursor, node: Node, exc: NodeError, now: datetime) -> None:
        level = logging.DEBUG if isinstance(exc, errors.Behind) else logging.WARNING
        logger.log(level, "%s: %s", type(exc).__name__, exc)
        if isinstance(exc, lanes.TOO_MUCH):
            self._hot_blocks = max(1, self._hot_blocks // 2)
        size, exc = lanes.halved(cursor.range_size, exc)
        changes = {"range_size": size} if size != cursor.range_size else {}
        # Nothing is stored, and the chain goes on: that is a lag, and it must show.
        if (head := self._nodes.head) is not None and head > (cursor.head_block or 0):
            changes["head_block"] = head
        if changes:
            Cursor.objects.filter(pk=cursor.pk).update(**changes)
        self._nodes.failed(node, exc, now)

    def _check_start(self, cursor: Cursor) -> None:
        start = self._config.start_block
        if cursor.start_block == start:
            return
        if cursor.last_hash:
            raise Halted(
                Halt.OTHER_START,
                f"CHAIN_START_BLOCK={start}, and this contract was indexed from block"
                f" {cursor.start_block} on: set it back to that.",
            )
        cursor.start_block, cursor.last_block = start, start - 1
        cursor.save(update_fields=["start_block", "last_block"])

    def _halt(self, cursor: Cursor, exc: Halted, now: datetime) -> None:
        if cursor.halted_reason != (reason := str(exc)):
            halted = {"halt": exc.halt, "halted_reason": reason, "halted_at": now}
            Cursor.objects.filter(pk=cursor.pk).update(**halted)

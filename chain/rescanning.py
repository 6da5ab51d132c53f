"""Reading a part of the chain once more, and replaying what is stored.

What a rescan finds goes into one transaction with the replay that it makes necessary: a log in the
middle of history changes everything after it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from chain import errors, fetching, lanes, locks, projecting, selectors, status, store
from chain.answers import Header
from chain.config import ChainConfig
from chain.errors import NodeError
from chain.fetching import Attempt
from chain.handlers import Handler
from chain.logs import Log
from chain.models import Block, Cursor, RawLog
from chain.nodes import Nodes
from chain.rpc import Node


class Moved(Exception):
    """The chain, or what is stored of it, changed while it was compared: try once more."""


class Contradicted(Exception):
    """Stored logs are not on the node's chain, and nobody said that the node is right."""


@dataclass(slots=True)
class Difference:
    """What the node has and we don't, and the other way round."""

    read: int = 0  # logs
    missing: list[Log] = field(default_factory=list)
    extra: list[Log] = field(default_factory=list)
    # The last block that was compared.
    last: Header | None = None

    def __bool__(self) -> bool:
        return bool(self.missing or self.extra)


def rescan(
    config: ChainConfig,
    nodes: Nodes,
    handler: Handler,
    *,
    first: int,
    last: int,
    now: datetime,
    accept: bool = False,
) -> Difference:
    """Compare the logs of these blocks with a node's, add what is missing, and replay.

    Blocks that the listener has not reached are left to it. `accept`: the node is right about what
    was final here, too. Logs that it doesn't have are canonical no more, the newest block that it
    calls final is where the listener goes on, and a halted one goes on at all.

    Raises:
        Contradicted: there are such logs, and `accept` is not given.
        Moved: try once more.
        NoNode: no node gave an answer that counts.
        Halted: all nodes have another history, and `accept` is not given.
        OtherLog: a log is stored with another payload.
    """
    cursor = Cursor.objects.get(chain_id=config.chain_id, contract=config.contract)
    first = max(first, config.start_block)
    while True:
        node = nodes.pick(now)
        try:
            attempt = _attempt(config, node, cursor, accept=accept)
            end = _end(attempt, last, accept=accept)
            if accept:
                _check_below(attempt, first)
            found = _compared(attempt, first, end)
            _apply(attempt, handler, found, now, accept=accept)
        except store.OtherLog as exc:
            projecting.note_conflict(cursor, config.profile, exc)
            raise
        except NodeError as exc:
            cursor.range_size, blame = lanes.halved(cursor.range_size, exc)
            nodes.failed(node, blame, now)
        else:
            return found


@transaction.atomic(durable=True)
def replay(config: ChainConfig, handler: Handler, now: datetime) -> int:
    """Project all canonical logs anew; return how many they are."""
    cursor = status.cursor_of(config.chain_id, config.contract)
    if cursor is None:
        return 0
    return projecting.replay(locks.hold(cursor, for_long=True), config.profile, handler, now)


def _attempt(config: ChainConfig, node: Node, cursor: Cursor, *, accept: bool) -> Attempt:
    sight = fetching.look(node, config)
    if not accept:
        fetching.check_history(node, cursor, sight)
    return Attempt(config=config, node=node, cursor=cursor, sight=sight)


def _end(attempt: Attempt, last: int, *, accept: bool) -> int:
    """Return the last block to compare: one that we have and, to go on from it, that is final."""
    end = min(last, attempt.cursor.last_block)
    if not accept:
        return end
    confirmations = attempt.config.finality.confirmations
    if confirmations is not None:
        return min(end, attempt.sight.head.number - confirmations)
    if attempt.sight.final is None:
        raise errors.Behind(f"{attempt.node.name} does not say which block is final.")
    return min(end, attempt.sight.final.number)


def _check_below(attempt: Attempt, first: int) -> None:
    """Look whether the node has the newest stored log below these blocks.

    Raises:
        Contradicted: it has not.
    """
    below = next(store.canonical(attempt.cursor, until=first - 1, newest_first=True), None)
    if below is None:
        return
    (block,) = fetching.headers(attempt.node, [below.block_number])
    if block.hash != below.block_hash:
        raise Contradicted(
            f"{attempt.node.name} has another block {block.number}, too, where a log is stored:"
            f" say --from {block.number} or less."
        )


def _compared(attempt: Attempt, first: int, last: int) -> Difference:
    found = Difference()
    for told, end in _told(attempt, first, last):
        found.last = end
        found.read += len(told)
        stored = {
            (log.block_hash, log.log_index): log
            for log in store.canonical(attempt.cursor, after=first - 1, until=end.number)
        }
        for log in told:
            ours = stored.pop((log.block_hash, log.log_index), None)
            if ours is None:
                found.missing.append(log)
            elif store.payload(ours) != store.payload(log):
                raise store.OtherLog(log, ours)
        found.extra += stored.values()
        first = end.number + 1
    return found


def _told(attempt: Attempt, first: int, last: int) -> Iterator[tuple[list[Log], Header]]:
    while first <= last:
        number = min(last, first + attempt.cursor.range_size - 1)
        (end,) = fetching.headers(attempt.node, [number])
        yield (
            fetching.logs_of_range(attempt.node, attempt.config.contract, first, end),
            end,
        )
        first = number + 1


@transaction.atomic(durable=True)
def _apply(
    attempt: Attempt, handler: Handler, found: Difference, now: datetime, *, accept: bool
) -> None:
    if found.extra and not accept:
        raise Contradicted(
            f"{attempt.node.name} does not have {len(found.extra)} logs that are stored, the first"
            f" in block {found.extra[0].block_number}. Nothing was changed. Where the node is"
            " right, say --accept."
        )
    before = attempt.cursor
    cursor = locks.hold(before, for_long=True)
    # The listener may have gone on meanwhile; only not back.
    if cursor.reorg_count != before.reorg_count:
        raise Moved
    if accept and cursor.last_hash != before.last_hash:
        raise Moved
    if found.last is not None and not accept:
        ours = selectors.hash_at(cursor, found.last.number)
        if ours is not None and ours != found.last.hash:
            raise Moved
    store.insert(cursor, found.missing)
    RawLog.objects.filter(pk__in=[log.id for log in found.extra]).update(is_canonical=False)
    if accept and found.last is not None:
        _go_on_from(cursor, found.last)
    if found or accept:
        projecting.replay(cursor, attempt.config.profile, handler, now)


def _go_on_from(cursor: Cursor, last: Header) -> None:
    """Begin anew after this block, whatever was there before."""
    RawLog.objects.of(cursor).canonical().filter(block_number__gt=last.number).update(
        is_canonical=False
    )
    Block.objects.filter(cursor=cursor).delete()
    cursor.last_block, cursor.last_hash = last.number, last.hash
    cursor.finalized_block, cursor.finalized_hash = last.number, last.hash
    cursor.genesis_hash = ""
    cursor.reorg_count += 1
    cursor.halt, cursor.halted_reason, cursor.halted_at = "", "", None
    cursor.save(
        update_fields=[
            "last_block",
            "last_hash",
            "finalized_block",
            "finalized_hash",
            "genesis_hash",
            "reorg_count",
            "halt",
            "halted_reason",
            "halted_at",
        ]
    )

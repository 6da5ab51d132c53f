"""Are the logs that we have those of the chain? Does the listener follow it?"""

from collections.abc import Iterator
from datetime import timedelta

from chain import fetching, lanes, logs, projecting, selectors, store
from chain.checks import Difference, Kind, Moment, Part
from chain.logs import Log
from chain.views import View

# The chain went on, and the listener did not for so long.
STALE_AFTER = timedelta(minutes=5)
RANGE_BLOCKS = 500
# Each comparison looks at the blocks since the one before it, if these are not more, and at some
# that were looked at before.
RANGES_MAX = 20
OLD_RANGES = 2

Span = tuple[int, int]  # the first block and the last


def listener(moment: Moment) -> Part:
    """Does the listener follow the chain?"""
    cursor = moment.cursor

    def compare(view: View) -> Iterator[Difference]:
        head, here = view.sight.head.number, f"block {cursor.last_block}"
        if cursor.halted_reason:
            here = f"{here}, halted: {cursor.halted_reason}"
        elif head <= cursor.last_block or not _stands_still(moment):
            return
        evidence = {"progressed_at": str(cursor.progressed_at), "node": view.node.name}
        head_said = f"block {head}"
        yield Difference(Kind.STALE_CURSOR, "the listener", head_said, here, evidence=evidence)

    return Part({}, compare)


def count(moment: Moment) -> Part:
    """Have we as many events as the contract counted?"""
    profile = moment.profile
    had = selectors.count_of_events(moment.cursor, profile, moment.block)
    newest = projecting.tail(moment.cursor, profile, until=moment.block).seq

    def compare(view: View) -> Iterator[Difference]:
        if profile.first_seq is None or not view.functions.has("seq"):
            return
        (seq,) = view.ask([("seq", [])])
        counted = seq - profile.first_seq + 1
        if had != counted:
            kind = Kind.MISSING_LOG if had < counted else Kind.EXTRA_LOG
            yield Difference(kind, "number of events", counted, had)
        elif had and newest != seq:
            yield Difference(Kind.STATE_MISMATCH, "seq of the newest event", seq, newest)

    return Part({"events": had}, compare)


def stored_logs(moment: Moment) -> Part:
    """Are the logs of some blocks those that a node has there?"""
    spans = _spans(moment)
    ours = {
        span: list(store.canonical(moment.cursor, after=span[0] - 1, until=span[1]))
        for span in spans
    }

    def compare(view: View) -> Iterator[Difference]:
        for span, had in ours.items():
            yield from _differences(moment, had, _told(view, *span))

    blocks = sum(last - first + 1 for first, last in spans)
    return Part({"blocks": blocks, "logs": sum(map(len, ours.values()))}, compare)


def _stands_still(moment: Moment) -> bool:
    progressed_at = moment.cursor.progressed_at
    return progressed_at is not None and progressed_at < moment.now - STALE_AFTER


def _spans(moment: Moment) -> list[Span]:
    """Return the blocks to look at: new ones, some old ones, and those that were suspicious."""
    start, end = moment.cursor.start_block, moment.block
    fresh = start if moment.previous is None else min(moment.previous + 1, end)
    fresh = max(fresh, end - RANGES_MAX * RANGE_BLOCKS + 1)
    spans = [_span(first, end) for first in range(fresh, end + 1, RANGE_BLOCKS)]
    if fresh > start:
        chosen = [moment.chance.randrange(start, fresh) for _ in range(OLD_RANGES)]
        spans += [_span(first, fresh - 1) for first in chosen]
    about = (finding.evidence.get("block") for finding in moment.suspects)
    blocks = {block for block in about if block is not None and start <= block <= end}
    spans += [(block, block) for block in sorted(blocks)]
    return spans


def _span(first: int, most: int) -> Span:
    return first, min(first + RANGE_BLOCKS - 1, most)


def _told(view: View, first: int, last: int) -> list[Log]:
    """Return a node's logs of these blocks, asked for in smaller portions where it must be."""
    (end,) = fetching.headers(view.node, [last])
    try:
        return fetching.logs_of_range(view.node, view.config.contract, first, end)
    except lanes.TOO_MUCH:
        if first == last:
            raise
        middle = (first + last) // 2
        return _told(view, first, middle) + _told(view, middle + 1, last)


def _differences(moment: Moment, had: list[Log], told: list[Log]) -> Iterator[Difference]:
    ours, theirs = ({(log.place, log.block_hash): log for log in each} for each in (had, told))
    for key in sorted(ours.keys() | theirs.keys()):
        our, their = ours.get(key), theirs.get(key)
        if their is None:
            assert our is not None, key
            yield _difference(moment, Kind.EXTRA_LOG, our, "none", store.payload(our))
        elif our is None:
            yield _difference(moment, Kind.MISSING_LOG, their, store.payload(their), "none")
        elif store.payload(our) != store.payload(their):
            said = store.payload(their), store.payload(our)
            yield _difference(moment, Kind.STATE_MISMATCH, our, *said)


def _difference(
    moment: Moment, kind: Kind, log: Log, on_chain: object, in_database: object
) -> Difference:
    return Difference(
        kind,
        f"log {log.log_index} of block {log.block_number} ({log.block_hash})",
        on_chain,
        in_database,
        market_id=logs.market_of(moment.profile, log),
        evidence={"block": log.block_number, "transaction": log.transaction_hash},
    )

"""From raw logs to what the handler is told, and what goes to quarantine instead.

The same rules whether logs come in for the first time or are replayed: what a log comes to depends
on the canonical logs before it and on nothing else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from chain import logs, selectors, store
from chain.abi import Undecodable
from chain.answers import NUMBER_MAX
from chain.errors import Halt, Halted
from chain.events import AnyEvent
from chain.handlers import Handler
from chain.logs import Log, Placed
from chain.models import Cursor, Quarantine
from chain.profiles import Profile

Reason = Quarantine.Reason
Resolution = Quarantine.Resolution
# Of these the log was not projected.
UNPROJECTED = (Reason.UNDECODABLE, Reason.SEQ_GAP, Reason.REFUSED)


class Reading(NamedTuple):
    """A log, and what it says: an event, nothing (the profile ignores it), or trouble."""

    log: Log
    event: AnyEvent | None
    trouble: str = ""


class Unfit(NamedTuple):
    """A log for the quarantine."""

    log: Log
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Tail:
    """Where the contract's count of events stands."""

    # Of the newest event that could be read; None: there is none yet.
    seq: int | None = None
    # How many logs since then could not: each may have been an event.
    unread: int = 0
    # The block of that event.
    block: int | None = None


def read(profile: Profile, found: Iterable[Log]) -> list[Reading]:
    """Decode logs."""
    readings = []
    for log in found:
        try:
            readings.append(Reading(log, logs.decode(profile, log)))
        except Undecodable as exc:
            readings.append(Reading(log, None, str(exc)))
    return readings


def tail(cursor: Cursor, profile: Profile, *, until: int = NUMBER_MAX) -> Tail:
    """Return where the count stands after the canonical logs up to a block."""
    unread = 0
    for reading in _streamed(cursor, profile, until=until, newest_first=True):
        if reading.event is not None:
            return Tail(reading.event.seq, unread, reading.log.block_number)
        unread += bool(reading.trouble)
    return Tail(unread=unread)


def gap(profile: Profile, readings: Iterable[Reading], after: Tail) -> Log | None:
    """Return the first log before which events are missing; None where none are."""
    for reading, missing, _ in _counted(profile, readings, after):
        if missing > 0:
            return reading.log
    return None


def project(
    cursor: Cursor,
    profile: Profile,
    handler: Handler,
    readings: Sequence[Reading],
    after: Tail,
) -> None:
    """Tell the handler what happened; put into quarantine what makes no sense."""
    _, unfit = _apply(profile, handler, readings, after)
    _confine(cursor, profile, handler, unfit)


def undo(cursor: Cursor, profile: Profile, handler: Handler, above: int, now: datetime) -> int:
    """Take back what the canonical logs above a block came to; return how many logs they are.

    The logs stay canonical: the caller says what becomes of them.

    Raises:
        Halted: one was projected by a profile that could read it, and this one cannot.
    """
    readings = list(_streamed(cursor, profile, after=above, newest_first=True))
    held = Quarantine.objects.unresolved().filter(
        cursor=cursor, log__block_number__gt=above, log__is_canonical=True
    )
    unprojected = {row.log_id for row in held if row.reason in UNPROJECTED}
    for reading in readings:
        if reading.trouble and reading.log.id not in unprojected:
            raise Halted(
                Halt.UNREADABLE_LOG,
                f"Log {reading.log.id} was projected and cannot be read any more"
                f" ({reading.trouble}): run chain_replay after a change of the profile.",
            )
    handler.undo(
        [
            Placed(reading.event, reading.log)
            for reading in readings
            if reading.event is not None and reading.log.id not in unprojected
        ]
    )
    markets = {row.market_id for row in held if row.market_id is not None}
    held.update(resolved_at=now, resolution=Resolution.ORPHANED)
    paused = Quarantine.objects.unresolved().filter(cursor=cursor, reason__in=UNPROJECTED)
    for market_id in sorted(markets - set(paused.values_list("market_id", flat=True))):
        handler.resume(cursor.contract, market_id)
    return len(readings)


def replay(cursor: Cursor, profile: Profile, handler: Handler, now: datetime) -> int:
    """Forget what was projected, and project all canonical logs anew; return how many they are.

    What can be projected now leaves the quarantine.
    """
    handler.reset(cursor.contract)
    after, count = Tail(), 0
    unfit: list[Unfit] = []
    stream = _streamed(cursor, profile)
    while readings := list(islice(stream, store.ROWS_AT_ONCE)):
        count += len(readings)
        after, found = _apply(profile, handler, readings, after, is_replay=True)
        unfit += found
    still = {each.log.id: each.reason for each in unfit}
    held = Quarantine.objects.unresolved().filter(cursor=cursor, reason__in=UNPROJECTED)
    done = [row.pk for row in held if still.get(row.log_id) != row.reason]
    held.filter(pk__in=done).update(resolved_at=now, resolution=Resolution.APPLIED)
    _confine(cursor, profile, handler, unfit)
    handler.replayed(cursor.contract)
    if (settled := selectors.settled(cursor)) is not None:
        handler.finalize(settled)
    return count


def note_conflict(cursor: Cursor, profile: Profile, exc: store.OtherLog) -> None:
    """Keep what a node told under the key of a log that is stored as another: an incident."""
    Quarantine.objects.bulk_create(
        [
            Quarantine(
                cursor=cursor,
                log_id=exc.stored.id,
                reason=Reason.CONFLICT,
                detail=str(exc),
                payload=store.payload(exc.told),
                market_id=logs.market_of(profile, exc.told),
            )
        ],
        ignore_conflicts=True,
    )


def _apply(
    profile: Profile,
    handler: Handler,
    readings: Sequence[Reading],
    after: Tail,
    *,
    is_replay: bool = False,
) -> tuple[Tail, list[Unfit]]:
    placed: list[Placed] = []
    unfit: list[Unfit] = []
    for reading, missing, counted in _counted(profile, readings, after):
        after = counted
        if reading.trouble:
            unfit.append(Unfit(reading.log, Reason.UNDECODABLE, reading.trouble))
        elif reading.event is None:
            continue
        elif missing:
            unfit.append(Unfit(reading.log, Reason.SEQ_GAP, _said(reading.event.seq, missing)))
        else:
            placed.append(Placed(reading.event, reading.log))
    if placed:
        refusals = handler.apply(placed, is_replay=is_replay)
        unfit += [Unfit(each.placed.log, Reason.REFUSED, each.reason) for each in refusals]
    return after, unfit


def _counted(
    profile: Profile, readings: Iterable[Reading], after: Tail
) -> Iterator[tuple[Reading, int, Tail]]:
    """Yield each reading, how many events are missing before it, and the count after it.

    A negative number: the count went back. Logs that could not be read may have been events, so
    that it may skip as many numbers. After a log that doesn't fit the count goes on from there.
    """
    seq, unread, block = after.seq, after.unread, after.block
    first = profile.first_seq
    for reading in readings:
        event, missing = reading.event, 0
        if event is not None:
            if first is not None:
                expected = first if seq is None else seq + 1
                if not expected <= event.seq <= expected + unread:
                    missing = event.seq - expected
            seq, unread, block = event.seq, 0, reading.log.block_number
        elif reading.trouble:
            unread += 1
        yield reading, missing, Tail(seq, unread, block)


def _said(seq: int, missing: int) -> str:
    return f"event {seq} where {seq - missing} should follow"


def _confine(cursor: Cursor, profile: Profile, handler: Handler, unfit: Sequence[Unfit]) -> None:
    """Put logs into quarantine, where they are not yet, and pause their markets."""
    rows = [
        Quarantine(
            cursor=cursor,
            log_id=each.log.id,
            reason=each.reason,
            detail=each.detail,
            payload=store.payload(each.log),
            market_id=logs.market_of(profile, each.log),
        )
        for each in unfit
    ]
    Quarantine.objects.bulk_create(rows, ignore_conflicts=True)
    for row in rows:
        if row.market_id is not None:
            handler.pause(cursor.contract, row.market_id, f"{row.reason}: {row.detail}")


def _streamed(
    cursor: Cursor,
    profile: Profile,
    *,
    after: int = -1,
    until: int = NUMBER_MAX,
    newest_first: bool = False,
) -> Iterator[Reading]:
    found = store.canonical(cursor, after=after, until=until, newest_first=newest_first)
    for log in found:
        yield from read(profile, [log])

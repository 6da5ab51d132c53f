"""How the listener does, read from the database: for its log, the API and alarms."""

from dataclasses import dataclass
from datetime import datetime

from chain.models import Cursor, Finding, Quarantine


@dataclass(frozen=True, slots=True)
class Status:
    """Numbers of one listener. Blocks, unless they say otherwise; None: not known yet."""

    head: int | None
    indexed: int
    finalized: int | None
    # How far the head is ahead of what is indexed, and of what is final.
    lag: int | None
    finalized_lag: int | None
    halted: str | None  # why it stopped, for operators
    reorg_count: int
    reorg_depth_last: int
    reorg_depth_max: int
    quarantined: int  # logs
    findings: int  # unresolved
    range_size: int
    seconds_since_progress: float | None


def of(cursor: Cursor, now: datetime) -> Status:
    """Return how the listener of this contract does."""
    head = cursor.head_block
    if head is not None:
        head = max(head, cursor.last_block)
    since = None
    if cursor.progressed_at is not None:
        since = max(0.0, (now - cursor.progressed_at).total_seconds())
    finalized = cursor.finalized_block
    return Status(
        head=head,
        indexed=cursor.last_block,
        finalized=finalized,
        lag=None if head is None else head - cursor.last_block,
        finalized_lag=None if head is None or finalized is None else max(0, head - finalized),
        halted=cursor.halted_reason or None,
        reorg_count=cursor.reorg_count,
        reorg_depth_last=cursor.reorg_depth_last,
        reorg_depth_max=cursor.reorg_depth_max,
        quarantined=Quarantine.objects.unresolved().filter(cursor=cursor).count(),
        findings=Finding.objects.unresolved().filter(cursor=cursor).count(),
        range_size=cursor.range_size,
        seconds_since_progress=since,
    )


def cursor_of(chain_id: int, contract: str) -> Cursor | None:
    """Return a contract's cursor; None where no listener ever ran."""
    return Cursor.objects.filter(chain_id=chain_id, contract=contract).first()

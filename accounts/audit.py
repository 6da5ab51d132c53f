"""Who did what, and why; and the proof that nobody changed it afterwards.

A row is written in the transaction of what it records. Within a second or two the clock seals it:
a seal holds the SHA-256 of the seal before it, of its own columns and of its row, and docs/audit.md
says of which bytes. Sealing inside the transactions would make them wait for each other.

What the chain shows: a row or a seal that was altered, removed, moved or put in between. What it
cannot show: whoever owns the database can switch the triggers off, rewrite a row, its seal and all
seals after it, or remove the newest rows together with their seals, and what is left fits. Only a
head that was noted elsewhere tells. Each round logs its head, `check_audit` prints it, and
`check_audit --head` looks for one that was noted.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models, transaction
from django.utils.text import Truncator

from accounts.models import REASON_LENGTH_MAX, AdminAction, AuditSeal, User
from kmarket import epoch
from kmarket.requests import current_request_id

logger = logging.getLogger(__name__)

GENESIS = "0" * 64  # the head of a chain without seals
# In one round: the clock has other work to do every second.
SEALED_AT_ONCE = 2000
READ_AT_ONCE = 1000
# How many are named; all are counted.
FAULTS_MAX = 100
TAIL_MAX = 20
# Two clocks may differ and a statement may wait for a lock, but not for so long.
BACKDATED_SECONDS = 3600
BEFORE_ALL = -(2**63)
# Beside the clock's own lock (run_clock).
LOCK = (0x6B6D, 2)


def _iso(column: str) -> str:
    """Return the SQL for an instant as text, which stays readable where Python has no such year."""
    return (
        f"CASE WHEN {column} >= '0001-01-01 00:00Z' AND {column} < '10000-01-01 00:00Z'"
        f" THEN to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
        f" ELSE {column}::text END"
    )


# What a digest covers, and how it is read: texts, whole numbers and nulls. JSON columns are taken
# as the database writes them: nothing in them is rounded on the way, or too deep to be parsed.
_ROW = {
    "id": "a.id",
    "actor_id": "a.actor_id",
    "action": "a.action",
    "target_type_id": "a.target_type_id",
    "target_id": "a.target_id",
    "before": "a.before::text",
    "after": "a.after::text",
    "reason": "a.reason",
    "request_id": "a.request_id",
    "at": _iso("a.at"),
    "xid": "a.xid",
}
_SEAL = {
    "number": "s.number",
    "action_id": "s.action_id",
    "sealed_at": _iso("s.sealed_at"),
    "history": "s.history",
    "finished_below": "s.finished_below",
    "finished_id": "s.finished_id",
    "begun_from": "s.begun_from",
}
_PLACE = ("history", "finished_below", "finished_id")
_HAS_NO_SEAL = "NOT EXISTS (SELECT FROM accounts_auditseal s WHERE s.action_id = a.id)"
_ROW_COLUMNS = ", ".join(_ROW.values())
_SEAL_COLUMNS = ", ".join(_SEAL.values())
# Put together from what stands above, and from nothing that came from outside.
_TO_SEAL = (
    f"SELECT {_ROW_COLUMNS} FROM accounts_adminaction a"  # noqa: S608
    f" WHERE (a.xid, a.id) > (%s, %s) AND {_HAS_NO_SEAL} ORDER BY a.xid, a.id LIMIT %s"
)
_LINKS = (
    "SELECT s.digest, extract(epoch FROM s.sealed_at), extract(epoch FROM a.at),"  # noqa: S608
    f" {_SEAL_COLUMNS}, {_ROW_COLUMNS} FROM accounts_auditseal s"
    " LEFT JOIN accounts_adminaction a ON a.id = s.action_id ORDER BY s.number"
)
_TAIL = (
    f"SELECT a.id, a.xid FROM accounts_adminaction a WHERE {_HAS_NO_SEAL}"  # noqa: S608
    " ORDER BY a.id"
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a walk along the whole chain found. `faults` and `tail` are the first few."""

    sealed: int
    unsealed: int
    head: str
    faults: list[str]
    fault_count: int
    tail: list[int]  # ids of rows without a seal


def record(
    *,
    actor: User | None,
    action: str,
    target: models.Model,
    reason: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AdminAction:
    """Append one row to the audit. `actor` None: the clock, a feed or the command line did it.

    A reason longer than its column is cut: a service may put a client's words into its own.
    """
    assert connection.in_atomic_block, "an audit row belongs to the transaction that it records"
    assert target.pk is not None, target
    return AdminAction.objects.create(
        actor=actor,
        action=action,
        target_type=ContentType.objects.get_for_model(target),
        target_id=str(target.pk),
        before=dict(before or {}),
        after=dict(after or {}),
        reason=Truncator(reason).chars(REASON_LENGTH_MAX),
        request_id=current_request_id.get(),
    )


def seal(now: datetime) -> int:
    """Seal rows that were committed since the last round, and return how many.

    Ids are given out before the commit, so a row may come to light after one with a higher id was
    sealed. It is sealed then: the order of the chain is that of its own numbers. So that no round
    looks at the whole table, each says below which number all transactions were over, and the next
    looks from there. These numbers begin anew where a dump is restored; the first round after
    that looks at everything.
    """
    with transaction.atomic(durable=True):
        # Of two clocks at the same time, one does it.
        if not _one("SELECT pg_try_advisory_xact_lock(%s, %s)", *LOCK)[0]:
            return 0
        last = AuditSeal.objects.order_by("-number").values("number", "digest", *_PLACE).first()
        history = epoch.current()
        # Read before the rows: a row that is still missing from them is of a later transaction.
        oldest_running, *_ = _one("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        rows = _rows_to_seal(_place(last, history))
        if not rows:
            return 0
        claims = _claims(rows, oldest_running)
        seals, columns = [], {"sealed_at": now, "history": history, **claims}
        number, head = (last["number"], last["digest"]) if last else (0, GENESIS)
        for row in rows:
            number += 1
            columns |= {"number": number, "action_id": row["id"]}
            head = digest(previous=head, seal=columns | {"sealed_at": _text(now)}, row=row)
            seals.append(AuditSeal(**columns, digest=head))
        AuditSeal.objects.bulk_create(seals)
    logger.info("Sealed %s audit rows; the head is %s, of seal %s.", len(seals), head, number)
    return len(seals)


def verify(*, noted: str | None = None) -> Report:
    """Walk along the whole chain, and look for a head that was noted earlier, if one is given.

    Reads every row once and keeps none.
    """
    assert connection.in_atomic_block, "the chain must be seen at one moment"
    walk = _Walk()
    noted_is_seen = noted in {None, GENESIS}
    for link in _links():
        walk.take(link)
        noted_is_seen = noted_is_seen or link.digest == noted
    if not noted_is_seen:
        walk.fault(f"The head {noted} is not in the chain.")

    # What was sealed up to there was all there was, unless the numbers have begun anew since.
    place = _place(walk.present.seal if walk.present else None, epoch.current())
    unsealed = 0
    tail: list[int] = []
    for action_id, xid in _stream(_TAIL):
        unsealed += 1
        if len(tail) < TAIL_MAX:
            tail.append(action_id)
        if (xid, action_id) <= place:
            walk.fault(
                f"Row {action_id} was put in later: seal {walk.number} covers all of its time."
            )
    return Report(
        sealed=walk.count,
        unsealed=unsealed,
        head=walk.head,
        faults=walk.faults,
        fault_count=walk.fault_count,
        tail=tail,
    )


def digest(*, previous: str, seal: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    """Return the SHA-256, in hex, of a link of the chain: docs/audit.md says how to recompute it.

    `seal` and `row` hold all columns but the digest, as texts, whole numbers and nulls.
    """
    text = json.dumps(
        {"previous": previous, "row": row, "seal": seal},
        ensure_ascii=False,
        separators=(",", ":"),
        sort_keys=True,
    )
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Link:
    digest: str
    # Seconds of the epoch, as exact as the database has them.
    sealed_at: Decimal
    at: Decimal | None
    seal: dict[str, Any]
    row: dict[str, Any] | None

    def is_of_round(self, other: "_Link") -> bool:
        return _round(self.seal) == _round(other.seal)

    def is_backdated(self, earlier: "_Link") -> bool:
        """Was the row written by a transaction that began after an earlier round, but says that
        it is from long before it?"""
        begun_from = earlier.seal["begun_from"]
        if self.row is None or self.at is None or begun_from is None:
            return False
        return (
            self.seal["history"] == earlier.seal["history"]
            and self.row["xid"] >= begun_from
            and self.at < earlier.sealed_at - BACKDATED_SECONDS
        )


@dataclass(slots=True)
class _Walk:
    """Where on the chain we are, and what was wrong on the way."""

    count: int = 0
    number: int = 0
    head: str = GENESIS
    present: _Link | None = None
    earlier: _Link | None = None  # the last link of the round before the present one
    faults: list[str] = field(default_factory=list)
    fault_count: int = 0

    def fault(self, what: str) -> None:
        self.fault_count += 1
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(what)

    def take(self, link: _Link) -> None:
        """Look at the next link."""
        number, due = link.seal["number"], self.number + 1
        if self.present and not link.is_of_round(self.present):
            self.earlier = self.present

        if number != due:
            missing = f"Seal {due} is" if number == due + 1 else f"Seals {due} to {number - 1} are"
            self.fault(f"{missing} missing, so that seal {number} proves nothing.")
        elif link.row and link.digest != digest(previous=self.head, seal=link.seal, row=link.row):
            self.fault(f"Row {link.row['id']} or its seal {number} was altered.")
        if link.row is None:
            self.fault(f"Row {link.seal['action_id']}, which seal {number} is of, is missing.")
        elif self.earlier and link.is_backdated(self.earlier):
            self.fault(
                f"Row {link.row['id']} says that it is of {link.row['at']}, but was written after"
                f" seal {self.earlier.seal['number']} of {self.earlier.seal['sealed_at']}."
            )

        self.count += 1
        self.number, self.head, self.present = number, link.digest, link


def _links() -> Iterator[_Link]:
    for digest_, sealed_at, at, *columns in _stream(_LINKS):
        row = _named(_ROW, columns[len(_SEAL) :])
        yield _Link(
            digest=digest_,
            sealed_at=sealed_at,
            at=at,
            seal=_named(_SEAL, columns[: len(_SEAL)]),
            row=None if row["id"] is None else row,
        )


def _place(last: Mapping[str, Any] | None, history: str) -> tuple[int, int]:
    """Return the transaction and the id up to which, the last seal says, all rows are sealed."""
    if last is None or last["history"] != history:
        return (BEFORE_ALL, BEFORE_ALL)
    upto = last["finished_id"]
    return (last["finished_below"], BEFORE_ALL if upto is None else upto)


def _claims(rows: Sequence[Mapping[str, Any]], oldest_running: int) -> dict[str, int | None]:
    """Return what a round says of the rows that it did not see."""
    if len(rows) < SEALED_AT_ONCE:
        # Not the snapshot's xmax: transactions above that may be running.
        present, *_ = _one("SELECT pg_current_xact_id()::text::bigint")
        return {"finished_below": oldest_running, "finished_id": None, "begun_from": present + 1}
    # There may be more: of these, we know that they come after the last one.
    last = rows[-1]
    if last["xid"] < oldest_running:
        return {"finished_below": last["xid"], "finished_id": last["id"], "begun_from": None}
    return {"finished_below": oldest_running, "finished_id": None, "begun_from": None}


def _rows_to_seal(place: tuple[int, int]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_TO_SEAL, [*place, SEALED_AT_ONCE])
        return [_named(_ROW, values) for values in cursor.fetchall()]


def _stream(sql: str) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(READ_AT_ONCE):
            yield from rows


def _one(sql: str, *params: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def _named(columns: Mapping[str, str], values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(columns, values, strict=True))


def _round(seal: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(value for name, value in seal.items() if name not in {"number", "action_id"})


def _text(moment: datetime) -> str:
    """Return what `_iso` gives for the same instant."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

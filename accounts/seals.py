"""The hash chain over the audit: each seal holds the digest of its row and of the seal before.

Rows are sealed by the clock and not by whoever writes them, who would have to wait for each
other. A row that was altered or removed no longer fits its seal, and a seal that was altered or
removed no longer fits the next one. What nobody can tell from here is that the newest rows
were removed together with their seals: for that, keep the head that `check_audit` prints.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, timedelta

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from accounts.models import AdminAction, AuditSeal

GENESIS = "0" * 64
SEALED_AT_ONCE = 1000
# How much later than a row that was written at the same time another may be committed.
LOOK_BACK = timedelta(minutes=10)
NAMED_MAX = 20


@dataclass
class Findings:
    """What a walk along the chain came upon. `damaged` and `unsealed` name the first few."""

    sealed: int = 0
    head: str = GENESIS
    damage_count: int = 0
    damaged: list[str] = field(default_factory=list)
    unsealed_count: int = 0
    unsealed: list[int] = field(default_factory=list)


def seal_new() -> int:
    """Seal the rows that were committed since the last round, and return how many.

    Called every second, by one process; of two at the same time, one does it.
    """
    last = AuditSeal.objects.select_related("action").order_by("-number").first()
    rows = AdminAction.objects.filter(seal__isnull=True)
    if last is not None:
        # Without a bound, every second would look at the whole table.
        rows = rows.filter(at__gt=last.action.at - LOOK_BACK)
    number, digest = (last.number, last.digest) if last else (0, GENESIS)
    seals = []
    for row in rows.order_by("at", "id")[:SEALED_AT_ONCE]:
        number, digest = number + 1, digest_of(row, after=digest)
        seals.append(AuditSeal(number=number, action=row, digest=digest))
    try:
        with transaction.atomic():
            AuditSeal.objects.bulk_create(seals)
    except IntegrityError:
        # Another clock process was faster; what it left is for the next round.
        return 0
    return len(seals)


def verify() -> Findings:
    """Walk along the whole chain. Reads every audit row once, a thousand at a time."""
    found = Findings()
    seals = AuditSeal.objects.select_related("action").order_by("number")
    for seal in seals.iterator(chunk_size=SEALED_AT_ONCE):
        found.sealed += 1
        if seal.number != found.sealed:
            _damage(found, f"rows or seals before number {seal.number} are missing")
            found.sealed = seal.number
        elif seal.digest != digest_of(seal.action, after=found.head):
            _damage(found, f"audit row {seal.action_id} or its seal {seal.number} was altered")
        found.head = seal.digest
    unsealed = AdminAction.objects.filter(seal__isnull=True).order_by("id")
    found.unsealed_count = unsealed.count()
    found.unsealed = list(unsealed.values_list("pk", flat=True)[:NAMED_MAX])
    return found


def digest_of(row: AdminAction, *, after: str) -> str:
    """Return the SHA-256, in hex, of a row as it is stored and of the digest before it."""
    said = [
        row.pk,
        row.actor_id,
        row.action,
        row.target_type_id,
        row.target_id,
        row.before,
        row.after,
        row.reason,
        row.request_id,
        row.at.astimezone(UTC).isoformat(),
    ]
    # Sorted, because jsonb keeps no order of members.
    text = json.dumps(said, sort_keys=True, cls=DjangoJSONEncoder)
    return hashlib.sha256(f"{after}\n{text}".encode()).hexdigest()


def _damage(found: Findings, what: str) -> None:
    found.damage_count += 1
    if len(found.damaged) < NAMED_MAX:
        found.damaged.append(what)

"""What operators do about the chain. Each leaves an audit row in its transaction."""

from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from chain.errors import FindingResolved
from chain.models import Cursor, Errand, Finding


@transaction.atomic
def dismiss_finding(*, finding_id: int, actor: User, reason: str) -> Finding:
    """Resolve a finding that somebody looked into. It is found anew once its values change.

    Raises:
        FindingResolved: it is, meanwhile.
    """
    assert reason, "a dismissal says why"
    finding = Finding.objects.get(pk=finding_id)
    open_one = Finding.objects.unresolved().filter(pk=finding_id)
    resolution = Finding.Resolution.DISMISSED
    if not open_one.update(resolved_at=Now(), resolution=resolution, reason=reason):
        raise FindingResolved(resolution=finding.resolution)
    audit.record(
        actor=actor,
        action="chain.finding.dismiss",
        target=finding,
        reason=reason,
        before={"on_chain": finding.on_chain, "in_database": finding.in_database},
    )
    finding.refresh_from_db()
    return finding


@transaction.atomic
def order_replay(*, cursor: Cursor, actor: User | None, reason: str) -> Errand:
    """Have the listener project all logs anew: what can be read by now leaves the quarantine."""
    errand = Errand.objects.create(cursor=cursor, kind=Errand.Kind.REPLAY, reason=reason)
    audit.record(actor=actor, action="chain.replay", target=errand, reason=reason)
    return errand


@transaction.atomic
def order_rescan(
    *, cursor: Cursor, first: int, last: int, actor: User | None, reason: str
) -> Errand:
    """Have the listener read blocks once more and add what is missing."""
    assert 0 <= first <= last, (first, last)
    errand = Errand.objects.create(
        cursor=cursor, kind=Errand.Kind.RESCAN, first=first, last=last, reason=reason
    )
    after = {"first": first, "last": last}
    audit.record(actor=actor, action="chain.rescan", target=errand, reason=reason, after=after)
    return errand

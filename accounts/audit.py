"""Who did what, and why: written in the transaction of what it records."""

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models
from django.utils.text import Truncator

from accounts.models import REASON_LENGTH_MAX, AdminAction, User
from kmarket.requests import current_request_id


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

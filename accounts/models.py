"""People, their sessions, and what operators did."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.contrib.contenttypes.models import ContentType
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import BigIntegerField, Func, Q, TextField, Value
from django.db.models.functions import Cast, Least, Now
from django.utils.translation import gettext, pgettext

from kmarket.fields import AddressField

# No transaction of ours lasts so long (settings: idle_in_transaction_session_timeout).
LATE_COMMIT = timedelta(seconds=60)
REASON_LENGTH_MAX = 500
# There is no cast from xid8 to a number.
PRESENT_TRANSACTION = Cast(
    Cast(Func(function="pg_current_xact_id"), TextField()), BigIntegerField()
)
# Operators may look for a session that has just expired.
KEPT_AFTER_EXPIRY = timedelta(days=1)


class Role(models.TextChoices):
    """What a person may do. Each but `user` is a Django group of the same name (`roles.py`)."""

    USER = "user"
    TRADER = "trader"
    SETTLER = "settler"
    AUDITOR = "auditor"
    ADMIN = "admin"


class People(UserManager["User"]):
    """Makes users; a superuser from the command line is an admin like any other."""

    def create_superuser(
        self,
        username: str,
        email: str | None = None,
        password: str | None = None,
        **extra_fields: Any,
    ) -> User:
        user = super().create_superuser(
            username, email, password, **{"role": Role.ADMIN, **extra_fields}
        )
        user.groups.set(Group.objects.filter(name=user.role))
        return user


class User(AbstractUser):
    """Someone known by a wallet address, or an operator with a name and a password, or both."""

    address = AddressField(unique=True, null=True, blank=True)
    # Names the one group that the user is in; a plain user is in none. `services.set_role`
    # changes both together.
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.USER)

    objects: ClassVar[People] = People()

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_role_known", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="user_address_lower_hex",
                condition=Q(address__isnull=True) | Q(address__regex=r"^0x[0-9a-f]{40}$"),
            ),
        ]
        permissions = [
            ("set_role", "Can change what a person may do"),
            ("end_sessions", "Can end a person's sessions"),
        ]

    def __str__(self) -> str:
        return self.address or self.username


class SessionQuerySet(models.QuerySet["Session"]):
    def live(self) -> SessionQuerySet:
        """Keep what nobody has ended and time has not, by the database's clock."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=Now())

    def long_expired(self) -> SessionQuerySet:
        """Keep what no token has named for a day."""
        return self.filter(expires_at__lt=Now() - KEPT_AFTER_EXPIRY)

    def revoked_since(self, moment: datetime) -> SessionQuerySet:
        """Keep what was ended after a moment of whatever clock, and some of what was before.

        A row is stamped when it is changed and seen when that is committed, so the answer goes
        back by more than a transaction may last. A clock ahead of the database's does no harm.
        """
        upto = Least(Value(moment, output_field=models.DateTimeField()), Now())
        return self.filter(revoked_at__gte=upto - LATE_COMMIT)


class Session(models.Model):
    """A token that we gave out. The row is the truth; Redis keeps a copy of it."""

    class Kind(models.TextChoices):
        USER = "user"
        GUEST = "guest"
        WS = "ws"  # for one socket handshake

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)  # the token's jti
    kind = models.CharField(max_length=8, choices=Kind.choices)
    # A guest has none; a ws token has its parent's.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="sessions"
    )
    # The session that a ws token was issued from, and ends with.
    parent = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="handshakes"
    )
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    # When the one handshake of a ws token took place.
    used_at = models.DateTimeField(null=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="session_kind_known", condition=Q(kind__in=["user", "guest", "ws"])
            ),
            models.CheckConstraint(
                name="session_has_user_unless_guest",
                condition=Q(kind="user", user__isnull=False)
                | Q(kind="guest", user__isnull=True)
                | Q(kind="ws"),
            ),
            models.CheckConstraint(
                name="session_has_parent_iff_ws",
                condition=Q(kind="ws", parent__isnull=False)
                | (~Q(kind="ws") & Q(parent__isnull=True)),
            ),
            models.CheckConstraint(
                name="session_handshake_only_by_ws",
                condition=Q(used_at__isnull=True) | Q(kind="ws"),
            ),
        ]
        indexes = [
            # Each process asks every second which sessions were revoked since it last asked.
            models.Index(
                name="session_by_revocation",
                fields=["revoked_at"],
                condition=Q(revoked_at__isnull=False),
            ),
            models.Index(name="session_by_expiry", fields=["expires_at"]),
        ]

    def __str__(self) -> str:
        named = {"kind": self.get_kind_display(), "id": self.pk}
        return gettext("%(kind)s session %(id)s") % named


class AdminAction(models.Model):
    """What an operator did, and why. Rows are added, never changed: a trigger refuses it."""

    # Nobody: the clock, a feed.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="actions"
    )
    action = models.CharField(max_length=64)
    target_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    target_id = models.CharField(max_length=64)
    before = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    after = models.JSONField(encoder=DjangoJSONEncoder, default=dict)
    reason = models.CharField(max_length=REASON_LENGTH_MAX)
    request_id = models.CharField(max_length=64)
    at = models.DateTimeField(db_default=Now())
    # The number of the transaction that wrote it: unlike `id` it says who may still be missing.
    xid = models.BigIntegerField(db_default=PRESENT_TRANSACTION, editable=False)

    class Meta:
        indexes = [
            models.Index(name="action_by_target", fields=["target_type", "target_id", "id"]),
            models.Index(name="action_by_time", fields=["at"]),
            models.Index(name="action_by_transaction", fields=["xid", "id"]),
        ]

    def __str__(self) -> str:
        return f"{pgettext('action', self.action)} {self.target_id}"


class AuditSeal(models.Model):
    """One link of the hash chain over the audit: see `audit.seal`. Added, never changed."""

    number = models.PositiveBigIntegerField(primary_key=True)  # 1, 2, 3 … without a gap
    # Of an AdminAction, without a foreign key: the seal of a row that was removed stays and tells.
    action_id = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()
    # In which history of the database the numbers of transactions below were given out.
    history = models.CharField(max_length=16)
    # After this round, no row of a transaction with a lower number is unsealed or yet to come,
    # nor is one of that very transaction up to this id, where there is one.
    finished_below = models.BigIntegerField()
    finished_id = models.BigIntegerField(null=True)
    # Transactions from this number on began after this round. None: the round left rows over.
    begun_from = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="seal_digest_hex", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
        ]

    def __str__(self) -> str:
        return gettext("seal %(number)s") % {"number": self.number}

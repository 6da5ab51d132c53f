"""What all apps share in the database."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class IdempotencyKey(models.Model):
    """One request that was carried out, and the answer that it got.

    Written in the transaction of what the request did: both are there, or neither.
    """

    # user, method and path: the same key may serve two endpoints, or two users.
    scope = models.CharField(max_length=200)
    key = models.CharField(max_length=200)
    body_hash = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField(null=True)
    # Text, because jsonb would reorder the members: a repeat gets the same bytes.
    answer = models.TextField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(name="idempotency_key_once", fields=["scope", "key"])
        ]
        indexes = [models.Index(name="idempotency_by_age", fields=["created_at"])]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class Lineage(models.Model):
    """The name of this database's history, made with it. One row, number 1."""

    name = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(name="lineage_single", condition=Q(id=1))]

    def __str__(self) -> str:
        return self.name.hex

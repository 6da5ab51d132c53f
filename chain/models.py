"""What arrived from the chain."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from kmarket.fields import AddressField, HashField


class ChainEvent(models.Model):
    """A log as the chain has it, identified by its block's hash and its place in the block."""

    chain_id = models.PositiveBigIntegerField()
    block_number = models.PositiveBigIntegerField()
    block_hash = HashField()
    log_index = models.PositiveIntegerField()
    transaction_hash = HashField()
    address = AddressField()
    topics = models.JSONField()
    data = models.TextField()
    # False once a reorganisation took its block away.
    is_canonical = models.BooleanField(default=True)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="chain_event_once", fields=["chain_id", "block_hash", "log_index"]
            ),
            models.CheckConstraint(
                name="chain_event_hex",
                condition=Q(block_hash__regex=r"^0x[0-9a-f]{64}$")
                & Q(transaction_hash__regex=r"^0x[0-9a-f]{64}$")
                & Q(address__regex=r"^0x[0-9a-f]{40}$"),
            ),
        ]
        indexes = [
            models.Index(
                name="chain_event_by_place", fields=["chain_id", "block_number", "log_index"]
            )
        ]

    def __str__(self) -> str:
        place = {"index": self.log_index, "block": self.block_number}
        return gettext("log %(index)s of block %(block)s") % place

"""Transactions that users handed in, to be relayed or only watched, and what became of them.

Django finds these with the other models of `trading.models`.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from kmarket.fields import AddressField, HashField, is_address, is_hash
from markets.models import Market


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Which of them."""

    def open(self) -> "SubmissionQuerySet":
        """Keep those whose state may still change."""
        return self.filter(settled_at=None)


class Submission(models.Model):
    """A signed transaction and its state, which the chain may still change until it is settled.

    A reorganisation makes a mined one pending again, and a dropped one may be mined after all.
    """

    class State(models.TextChoices):
        PENDING = "pending"  # not in a block, and may come into one
        CONFIRMED = "confirmed"
        FAILED = "failed"  # in a block, and refused by the contract
        DROPPED = "dropped"  # another one took its nonce, or no node knows it any more

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="submissions",
        db_index=False,
    )
    # The user's at that time.
    sender = AddressField()
    chain_id = models.PositiveBigIntegerField()
    contract = AddressField()
    hash = HashField()
    # As signed; empty: the wallet has sent it itself.
    raw = models.TextField(blank=True, default="")
    # What it calls. Empty, and without a nonce, until a node has shown it.
    function = models.CharField(max_length=40, blank=True, default="")
    nonce = models.PositiveBigIntegerField(null=True)
    # Of the market that it names, if it does.
    market = models.ForeignKey(
        Market, null=True, on_delete=models.PROTECT, related_name="submissions", db_index=False
    )
    # The newest block when it was handed in.
    from_block = models.PositiveBigIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    # Where it was mined.
    block_number = models.PositiveBigIntegerField(null=True)
    block_hash = HashField(blank=True, default="")
    # Why it failed or was dropped: {"error", "values"}, as in refusals.
    error = models.JSONField(null=True)
    # The transaction that took its nonce, where it could be found.
    replaced_by = HashField(blank=True, default="")
    submitted_at = models.DateTimeField(db_default=Now())
    # When it was sent to a node last, and when a node knew it last.
    relayed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(db_default=Now())
    # Since when its state is for good.
    settled_at = models.DateTimeField(null=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            # Whoever watches somebody else's keeps nobody from handing in their own.
            models.UniqueConstraint(name="submission_once", fields=["user", "hash"]),
            models.CheckConstraint(
                name="submission_hex",
                condition=is_address("sender")
                & is_address("contract")
                & is_hash("hash")
                & (Q(block_hash="") | is_hash("block_hash"))
                & (Q(replaced_by="") | is_hash("replaced_by")),
            ),
            models.CheckConstraint(
                name="submission_in_a_block_iff_mined",
                condition=Q(state__in=["pending", "dropped"], block_number=None, block_hash="")
                | (
                    Q(state__in=["confirmed", "failed"], block_number__isnull=False)
                    & ~Q(block_hash="")
                ),
            ),
            models.CheckConstraint(
                name="submission_replaced_only_if_dropped",
                condition=Q(replaced_by="") | Q(state="dropped"),
            ),
            models.CheckConstraint(
                name="submission_error_only_where_it_ended_badly",
                condition=Q(error__isnull=True) | Q(state__in=["failed", "dropped"]),
            ),
            models.CheckConstraint(
                name="submission_pending_is_open",
                condition=Q(settled_at=None) | ~Q(state="pending"),
            ),
        ]
        indexes = [
            models.Index(name="submission_by_user", fields=["user", "-id"]),
            models.Index(name="submission_by_nonce", fields=["sender", "nonce"]),
            models.Index(name="submission_open", fields=["id"], condition=Q(settled_at=None)),
        ]

    def __str__(self) -> str:
        return gettext("transaction %(hash)s") % {"hash": self.hash}

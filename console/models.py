"""What the console itself remembers: when the house was last checked, and what was found."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext


class CheckRun(models.Model):
    """The last time that one of the house's proofs was made. One row for each kind of proof."""

    class Kind(models.TextChoices):
        LEDGER = "ledger"
        AUDIT = "audit"

    kind = models.CharField(primary_key=True, max_length=8, choices=Kind.choices)
    # When somebody asked for it beside the clock.
    wanted_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    # Of the last one that ended. Null: it could not be finished, and `said` tells why.
    fault_count = models.PositiveIntegerField(null=True)
    # The first faults, or what was found to be right.
    said = models.TextField(blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="check_kind_known", condition=Q(kind__in=["ledger", "audit"])
            ),
        ]
        permissions = [("request_check", "Can have the house checked now")]

    def __str__(self) -> str:
        return gettext("check: %(kind)s") % {"kind": self.get_kind_display()}

    @property
    def passed(self) -> bool:
        return self.fault_count == 0

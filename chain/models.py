"""What arrived from the chain, how far we are, and what did not add up."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from chain.errors import Halt
from chain.logs import Log
from kmarket.fields import AddressField, AmountField, HashField, is_address, is_hash

RANGE_SIZE_FIRST = 500  # blocks


class Cursor(models.Model):
    """How far one contract on one chain is indexed. It moves with the logs, in one transaction."""

    chain_id = models.PositiveBigIntegerField()
    contract = AddressField()
    # The block of the deployment.
    start_block = models.PositiveBigIntegerField()
    # Of block 0. Tells this chain from another with the same id; empty until a node was asked.
    genesis_hash = HashField(default="", blank=True)
    # Up to here all logs are stored. Before the first: start_block - 1 and no hash.
    last_block = models.BigIntegerField()
    last_hash = HashField(default="", blank=True)
    # The newest block that was final. It never goes back, and may be ahead of last_block.
    finalized_block = models.BigIntegerField(null=True)
    finalized_hash = HashField(default="", blank=True)
    # The highest that a node said it has.
    head_block = models.BigIntegerField(null=True)
    # How many blocks are asked for at once below the finalized one.
    range_size = models.PositiveIntegerField(default=RANGE_SIZE_FIRST)
    reorg_count = models.PositiveIntegerField(default=0)
    reorg_depth_last = models.PositiveIntegerField(default=0)  # blocks
    reorg_depth_max = models.PositiveIntegerField(default=0)
    # Why the listener stopped, for anybody and for operators, and since when.
    halt = models.TextField(choices=Halt.choices, default="", blank=True)
    halted_reason = models.TextField(default="", blank=True)
    halted_at = models.DateTimeField(null=True)
    # When last_block moved last.
    progressed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="cursor_once", fields=["chain_id", "contract"]),
            models.CheckConstraint(name="cursor_contract_hex", condition=is_address("contract")),
            models.CheckConstraint(
                name="cursor_hashes_hex",
                condition=(Q(genesis_hash="") | is_hash("genesis_hash"))
                & (Q(last_hash="") | is_hash("last_hash"))
                & (Q(finalized_hash="") | is_hash("finalized_hash")),
            ),
            models.CheckConstraint(
                name="cursor_not_before_start",
                condition=Q(last_block__gte=F("start_block") - 1),
            ),
            models.CheckConstraint(
                name="cursor_final_with_hash",
                condition=Q(finalized_block__isnull=True, finalized_hash="")
                | (Q(finalized_block__isnull=False) & ~Q(finalized_hash="")),
            ),
            models.CheckConstraint(name="cursor_range_positive", condition=Q(range_size__gte=1)),
            models.CheckConstraint(
                name="cursor_halted_with_reason",
                condition=Q(halt="", halted_reason="", halted_at__isnull=True)
                | (~Q(halt="") & ~Q(halted_reason="") & Q(halted_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        about = {"contract": self.contract, "chain": self.chain_id}
        return gettext("%(contract)s on chain %(chain)s") % about


class Block(models.Model):
    """A block that may still be replaced: above the finalized one, up to the last indexed."""

    cursor = models.ForeignKey(Cursor, on_delete=models.PROTECT, related_name="blocks")
    number = models.PositiveBigIntegerField()
    hash = HashField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="block_once", fields=["cursor", "number"]),
            models.CheckConstraint(name="block_hash_hex", condition=is_hash("hash")),
        ]

    def __str__(self) -> str:
        return gettext("block %(number)s") % {"number": self.number}


class RawLogQuerySet(models.QuerySet["RawLog"]):
    """Which logs."""

    def of(self, cursor: Cursor) -> "RawLogQuerySet":
        return self.filter(chain_id=cursor.chain_id, address=cursor.contract)

    def canonical(self) -> "RawLogQuerySet":
        return self.filter(is_canonical=True)


class RawLog(models.Model):
    """A log as the chain has it, identified by its block's hash and its place in the block."""

    class Finality(models.TextChoices):
        """How sure it is that the log stays. Payouts follow `final` only."""

        PENDING = "pending"  # its block was replaced: its transaction waits for another
        CONFIRMED = "confirmed"  # in a block that may still be replaced
        FINAL = "final"

    chain_id = models.PositiveBigIntegerField()
    block_number = models.PositiveBigIntegerField()
    block_hash = HashField()
    log_index = models.PositiveIntegerField()
    transaction_hash = HashField()
    address = AddressField()
    topics = ArrayField(HashField(), size=4)
    data = models.TextField()
    block_time = models.DateTimeField()
    # False once a reorganisation took its block away.
    is_canonical = models.BooleanField(default=True)
    seen_at = models.DateTimeField(db_default=Now())

    objects = RawLogQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="raw_log_once", fields=["chain_id", "block_hash", "log_index"]
            ),
            models.CheckConstraint(
                name="raw_log_hex",
                condition=is_hash("block_hash")
                & is_hash("transaction_hash")
                & is_address("address"),
            ),
        ]
        indexes = [
            # With the address: without, and as long as nobody has counted the rows, the newest log
            # would be sought by sorting all.
            models.Index(
                name="raw_log_by_place",
                fields=["chain_id", "address", "block_number", "log_index"],
            )
        ]

    def __str__(self) -> str:
        place = {"index": self.log_index, "block": self.block_number}
        return gettext("log %(index)s of block %(block)s") % place

    def finality(self, finalized_block: int | None) -> Finality:
        """Return how sure it is, where that block is the newest final one."""
        if not self.is_canonical:
            return self.Finality.PENDING
        is_final = finalized_block is not None and self.block_number <= finalized_block
        return self.Finality.FINAL if is_final else self.Finality.CONFIRMED

    def plain(self) -> Log:
        """Return it as the decoder takes it."""
        return Log(
            block_number=self.block_number,
            block_hash=self.block_hash,
            log_index=self.log_index,
            transaction_hash=self.transaction_hash,
            address=self.address,
            topics=tuple(self.topics),
            data=self.data,
            block_time=self.block_time,
            id=self.pk,
        )


class QuarantineQuerySet(models.QuerySet["Quarantine"]):
    """Which of them."""

    def unresolved(self) -> "QuarantineQuerySet":
        return self.filter(resolved_at__isnull=True)


class Quarantine(models.Model):
    """A log that was stored and not projected, or contradicts one that was stored."""

    class Reason(models.TextChoices):
        """What is wrong with it."""

        UNDECODABLE = "undecodable"
        SEQ_GAP = "seq_gap"  # the contract's count of events jumped: no node has what lies between
        REFUSED = "refused"  # the handler could make no sense of it
        CONFLICT = "conflict"  # an incident: a node told another payload under a key that we have

    class Resolution(models.TextChoices):
        """How it ended."""

        APPLIED = "applied"  # a replay could project it
        ORPHANED = "orphaned"  # a reorganisation took its block away
        DISMISSED = "dismissed"  # an operator looked at it

    cursor = models.ForeignKey(Cursor, on_delete=models.PROTECT, related_name="quarantined")
    # The log that is stored under the key; with a conflict that is not what came.
    log = models.ForeignKey(RawLog, on_delete=models.PROTECT, related_name="quarantined")
    reason = models.TextField(choices=Reason.choices)
    detail = models.TextField()
    # What came, as chain.store.payload spells it.
    payload = models.JSONField()
    # Whose trading pauses; null where the log doesn't say.
    market_id = AmountField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(choices=Resolution.choices, default="", blank=True)

    objects = QuarantineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="quarantine_open_once",
                fields=["log", "reason"],
                condition=Q(resolved_at__isnull=True),
            ),
            models.CheckConstraint(
                name="quarantine_resolved_with_resolution",
                condition=Q(resolved_at__isnull=True, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="")),
            ),
        ]
        indexes = [
            models.Index(
                name="quarantine_open_by_market",
                fields=["cursor", "market_id"],
                condition=Q(resolved_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        about = {"reason": self.get_reason_display(), "id": self.log_id}
        return gettext("%(reason)s: log %(id)s") % about


class Reconciliation(models.Model):
    """One comparison of chain and database, at one final block."""

    cursor = models.ForeignKey(Cursor, on_delete=models.PROTECT, related_name="reconciliations")
    # Null: nothing is both final and indexed yet.
    block_number = models.BigIntegerField(null=True)
    block_hash = HashField(default="", blank=True)
    started_at = models.DateTimeField()
    # Null: it is under way, or was cut off.
    ended_at = models.DateTimeField(null=True)
    # How many of what were compared: {"pools": 2, "holdings": 100}.
    compared = models.JSONField(default=dict)
    # Why it could not be finished. Empty: it was, or is under way.
    trouble = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reconciliation_trouble_ends_it",
                condition=Q(trouble="") | Q(ended_at__isnull=False),
            )
        ]
        indexes = [models.Index(name="reconciliation_newest", fields=["cursor", "-started_at"])]

    def __str__(self) -> str:
        return gettext("comparison %(id)s") % {"id": self.pk}


class FindingQuerySet(models.QuerySet["Finding"]):
    """Which of them."""

    def unresolved(self) -> "FindingQuerySet":
        return self.filter(resolved_at__isnull=True)


class Finding(models.Model):
    """A difference between chain and database, with what shows it.

    It stays open for as long as comparisons see it: one that doesn't any more resolves it.
    """

    class Kind(models.TextChoices):
        """What differs."""

        MISSING_LOG = "MISSING_LOG"  # the chain has an event that we don't
        EXTRA_LOG = "EXTRA_LOG"  # we have one that the chain doesn't
        AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
        STATE_MISMATCH = "STATE_MISMATCH"
        SOLVENCY = "SOLVENCY"  # somebody's claim has nothing behind it
        STALE_CURSOR = "STALE_CURSOR"  # the chain goes on, and we don't

    class Resolution(models.TextChoices):
        """How it ended."""

        GONE = "gone"  # a later comparison did not see it any more
        DISMISSED = "dismissed"  # an operator looked at it: it is not news as long as it stays so

    cursor = models.ForeignKey(Cursor, on_delete=models.PROTECT, related_name="findings")
    kind = models.TextField(choices=Kind.choices)
    market_id = AmountField(null=True)
    # What was looked at: "reserves of pool 1".
    subject = models.TextField()
    on_chain = models.TextField()
    in_database = models.TextField()
    # Where to look: block, log, owner.
    evidence = models.JSONField(default=dict)
    # The comparisons that saw it first and last.
    found_in = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="found")
    seen_in = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="seen")
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(choices=Resolution.choices, default="", blank=True)
    # An operator's; the audit says whose.
    reason = models.TextField(default="", blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="finding_kind_known",
                condition=Q(
                    kind__in=[
                        "MISSING_LOG",
                        "EXTRA_LOG",
                        "AMOUNT_MISMATCH",
                        "STATE_MISMATCH",
                        "SOLVENCY",
                        "STALE_CURSOR",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="finding_resolved_with_resolution",
                condition=Q(resolved_at__isnull=True, resolution="")
                | Q(resolved_at__isnull=False, resolution__in=["gone", "dismissed"]),
            ),
            models.UniqueConstraint(
                name="finding_open_once",
                fields=["cursor", "kind", "subject"],
                condition=Q(resolved_at__isnull=True),
            ),
        ]
        indexes = [models.Index(name="finding_newest", fields=["cursor", "-id"])]
        permissions = [("dismiss_finding", "Can dismiss findings, with a reason")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.subject}"


class Errand(models.Model):
    """Work that the listener's process does between two units: it has the lock and the time."""

    class Kind(models.TextChoices):
        """What to do."""

        REPLAY = "replay"  # project all logs anew; what can be read by now leaves the quarantine
        RESCAN = "rescan"  # read blocks once more, and add what is missing

    cursor = models.ForeignKey(Cursor, on_delete=models.PROTECT, related_name="errands")
    kind = models.TextField(choices=Kind.choices)
    # Of a rescan: the blocks.
    first = models.PositiveBigIntegerField(null=True)
    last = models.PositiveBigIntegerField(null=True)
    reason = models.TextField()
    ordered_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)
    # What came of it.
    said = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="errand_blocks_iff_rescan",
                condition=Q(kind="replay", first__isnull=True, last__isnull=True)
                | Q(kind="rescan", first__isnull=False, last__gte=F("first")),
            )
        ]
        permissions = [("give_errand", "Can have logs read once more and projected anew")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

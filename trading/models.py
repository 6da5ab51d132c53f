"""Pools, who holds what in them, and how it came about: all of it follows from the chain's logs.

Nothing here is edited. `trading.projection` writes it inside the listener's transaction, and a
replay of the same logs writes the same rows. Amounts are in the collateral's smallest unit.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q
from django.utils.translation import gettext

from chain.models import RawLog
from kmarket.fields import AMOUNT_MAX, AddressField, AmountField, HashField, in_range
from markets.models import Market
from markets.outcomes import COUNT_MAX, COUNT_MIN
from trading.standings import FEE_PER_LP_DIGITS, Candle, Holding, LpHolding, Position

__all__ = [
    "Candle",
    "Claim",
    "Happening",
    "Holding",
    "Liquidity",
    "LpHolding",
    "Pause",
    "Pool",
    "Position",
    "Proposal",
    "Resolution",
    "Trade",
]


class PoolQuerySet(models.QuerySet["Pool"]):
    """Which pools."""

    def paused(self) -> "PoolQuerySet":
        """Keep those whose rows may be wrong."""
        return self.filter(
            Exists(Pause.objects.filter(contract=OuterRef("contract"), number=OuterRef("number")))
        )


class Pool(models.Model):
    """A market of the contract as it is after the last log that we have of it."""

    class Status(models.TextChoices):
        OPEN = "open"
        PROPOSED = "proposed"
        RESOLVED = "resolved"
        VOIDED = "voided"

    # The log that created it.
    log = models.OneToOneField(
        RawLog, on_delete=models.PROTECT, primary_key=True, related_name="pool"
    )
    # What everybody else calls it. It stays when a reorganisation takes the pool away.
    market = models.OneToOneField(Market, on_delete=models.PROTECT, related_name="pool")
    contract = AddressField()
    # What the contract calls it.
    number = AmountField()
    creator = AddressField()
    collateral = AddressField()
    outcome_count = models.PositiveSmallIntegerField()
    # Seconds since 1970, as the contract has them: it may name years that no datetime holds.
    closes_at = models.PositiveBigIntegerField()
    resolve_by = models.PositiveBigIntegerField()
    dispute_window = models.PositiveBigIntegerField()
    # 10^18 would be all of it.
    fee_wad = models.PositiveBigIntegerField()
    question_hash = HashField()
    # Of each outcome, 0 first.
    reserves = ArrayField(AmountField())
    lp_supply = AmountField(default=0)
    # Collateral behind all shares, those in the reserves included: what claims are paid from.
    backing = AmountField(default=0)
    # Taken from trades, and not yet paid to those who provide liquidity.
    fees = AmountField(default=0)
    # What one LP would have earned, had it been there from the start: times 2^96, as the contract
    # has it.
    fee_per_lp = AmountField(default=0, digits=FEE_PER_LP_DIGITS)
    # What traders paid and got in all, and in how many trades.
    volume = AmountField(default=0)
    trade_count = models.PositiveBigIntegerField(default=0)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)

    objects = PoolQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="pool_once", fields=["contract", "number"]),
            models.CheckConstraint(
                name="pool_outcomes_counted",
                condition=Q(outcome_count__range=(COUNT_MIN, COUNT_MAX))
                & Q(outcome_count=Func(F("reserves"), function="cardinality")),
            ),
            models.CheckConstraint(
                name="pool_amounts_in_range",
                condition=in_range("number", "lp_supply", "backing", "fees", "volume"),
            ),
            models.CheckConstraint(
                name="pool_status_known",
                condition=Q(status__in=["open", "proposed", "resolved", "voided"]),
            ),
        ]

    def __str__(self) -> str:
        return gettext("pool %(number)s") % {"number": self.number}


class Pause(models.Model):
    """A market whose rows may be wrong: one of its logs is in quarantine, so nobody trades.

    There may be no such pool, where it is the creation that could not be read.
    """

    contract = AddressField()
    number = AmountField()
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(name="pause_once", fields=["contract", "number"])]

    def __str__(self) -> str:
        return gettext("pause of pool %(number)s") % {"number": self.number}


class Happening(models.Model):
    """One log of a pool, read. It goes when a reorganisation takes its block away.

    A row is final as soon as its block is: the cursor says up to which block that is so.
    """

    log = models.OneToOneField(
        RawLog, on_delete=models.PROTECT, primary_key=True, related_name="%(class)s"
    )
    # Not checked for each of millions of rows: every comparison looks for those without a pool.
    pool = models.ForeignKey(
        Pool,
        on_delete=models.PROTECT,
        related_name="%(class)ss",
        db_index=False,
        db_constraint=False,
    )
    # The contract's own count of its events.
    seq = models.PositiveBigIntegerField()
    # Copied from the log: every list is in the order of the chain.
    block_number = models.PositiveBigIntegerField()
    log_index = models.PositiveIntegerField()
    # The time of the block.
    at = models.DateTimeField()

    class Meta:
        abstract = True
        indexes = [
            models.Index(name="%(class)s_by_pool", fields=["pool", "-block_number", "-log_index"])
        ]

    def __str__(self) -> str:
        about = {"kind": self._meta.verbose_name, "seq": self.seq, "pool": self.pool}
        return gettext("%(kind)s %(seq)s of %(pool)s") % about


class Trade(Happening):
    """Shares bought from a pool, or sold to it."""

    class Side(models.TextChoices):
        BUY = "buy"
        SELL = "sell"

    trader = AddressField()
    side = models.CharField(max_length=4, choices=Side.choices)
    outcome = models.PositiveSmallIntegerField()
    # What the trader paid with the fee in it, or got with the fee off it.
    collateral = AmountField()
    fee = AmountField()
    shares = AmountField()
    reserves_after = ArrayField(AmountField())
    # Of each outcome, in 10^18ths. Null: the reserves make none.
    prices_after = ArrayField(models.BigIntegerField(), null=True)
    # Of the shares, by average: what was paid for them now, or, of those sold, once.
    cost = AmountField()

    class Meta(Happening.Meta):
        constraints = [
            models.CheckConstraint(name="trade_side_known", condition=Q(side__in=["buy", "sell"])),
            models.CheckConstraint(
                name="trade_amounts_in_range",
                condition=in_range("collateral", "fee", "shares", "cost"),
            ),
        ]
        indexes = [
            *Happening.Meta.indexes,
            models.Index(name="trade_by_trader", fields=["trader", "-block_number", "-log_index"]),
        ]


class Liquidity(Happening):
    """Liquidity given to a pool, or taken back."""

    class Kind(models.TextChoices):
        ADD = "add"
        REMOVE = "remove"

    provider = AddressField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    # What the provider paid in; taking liquidity back gives shares instead.
    collateral = AmountField()
    # The provider's part of the fees, paid with the shares.
    fees_paid = AmountField()
    lp = AmountField()
    # Given to the provider: what the pool's prices left over, or the part of the reserves.
    shares = ArrayField(AmountField())
    reserves_after = ArrayField(AmountField())
    # Of the LP, of the shares that came with it, and which shares it brought or took.
    cost = AmountField()
    share_costs = ArrayField(AmountField())
    given = ArrayField(AmountField())
    # What the provider's LP had earned since the time before, and the pool's fee_per_lp then.
    fees_earned = AmountField()
    fee_per_lp_before = AmountField(digits=FEE_PER_LP_DIGITS)

    class Meta(Happening.Meta):
        verbose_name_plural = "liquidity"
        constraints = [
            models.CheckConstraint(
                name="liquidity_kind_and_amounts_agree",
                condition=Q(kind="add", fees_paid=0) | Q(kind="remove", collateral=0),
            ),
            models.CheckConstraint(
                name="liquidity_amounts_in_range",
                condition=in_range("collateral", "fees_paid", "lp", "cost", "fees_earned"),
            ),
        ]
        indexes = [
            *Happening.Meta.indexes,
            models.Index(
                name="liquidity_by_provider", fields=["provider", "-block_number", "-log_index"]
            ),
        ]


class Proposal(Happening):
    """A result that somebody proposed to the contract."""

    proposer = AddressField()
    outcome = models.PositiveSmallIntegerField()
    round = models.PositiveBigIntegerField()
    # Seconds since 1970.
    disputable_until = models.PositiveBigIntegerField()
    evidence_hash = HashField()


class Resolution(Happening):
    """A pool's final result."""

    # None: void, each outcome pays its part.
    outcome = models.PositiveSmallIntegerField(null=True)
    # A share of outcome n pays numerators[n] / denominator.
    numerators = ArrayField(AmountField())
    denominator = AmountField()

    class Meta(Happening.Meta):
        constraints = [
            models.UniqueConstraint(name="resolution_once", fields=["pool"]),
            models.CheckConstraint(
                name="resolution_denominator_positive",
                condition=Q(denominator__range=(1, AMOUNT_MAX)),
            ),
        ]


class Claim(Happening):
    """Shares turned into what they pay, after the final result."""

    claimant = AddressField()
    recipient = AddressField()
    shares = ArrayField(AmountField())
    payout = AmountField()
    # What the shares had cost, of each outcome.
    share_costs = ArrayField(AmountField())

    class Meta(Happening.Meta):
        constraints = [
            models.CheckConstraint(name="claim_payout_in_range", condition=in_range("payout")),
        ]
        indexes = [
            *Happening.Meta.indexes,
            models.Index(
                name="claim_by_claimant", fields=["claimant", "-block_number", "-log_index"]
            ),
        ]


# At the end, and for Django's sake: it looks for models nowhere else.
from trading.submission import Submission  # noqa: E402, F401

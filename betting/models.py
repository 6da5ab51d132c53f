"""Orders, the ledger that pays for them, results and claims."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from accounts.models import User
from betting.grading import Result, payout
from kmarket.fields import AMOUNT_MAX, AmountField, HashField
from kmarket.ids import IdField
from markets.models import Market
from markets.odds import HUNDREDTHS_MAX, HUNDREDTHS_MIN, Odds

# Accounts that each user has.
OF_USERS = ["user", "receivable"]
RESULT_CHOICES = [(result.value, result.value) for result in Result]


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> OrderQuerySet:
        """Keep a user's own orders; staff see all."""
        return self if user.is_staff else self.filter(user=user)

    def claimable(self) -> OrderQuerySet:
        """Keep what is settled with something to pay, and not claimed."""
        return self.filter(state=Order.State.SETTLED, payout__gt=0)


class Order(models.Model):
    """One bet, at the price at which we took it. Price and stake never change again."""

    class State(models.TextChoices):
        ACCEPTED = "accepted"
        SETTLED = "settled"
        CLAIMED = "claimed"

    id = IdField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="orders", db_index=False
    )
    option = models.PositiveSmallIntegerField()
    stake = AmountField()
    odds_hundredths = models.PositiveIntegerField()
    # In quarter points, as the market had it: the home side's handicap, or the total.
    line_q = models.SmallIntegerField(null=True)
    # On a 3-way moneyline a tie beats home and away; on a 2-way one it gives the stake back.
    three_way = models.BooleanField()
    odds_seq = models.PositiveBigIntegerField()
    client_ref = models.CharField(max_length=64, blank=True, default="")
    tx_hash = HashField(null=True)
    placed_at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACCEPTED)
    result = models.CharField(max_length=9, choices=RESULT_CHOICES, null=True)
    payout = AmountField(null=True)
    settlement_version = models.PositiveIntegerField(default=0)

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="order_stake_positive", condition=Q(stake__gt=0)),
            models.CheckConstraint(
                name="order_odds_in_range",
                condition=Q(odds_hundredths__range=(HUNDREDTHS_MIN, HUNDREDTHS_MAX)),
            ),
            models.CheckConstraint(
                name="order_line_iff_spread_or_total",
                condition=Q(option__in=[1, 2, 3], line_q__isnull=True)
                | Q(option__in=[4, 5, 6, 7], line_q__isnull=False),
            ),
            models.CheckConstraint(
                name="order_settled_iff_graded",
                # A CHECK that comes out NULL passes: say "not null" or it means nothing.
                condition=Q(state="accepted", result__isnull=True, payout__isnull=True)
                | Q(
                    state__in=["settled", "claimed"],
                    result__isnull=False,
                    payout__isnull=False,
                    payout__gte=0,
                    payout__lte=AMOUNT_MAX,
                ),
            ),
        ]
        indexes = [
            # With what lists are filtered by, so that counting them reads no orders.
            models.Index(
                name="order_by_user",
                fields=["user", "-placed_at", "-id"],
                include=["state", "payout"],
            ),
            models.Index(
                name="order_by_user_market", fields=["user", "market", "-placed_at", "-id"]
            ),
            models.Index(name="order_by_market", fields=["market", "state"]),
            models.Index(
                name="order_by_client_ref",
                fields=["user", "client_ref"],
                condition=~Q(client_ref=""),
            ),
        ]

    def __str__(self) -> str:
        return gettext("order %(id)s") % {"id": self.pk}

    @property
    def odds(self) -> Odds:
        return Odds(self.odds_hundredths)

    @property
    def max_payout(self) -> int:
        """What a full win pays."""
        return payout(stake=self.stake, odds=self.odds_hundredths, result=Result.WIN)


class Balance(models.Model):
    """What a user may stake: the sum of the user's ledger entries, kept beside them."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="balance",
    )
    available = AmountField(default=0)
    # What a corrected result took back and the balance could not give. Later credits repay it.
    receivable = AmountField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="balance_never_negative", condition=Q(available__gte=0)),
            models.CheckConstraint(
                name="receivable_never_negative", condition=Q(receivable__gte=0)
            ),
            models.CheckConstraint(
                name="balance_fits_uint256", condition=Q(available__lte=AMOUNT_MAX)
            ),
        ]
        permissions = [("adjust_balance", "Can credit and debit a user's balance")]

    def __str__(self) -> str:
        return gettext("balance of user %(id)s") % {"id": self.user_id}


class LedgerEntry(models.Model):
    """One transfer: `amount` leaves the debited account and reaches the credited one.

    Both sides in one row, so that no entry can be half a transfer and the sum of all accounts is
    zero by construction. Rows are added, never changed: a trigger refuses it.
    """

    class Account(models.TextChoices):
        USER = "user"  # one per user; may be staked or withdrawn; never negative
        ESCROW = "escrow"  # one per market; stakes of orders without a result
        CLAIMS = "claims"  # one per market; payouts that were not claimed yet
        HOUSE = "house"  # what the house won and lost
        OUTSIDE = "outside"  # the world beside the vault; operators' credits and debits
        VAULT = "vault"  # the world behind the vault: minus what users have in it
        VOUCHERS = "vouchers"  # what left balances and has not left the vault yet
        RECEIVABLE = "receivable"  # one per user; what a user owes us, as a negative balance

    class Cause(models.TextChoices):
        ORDER = "order"
        SETTLEMENT = "settlement"
        CLAIM = "claim"
        DEPOSIT = "deposit"
        WITHDRAWAL = "withdrawal"
        ADJUSTMENT = "adjustment"

    debit = models.CharField(max_length=10, choices=Account.choices)
    credit = models.CharField(max_length=10, choices=Account.choices)
    amount = AmountField()
    # Whose account, where a side is `user`; which market's, where a side is `escrow` or `claims`.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    market = models.ForeignKey(
        Market, null=True, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    cause = models.CharField(max_length=12, choices=Cause.choices)
    order = models.ForeignKey(Order, null=True, on_delete=models.PROTECT, related_name="entries")
    settlement = models.ForeignKey(
        "Settlement", null=True, on_delete=models.PROTECT, related_name="entries"
    )
    # A correction names the entry that it takes back.
    reverses = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="reversals", db_index=False
    )
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.CheckConstraint(name="entry_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="entry_moves_something", condition=~Q(debit=F("credit"))),
            models.CheckConstraint(
                name="entry_names_user_iff_touched",
                condition=(Q(debit__in=OF_USERS) | Q(credit__in=OF_USERS)) & Q(user__isnull=False)
                | ~Q(debit__in=OF_USERS) & ~Q(credit__in=OF_USERS) & Q(user__isnull=True),
            ),
            models.CheckConstraint(
                name="entry_names_market_iff_touched",
                condition=(
                    (Q(debit__in=["escrow", "claims"]) | Q(credit__in=["escrow", "claims"]))
                    & Q(market__isnull=False)
                )
                | (
                    ~Q(debit__in=["escrow", "claims"])
                    & ~Q(credit__in=["escrow", "claims"])
                    & Q(market__isnull=True)
                ),
            ),
            models.CheckConstraint(
                name="entry_names_its_cause",
                condition=Q(cause__in=["order", "claim"], order__isnull=False)
                | Q(cause="settlement", settlement__isnull=False)
                | Q(cause__in=["deposit", "withdrawal", "adjustment"]) & ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(name="entry_by_user", fields=["user", "-at", "-id"]),
            models.Index(name="entry_by_market", fields=["market"]),
        ]

    def __str__(self) -> str:
        moved = f"{self.get_debit_display()} → {self.get_credit_display()}"
        return gettext("entry %(id)s: %(moved)s") % {"id": self.pk, "moved": moved}


class Settlement(models.Model):
    """One decision about a market's orders, and what it moved. Rows are added, never changed."""

    class Kind(models.TextChoices):
        SETTLE = "settle"
        RESETTLE = "resettle"
        ROLLBACK = "rollback"
        VOID = "void"  # the whole market
        VOID_ORDERS = "void_orders"  # some of its orders; the others are graded by the result

    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="settlements", db_index=False
    )
    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.SETTLE)
    is_void = models.BooleanField(default=False)
    winning_option = models.PositiveSmallIntegerField(null=True)
    home_score = models.PositiveSmallIntegerField(null=True)
    away_score = models.PositiveSmallIntegerField(null=True)
    order_count = models.PositiveBigIntegerField()
    staked = AmountField()
    paid_out = AmountField()
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=500, blank=True, default="")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="settlement_once_per_version", fields=["market", "version"]
            ),
        ]

    def __str__(self) -> str:
        about = {"version": self.version, "market": self.market_id}
        return gettext("settlement %(version)s of market %(market)s") % about


class Proposal(models.Model):
    """A decision that waits for a second operator. A trigger lets nothing change but its end."""

    class State(models.TextChoices):
        OPEN = "open"
        APPROVED = "approved"
        WITHDRAWN = "withdrawn"
        STALE = "stale"  # its market had changed when somebody approved it

    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="proposals")
    # `decisions.Decision.terms`, and the digest of what it would have done.
    decision = models.JSONField()
    digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500, blank=True, default="")
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(db_default=Now())
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    settlement = models.OneToOneField(
        Settlement, null=True, on_delete=models.PROTECT, related_name="proposal"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="proposal_state_known",
                condition=Q(state__in=["open", "approved", "withdrawn", "stale"]),
            ),
            models.CheckConstraint(
                name="proposal_over_iff_decided",
                condition=Q(state="open", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(state="open") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_settles_iff_approved",
                condition=Q(state="approved", settlement__isnull=False)
                | ~Q(state="approved") & Q(settlement__isnull=True),
            ),
            models.CheckConstraint(
                name="proposal_approved_by_another",
                condition=~Q(state="approved") | ~Q(decided_by=F("proposer")),
            ),
            models.UniqueConstraint(
                name="proposal_open_once", fields=["market", "digest"], condition=Q(state="open")
            ),
        ]

    def __str__(self) -> str:
        about = {"id": self.pk, "market": self.market_id}
        return gettext("proposal %(id)s about market %(market)s") % about


class OrderClaim(models.Model):
    """The payment of one order's payout. At most one an order."""

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="claim")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="claims"
    )
    amount = AmountField()
    tx_hash = HashField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(name="claim_amount_positive", condition=Q(amount__gt=0))
        ]

    def __str__(self) -> str:
        return gettext("claim of order %(id)s") % {"id": self.order_id}


class Exposure(models.Model):
    """What the bets of a capped market would pay, summed up by what decides their end.

    Kept only where a cap is set: every bet of such a market waits for this row, last of all.
    """

    market = models.OneToOneField(
        Market, primary_key=True, on_delete=models.PROTECT, related_name="exposure"
    )
    # "option:line:ways" → [staked, win, half win, push, half loss], in the smallest unit.
    book = models.JSONField(default=dict)

    def __str__(self) -> str:
        return gettext("exposure of market %(id)s") % {"id": self.market_id}


class PersonalLimits(models.Model):
    """What users allow themselves. Tightened at once, loosened a day later."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="limits",
    )
    # At most so much staked within 24 hours; null: no limit.
    daily_stake = AmountField(null=True)
    excluded_until = models.DateTimeField(null=True)
    # What replaces the two above from `next_at` on.
    next_daily_stake = AmountField(null=True)
    next_excluded_until = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "personal limits"

    def __str__(self) -> str:
        return gettext("limits of user %(id)s") % {"id": self.user_id}

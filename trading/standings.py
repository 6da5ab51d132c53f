"""Who holds what in pools and how it came to that, and what trades came to: sums of the histories.

`trading.models` has the rest, and makes these known.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from kmarket.fields import AMOUNT_MAX, AddressField, AmountField, in_range
from trading.accounts import Account
from trading.candles import LENGTHS

# Enough for any number of fees of 256 bits, with 96 binary places.
FEE_PER_LP_DIGITS = 140


class Holding(models.Model):
    """How many shares of an outcome somebody holds. Without any there is no row."""

    pool = models.ForeignKey(
        "trading.Pool", on_delete=models.PROTECT, related_name="holdings", db_index=False
    )
    owner = AddressField()
    outcome = models.PositiveSmallIntegerField()
    shares = AmountField()
    # What they cost, by average (trading.accounts).
    cost = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="holding_once", fields=["pool", "owner", "outcome"]),
            models.CheckConstraint(
                name="holding_in_range", condition=in_range("shares", least=1) & in_range("cost")
            ),
        ]
        indexes = [models.Index(name="holding_by_owner", fields=["owner", "pool"])]

    def __str__(self) -> str:
        about = {"shares": self.shares, "outcome": self.outcome, "owner": self.owner}
        return gettext("%(shares)s of outcome %(outcome)s for %(owner)s") % about


class LpHolding(models.Model):
    """How much of a pool's liquidity somebody provides. Without any there is no row."""

    pool = models.ForeignKey(
        "trading.Pool", on_delete=models.PROTECT, related_name="lp_holdings", db_index=False
    )
    owner = AddressField()
    amount = AmountField()
    # What it cost, by average.
    cost = AmountField()
    # The shares of each outcome that it brought into the reserves.
    given = ArrayField(AmountField())
    # The pool's when its fees were counted last: they are in the position up to there.
    fee_per_lp = AmountField(digits=FEE_PER_LP_DIGITS)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="lp_holding_once", fields=["pool", "owner"]),
            models.CheckConstraint(
                name="lp_holding_in_range",
                condition=in_range("amount", least=1) & in_range("cost"),
            ),
        ]
        indexes = [models.Index(name="lp_holding_by_owner", fields=["owner", "pool"])]

    def __str__(self) -> str:
        return gettext("%(amount)s LP for %(owner)s") % {"amount": self.amount, "owner": self.owner}


class Position(models.Model):
    """What somebody ever did in a pool, summed up. It stays when they hold nothing any more."""

    # Not checked for each of millions of rows, and found by their owner: one index does.
    pool = models.ForeignKey(
        "trading.Pool",
        on_delete=models.PROTECT,
        related_name="positions",
        db_index=False,
        db_constraint=False,
    )
    owner = AddressField()
    trade_count = models.PositiveBigIntegerField()
    liquidity_count = models.PositiveBigIntegerField()
    claim_count = models.PositiveBigIntegerField()
    # Paid for shares, the fees in it; and received for shares, the fees off it.
    bought = AmountField()
    sold = AmountField()
    fees_paid = AmountField()
    provided = AmountField()
    # Of the pool's fees: earned up to the last change of the LP, and received.
    fees_earned = AmountField()
    fees_received = AmountField()
    claimed = AmountField()
    # Below 0: a loss. Of sales and claims; and of liquidity that was taken back.
    realized = AmountField()
    lp_realized = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="position_once", fields=["owner", "pool"]),
            models.CheckConstraint(
                name="position_in_range",
                condition=in_range(*Account._fields[3:-2])
                & in_range(*Account._fields[-2:], least=-AMOUNT_MAX),
            ),
        ]

    def __str__(self) -> str:
        about = {"owner": self.owner, "pool": self.pool}
        return gettext("position of %(owner)s in %(pool)s") % about


class Candle(models.Model):
    """The prices that a pool's trades left behind within some time, and what they turned over.

    Only where there was a trade: in between, prices are what they were.
    """

    # Not checked for each of millions of rows: the projection writes them with their pool.
    pool = models.ForeignKey(
        "trading.Pool",
        on_delete=models.PROTECT,
        related_name="candles",
        db_index=False,
        db_constraint=False,
    )
    seconds = models.PositiveIntegerField()  # how long it is
    # Seconds since 1970, a multiple of `seconds`.
    begins = models.PositiveBigIntegerField()
    # Of each outcome, in 10^18ths.
    opens = ArrayField(models.BigIntegerField())
    highs = ArrayField(models.BigIntegerField())
    lows = ArrayField(models.BigIntegerField())
    closes = ArrayField(models.BigIntegerField())
    # Of each outcome: what its buyers paid and its sellers got, and in how many trades.
    volumes = ArrayField(AmountField())
    trade_counts = ArrayField(models.BigIntegerField())
    # Of its trades: what is above the first is looked at again in a reorganisation, and the candle
    # is final once the last is.
    first_block = models.PositiveBigIntegerField()
    last_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="candle_once", fields=["pool", "seconds", "begins"]),
            models.CheckConstraint(name="candle_length_known", condition=Q(seconds__in=LENGTHS)),
        ]

    def __str__(self) -> str:
        about = {"seconds": self.seconds, "pool": self.pool, "begins": self.begins}
        return gettext("%(seconds)s s of %(pool)s from %(begins)s") % about

"""Markets, their options, and every price they ever had."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import BooleanField, F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from accounts.models import User
from kmarket.fields import AmountField
from kmarket.ids import IdField
from markets.lifecycle import PRICEABLE, MarketStatus
from markets.lines import Line
from markets.odds import HUNDREDTHS_MAX, HUNDREDTHS_MIN, Moneyline, Odds, Prices, Spread, Total
from markets.outcomes import COUNT_MAX, COUNT_MIN, ONE

QUESTION_CHARS_MAX = 300
LABEL_CHARS_MAX = 80
STATUS_CHOICES = [(status.value, status.value) for status in MarketStatus]


class Feed(models.Model):
    """A source of prices, and when it was last heard."""

    name = models.CharField(max_length=40, unique=True)
    heard_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class MarketQuerySet(models.QuerySet["Market"]):
    def visible_to(self, user: User | None) -> MarketQuerySet:
        """Keep what this caller may see: drafts are for staff."""
        if user is not None and user.is_staff:
            return self
        return self.exclude(status=MarketStatus.DRAFT)

    def due(self) -> MarketQuerySet:
        """Keep what should be closed by now: it takes bets, and its start has passed."""
        takes_bets = [MarketStatus.ACTIVE, MarketStatus.SUSPENDED]
        return self.filter(status__in=takes_bets, live=False, start_time__lte=Now())

    def priceable(self) -> MarketQuerySet:
        """Keep what may still get new prices."""
        return self.filter(status__in=PRICEABLE)


class Market(models.Model):
    """One match that people bet on; or one question, whose answers are traded on a chain.

    A pool (`markets.pools`) has its outcomes in place of options, and trading in it ends at its
    `start_time`. With two outcomes they stand for the teams, with more there are none.
    """

    class Kind(models.TextChoices):
        BOOK = "book"
        POOL = "pool"

    id = IdField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.BOOK)
    category = models.CharField(max_length=40, default="sports")
    league = models.CharField(max_length=80)
    home_team = models.CharField(max_length=80)
    away_team = models.CharField(max_length=80)
    # What a pool asks, and what its outcomes 1, 2, 3 … are called. Null: a book.
    question = models.CharField(max_length=QUESTION_CHARS_MAX, null=True)
    labels = ArrayField(models.CharField(max_length=LABEL_CHARS_MAX), null=True)
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=16, choices=STATUS_CHOICES)
    start_time = models.DateTimeField()
    # A live market takes bets after its start, until somebody closes it.
    live = models.BooleanField(default=False)
    # The number of the latest OddsUpdate. It moves in the transaction that stores the update, so
    # that a listener who holds seq 7 and receives 9 knows that 8 is missing.
    seq = models.PositiveBigIntegerField(default=0)
    # Set by a manual override: from then on feeds leave the prices alone until it is released.
    pinned_at = models.DateTimeField(null=True)
    # Whose price the market has, if a feed's: when that falls silent, the market is suspended.
    feed = models.ForeignKey(
        Feed, null=True, on_delete=models.PROTECT, related_name="markets", db_index=False
    )
    # How an importer or a feed finds the market again.
    external_ref = models.CharField(max_length=200, unique=True, null=True)
    home_score = models.PositiveSmallIntegerField(null=True)
    away_score = models.PositiveSmallIntegerField(null=True)
    # Limits of this market, beside the house's; null: only those. In the smallest unit.
    stake_min = AmountField(null=True)
    stake_max = AmountField(null=True)
    # What one user may stake here in all.
    user_stake_max = AmountField(null=True)
    # What the worst score may cost us. Null: no cap, and bets don't wait for each other.
    liability_cap = AmountField(null=True)
    # Null with a result: a tie in a 2-way market.
    winning_option = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = MarketQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="market_status_known",
                condition=Q(status__in=[status.value for status in MarketStatus]),
            ),
            models.CheckConstraint(
                name="market_scores_both_or_none",
                condition=Q(home_score__isnull=True, away_score__isnull=True)
                | Q(home_score__isnull=False, away_score__isnull=False),
            ),
            models.CheckConstraint(
                name="market_book_or_pool",
                condition=Q(kind="book", question=None, labels=None)
                | Q(
                    kind="pool",
                    question__isnull=False,
                    labels__isnull=False,
                    labels__len__range=(COUNT_MIN, COUNT_MAX),
                ),
            ),
            models.CheckConstraint(
                name="market_pool_without_a_books_terms",
                condition=Q(kind="book")
                | (
                    Q(live=False, pinned_at=None, feed=None, home_score=None)
                    & Q(stake_min=None, stake_max=None, user_stake_max=None, liability_cap=None)
                    & ~Q(status=MarketStatus.DRAFT.value)
                ),
            ),
        ]
        indexes = [
            models.Index(name="market_by_status_start", fields=["status", "start_time", "id"]),
            models.Index(name="market_by_start", fields=["start_time", "id"]),
            models.Index(name="market_by_league", fields=["league", "start_time"]),
            models.Index(
                name="market_by_feed", fields=["feed", "id"], condition=Q(feed__isnull=False)
            ),
        ]
        permissions = [
            ("price_market", "Can set odds and suspend"),
            ("manage_market", "Can create markets and change their state"),
            ("settle_market", "Can settle, void and correct results"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def title(self) -> str:
        return self.question or f"{self.home_team} vs {self.away_team}"

    @property
    def is_pool(self) -> bool:
        return self.kind == self.Kind.POOL


class Option(models.Model):
    """One thing to bet on in a book. Its price is in the market's latest OddsUpdate."""

    class Number(models.IntegerChoices):
        HOME = 1
        AWAY = 2
        DRAW = 3
        SPREAD_HOME = 4
        SPREAD_AWAY = 5
        TOTAL_OVER = 6
        TOTAL_UNDER = 7

    class Status(models.TextChoices):
        OPEN = "open"
        SUSPENDED = "suspended"

    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="options", db_index=False
    )
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=80)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    stake_max = AmountField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="option_once_per_market", fields=["market", "number"]),
            models.CheckConstraint(
                name="option_status_known", condition=Q(status__in=["open", "suspended"])
            ),
        ]

    def __str__(self) -> str:
        about = {"number": self.number, "market": self.market_id}
        return gettext("option %(number)s of market %(market)s") % about


class HeldPrice(models.Model):
    """The last price that a feed sent for a market which an operator has pinned."""

    market = models.OneToOneField(
        Market, primary_key=True, on_delete=models.PROTECT, related_name="held_price"
    )
    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="+")
    # The groups as the feed sent them, such as {"moneyline": {"home": "1.85", "away": "2.10"}}.
    changes = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return gettext("price held back from market %(id)s") % {"id": self.market_id}


def _odds_column() -> models.PositiveIntegerField[int | None, int | None]:
    return models.PositiveIntegerField(null=True)


def _of_outcome_prices(template: str) -> Func:
    return Func(F("outcome_prices"), template=template, output_field=BooleanField())


class OddsUpdate(models.Model):
    """Everything that clients see of one market from one moment on: prices, status, start.

    Rows are added, never changed: a trigger refuses it. The one with the market's `seq` is the
    present price. Odds are in hundredths, lines in quarter points, seen from the home side. All of
    a pool's rows, and no other, have the source "amm".
    """

    class Source(models.TextChoices):
        ADMIN = "admin"
        FEED = "feed"
        AMM = "amm"
        IMPORT = "import"

    market = models.ForeignKey(
        Market, on_delete=models.PROTECT, related_name="updates", db_index=False
    )
    seq = models.PositiveBigIntegerField()
    home = _odds_column()
    away = _odds_column()
    draw = _odds_column()
    spread_line_q = models.SmallIntegerField(null=True)
    spread_home = _odds_column()
    spread_away = _odds_column()
    total_line_q = models.SmallIntegerField(null=True)
    total_over = _odds_column()
    total_under = _odds_column()
    # Of a pool: each outcome's in turn, in 10^18ths. Null while it has no liquidity, and in a book.
    outcome_prices = ArrayField(models.BigIntegerField(), null=True)
    status = models.CharField(max_length=16, choices=STATUS_CHOICES)
    start_time = models.DateTimeField()
    source = models.CharField(max_length=8, choices=Source.choices)
    reason = models.CharField(max_length=500, blank=True, default="")
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(name="odds_update_once_per_seq", fields=["market", "seq"]),
            models.CheckConstraint(name="odds_update_seq_from_one", condition=Q(seq__gte=1)),
            *(
                models.CheckConstraint(
                    name=f"odds_update_{column}_in_range",
                    condition=Q(**{f"{column}__isnull": True})
                    | Q(**{f"{column}__range": (HUNDREDTHS_MIN, HUNDREDTHS_MAX)}),
                )
                for column in (
                    *("home", "away", "draw"),
                    *("spread_home", "spread_away", "total_over", "total_under"),
                )
            ),
            models.CheckConstraint(
                name="odds_update_groups_whole",
                condition=(
                    Q(home__isnull=True, away__isnull=True, draw__isnull=True)
                    | Q(home__isnull=False, away__isnull=False)
                )
                & (
                    Q(spread_line_q=None, spread_home=None, spread_away=None)
                    | Q(
                        spread_line_q__isnull=False,
                        spread_home__isnull=False,
                        spread_away__isnull=False,
                    )
                )
                & (
                    Q(total_line_q=None, total_over=None, total_under=None)
                    | Q(
                        total_line_q__isnull=False,
                        total_over__isnull=False,
                        total_under__isnull=False,
                    )
                ),
            ),
            models.CheckConstraint(
                name="odds_update_of_book_or_pool",
                condition=Q(source="amm", home=None, spread_line_q=None, total_line_q=None)
                | (~Q(source="amm") & Q(outcome_prices=None)),
            ),
            models.CheckConstraint(
                name="odds_update_outcome_prices_in_range",
                condition=Q(outcome_prices=None)
                | (
                    Q(outcome_prices__len__range=(COUNT_MIN, COUNT_MAX))
                    # A null among them would make the comparisons below come out null, and pass.
                    & Q(_of_outcome_prices("array_position(%(expressions)s, NULL) IS NULL"))
                    & Q(_of_outcome_prices("0 <= ALL (%(expressions)s)"))
                    & Q(_of_outcome_prices(f"{ONE} >= ALL (%(expressions)s)"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return gettext("odds %(seq)s of market %(id)s") % {"seq": self.seq, "id": self.market_id}

    @property
    def is_pool(self) -> bool:
        """Whether it is a pool's. No query, whereas `market` may cost one."""
        return self.source == self.Source.AMM

    @property
    def prices(self) -> Prices:
        """A book's prices as value types; a pool has none of these."""
        moneyline = spread = total = None
        if self.home is not None and self.away is not None:
            draw = None if self.draw is None else Odds(self.draw)
            moneyline = Moneyline(Odds(self.home), Odds(self.away), draw)
        if self.spread_line_q is not None:
            assert self.spread_home is not None
            assert self.spread_away is not None
            spread = Spread(
                Line(self.spread_line_q), Odds(self.spread_home), Odds(self.spread_away)
            )
        if self.total_line_q is not None:
            assert self.total_over is not None
            assert self.total_under is not None
            total = Total(Line(self.total_line_q), Odds(self.total_over), Odds(self.total_under))
        return Prices(moneyline, spread, total)

"""What users allow themselves: a daily stake, a time without bets.

Tightened at once, loosened a day after they asked. Looked at when a bet is placed, never when a
payout is claimed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Now

from accounts.models import User
from betting import errors
from betting.models import Order, PersonalLimits

LOOSENED_AFTER = timedelta(hours=24)
DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Limits:
    """A user's own limits. None: none."""

    daily_stake: int | None = None
    excluded_until: datetime | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds now, and what will replace it when."""

    present: Limits
    coming: Limits
    coming_at: datetime | None


def standing(*, user: User, now: datetime) -> Standing:
    """Return a user's limits as they stand at `now`."""
    row = PersonalLimits.objects.filter(user=user).first()
    return _standing(row, now=now)


@transaction.atomic
def set_limits(*, user: User, wanted: Limits, now: datetime) -> Standing:
    """Have `wanted` hold: at once where it is tighter, in 24 hours where it is looser.

    A wish for less strictness that is already waiting starts its day anew only if it changes.
    """
    # Held until commit: of two wishes at once the second sees the first.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    row = PersonalLimits.objects.filter(user=user).first()
    before = _standing(row, now=now)
    tight = _tighter(before.present, wanted)
    coming_at = None
    if tight != wanted:
        same_wish = before.coming_at is not None and before.coming == wanted
        coming_at = before.coming_at if same_wish else now + LOOSENED_AFTER
    coming = wanted if coming_at else tight
    PersonalLimits.objects.update_or_create(
        user=user,
        defaults={
            "daily_stake": tight.daily_stake,
            "excluded_until": tight.excluded_until,
            "next_daily_stake": coming.daily_stake,
            "next_excluded_until": coming.excluded_until,
            "next_at": coming_at,
        },
    )
    return Standing(present=tight, coming=coming, coming_at=coming_at)


def staked_today(*, user: User) -> int:
    """Return what a user staked within the last 24 hours, by the database's clock."""
    recent = Order.objects.filter(user=user, placed_at__gt=Now() - DAY)
    return int(recent.aggregate(total=Sum("stake"))["total"] or 0)


def refuse_beyond(*, user: User, stake: int, now: datetime) -> None:
    """Refuse a stake that the user's own limits do not allow.

    Call it once the user's balance is debited: that makes a user's bets wait for each other, so
    that two at once cannot both fit under the limit.

    Raises:
        SelfExcluded: the user wished not to bet; `details` says until when.
        DailyLimitReached: with this stake it would be more than they allow themselves a day.
    """
    limits = standing(user=user, now=now).present
    if limits.excluded_until is not None and limits.excluded_until > now:
        raise errors.SelfExcluded(until=int(limits.excluded_until.timestamp() * 1000))
    if limits.daily_stake is None:
        return
    left = max(0, limits.daily_stake - staked_today(user=user))
    if stake > left:
        raise errors.DailyLimitReached(dailyStake=str(limits.daily_stake), maxStake=str(left))


def _standing(row: PersonalLimits | None, *, now: datetime) -> Standing:
    if row is None:
        return Standing(NO_LIMITS, NO_LIMITS, None)
    present = Limits(row.daily_stake, row.excluded_until)
    coming = Limits(row.next_daily_stake, row.next_excluded_until)
    if row.next_at is not None and row.next_at <= now:
        return Standing(coming, coming, None)
    return Standing(present, coming if row.next_at else present, row.next_at)


def _tighter(one: Limits, other: Limits) -> Limits:
    """Return the stricter of each of two limits."""
    stakes = [limit for limit in (one.daily_stake, other.daily_stake) if limit is not None]
    ends = [end for end in (one.excluded_until, other.excluded_until) if end is not None]
    return Limits(min(stakes, default=None), max(ends, default=None))

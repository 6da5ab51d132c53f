"""Bets and balances: everything that takes or gives a user's money, except results."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from betting import errors, ledger, liability, personal_limits, placing, selectors, signals
from betting.models import LedgerEntry, Order
from betting.selectors import Terms
from markets import limits as market_limits
from markets.errors import MarketNotOpen
from markets.locks import share_market
from markets.models import Market
from markets.odds import Odds

FAUCET_REASON = "demo faucet"
FAUCET_EVERY = timedelta(hours=24)
FAUCET_TOKENS = 1000
# How long a front end may show a quote before it asks again. Nothing is reserved meanwhile.
QUOTE_FOR = timedelta(seconds=10)


class AcceptOdds(StrEnum):
    """Which other odds than the ones they saw a user takes."""

    NONE = "none"
    BETTER = "better"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Quote:
    """What a bet would be placed at now, and how large it may be."""

    odds: Odds
    seq: int
    stake_max: int
    expires_at: datetime


@transaction.atomic
def place_order(
    *,
    user: User,
    market_id: int,
    option: int,
    stake: int,
    seen_odds: Odds,
    now: datetime,
    accept_odds: AcceptOdds = AcceptOdds.NONE,
    least_odds: Odds | None = None,
    client_ref: str = "",
) -> Order:
    """Take a bet of `stake` (smallest unit) at the present odds.

    Raises:
        NoSuchMarket: no market has this id, or it is still a draft.
        NotABook: the market is a pool.
        MarketNotOpen: betting is suspended or over, by the database's clock.
        OptionNotPriced: the option has no price now.
        OptionSuspended: the option takes no bets now.
        OddsChanged: the odds are no longer `seen_odds`, or below `least_odds`.
        StakeTooSmall, StakeTooLarge, MarketStakeReached, LiabilityReached: outside the house's
            limits; `details` says what would have been taken.
        SelfExcluded, DailyLimitReached: outside the user's own limits.
        InsufficientBalance: the user cannot pay `stake`.
    """
    assert stake > 0, stake
    # Held until commit: no odds change and no settlement can slip between the checks below and
    # the insert.
    share_market(market_id)
    terms = selectors.terms(market_id=market_id, option=option)
    odds = _open_odds(terms)
    _refuse_other_odds(terms, odds=odds, seen=seen_odds, accept=accept_odds, least=least_odds)
    _refuse_stake(terms, stake=stake)

    # From here on this user's bets wait for each other, so that two at once can't both fit.
    has_limits = ledger.take(user_id=user.pk, amount=stake)
    if has_limits:
        personal_limits.refuse_beyond(user=user, stake=stake, now=now)
    _refuse_more_in_market(terms, user=user, stake=stake)

    order = placing.insert(
        user=user,
        market_id=market_id,
        option=option,
        stake=stake,
        odds_hundredths=odds.hundredths,
        line_q=terms.line_q,
        three_way=terms.three_way,
        odds_seq=terms.seq,
        # When the terms held. It may have waited for other bets of this user since.
        placed_at=terms.at,
        client_ref=client_ref,
    )
    if terms.liability_cap is not None:
        liability.take_on(order, cap=terms.liability_cap)
    transaction.on_commit(partial(signals.order_placed.send_robust, sender=Order, order=order))
    return order


def quote(*, user: User, market_id: int, option: int, now: datetime) -> Quote:
    """Return what a bet would be placed at now. Nothing is placed, locked or promised.

    Raises:
        NoSuchMarket, NotABook, MarketNotOpen, OptionNotPriced, OptionSuspended: as place_order.
        SelfExcluded: the user wished not to bet.
    """
    terms = selectors.terms(market_id=market_id, option=option)
    odds = _open_odds(terms)
    bounds = [terms.stake_max]
    own = personal_limits.standing(user=user, now=now).present
    if own.excluded_until is not None and own.excluded_until > now:
        raise errors.SelfExcluded(until=int(own.excluded_until.timestamp() * 1000))
    if own.daily_stake is not None:
        bounds.append(own.daily_stake - personal_limits.staked_today(user=user))
    if terms.user_stake_max is not None:
        staked = selectors.staked_in_market(user=user, market_id=market_id)
        bounds.append(terms.user_stake_max - staked)
    if terms.liability_cap is not None:
        kind = (option, terms.line_q or 0, terms.three_way)
        cap = terms.liability_cap
        bounds.append(liability.room(market_id=market_id, kind=kind, odds=odds.hundredths, cap=cap))
    is_live = terms.start_time <= now
    expires_at = now + QUOTE_FOR if is_live else min(now + QUOTE_FOR, terms.start_time)
    return Quote(odds, terms.seq, max(0, min(bounds)), expires_at)


@transaction.atomic
def set_market_limits(
    *,
    market_id: int,
    limits: Mapping[str, int | None],
    actor: User,
    reason: str,
    option_stake_max: Mapping[int, int | None] | None = None,
) -> Market:
    """Set what a market takes: stake_min, stake_max, user_stake_max, liability_cap.

    An absent name stays, None lifts the limit. Bets already taken stand, whatever the new cap.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        NoSuchOption: the market does not offer an option that is named.
        LimitsContradict: the least stake would exceed the greatest.
    """
    market = market_limits.set_limits(
        market_id=market_id,
        limits=limits,
        option_stake_max=option_stake_max or {},
        actor=actor,
        reason=reason,
    )
    liability.forget(market_id)
    return market


@transaction.atomic
def credit(*, user: User, amount: int, actor: User | None, reason: str) -> int:
    """Deposit `amount` (smallest unit) for a user; return the balance after it.

    Raises:
        BalanceTooLarge: the balance would exceed 2^256 - 1.
    """
    assert reason, "a credit without a reason cannot be explained later"
    ledger.give(
        user_id=user.pk,
        amount=amount,
        by=ledger.Account.OUTSIDE,
        cause=ledger.Cause.DEPOSIT,
        reason=reason,
    )
    return _audited(user=user, action="balance.credit", amount=amount, actor=actor, reason=reason)


@transaction.atomic
def debit(*, user: User, amount: int, actor: User | None, reason: str) -> int:
    """Take `amount` (smallest unit) out of a user's balance; return the balance after it.

    Raises:
        InsufficientBalance: the user has less.
    """
    assert reason, "a debit without a reason cannot be explained later"
    ledger.take(user_id=user.pk, amount=amount)
    ledger.enter(
        debit=ledger.Account.USER,
        credit=ledger.Account.OUTSIDE,
        amount=amount,
        cause=ledger.Cause.DEPOSIT,
        user=user,
        reason=reason,
    )
    return _audited(user=user, action="balance.debit", amount=amount, actor=actor, reason=reason)


@transaction.atomic
def tap_faucet(*, user: User, now: datetime) -> int:
    """Give a demo user 1,000 tokens, once in 24 hours; return the balance after it.

    Raises:
        FaucetIsDry: the last time is less than 24 hours ago; `details` says when it gives again.
    """
    # Two taps at once: the second waits here and then finds the first one's entry.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    earlier = LedgerEntry.objects.filter(user=user, reason=FAUCET_REASON)
    last = earlier.filter(at__gt=Now() - FAUCET_EVERY).order_by("-at").first()
    if last is not None:
        raise errors.FaucetIsDry(retryIn=int((last.at + FAUCET_EVERY - now).total_seconds()))
    amount = FAUCET_TOKENS * 10**settings.TOKEN_DECIMALS
    return credit(user=user, amount=amount, actor=None, reason=FAUCET_REASON)


def _open_odds(terms: Terms) -> Odds:
    if terms.is_pool:
        raise errors.NotABook
    if not terms.is_open:
        raise MarketNotOpen(status=terms.status)
    if terms.odds is None:
        raise errors.OptionNotPriced
    if terms.is_option_suspended:
        raise errors.OptionSuspended
    return terms.odds


def _refuse_other_odds(
    terms: Terms, *, odds: Odds, seen: Odds, accept: AcceptOdds, least: Odds | None
) -> None:
    better = accept == AcceptOdds.BETTER and odds > seen
    taken = odds == seen or better or accept == AcceptOdds.ANY
    if not taken or (least is not None and odds < least):
        raise errors.OddsChanged(odds=odds.hundredths, oddsSeq=terms.seq)


def _refuse_stake(terms: Terms, *, stake: int) -> None:
    if stake < terms.stake_min:
        raise errors.StakeTooSmall(minStake=str(terms.stake_min))
    if stake > terms.stake_max:
        raise errors.StakeTooLarge(maxStake=str(terms.stake_max))


def _refuse_more_in_market(terms: Terms, *, user: User, stake: int) -> None:
    if terms.user_stake_max is None:
        return
    staked = selectors.staked_in_market(user=user, market_id=terms.market_id)
    left = max(0, terms.user_stake_max - staked)
    if stake > left:
        raise errors.MarketStakeReached(maxStake=str(left))


def _audited(*, user: User, action: str, amount: int, actor: User | None, reason: str) -> int:
    balance = ledger.available(user_id=user.pk)
    audit.record(
        actor=actor,
        action=action,
        target=user,
        reason=reason,
        after={"amount": str(amount), "balance": str(balance)},
    )
    return balance

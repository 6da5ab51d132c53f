"""Bets and balances: everything that takes or gives a user's money, except results."""

from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from accounts import audit
from accounts.models import User
from betting import errors, grading, ledger, selectors, signals
from betting.models import LedgerEntry, Order
from kmarket.fields import AMOUNT_MAX
from markets.errors import MarketNotOpen
from markets.locks import share_market
from markets.odds import Odds

FAUCET_REASON = "demo faucet"
FAUCET_EVERY = timedelta(hours=24)
FAUCET_TOKENS = 1000


class AcceptOdds(StrEnum):
    """Which other odds than the ones they saw a user takes."""

    NONE = "none"
    BETTER = "better"
    ANY = "any"


@transaction.atomic
def place_order(
    *,
    user: User,
    market_id: int,
    option: int,
    stake: int,
    seen_odds: Odds,
    accept_odds: AcceptOdds = AcceptOdds.NONE,
    client_ref: str = "",
) -> Order:
    """Take a bet of `stake` (smallest unit) at the present odds.

    Raises:
        NoSuchMarket: no market has this id, or it is still a draft.
        NotABook: the market is a pool.
        MarketNotOpen: betting is suspended or over, by the database's clock.
        OptionNotPriced: the option has no price now.
        OptionSuspended: the option takes no bets now.
        OddsChanged: the odds are no longer `seen_odds`; `details` carries the present ones.
        StakeTooSmall, StakeTooLarge, PayoutTooLarge: outside the limits, which `details` carry.
        InsufficientBalance: the user cannot pay `stake`.
    """
    assert stake > 0, stake
    # Held until commit: no odds change and no settlement can slip between the checks below and
    # the insert.
    share_market(market_id)
    terms = selectors.terms(market_id=market_id, option=option)
    _refuse_closed(terms)
    assert terms.odds is not None, "checked just now"
    _refuse_other_odds(terms, seen=seen_odds, accept=accept_odds)
    _refuse_stake(stake=stake, odds=terms.odds)

    order = Order.objects.create(
        user=user,
        market_id=market_id,
        option=option,
        stake=stake,
        odds_hundredths=terms.odds.hundredths,
        line_q=terms.line_q,
        three_way=terms.three_way,
        odds_seq=terms.seq,
        client_ref=client_ref,
    )
    ledger.pay_from_user(
        user_id=user.pk,
        amount=stake,
        to=ledger.Account.ESCROW,
        cause=ledger.Cause.ORDER,
        market_id=market_id,
        order=order,
    )
    transaction.on_commit(partial(signals.order_placed.send_robust, sender=Order, order=order))
    return order


@transaction.atomic
def credit(*, user: User, amount: int, actor: User | None, reason: str) -> int:
    """Deposit `amount` (smallest unit) for a user; return the balance after it.

    Raises:
        BalanceTooLarge: the balance would exceed 2^256 - 1.
    """
    assert reason, "a credit without a reason cannot be explained later"
    ledger.pay_to_user(
        user_id=user.pk,
        amount=amount,
        by=ledger.Account.OUTSIDE,
        cause=ledger.Cause.DEPOSIT,
        reason=reason,
    )
    balance = ledger.available(user_id=user.pk)
    audit.record(
        actor=actor,
        action="balance.credit",
        target=user,
        reason=reason,
        before={"balance": str(balance - amount)},
        after={"balance": str(balance)},
    )
    return balance


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


def _refuse_closed(terms: selectors.Terms) -> None:
    if terms.is_pool:
        raise errors.NotABook
    if not terms.is_open:
        raise MarketNotOpen(status=terms.status)
    if terms.odds is None:
        raise errors.OptionNotPriced
    if terms.is_option_suspended:
        raise errors.OptionSuspended


def _refuse_other_odds(terms: selectors.Terms, *, seen: Odds, accept: AcceptOdds) -> None:
    assert terms.odds is not None, terms
    better = accept == AcceptOdds.BETTER and terms.odds > seen
    if terms.odds != seen and not better and accept != AcceptOdds.ANY:
        raise errors.OddsChanged(odds=terms.odds.hundredths, oddsSeq=terms.seq)


def _refuse_stake(*, stake: int, odds: Odds) -> None:
    if stake < settings.STAKE_MIN:
        raise errors.StakeTooSmall(minStake=str(settings.STAKE_MIN))
    if settings.STAKE_MAX and stake > settings.STAKE_MAX:
        raise errors.StakeTooLarge(maxStake=str(settings.STAKE_MAX))
    win = grading.payout(stake=stake, odds=odds.hundredths, result=grading.Result.WIN)
    if win > AMOUNT_MAX:
        raise errors.PayoutTooLarge(maxStake=str(AMOUNT_MAX * 100 // odds.hundredths))

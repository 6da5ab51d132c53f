"""Results: from a score to graded orders and moved money, in a constant number of statements."""

from dataclasses import dataclass
from functools import partial

from django.db import transaction

from accounts.models import User
from betting import errors, grades, grading, ledger, signals
from betting.grades import Scope, Totals, Which
from betting.grading import Outcome
from betting.models import LedgerEntry, Settlement
from markets import selectors as market_selectors
from markets import services as market_services
from markets.lifecycle import Event, MarketStatus
from markets.locks import lock_for_result
from markets.models import Market, Option

Account, Cause = ledger.Account, ledger.Cause


@dataclass(frozen=True, slots=True)
class Result:
    """What somebody says came out: a winner, the score, or both."""

    winning_option: int | None = None
    scores: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        assert self.winning_option is not None or self.scores is not None, "a result says something"


@transaction.atomic
def settle_market(
    *, market_id: int, result: Result, actor: User | None, reason: str = ""
) -> tuple[Settlement, bool]:
    """Give a market its result and grade its orders; return the settlement and whether it is new.

    Scores alone are enough. The same result again changes nothing. A market that still takes bets
    is closed first.

    Raises:
        NoSuchMarket: no market has this id.
        ChainDecides: it is a pool.
        ContradictoryResult: the winner is not what the scores say.
        NoSuchOption: the winner cannot win in this market.
        ScoresRequired: there are spread or total orders, and no scores.
        AlreadySettled: the market has another result.
        IllegalTransition: the market is a draft or cancelled.
    """
    market = lock_for_result(market_id)
    outcome = outcome_of(market, result)
    if (stands := standing(market, outcome)) is not None:
        return stands, False

    scope = Scope(market_id, Which.WAITING)
    bets = graded_bets(scope, outcome)
    if takes_bets(market):
        market_services.move(market, event=Event.CLOSE, actor=actor, reason="settlement")
    show(market, outcome)
    market_services.move(market, event=Event.SETTLE, actor=actor, reason=reason)
    totals = grades.apply(scope, bets, version=next_version(market))
    settlement = record(
        market, kind=Settlement.Kind.SETTLE, totals=totals, actor=actor, reason=reason
    )
    _empty_escrow(settlement)
    return settlement, True


def standing(market: Market, outcome: Outcome) -> Settlement | None:
    """Return the settlement that says so already, None where the market waits for its result.

    Raises:
        AlreadySettled: the market has another result.
        IllegalTransition: the market is a draft or cancelled.
    """
    if market.status == MarketStatus.SETTLED:
        settlement = latest(market)
        if not is_same(settlement, market, outcome):
            raise errors.AlreadySettled(
                winningOption=settlement.winning_option,
                scores=[settlement.home_score, settlement.away_score],
            )
        return settlement
    if not takes_bets(market):
        market_selectors.following(market, Event.SETTLE)
    return None


def takes_bets(market: Market) -> bool:
    """Tell whether a market is to be closed before it is settled."""
    return market.status in {MarketStatus.ACTIVE, MarketStatus.SUSPENDED}


def outcome_of(market: Market, result: Result) -> Outcome:
    """Return how the match ended.

    Raises:
        ContradictoryResult, NoSuchOption: as settle_market.
    """
    winner, scores = result.winning_option, result.scores
    offered = set(market.options.values_list("number", flat=True))
    # A market that was never priced can still be won by either side.
    if winner not in {None, grading.HOME, grading.AWAY, *offered & grading.MONEYLINE}:
        raise errors.NoSuchOption(winningOption=winner)
    if scores is None:
        assert winner is not None, "a result says something"
        return Outcome(winner)
    outcome = Outcome.of_scores(*scores)
    if winner not in {None, outcome.winner}:
        raise errors.ContradictoryResult(
            winningOption=winner, scores=list(scores), winner=outcome.winner
        )
    return outcome


def graded_bets(scope: Scope, outcome: Outcome | None) -> list[grades.Graded]:
    """Return the kinds of bets in the scope with their results; without an outcome, void.

    Raises:
        ScoresRequired: some can only be graded by the score, and there is none.
    """
    bets = grades.kinds(scope)
    if outcome is not None and outcome.home is None and grades.need_scores(bets):
        raise errors.ScoresRequired(marketId=scope.market_id)
    return grades.graded(bets, outcome)


def show(market: Market, outcome: Outcome | None) -> None:
    """Put the result on the market, to be saved with its next move. None: there is none."""
    market.home_score = outcome.home if outcome else None
    market.away_score = outcome.away if outcome else None
    market.winning_option = _shown_winner(market, outcome)


def is_same(settlement: Settlement, market: Market, outcome: Outcome | None) -> bool:
    """Tell whether a settlement said what `outcome` says."""
    said = (settlement.winning_option, settlement.home_score, settlement.away_score)
    says = (_shown_winner(market, outcome), outcome and outcome.home, outcome and outcome.away)
    return said == says and (outcome is None) == settlement.is_void


def latest(market: Market) -> Settlement:
    """Return the last decision about a market's result."""
    decisions = market.settlements.exclude(kind=Settlement.Kind.VOID_ORDERS)
    settlement = decisions.order_by("-version").first()
    assert settlement is not None, market
    return settlement


def next_version(market: Market) -> int:
    """Return the number of the next decision about this market's orders."""
    return market.settlements.count() + 1


def record(
    market: Market,
    *,
    kind: Settlement.Kind,
    totals: Totals,
    actor: User | None,
    reason: str,
    is_void: bool = False,
) -> Settlement:
    """Store a decision, and announce it after the commit."""
    settlement = Settlement.objects.create(
        market=market,
        version=next_version(market),
        kind=kind,
        is_void=is_void,
        winning_option=market.winning_option,
        home_score=market.home_score,
        away_score=market.away_score,
        order_count=totals.orders,
        staked=totals.staked,
        paid_out=totals.paid_out,
        settled_by=actor,
        reason=reason,
    )
    transaction.on_commit(
        partial(
            signals.market_settled.send_robust,
            sender=Market,
            market=market,
            settlement=settlement,
        )
    )
    return settlement


def transfer(
    settlement: Settlement,
    *,
    debit: LedgerEntry.Account,
    credit: LedgerEntry.Account,
    amount: int,
) -> None:
    """Enter money that a decision moves between two accounts of the house and the market."""
    market_side = {debit, credit} & {Account.ESCROW, Account.CLAIMS}
    ledger.enter(
        debit=debit,
        credit=credit,
        amount=amount,
        cause=Cause.SETTLEMENT,
        settlement=settlement,
        market=settlement.market if market_side else None,
    )


def _shown_winner(market: Market, outcome: Outcome | None) -> int | None:
    """Return the winning option; None for a void, or a tie where no draw was offered."""
    if outcome is None:
        return None
    if outcome.winner != grading.DRAW:
        return outcome.winner
    draw = market.options.filter(number=Option.Number.DRAW)
    return grading.DRAW if draw.exists() else None


def _empty_escrow(settlement: Settlement) -> None:
    """Move what is owed to claims; the rest is the house's, or comes from it."""
    profit = settlement.staked - settlement.paid_out
    house, escrow = Account.HOUSE, Account.ESCROW
    transfer(settlement, debit=house, credit=escrow, amount=max(-profit, 0))
    transfer(settlement, debit=escrow, credit=Account.CLAIMS, amount=settlement.paid_out)
    transfer(settlement, debit=escrow, credit=house, amount=max(profit, 0))

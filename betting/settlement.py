"""Results: from a score to graded orders and moved money, in a constant number of statements."""

from dataclasses import dataclass
from functools import partial

from django.db import connection, transaction

from accounts.models import User
from betting import errors, grading, ledger, signals
from betting.grading import Outcome
from betting.models import Settlement
from markets import services as market_services
from markets.lifecycle import Event, MarketStatus
from markets.locks import lock_market
from markets.models import Market, Option

# One statement for however many orders: each kind of bet (option, line, ways) was graded before,
# and joins as a row of numbers. div() rounds down; a cast of "/" would round up half the time.
_GRADE = """
WITH graded AS (
    UPDATE betting_order SET
        state = 'settled',
        settlement_version = %(version)s,
        result = terms.result,
        payout = div(stake * (terms.by_odds * odds_hundredths + terms.flat), 200)
    FROM unnest(
        %(options)s::int[], %(lines)s::int[], %(ways)s::bool[],
        %(results)s::text[], %(by_odds)s::int[], %(flats)s::int[]
    ) AS terms (option, line_q, three_way, result, by_odds, flat)
    WHERE market_id = %(market_id)s
        AND state = 'accepted'
        AND betting_order.option = terms.option
        AND coalesce(betting_order.line_q, 0) = terms.line_q
        AND betting_order.three_way = terms.three_way
    RETURNING stake, payout
)
SELECT count(*), coalesce(sum(stake), 0), coalesce(sum(payout), 0) FROM graded
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """What decides how a bet ends, whatever its price and stake; and how many such bets wait."""

    option: int
    line_q: int | None
    three_way: bool
    orders: int
    staked: int


@transaction.atomic
def settle_market(
    *,
    market_id: int,
    actor: User | None,
    reason: str = "",
    winning_option: int | None = None,
    scores: tuple[int, int] | None = None,
) -> tuple[Settlement, bool]:
    """Give a market its result and grade its orders; return the settlement and whether it is new.

    Scores alone are enough. The same result again changes nothing. A market that still takes bets
    is closed first.

    Raises:
        NoSuchMarket: no market has this id.
        ContradictoryResult: `winning_option` is not what the scores say.
        NoSuchOption: `winning_option` cannot win in this market.
        ScoresRequired: there are spread or total orders, and no scores.
        AlreadySettled: the market has another result.
        IllegalTransition: the market is a draft or cancelled.
    """
    market = lock_market(market_id)
    outcome = _outcome(market, winning_option=winning_option, scores=scores)
    if market.status == MarketStatus.SETTLED:
        return _same_again(market, outcome), False

    if market.status in {MarketStatus.ACTIVE, MarketStatus.SUSPENDED}:
        market_services.move(market, event=Event.CLOSE, actor=actor, reason="settlement")
    market.home_score, market.away_score = outcome.home, outcome.away
    market.winning_option = _shown_winner(market, outcome)
    market_services.move(market, event=Event.SETTLE, actor=actor, reason=reason)

    settlement = _grade_orders(market, outcome=outcome, actor=actor, reason=reason)
    _move_money(settlement)
    transaction.on_commit(
        partial(
            signals.market_settled.send_robust,
            sender=Market,
            market=market,
            settlement=settlement,
        )
    )
    return settlement, True


def waiting(market_id: int) -> list[Kind]:
    """Return the kinds of bets that wait for this market's result. One query, one pass."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT option, line_q, three_way, count(*), sum(stake) FROM betting_order"
            " WHERE market_id = %s AND state = 'accepted' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            [market_id],
        )
        return [
            Kind(option, line_q, three_way, orders, int(staked))
            for option, line_q, three_way, orders, staked in cursor.fetchall()
        ]


def _outcome(
    market: Market, *, winning_option: int | None, scores: tuple[int, int] | None
) -> Outcome:
    offered = set(market.options.values_list("number", flat=True))
    # A market that was never priced can still be won by either side.
    if winning_option not in {None, grading.HOME, grading.AWAY, *offered & grading.MONEYLINE}:
        raise errors.NoSuchOption(winningOption=winning_option)
    if scores is None:
        assert winning_option is not None, "a settlement needs a winner or the scores"
        return Outcome(winning_option)
    outcome = Outcome.of_scores(*scores)
    if winning_option not in {None, outcome.winner}:
        raise errors.ContradictoryResult(
            winningOption=winning_option, scores=list(scores), winner=outcome.winner
        )
    return outcome


def _shown_winner(market: Market, outcome: Outcome) -> int | None:
    """Return the winning option, None for a tie where no draw was offered."""
    if outcome.winner != grading.DRAW:
        return outcome.winner
    draw = market.options.filter(number=Option.Number.DRAW)
    return grading.DRAW if draw.exists() else None


def _same_again(market: Market, outcome: Outcome) -> Settlement:
    settlement = market.settlements.order_by("-version").first()
    assert settlement is not None, market
    settled = (settlement.winning_option, settlement.home_score, settlement.away_score)
    if settled != (_shown_winner(market, outcome), outcome.home, outcome.away):
        raise errors.AlreadySettled(
            winningOption=settlement.winning_option,
            scores=[settlement.home_score, settlement.away_score],
        )
    return settlement


def _grade_orders(
    market: Market, *, outcome: Outcome, actor: User | None, reason: str
) -> Settlement:
    kinds = waiting(market.pk)
    if outcome.home is None and any(kind.option not in grading.MONEYLINE for kind in kinds):
        raise errors.ScoresRequired(marketId=market.pk)
    results = [
        grading.grade(
            option=kind.option, line_q=kind.line_q, three_way=kind.three_way, outcome=outcome
        )
        for kind in kinds
    ]
    version = market.settlements.count() + 1
    with connection.cursor() as cursor:
        cursor.execute(
            _GRADE,
            {
                "version": version,
                "market_id": market.pk,
                "options": [kind.option for kind in kinds],
                "lines": [kind.line_q or 0 for kind in kinds],
                "ways": [kind.three_way for kind in kinds],
                "results": [result.value for result in results],
                "by_odds": [grading.PAYS[result][0] for result in results],
                "flats": [grading.PAYS[result][1] for result in results],
            },
        )
        count, staked, paid_out = cursor.fetchone()
    assert count == sum(kind.orders for kind in kinds), "an order escaped its grade"
    return Settlement.objects.create(
        market=market,
        version=version,
        winning_option=market.winning_option,
        home_score=outcome.home,
        away_score=outcome.away,
        order_count=count,
        staked=int(staked),
        paid_out=int(paid_out),
        settled_by=actor,
        reason=reason,
    )


def _move_money(settlement: Settlement) -> None:
    """Empty the market's escrow: what is owed goes to claims, the rest is the house's."""
    about = {"market": settlement.market, "settlement": settlement}
    account, cause = ledger.Account, ledger.Cause.SETTLEMENT
    profit = settlement.staked - settlement.paid_out
    if profit < 0:
        ledger.transfer(
            debit=account.HOUSE, credit=account.ESCROW, amount=-profit, cause=cause, **about
        )
    ledger.transfer(
        debit=account.ESCROW,
        credit=account.CLAIMS,
        amount=settlement.paid_out,
        cause=cause,
        **about,
    )
    ledger.transfer(
        debit=account.ESCROW,
        credit=account.HOUSE,
        amount=max(profit, 0),
        cause=cause,
        **about,
    )

"""Why an order pays what it pays, number by number."""

from typing import Any

from betting import errors, grading
from betting.grading import Outcome, Result
from betting.models import Order, Settlement


def explain(order: Order) -> dict[str, Any]:
    """Return every number between the score and the payout. Lines and margins in quarter points.

    Raises:
        NotSettled: the order has no result yet.
    """
    if order.result is None or order.payout is None:
        raise errors.NotSettled(orderId=order.pk)
    decision = Settlement.objects.get(market_id=order.market_id, version=order.settlement_version)
    result = Result(order.result)
    by_odds, flat = grading.PAYS[result]
    return {
        "orderId": order.pk,
        "marketId": order.market_id,
        "option": order.option,
        "homeScore": decision.home_score,
        "awayScore": decision.away_score,
        "winningOption": decision.winning_option,
        "lineQuarters": order.line_q,
        "marginQuarters": _margin(order, decision),
        "threeWay": order.three_way,
        "result": result,
        "amount": str(order.stake),
        "odds": order.odds_hundredths,
        "numerator": by_odds * order.odds_hundredths + flat,
        "denominator": grading.DENOMINATOR,
        "payout": str(order.payout),
        "oddsSeq": order.odds_seq,
        "settlementVersion": order.settlement_version,
        "decision": decision.kind,
    }


def _margin(order: Order, decision: Settlement) -> int | None:
    if order.line_q is None or decision.home_score is None or decision.away_score is None:
        return None
    outcome = Outcome.of_scores(decision.home_score, decision.away_score)
    return grading.margin(option=order.option, line_q=order.line_q, outcome=outcome)

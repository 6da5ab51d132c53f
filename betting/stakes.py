"""What was staked in one market, summed up by what decides a bet: option, line and ways."""

from dataclasses import dataclass

from django.db import connection

from betting.exposure import Kind, Pays

# One pass over the market's orders, however many kinds there are. div() rounds down, as grading
# does; sums over no rows are null.
_TAKEN = """
SELECT option, coalesce(line_q, 0), three_way, count(*), sum(stake), coalesce(sum(payout), 0),
    coalesce(sum(stake) FILTER (WHERE state = 'accepted'), 0),
    coalesce(sum(div(stake * 2 * odds_hundredths, 200)) FILTER (WHERE state = 'accepted'), 0),
    coalesce(sum(div(stake * (odds_hundredths + 100), 200)) FILTER (WHERE state = 'accepted'), 0),
    coalesce(sum(stake) FILTER (WHERE state = 'accepted'), 0),
    coalesce(sum(div(stake * 100, 200)) FILTER (WHERE state = 'accepted'), 0)
FROM betting_order WHERE market_id = %s GROUP BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """The bets of one kind: all of them, and what those without a result yet would pay."""

    orders: int
    staked: int
    paid: int
    undecided: Pays


def taken(market_id: int) -> dict[Kind, Taken]:
    """Return what was staked in a market by kind of bet. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, [market_id])
        return {
            (option, line_q, three_way): Taken(
                orders, int(staked), int(paid), Pays(*map(int, sums))
            )
            for option, line_q, three_way, orders, staked, paid, *sums in cursor.fetchall()
        }

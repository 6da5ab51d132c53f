"""Tells of what the chain did: to those who follow a market, and to the users concerned.

Listens to `trading.signals`, as `publisher` does to the others, and publishes by way of it.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings

from oddsfeed import events, line, publisher, rooms, telling
from trading import selectors, signals
from trading.api import news
from trading.api.write_serializers import submission_answer
from trading.models import Liquidity, Proposal, Trade
from trading.signals import BalanceChange, PositionChange, TakenBack
from trading.submission import Submission

BOUGHT, SOLD = "trade:shares_bought", "trade:shares_sold"
ADDED, REMOVED = "liquidity:added", "liquidity:removed"
PROPOSED = "market:result_proposed"
# Of a reorganisation, by what it undid. The rest shows in prices, states and positions.
TAKEN_BACK = {
    "buy": "trade:taken_back",
    "sell": "trade:taken_back",
    "add": "liquidity:taken_back",
    "remove": "liquidity:taken_back",
}


def tell_trades(trades: Collection[Trade], **_: Any) -> None:
    """Tell of trades, each to those who follow its market."""
    finals = selectors.finals()
    publisher.publish(
        _of_market(
            row.pool.market_id,
            BOUGHT if row.side == Trade.Side.BUY else SOLD,
            news.traded(row, finals),
        )
        for row in trades
    )


def tell_liquidity(changes: Collection[Liquidity], **_: Any) -> None:
    """Tell of liquidity given and taken back, likewise."""
    finals = selectors.finals()
    publisher.publish(
        _of_market(
            row.pool.market_id,
            ADDED if row.kind == Liquidity.Kind.ADD else REMOVED,
            news.changed(row, finals),
        )
        for row in changes
    )


def tell_proposals(proposals: Collection[Proposal], **_: Any) -> None:
    """Tell of proposed results, likewise."""
    finals = selectors.finals()
    publisher.publish(
        _of_market(row.pool.market_id, PROPOSED, news.proposed(row, finals)) for row in proposals
    )


def tell_taken_back(undone: Iterable[TakenBack], **_: Any) -> None:
    """Tell what never happened, so that nobody shows it."""
    now = publisher.now_ms()
    publisher.publish(
        _of_market(one.market_id, TAKEN_BACK[one.kind], {**news.taken_back(one), "ts": now})
        for one in undone
        if one.kind in TAKEN_BACK
    )


def tell_positions(changes: Collection[PositionChange], **_: Any) -> None:
    """Hint at positions that are others now; who has a listener reads them."""
    users = telling.users(change.address for change in changes)
    publisher.publish(
        (line.of_user(users[change.address]), rooms.POSITION + str(change.market_id).encode())
        for change in changes
        if change.address in users
    )


def tell_balances(changes: Collection[BalanceChange], **_: Any) -> None:
    """Tell users of collateral that moved on the chain."""
    users = telling.users(change.address for change in changes)
    finals, now = selectors.finals(), publisher.now_ms()
    publisher.publish(
        telling.of_user(
            users[change.address],
            events.BALANCE,
            {
                "source": "chain",
                **news.moved(
                    change, finality=finals.of(settings.CHAIN_CONTRACT, change.block_number)
                ),
                "ts": now,
            },
        )
        for change in changes
        if change.address in users
    )


def tell_transaction(submission: Submission, **_: Any) -> None:
    """Tell users what has become of a transaction that they handed in."""
    final = selectors.finals().blocks.get(submission.contract)
    members = {**submission_answer(submission, final=final), "ts": publisher.now_ms()}
    publisher.publish([telling.of_user(submission.user_id, events.TRANSACTION, members)])


def _of_market(market_id: int, kind: str, members: dict[str, Any]) -> telling.Message:
    return market_id, line.packed(line.NO_SEQ, events.frame(kind, **members))


LISTENERS: telling.Listeners = (
    (signals.traded, tell_trades),
    (signals.liquidity_changed, tell_liquidity),
    (signals.result_proposed, tell_proposals),
    (signals.taken_back, tell_taken_back),
    (signals.positions_changed, tell_positions),
    (signals.balances_changed, tell_balances),
    (signals.transaction_changed, tell_transaction),
)

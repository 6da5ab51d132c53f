"""The JSON of odds: one form everywhere, in REST answers, on sockets, in caches and in history.

Prices are JSON numbers with at most two decimals; `odds_a` and `odds_b` are the home and away
moneyline in hundredths, kept for old clients. `ts` is in milliseconds. A pool has `outcomes` beside
these, each with its price in 10^18ths as text and its odds in hundredths; two outcomes are its
moneyline too.
"""

from collections.abc import Sequence
from typing import Any

from kmarket.api_fields import epoch_ms
from markets import outcomes
from markets.models import Market, OddsUpdate
from markets.odds import Group, Moneyline, Prices, odds_of


def payload(update: OddsUpdate) -> dict[str, Any]:
    """Return the whole state that an update stands for: prices, status and start."""
    if update.is_pool:
        state = _pool_state(update.market, update.outcome_prices, update.status)
    else:
        state = _state(update.market_id, update.prices, update.status)
    body = {
        **state,
        "start_time": epoch_ms(update.start_time),
        "source": update.source,
    }
    if update.reason:
        body["reason"] = update.reason
    return body


def unpriced_payload(market: Market) -> dict[str, Any]:
    """Return the state of a market that never had an update: seq 0, nothing but nulls."""
    state = _state(market.pk, Prices(), market.status)
    if market.is_pool:
        state = _pool_state(market, None, market.status)
    return {
        **state,
        "start_time": epoch_ms(market.start_time),
        "source": "amm" if market.is_pool else "admin",
    }


def update_message(update: OddsUpdate) -> dict[str, Any]:
    """Return {"type": "odds_update", "marketId", "payload", "seq", "ts"}."""
    return {
        "type": "odds_update",
        "marketId": update.market_id,
        "payload": payload(update),
        "seq": update.seq,
        "ts": epoch_ms(update.at),
    }


def snapshot_message(market: Market, update: OddsUpdate | None, *, epoch: str) -> dict[str, Any]:
    """Return {"type": "snapshot", "marketId", "seq", "ts", "epoch", "payload"} at the true seq.

    `update` is the market's latest, None before the first.
    """
    return {
        "type": "snapshot",
        "marketId": market.pk,
        "seq": update.seq if update else 0,
        "ts": epoch_ms(update.at if update else market.created_at),
        "epoch": epoch,
        "payload": payload(update) if update else unpriced_payload(market),
    }


def moneyline(prices: Prices) -> dict[str, float] | None:
    """Return {"home": 1.85, "away": 2.1[, "draw": …]}."""
    return _numbers(prices.moneyline)


def outcomes_of(market: Market, prices: Sequence[int] | None) -> list[dict[str, Any]]:
    """Return [{"option", "label", "price", "odds"}] of a pool; nulls while it has no prices."""
    assert market.labels is not None, market
    each = [None] * len(market.labels) if prices is None else prices
    return [
        _outcome(option, label, price)
        for option, (label, price) in enumerate(zip(market.labels, each, strict=True), start=1)
    ]


def _outcome(option: int, label: str, price: int | None) -> dict[str, Any]:
    return {
        "option": option,
        "label": label,
        "price": None if price is None else str(price),
        "odds": None if price is None else outcomes.odds_of(price).hundredths,
    }


def _pool_state(market: Market, prices: Sequence[int] | None, status: str) -> dict[str, Any]:
    winner = None if prices is None else outcomes.moneyline(prices)
    state = _state(market.pk, Prices(winner), status)
    return state | {"outcomes": outcomes_of(market, prices)}


def _state(market_id: int, prices: Prices, status: str) -> dict[str, Any]:
    winner = prices.moneyline
    return {
        "market_id": market_id,
        "moneyline": _numbers(winner),
        "spread": _numbers(prices.spread),
        "total": _numbers(prices.total),
        "odds_a": winner.home.hundredths if winner else None,
        "odds_b": winner.away.hundredths if winner else None,
        "status": status,
    }


def _numbers(group: Group | None) -> dict[str, float] | None:
    if group is None:
        return None
    sides = {side: odds.number for side, odds in odds_of(group).items()}
    return sides if isinstance(group, Moneyline) else {"line": group.line.number, **sides}

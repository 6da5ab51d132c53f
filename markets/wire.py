"""The JSON of odds: one form everywhere, in REST answers, on sockets, in caches and in history.

Prices are JSON numbers with at most two decimals; `odds_a` and `odds_b` are the home and away
moneyline in hundredths, kept for old clients. `ts` is in milliseconds.
"""

from typing import Any

from kmarket.api_fields import epoch_ms
from markets.models import Market, OddsUpdate
from markets.odds import Group, Moneyline, Prices, odds_of


def payload(update: OddsUpdate) -> dict[str, Any]:
    """Return the whole state that an update stands for: prices, status and start."""
    body = {
        **_state(update.market_id, update.prices, update.status),
        "start_time": epoch_ms(update.start_time),
        "source": update.source,
    }
    if update.reason:
        body["reason"] = update.reason
    return body


def unpriced_payload(market: Market) -> dict[str, Any]:
    """Return the state of a market that never had an update: seq 0, nothing but nulls."""
    return {
        **_state(market.pk, Prices(), market.status),
        "start_time": epoch_ms(market.start_time),
        "source": "admin",
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

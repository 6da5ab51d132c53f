"""Paths under /api/v1/."""

from django.urls import path

import kmarket.converters  # noqa: F401  (makes <id:…> known)
import trading.errors  # noqa: F401  (what may be refused is known from the start)
from trading.api.gate import on_chain

urlpatterns = [
    path("positions", on_chain("trading.api.reading.Positions")),
    path("positions/<id:market_id>", on_chain("trading.api.reading.OnePosition")),
    path("trades", on_chain("trading.api.reading.Trades")),
    path("liquidity", on_chain("trading.api.reading.Provided")),
    path("liquidity/history", on_chain("trading.api.reading.LiquidityChanges")),
    path("claims", on_chain("trading.api.reading.Claims")),
    path("users/<str:address>/stats", on_chain("trading.api.reading.Stats")),
    path("markets/<id:market_id>/pool", on_chain("trading.api.reading.OnePool")),
    path("markets/<id:market_id>/trades", on_chain("trading.api.reading.MarketTrades")),
    path("markets/<id:market_id>/prices", on_chain("trading.api.reading.MarketPrices")),
    path("trades/quote", on_chain("trading.api.writing.QuoteTrade")),
    path("trades/buy", on_chain("trading.api.writing.Buy")),
    path("trades/sell", on_chain("trading.api.writing.Sell")),
    path("trades/claim", on_chain("trading.api.writing.Claim")),
    path("trades/submit", on_chain("trading.api.submitting.Submit")),
    path("liquidity/add", on_chain("trading.api.writing.AddLiquidity")),
    path("liquidity/remove", on_chain("trading.api.writing.RemoveLiquidity")),
    path("transactions", on_chain("trading.api.submitting.Transactions")),
    path("transactions/<str:tx_hash>", on_chain("trading.api.submitting.OneTransaction")),
]

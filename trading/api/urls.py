"""Paths under /api/v1/."""

from django.urls import path

import trading.errors  # noqa: F401  (what may be refused is known from the start)
from trading.api.gate import on_chain

urlpatterns = [
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

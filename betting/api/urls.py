"""Paths under /api/v1/."""

from django.urls import path

import kmarket.converters  # noqa: F401  (makes <id:…> known)
from betting.api import admin_views, views

urlpatterns = [
    path("bets", views.Orders.as_view()),
    path("bets/quote", views.QuoteOrder.as_view()),
    path("bets/claim", views.ClaimAll.as_view()),
    path("bets/<id:order_id>", views.OneOrder.as_view()),
    path("bets/<id:order_id>/claim", views.ClaimOrder.as_view()),
    path("bets/<id:order_id>/settlement", views.ExplainOrder.as_view()),
    path("balance", views.Balance.as_view()),
    path("ledger", views.Ledger.as_view()),
    path("me/limits", views.OwnLimits.as_view()),
    path("faucet", views.Faucet.as_view()),
    path("settlement-vectors", views.SettlementVectors.as_view()),
    path("admin/markets/<id:market_id>/settle", admin_views.SettleMarket.as_view()),
    path("admin/markets/<id:market_id>/preview", admin_views.PreviewMarket.as_view()),
    path("admin/markets/<id:market_id>/void", admin_views.VoidMarket.as_view()),
    path("admin/markets/<id:market_id>/rollback", admin_views.RollBackMarket.as_view()),
    path("admin/markets/<id:market_id>/resettle", admin_views.ResettleMarket.as_view()),
    path("admin/markets/<id:market_id>/limits", admin_views.MarketLimits.as_view()),
    path("admin/bets/<id:order_id>/void", admin_views.VoidOrder.as_view()),
    path("admin/proposals", admin_views.Proposals.as_view()),
    path("admin/proposals/<id:proposal_id>/approve", admin_views.ApproveProposal.as_view()),
    path("admin/proposals/<id:proposal_id>/withdraw", admin_views.WithdrawProposal.as_view()),
    path("admin/users/<str:address>/credit", admin_views.CreditUser.as_view()),
    path("admin/users/<str:address>/debit", admin_views.DebitUser.as_view()),
]

"""Paths under /api/v1/."""

from django.urls import path

import kmarket.converters  # noqa: F401  (makes <id:…> known)
from betting.api import admin_views, views

urlpatterns = [
    path("bets", views.Orders.as_view()),
    path("bets/<id:order_id>", views.OneOrder.as_view()),
    path("bets/<id:order_id>/claim", views.ClaimOrder.as_view()),
    path("balance", views.Balance.as_view()),
    path("faucet", views.Faucet.as_view()),
    path("admin/markets/<id:market_id>/settle", admin_views.SettleMarket.as_view()),
]

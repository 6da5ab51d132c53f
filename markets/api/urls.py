"""Paths under /api/v1/."""

from django.urls import path

import kmarket.converters  # noqa: F401  (makes <id:…> known)
from markets.api import admin_views, bulk_views, views

urlpatterns = [
    path("markets", views.MarketList.as_view()),
    path("markets/active", views.ActiveMarkets.as_view()),
    path("markets/<id:market_id>", views.MarketDetail.as_view()),
    path("markets/<id:market_id>/odds/snapshot", views.OddsSnapshot.as_view()),
    path("markets/<id:market_id>/odds/updates", views.OddsUpdates.as_view()),
    path("odds/<id:market_id>", views.MarketOdds.as_view()),
    path("admin/markets", admin_views.CreateMarket.as_view()),
    path("admin/markets/<id:market_id>", admin_views.UpdateMarket.as_view()),
    path("admin/markets/<id:market_id>/release", admin_views.ReleaseOdds.as_view()),
    path("admin/odds/override", admin_views.OverrideOdds.as_view()),
    path("admin/odds/bulk", bulk_views.BulkOdds.as_view()),
]

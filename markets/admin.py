"""What is read of markets. What is done with them is on the console's pages."""

from django.contrib import admin

from kmarket.admin import ReadOnly
from markets.models import Feed, HeldPrice, Market, OddsUpdate


@admin.register(Market)
class MarketAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "league", "title", "start_time", "status", "seq", "pinned_at")
    list_filter = ("status", "category", "league", "kind")
    search_fields = ("=id", "home_team", "away_team", "question", "external_ref")
    date_hierarchy = "start_time"
    ordering = ("start_time", "id")
    show_full_result_count = False


@admin.register(OddsUpdate)
class OddsUpdateAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("market", "seq", "at", "status", "home", "draw", "away", "outcome_prices"),
        *("source", "reason"),
    )
    list_filter = ("source",)
    list_select_related = ("market",)
    search_fields = ("=market__id",)
    date_hierarchy = "at"
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Feed)
class FeedAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "heard_at")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(HeldPrice)
class HeldPriceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("market", "feed", "changes", "at")
    list_select_related = ("market", "feed")
    search_fields = ("=market__id",)
    ordering = ("-at",)
    show_full_result_count = False

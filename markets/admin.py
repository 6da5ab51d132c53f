"""The trader's pages. Actions call services; no page writes a status or a price by itself."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.access import signed_in
from kmarket.admin import ReadOnly
from kmarket.errors import DomainError
from markets import services
from markets.lifecycle import Event
from markets.models import Feed, HeldPrice, Market, OddsUpdate, Option


class OptionInline(ReadOnly, admin.TabularInline):
    model = Option
    fields = ("number", "label", "status")


@admin.register(Market)
class MarketAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "league", "title", "start_time", "status", "seq", "pinned_at")
    list_filter = ("status", "category", "league", "kind")
    search_fields = ("=id", "home_team", "away_team", "question", "external_ref")
    date_hierarchy = "start_time"
    ordering = ("start_time", "id")
    show_full_result_count = False
    inlines = (OptionInline,)
    actions = ("suspend", "resume", "close")

    def has_price_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("markets.price_market")

    def has_manage_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("markets.manage_market")

    @admin.action(description="Suspend betting", permissions=["price"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Market]) -> None:
        self._each(request, queryset, event=Event.SUSPEND, done="suspended")

    @admin.action(description="Resume betting", permissions=["price"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Market]) -> None:
        self._each(request, queryset, event=Event.RESUME, done="resumed")

    @admin.action(description="Close for good", permissions=["manage"])
    def close(self, request: HttpRequest, queryset: QuerySet[Market]) -> None:
        self._each(request, queryset, event=Event.CLOSE, done="closed")

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Market], *, event: Event, done: str
    ) -> None:
        """Change each market for itself, so that one refusal does not undo the others."""

        def change(market_id: int) -> None:
            services.change_status(
                market_id=market_id,
                event=event,
                actor=signed_in(request),
                reason=f"{done} in the list of markets",
            )

        count = 0
        for market_id in queryset.order_by("pk").values_list("pk", flat=True):
            count += _tried(self, request, market_id, change)
        self.message_user(request, f"{count} {done}.")


def _tried(
    page: MarketAdmin, request: HttpRequest, market_id: int, change: Callable[[int], None]
) -> bool:
    try:
        change(market_id)
    except DomainError as exc:
        page.message_user(request, f"Market {market_id}: {exc}", messages.ERROR)
        return False
    return True


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

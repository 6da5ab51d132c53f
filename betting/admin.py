"""Orders and money, to be looked at. History is never edited: corrections are new entries."""

from django.contrib import admin

from betting.models import (
    Balance,
    Exposure,
    LedgerEntry,
    Order,
    OrderClaim,
    PersonalLimits,
    Proposal,
    Settlement,
)
from kmarket.admin import ReadOnly


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("id", "placed_at", "user", "market", "option", "odds", "stake"),
        *("state", "result", "payout"),
    )
    list_filter = ("state", "result", "option")
    list_select_related = ("user", "market")
    search_fields = ("=id", "=user__address", "=market__id", "=client_ref")
    date_hierarchy = "placed_at"
    ordering = ("-placed_at", "-id")
    show_full_result_count = False


@admin.register(Balance)
class BalanceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "available", "receivable")
    list_select_related = ("user",)
    search_fields = ("=user__address",)
    ordering = ("user_id",)
    show_full_result_count = False


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "at", "debit", "credit", "amount", "user", "market", "cause", "reason")
    list_filter = ("cause",)
    list_select_related = ("user", "market")
    search_fields = ("=user__address", "=market__id", "=order__id")
    date_hierarchy = "at"
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Settlement)
class SettlementAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("market", "version", "at", "winning_option", "home_score", "away_score"),
        *("order_count", "staked", "paid_out", "settled_by"),
    )
    list_select_related = ("market", "settled_by")
    search_fields = ("=market__id",)
    date_hierarchy = "at"
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Proposal)
class ProposalAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "at", "market", "state", "proposer", "reason", "decided_by", "decided_at")
    list_filter = ("state",)
    list_select_related = ("market", "proposer", "decided_by")
    search_fields = ("=market__id",)
    date_hierarchy = "at"
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(OrderClaim)
class OrderClaimAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("order", "user", "amount", "at", "tx_hash")
    list_select_related = ("order", "user")
    search_fields = ("=order__id", "=user__address")
    date_hierarchy = "at"
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(Exposure)
class ExposureAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("market", "book")
    list_select_related = ("market",)
    search_fields = ("=market__id",)
    ordering = ("market_id",)
    show_full_result_count = False


@admin.register(PersonalLimits)
class PersonalLimitsAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "daily_stake", "excluded_until", "next_at")
    list_select_related = ("user",)
    search_fields = ("=user__address",)
    ordering = ("user_id",)
    show_full_result_count = False

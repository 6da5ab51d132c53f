"""What arrived from the chain, to be looked at."""

from django.contrib import admin

from chain.models import Block, Cursor, Finding, Quarantine, RawLog, Reconciliation
from kmarket.admin import ReadOnly


@admin.register(Cursor)
class CursorAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "chain_id",
        "contract",
        "last_block",
        "finalized_block",
        "head_block",
        "reorg_count",
        "halted_reason",
        "progressed_at",
    )
    search_fields = ("=contract",)
    ordering = ("chain_id", "contract")
    show_full_result_count = False


@admin.register(Block)
class BlockAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("number", "hash", "cursor")
    list_select_related = ("cursor",)
    search_fields = ("=hash",)
    ordering = ("-number", "-pk")
    show_full_result_count = False


@admin.register(RawLog)
class RawLogAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("chain_id", "block_number", "log_index", "address", "is_canonical", "seen_at")
    list_filter = ("chain_id", "is_canonical")
    search_fields = ("=transaction_hash", "=block_hash", "=address")
    ordering = ("-block_number", "-log_index", "-pk")
    show_full_result_count = False


@admin.register(Quarantine)
class QuarantineAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("log", "reason", "detail", "market_id", "created_at", "resolved_at")
    list_filter = ("reason", "resolution")
    list_select_related = ("log",)
    search_fields = ("=market_id", "=log__transaction_hash")
    ordering = ("-created_at", "-pk")
    show_full_result_count = False


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("block_number", "cursor", "started_at", "ended_at")
    list_select_related = ("cursor",)
    search_fields = ("=block_number", "=block_hash")
    ordering = ("-started_at", "-pk")
    show_full_result_count = False


@admin.register(Finding)
class FindingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("kind", "market_id", "subject", "on_chain", "in_database", "resolved_at")
    list_filter = ("kind",)
    search_fields = ("=market_id", "subject")
    ordering = ("-pk",)
    show_full_result_count = False

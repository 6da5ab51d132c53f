"""Logs of the chain, to be looked at."""

from django.contrib import admin

from chain.models import ChainEvent
from kmarket.admin import ReadOnly


@admin.register(ChainEvent)
class ChainEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("chain_id", "block_number", "log_index", "address", "is_canonical", "seen_at")
    list_filter = ("chain_id", "is_canonical")
    search_fields = ("=transaction_hash", "=block_hash", "=address")
    ordering = ("-block_number", "-log_index")
    show_full_result_count = False

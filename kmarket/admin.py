"""Pages that show and never edit: what they show is changed by services."""

from typing import Any

from django.contrib import admin

from kmarket.models import IdempotencyKey


class ReadOnly:
    """Mix-in: may be looked at by whoever may view the model, and nothing else."""

    def has_add_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def has_change_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def has_delete_permission(self, *args: Any, **kwargs: Any) -> bool:
        return False


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("scope", "key", "status", "created_at")
    search_fields = ("=key",)
    # Its user's alone: a voucher, say.
    exclude = ("answer",)
    ordering = ("-id",)
    show_full_result_count = False

"""What arrived from the chain and what did not add up. Looked at here, changed by services."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.access import signed_in
from accounts.admin import ReasonForm
from accounts.models import REASON_LENGTH_MAX
from chain import services
from chain.errors import FindingResolved
from chain.models import (
    Block,
    Cursor,
    Errand,
    Finding,
    Quarantine,
    RawLog,
    Reconciliation,
)
from kmarket.admin import ReadOnly


class Errands:
    """Mix-in: pages from which the listener can be sent to project all logs anew."""

    action_form = ReasonForm

    def has_errand_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chain.give_errand")

    def send(self, request: HttpRequest, cursors: QuerySet[Cursor]) -> None:
        """Have the listeners of these contracts project all logs anew."""
        reason = _reason(request)
        if not reason:
            return
        for cursor in cursors.order_by("pk"):
            services.order_replay(cursor=cursor, actor=signed_in(request), reason=reason)
        said = gettext("The listener does it as soon as it can; many logs take minutes.")
        messages.success(request, said)


@admin.register(Cursor)
class CursorAdmin(Errands, ReadOnly, admin.ModelAdmin):
    list_display = (
        "contract",
        "chain_id",
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
    actions = ("replay",)

    @admin.action(description=_("Project all logs anew"), permissions=["errand"])
    def replay(self, request: HttpRequest, queryset: QuerySet[Cursor]) -> None:
        self.send(request, queryset)


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
class QuarantineAdmin(Errands, ReadOnly, admin.ModelAdmin):
    list_display = ("log", "reason", "detail", "market_id", "created_at", "resolved_at")
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "reason", "resolution")
    list_select_related = ("log",)
    search_fields = ("=market_id", "=log__transaction_hash")
    ordering = ("-created_at", "-pk")
    show_full_result_count = False
    actions = ("retry",)

    @admin.action(description=_("Try again, with all logs"), permissions=["errand"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Quarantine]) -> None:
        """Have everything projected anew: what one log comes to depends on those before it."""
        self.send(request, Cursor.objects.filter(quarantined__in=queryset).distinct())


@admin.register(Errand)
class ErrandAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("kind", "first", "last", "reason", "ordered_at", "done_at", "said")
    list_filter = ("kind",)
    search_fields = ("reason", "said")
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("started_at", "block_number", "compared", "new_findings", "trouble", "ended_at")
    search_fields = ("=block_number", "=block_hash")
    ordering = ("-started_at", "-pk")
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(found_count=Count("found"))

    @admin.display(description=_("new findings"))
    def new_findings(self, run: Any) -> int:
        count: int = run.found_count
        return count


@admin.register(Finding)
class FindingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("kind", "subject", "on_chain", "in_database"),
        *("found_at", "seen_at", "resolution", "reason"),
    )
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "kind", "resolution")
    list_select_related = ("found_in", "seen_in")
    search_fields = ("=market_id", "subject", "reason")
    ordering = ("-pk",)
    show_full_result_count = False
    action_form = ReasonForm
    actions = ("dismiss",)

    def has_dismiss_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chain.dismiss_finding")

    @admin.display(description=_("found at"), ordering="found_in__started_at")
    def found_at(self, finding: Finding) -> Any:
        return finding.found_in.started_at

    @admin.display(description=_("seen last at"), ordering="seen_in__started_at")
    def seen_at(self, finding: Finding) -> Any:
        return finding.seen_in.started_at

    @admin.action(description=_("Dismiss, with a reason"), permissions=["dismiss"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[Finding]) -> None:
        """Resolve each for itself, so that one that is resolved already holds up no other."""
        reason = _reason(request)
        if not reason:
            return
        count = 0
        for finding in queryset.order_by("pk"):
            try:
                services.dismiss_finding(
                    finding_id=finding.pk, actor=signed_in(request), reason=reason
                )
            except FindingResolved as refusal:
                messages.error(request, f"{finding}: {gettext(refusal.message)}")
            else:
                count += 1
        said = ngettext("%(n)s finding dismissed.", "%(n)s findings dismissed.", count)
        messages.success(request, said % {"n": count})


def _reason(request: HttpRequest) -> str:
    """Return why; where nobody said it, ask for it and return nothing."""
    reason = request.POST.get("reason", "").strip()[:REASON_LENGTH_MAX]
    if not reason:
        messages.error(request, gettext("Say why: the reason goes into the audit."))
    return reason

"""Deposits and withdrawals, to be looked at. What is held is released here, by two operators."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.access import signed_in
from accounts.admin import ReasonForm
from accounts.models import REASON_LENGTH_MAX
from kmarket.admin import ReadOnly
from kmarket.errors import DomainError
from vault import services
from vault.models import Deposit, Reading, Withdrawal

State = Withdrawal.State


@admin.register(Deposit)
class DepositAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("seq", "address", "amount", "block_number", "credited_at", "user")
    list_filter = (("credited_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("=address", "=seq", "=log__transaction_hash")
    ordering = ("-pk",)
    show_full_result_count = False


@admin.register(Reading)
class ReadingAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("contract", "block_number", "read_at", "held", "balances", "claims", "vouchers"),
        *("deposits_paused", "payouts_paused", "payout_left"),
    )
    ordering = ("pk",)
    show_full_result_count = False


@admin.register(Withdrawal)
class WithdrawalAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        *("id", "requested_at", "user", "to", "amount", "state"),
        *("released_by", "confirmed_by", "ended_at"),
    )
    list_filter = ("state",)
    list_select_related = ("user", "released_by", "confirmed_by")
    search_fields = ("=id", "=user__address", "=to", "=log__transaction_hash")
    date_hierarchy = "requested_at"
    ordering = ("-requested_at", "-id")
    show_full_result_count = False
    # Whoever has it can send it.
    exclude = ("signature",)
    action_form = ReasonForm
    actions = ("release", "refuse")

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("vault.release_withdrawal")

    @admin.action(description=_("Release, as one of two operators"), permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Withdrawal]) -> None:
        actor, reason = signed_in(request), _reason(request)
        if not reason:
            return
        issued = self._each(
            request,
            queryset,
            lambda number: services.release(
                withdrawal_id=number, actor=actor, reason=reason, now=timezone.now()
            ),
        )
        vouchers = sum(withdrawal.state == State.ISSUED for withdrawal in issued)
        if first := len(issued) - vouchers:
            said = ngettext(
                "%(n)s withdrawal waits for a second operator.",
                "%(n)s withdrawals wait for a second operator.",
                first,
            )
            messages.success(request, said % {"n": first})
        if vouchers:
            said = ngettext("%(n)s voucher issued.", "%(n)s vouchers issued.", vouchers)
            messages.success(request, said % {"n": vouchers})

    @admin.action(description=_("Refuse, and give it back"), permissions=["release"])
    def refuse(self, request: HttpRequest, queryset: QuerySet[Withdrawal]) -> None:
        actor, reason = signed_in(request), _reason(request)
        if not reason:
            return
        back = self._each(
            request,
            queryset,
            lambda number: services.refuse(withdrawal_id=number, actor=actor, reason=reason),
        )
        if back:
            said = ngettext("%(n)s withdrawal refused.", "%(n)s withdrawals refused.", len(back))
            messages.success(request, said % {"n": len(back)})

    def _each(
        self,
        request: HttpRequest,
        queryset: QuerySet[Withdrawal],
        act: Callable[[int], Withdrawal],
    ) -> list[Withdrawal]:
        """Act on each for itself, so that one refusal does not undo the others."""
        done = []
        for number in queryset.order_by("pk").values_list("pk", flat=True):
            try:
                done.append(act(number))
            except DomainError as refusal:
                said = gettext("withdrawal %(id)s") % {"id": number}
                messages.error(request, f"{said}: {gettext(refusal.message)}")
        return done


def _reason(request: HttpRequest) -> str:
    """Return why; where nobody said it, ask for it and return nothing."""
    reason = request.POST.get("reason", "").strip()[:REASON_LENGTH_MAX]
    if not reason:
        messages.error(request, gettext("Say why: the reason goes into the audit."))
    return reason

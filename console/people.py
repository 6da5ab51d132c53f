"""A person's page: who they are, what they own and owe, what they did, and what may be done.

Money, powers and sessions are changed by services only, each with a reason. Orders and the ledger
are shown, a page of each at a time, and never changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts import services as account_services
from accounts import wallet
from accounts.access import signed_in
from accounts.admin import PersonAdmin
from accounts.models import REASON_LENGTH_MAX, Role, User
from betting import personal_limits, selectors
from betting import services as betting_services
from betting.models import Balance, LedgerEntry, Order
from console.amounts import TokensField
from console.deciding import complain, operator, tried
from console.decision_words import OPTIONS
from console.once import OnceField, tried_once
from console.templatetags.console import tokens
from kmarket.ids import number_of
from markets.lines import Line

SHOWN_AT_ONCE = 20
ADJUST = "betting.adjust_balance"
SET_ROLE = "accounts.set_role"
END_SESSIONS = "accounts.end_sessions"
NO_BALANCE = Balance(available=0, receivable=0)


class ReasonForm(forms.Form):
    """Why: it goes into the audit."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)


class MoneyForm(ReasonForm):
    """How much is given to somebody, or taken."""

    move = forms.ChoiceField(
        label=pgettext_lazy("to do", "What"),
        choices=[("credit", _("Credit")), ("debit", _("Debit"))],
    )
    amount = TokensField(label=_("Amount"))
    key = OnceField()

    field_order = ("move", "amount", "reason")


class RoleForm(ReasonForm):
    """What somebody may do from now on."""

    role = forms.ChoiceField(
        label=_("Role"), choices=lambda: User._meta.get_field("role").flatchoices
    )

    field_order = ("role", "reason")


@dataclass(frozen=True, slots=True)
class Step:
    """Something that may be done about a person."""

    permission: str
    form: type[ReasonForm]
    # Does it with the form's values, and returns what to say, or None when it was refused.
    change: Callable[[HttpRequest, User, dict[str, Any]], str | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """Some rows of a long list, and where the older ones begin."""

    rows: list[Any]
    older: int | None
    is_first: bool


class PersonPage(PersonAdmin):
    """All there is to see and to do about one person."""

    change_form_template = "console/person.html"
    # The rest is shown above the form.
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("username", "password")}),
        (_("Personal"), {"fields": ("first_name", "last_name", "email")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )

    def get_urls(self) -> list[URLPattern]:
        step = self.admin_site.admin_view(require_POST(self.step))
        mine = [path("<int:user_id>/do/<str:name>/", step, name="console_person_step")]
        return [*mine, *super().get_urls()]

    def step(self, request: HttpRequest, user_id: int, name: str) -> HttpResponse:
        """Do one thing about a person, and show the page with what came of it."""
        step = STEPS.get(name)
        if step is None:
            raise Http404
        operator(request, step.permission)
        person = get_object_or_404(User, pk=user_id)
        form = step.form(request.POST)
        if form.is_valid():
            done = step.change(request, person, form.cleaned_data)
            if done is not None:
                messages.success(request, done)
        complain(request, form)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[person.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        context = {} if person is None else _context(request, person)
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), **context}
        )


def _context(request: HttpRequest, person: User) -> dict[str, Any]:
    may = signed_in(request).has_perm
    address = person.address and wallet.checksum(person.address)
    context: dict[str, Any] = {"person": person, "wallet": address}
    if may("betting.view_balance"):
        balance = Balance.objects.filter(user=person).first() or NO_BALANCE
        context |= {"balance": balance, "owed": selectors.balance(user=person)[1]}
    if may("betting.view_personallimits"):
        context["limits"] = personal_limits.standing(user=person, now=timezone.now())
    if may("betting.view_order"):
        orders = Order.objects.filter(user=person).select_related("market")
        context["orders"] = shown = _shown(request, "orders_before", orders, at="placed_at")
        context["bets"] = [(order, bet_on(order)) for order in shown.rows]
    if may("betting.view_ledgerentry"):
        entries = LedgerEntry.objects.filter(user=person).select_related("market")
        context["entries"] = _shown(request, "entries_before", entries, at="at")
    if may("accounts.view_adminaction"):
        context["audited_as"] = ContentType.objects.get_for_model(User).pk
    # A button that may not be pressed is not there.
    context["steps"] = {
        name: step.form(auto_id=f"{name}_%s", initial={"role": person.role})
        for name, step in STEPS.items()
        if may(step.permission)
    }
    return context


def bet_on(order: Order) -> str:
    """Return what an order bets on, such as "Spread home -3.5"."""
    side = str(OPTIONS[order.option])
    return side if order.line_q is None else f"{side} {Line(order.line_q)}"


def _shown(request: HttpRequest, parameter: str, rows: QuerySet[Any], *, at: str) -> Shown:
    """Return the newest rows, or those before the row that the query names."""
    before = request.GET.get(parameter, "")
    if before:
        if number_of(before) is None:
            raise BadRequest("That is no row's number.")
        mark = rows.filter(pk=before).values_list(at, "pk").first()
        if mark is None:
            raise Http404
        rows = rows.filter(Q(**{f"{at}__lt": mark[0]}) | Q(**{at: mark[0], "pk__lt": mark[1]}))
    # One more than is shown tells whether there are older ones.
    found = list(rows.order_by(f"-{at}", "-pk")[: SHOWN_AT_ONCE + 1])
    shown = found[:SHOWN_AT_ONCE]
    return Shown(shown, shown[-1].pk if len(found) > len(shown) else None, not before)


def _move(request: HttpRequest, person: User, values: dict[str, Any]) -> str | None:
    is_credit = values["move"] == "credit"
    move = betting_services.credit if is_credit else betting_services.debit
    balance = tried_once(
        request,
        values["key"],
        lambda: move(
            user=person,
            amount=values["amount"],
            actor=signed_in(request),
            reason=values["reason"],
        ),
    )
    if balance is None:
        return None
    said: str = (
        gettext("%(amount)s credited: the balance is %(balance)s.")
        if is_credit
        else gettext("%(amount)s debited: the balance is %(balance)s.")
    )
    return said % {"amount": tokens(values["amount"]), "balance": tokens(balance)}


def _block(request: HttpRequest, person: User, values: dict[str, Any]) -> str | None:
    is_done = _set_active(request, person, active=False, reason=values["reason"])
    return gettext("Blocked, and signed out everywhere.") if is_done else None


def _unblock(request: HttpRequest, person: User, values: dict[str, Any]) -> str | None:
    is_done = _set_active(request, person, active=True, reason=values["reason"])
    return gettext("May sign in again.") if is_done else None


def _set_active(request: HttpRequest, person: User, *, active: bool, reason: str) -> bool:
    changed = tried(
        request,
        lambda: account_services.set_active(
            user=person, active=active, actor=signed_in(request), reason=reason
        ),
    )
    return changed is not None


def _end_sessions(request: HttpRequest, person: User, values: dict[str, Any]) -> str | None:
    ended = tried(
        request,
        lambda: account_services.end_sessions(
            user=person, actor=signed_in(request), reason=values["reason"]
        ),
    )
    return None if ended is None else gettext("Signed out everywhere.")


def _give_role(request: HttpRequest, person: User, values: dict[str, Any]) -> str | None:
    changed = tried(
        request,
        lambda: account_services.set_role(
            user=person,
            role=Role(values["role"]),
            actor=signed_in(request),
            reason=values["reason"],
        ),
    )
    if changed is None:
        return None
    return gettext("The role is %(role)s.") % {"role": changed.get_role_display()}


STEPS = {
    "money": Step(ADJUST, MoneyForm, _move),
    "block": Step(SET_ROLE, ReasonForm, _block),
    "unblock": Step(SET_ROLE, ReasonForm, _unblock),
    "end": Step(END_SESSIONS, ReasonForm, _end_sessions),
    "role": Step(SET_ROLE, RoleForm, _give_role),
}

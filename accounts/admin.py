"""People, their sessions and what operators did. Roles and sessions are changed by services."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import audit, operators, services, wallet
from accounts.access import signed_in
from accounts.models import REASON_LENGTH_MAX, AdminAction, AuditSeal, Role, Session, User
from kmarket.admin import ReadOnly
from kmarket.errors import DomainError


class ReasonForm(ActionForm):
    """What an action is asked for beside its name: why."""

    reason = forms.CharField(label=_("Reason:"), max_length=REASON_LENGTH_MAX, required=False)


def _roles() -> list[Any]:
    # As the field has them, in the operator's language.
    return [("", "-"), *User._meta.get_field("role").flatchoices]


class PersonActionForm(ReasonForm):
    """For people also: which role."""

    role = forms.ChoiceField(label=_("Role:"), choices=_roles, required=False)


@admin.register(User)
class PersonAdmin(UserAdmin):
    """Names and passwords are edited here; what somebody may do, through the actions."""

    list_display = ("username", "checksum", "role", "is_active", "is_staff", "last_login")
    list_filter = ("role", "is_active", "is_staff")
    search_fields = ("address", "username", "first_name", "last_name", "email")
    date_hierarchy = "date_joined"
    ordering = ("-date_joined", "-pk")
    show_full_result_count = False
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Personal"), {"fields": ("first_name", "last_name", "email")}),
        (_("Wallet and role"), {"fields": ("checksum", "role", "is_active", "is_staff")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("checksum", "role", "is_active", "is_staff", "last_login", "date_joined")
    action_form = PersonActionForm
    actions = ("give_role", "end_sessions", "disable", "enable")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody is deleted: orders and audit rows name them."""
        return False

    def has_set_role_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.set_role")

    def has_end_sessions_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.end_sessions")

    @transaction.atomic
    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002
        form_url: str = "",
    ) -> HttpResponse:
        """Set somebody's password, which signs them out everywhere."""
        before = self.get_object(request, id)
        answer = super().user_change_password(request, id, form_url)
        after = self.get_object(request, id)
        if before and after and after.password != before.password:
            operators.password_changed(request=request, user=after)
        return answer

    def save_model(
        self,
        request: HttpRequest,
        obj: User,
        form: forms.Form,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Save names, or somebody new, and write it into the audit."""
        super().save_model(request, obj, form, change)
        names = [name for name in form.changed_data if "password" not in name]
        audit.record(
            actor=signed_in(request),
            action="user.edit" if change else "user.add",
            target=obj,
            reason="in the console",
            before={name: form.initial.get(name) for name in names} if change else {},
            after={name: form.cleaned_data[name] for name in names},
        )

    @admin.display(description=_("address"), ordering="address")
    def checksum(self, user: User) -> str | None:
        return user.address and wallet.checksum(user.address)

    @admin.action(description=_("Give the role chosen here"), permissions=["set_role"])
    def give_role(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Change what people may do. Each change ends their sessions."""
        role = request.POST.get("role", "")
        if role not in Role.values:
            self.message_user(request, gettext("Choose a role."), messages.ERROR)
            return

        def give(user: User, reason: str) -> None:
            services.set_role(user=user, role=Role(role), actor=signed_in(request), reason=reason)

        named = User(role=role).get_role_display()
        done = gettext("%(count)s given the role %(role)s.")
        _each(self, request, queryset, give, done=done, role=named)

    @admin.action(description=_("End all sessions"), permissions=["end_sessions"])
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Sign people out everywhere."""

        def end(user: User, reason: str) -> None:
            services.end_sessions(user=user, actor=signed_in(request), reason=reason)

        _each(self, request, queryset, end, done=gettext("%(count)s signed out everywhere."))

    @admin.action(description=_("Disable"), permissions=["set_role"])
    def disable(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Keep people from signing in, and sign them out."""
        self._set_active(request, queryset, active=False, done=gettext("%(count)s disabled."))

    @admin.action(description=_("Enable again"), permissions=["set_role"])
    def enable(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Let people sign in again."""
        self._set_active(request, queryset, active=True, done=gettext("%(count)s enabled."))

    def _set_active(
        self, request: HttpRequest, queryset: QuerySet[User], *, active: bool, done: str
    ) -> None:
        def change(user: User, reason: str) -> None:
            services.set_active(user=user, active=active, actor=signed_in(request), reason=reason)

        _each(self, request, queryset, change, done=done)


@admin.register(Session)
class SessionAdmin(ReadOnly, admin.ModelAdmin):
    """Sessions of users and guests. A socket's token lives for a minute and is not listed."""

    list_display = ("id", "kind", "user", "created_at", "expires_at", "revoked_at")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("=id", "user__address", "user__username")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    show_full_result_count = False
    action_form = ReasonForm
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).exclude(kind=Session.Kind.WS)

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.end_sessions")

    @admin.action(description=_("End these sessions"), permissions=["end"])
    def end(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Sign these sessions out, and no others of the same people."""

        def end(session: Session, reason: str) -> None:
            services.end_session(session=session, actor=signed_in(request), reason=reason)

        _each(self, request, queryset, end, done=gettext("%(count)s ended."))


@admin.register(AdminAction)
class AdminActionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "actor", "action", "target_type", "target_id", "reason", "request_id")
    list_filter = ("action",)
    list_select_related = ("actor", "target_type")
    search_fields = ("=target_id", "=request_id", "action", "reason", "actor__username")
    date_hierarchy = "at"
    ordering = ("-id",)
    show_full_result_count = False


@admin.register(AuditSeal)
class AuditSealAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("number", "action_id", "sealed_at", "digest")
    search_fields = ("=number", "=action_id", "=digest")
    date_hierarchy = "sealed_at"
    ordering = ("-number",)
    show_full_result_count = False


# Made anew at every migration (`roles`): what is edited here would be lost.
admin.site.unregister(Group)


@admin.register(Group)
class RoleGroupAdmin(ReadOnly, GroupAdmin):
    """What each role may do."""


def _each(
    page: admin.ModelAdmin,
    request: HttpRequest,
    queryset: QuerySet[Any],
    change: Callable[[Any, str], None],
    *,
    done: str,
    **about: str,
) -> None:
    """Change each row for itself, so that one refusal does not undo the others.

    What is `done` in the end says how many there were, and what it is about.
    """
    reason = request.POST.get("reason", "").strip()[:REASON_LENGTH_MAX]
    if not reason:
        text = gettext("Say why: the reason goes into the audit.")
        page.message_user(request, text, messages.ERROR)
        return
    count = 0
    for row in queryset.order_by("pk"):
        try:
            change(row, reason)
        except DomainError as exc:
            page.message_user(request, f"{row}: {gettext(exc.message)}", messages.ERROR)
        else:
            count += 1
    page.message_user(request, done % {"count": count, **about})

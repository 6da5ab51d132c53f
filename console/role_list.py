"""The roles and what each may do, read only: they are made anew at every migration."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accounts.admin import RoleGroupAdmin
from accounts.models import User

# Django's own four, which each model has.
COMMON = {
    "view": pgettext_lazy("permission", "Can view: %(models)s"),
    "add": pgettext_lazy("permission", "Can add: %(models)s"),
    "change": pgettext_lazy("permission", "Can change: %(models)s"),
    "delete": pgettext_lazy("permission", "Can delete: %(models)s"),
}


class RoleList(RoleGroupAdmin):
    list_display: Any = ("role",)
    fields: ClassVar[Any] = ("role", "may")
    readonly_fields: ClassVar[Any] = ("role", "may")

    @admin.display(description=_("Role"), ordering="name")
    def role(self, group: Group) -> str:
        return User(role=group.name).get_role_display()

    @admin.display(description=_("What it may do"))
    def may(self, group: Group) -> SafeString:
        granted = group.permissions.select_related("content_type")
        lines = format_html_join("", "<li>{}</li>", sorted((_said(one),) for one in granted))
        return format_html("<ul>{}</ul>", lines)


def _said(permission: Permission) -> str:
    kind, _underscore, model = permission.codename.partition("_")
    content = permission.content_type
    if kind in COMMON and model == content.model:
        named = apps.get_model(content.app_label, content.model)._meta.verbose_name_plural
        return str(COMMON[kind]) % {"models": named}
    return pgettext("permission", permission.name)

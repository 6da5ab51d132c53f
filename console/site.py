"""The operator's site: Django's admin with a home page of work queues and pages over all apps."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _

# The lists that operators go to and fro between: each model's app and name.
SECTIONS = (
    ("markets", "market", _("Markets")),
    ("betting", "order", _("Orders")),
    ("betting", "ledgerentry", _("Ledger")),
    ("accounts", "user", _("Users")),
    ("accounts", "adminaction", _("Audit")),
)


class Console(admin.AdminSite):
    site_title = "kmarket"
    site_header = _("kmarket console")
    index_title = _("Home")
    index_template = "console/home.html"
    # Front ends are elsewhere.
    site_url = None
    # Tables need the width; the sections are in the header instead.
    enable_nav_sidebar = False

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        sections = [
            {"title": title, "url": reverse(f"admin:{app}_{model}_changelist")}
            for app, model, title in SECTIONS
            if request.user.has_perm(f"{app}.view_{model}")
        ]
        return {**super().each_context(request), "sections": sections}

    def get_urls(self) -> list[URLPattern | URLResolver]:
        # Only now: the pages need the models, and this module is loaded before them.
        from console import urls  # noqa: PLC0415

        return urls.of(self) + super().get_urls()

    @transaction.atomic
    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Change one's own password, which signs one out everywhere but here."""
        from accounts import access, operators  # noqa: PLC0415

        answer = super().password_change(request, extra_context)
        if answer.status_code == HTTPStatus.FOUND:
            operators.password_changed(request=request, user=access.signed_in(request))
        return answer

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from console import home  # noqa: PLC0415

        return super().index(request, {**(extra_context or {}), **home.context(request)})

"""The operator's site: Django's admin with a home page of work queues and pages over all apps."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _


class Console(admin.AdminSite):
    site_title = "kmarket"
    site_header = _("kmarket console")
    index_title = _("What waits")
    index_template = "console/home.html"

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

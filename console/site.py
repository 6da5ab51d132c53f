"""The operator's site: Django's admin with a home page of work queues and pages over all apps."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
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

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        from console import home  # noqa: PLC0415

        return super().index(request, {**(extra_context or {}), **home.context(request)})

"""The list of feeds, with those that fell silent."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from console import queues
from markets.admin import FeedAdmin
from markets.models import Feed


class Waits(admin.SimpleListFilter):
    """The work queue of the home page."""

    title = _("what waits")
    parameter_name = "waits"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("silent", _("silent"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Feed]) -> QuerySet[Feed]:
        return queues.silent(queryset) if self.value() == "silent" else queryset


class FeedList(FeedAdmin):
    list_filter: ClassVar[Any] = (Waits,)

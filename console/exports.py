"""Lists as CSV: the rows that a list's filters and search keep, streamed.

Rows are read in batches by primary key, each a statement of its own. So memory stays flat whatever
the size, nothing stays open between two batches (a pooler may sit in front of the database), and
the first bytes leave before the last row is read. What is added meanwhile is left out.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest, StreamingHttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from kmarket import replica

BATCH = 1000
EXPORT = "export"

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
# What spreadsheets take for the beginning of a formula, also in full width.
_FORMULA = frozenset("=+-@＝＋－＠")  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, where its value is in the row, and how that is written."""

    name: str
    source: str | Combinable = ""
    write: Callable[[Any], Any] | None = None


class Exported(admin.ModelAdmin):
    """Mix-in for a page of a model, before its other bases: the list has a button for a CSV."""

    change_list_template = "console/exported_list.html"
    export_columns: ClassVar[Sequence[Column]] = ()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_GET(self.export))
        name = f"{self.opts.app_label}_{self.opts.model_name}_{EXPORT}"
        return [path(f"{EXPORT}/", view, name=name), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        page = request.resolver_match
        is_export = page is not None and str(page.url_name).endswith(f"_{EXPORT}")
        return _Unread if is_export else super().get_changelist(request, **kwargs)

    def export(self, request: HttpRequest) -> StreamingHttpResponse:
        """Stream what the list with this query would show, all its pages."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            found = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters as exc:
            raise BadRequest("The list has no such filter.") from exc
        return StreamingHttpResponse(
            lines(found, self.export_columns),
            content_type="text/csv; charset=utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="{self.opts.model_name}.csv"',
                "Cache-Control": "no-store",
            },
        )


class _Unread(ChangeList):
    """A list's filters and search without its page of results: nothing is counted or read."""

    def get_results(self, request: HttpRequest) -> None:
        pass


def lines(rows: QuerySet[Any], columns: Sequence[Column]) -> Iterator[str]:
    """Return the header, then batch after batch of the rows that there are now, by their keys."""
    upto = rows.model.objects.aggregate(last=Max("pk"))["last"]
    present = rows.order_by("pk").select_related(None).filter(pk__lte=upto or 0)
    values = present.values_list("pk", *(column.source or column.name for column in columns))
    return _lines(values, columns)


def _lines(values: QuerySet[Any, Any], columns: Sequence[Column]) -> Iterator[str]:
    sheet = _Sheet()
    yield sheet.written([[column.name for column in columns]])
    batch = _first(values)
    while batch:
        yield sheet.written(_cells(row[1:], columns) for row in batch)
        batch = _first(values.filter(pk__gt=batch[-1][0]))


def _first(values: QuerySet[Any, Any]) -> list[Any]:
    return replica.read(lambda using: list(values.using(using)[:BATCH]))


def cell(value: Any) -> str:
    """Write one value: amounts with every digit, instants in UTC, texts that are no formulas."""
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
        case dict() | list():
            return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
        case str():
            return _harmless(value)
        case _:
            return str(value)


def _cells(row: Sequence[Any], columns: Sequence[Column]) -> list[str]:
    return [
        cell(column.write(value) if column.write and value is not None else value)
        for column, value in zip(columns, row, strict=True)
    ]


def _harmless(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run. A plain number is none."""
    begins = text.lstrip()[:1]
    is_formula = begins in _FORMULA if begins else False
    # A tab or a line break in front makes some of them look at what follows.
    is_formula = is_formula or text[:1] in {"\t", "\r", "\n"}
    return f"'{text}" if is_formula and not _NUMBER.fullmatch(text) else text


class _Sheet:
    """Rows as the text that the csv module makes of them."""

    def __init__(self) -> None:
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer)

    def written(self, rows: Any) -> str:
        """Return some rows as text, and forget them."""
        self._writer.writerows(rows)
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text

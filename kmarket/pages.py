"""Lists in pages: page and pageSize in, {page, pageSize, total, items} out."""

from typing import Any

from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

PAGE_SIZE = 20
PAGE_SIZE_MAX = 100


class DigitsField(serializers.IntegerField):
    """A whole number in plain digits: int() would also take 1_0 and those of other scripts."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and not (data.isascii() and data.isdecimal()):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class PageQuery(serializers.Serializer):
    example = {"page": 1, "pageSize": 20}

    page = DigitsField(min_value=1, max_value=2**53, default=1)
    pageSize = DigitsField(  # noqa: N815 (the contract's name)
        min_value=1, max_value=PAGE_SIZE_MAX, default=PAGE_SIZE
    )


class Pages(BasePagination):
    """Numbered pages. One past the last is empty, not an error: the list may have shrunk."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: Any = None, *, total: int | None = None
    ) -> list[Any]:
        """Return the page that the request asks for. `total`: where somebody has counted."""
        query = PageQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        self.page = query.validated_data["page"]
        self.size = query.validated_data["pageSize"]
        self.total = queryset.count() if total is None else total
        start = (self.page - 1) * self.size
        # Past the end there is nothing to ask for, and OFFSET has only 63 bits.
        if start >= self.total:
            return []
        # The page's keys first: an index has them, and what is skipped is not joined and fetched.
        keys = queryset.values("pk")[start : start + self.size]
        return list(queryset.filter(pk__in=keys))

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {"page": self.page, "pageSize": self.size, "total": self.total, "items": data}
        )

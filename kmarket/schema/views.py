"""The documents of the API and of the sockets, as files and as a page to read and try them in."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from rest_framework.request import Request

from kmarket.health import Open
from kmarket.policy import POLICY
from kmarket.schema.operations import operation

JSON, YAML = "application/json", "application/yaml"
# As some clients call it.
YAMLS = (YAML, "application/x-yaml", "text/yaml", "application/vnd.oai.openapi")


class ApiDocument(Open):
    """Hands a written document out. A test keeps it what the code says."""

    file = "openapi.json"

    @operation("schema", dict[str, Any], media=(JSON, YAML))
    def get(self, request: Request) -> HttpResponse:
        """Describe this API: OpenAPI 3.1, as JSON or YAML."""
        preferred = request._request.get_preferred_type([JSON, *YAMLS])  # noqa: SLF001
        media = YAML if preferred in YAMLS else JSON
        path = settings.BASE_DIR / "docs" / self.file
        return HttpResponse(_written(path, media), content_type=media, headers={"Vary": "Accept"})


class SocketsDocument(ApiDocument):
    file = "asyncapi.json"

    @operation("socketsSchema", dict[str, Any], media=(JSON, YAML))
    def get(self, request: Request) -> HttpResponse:
        """Describe the sockets: AsyncAPI 3, as JSON or YAML."""
        return super().get(request)


class Docs(Open):
    @operation("docs", str, media=("text/html",))
    def get(self, request: Request) -> HttpResponse:
        """Show this API as a page, where requests can be tried."""
        page = render(request._request, "kmarket/docs.html")  # noqa: SLF001
        page["Content-Security-Policy"] = POLICY
        return page


@cache
def _written(path: Path, media: str) -> str:
    text = path.read_text(encoding="utf-8")
    if media == JSON:
        return text
    return yaml.dump(
        yaml.load(text, yaml.CSafeLoader),
        Dumper=yaml.CSafeDumper,
        allow_unicode=True,
        sort_keys=False,
        width=100,
    )

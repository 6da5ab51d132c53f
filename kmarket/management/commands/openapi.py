"""Print the API's document: docs/openapi.json."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from kmarket.schema import openapi


class Command(BaseCommand):
    help = "Print docs/openapi.json from the endpoints."

    def handle(self, *args: Any, **options: Any) -> str:
        return written(openapi.build())


def written(document: dict[str, Any]) -> str:
    """Return a document as it is checked in, but for the last line's end."""
    return json.dumps(document, indent=1, ensure_ascii=False)

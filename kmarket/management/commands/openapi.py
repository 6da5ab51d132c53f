"""Write the API's document: docs/openapi.json."""

import json
from typing import Any

from django.core.management.base import BaseCommand

from kmarket.schema import openapi


class Command(BaseCommand):
    help = "Print the OpenAPI document, docs/openapi.json."

    def handle(self, *args: Any, **options: Any) -> str:
        return json.dumps(openapi.build(), indent=2, ensure_ascii=False)

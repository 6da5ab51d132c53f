"""Print the sockets' document: docs/asyncapi.json."""

from typing import Any

from django.core.management.base import BaseCommand

from kmarket.management.commands.openapi import written
from oddsfeed import asyncapi


class Command(BaseCommand):
    help = "Print docs/asyncapi.json from the messages of both sockets."

    def handle(self, *args: Any, **options: Any) -> str:
        return written(asyncapi.build())

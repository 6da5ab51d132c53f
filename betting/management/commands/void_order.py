"""Void one order that has no result yet."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from betting import corrections
from betting.management.results import AT_ONCE, decide
from kmarket import arguments


class Command(BaseCommand):
    help = "Give the stake of one order back, to be claimed like a win." + AT_ONCE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("order_id", type=arguments.number)
        parser.add_argument("--reason", type=arguments.reason, required=True)
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, order_id: int, reason: str, dry_run: bool, **options: Any) -> str:
        return decide(
            lambda: (
                corrections.void_order(order_id=order_id, actor=None, reason=reason),
                True,
            ),
            dry_run=dry_run,
            did="Voided an order of",
            would="Would void an order of",
        )

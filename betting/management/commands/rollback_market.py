"""Take the result of a market back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from betting import corrections
from betting.management.results import AT_ONCE, decide
from kmarket import arguments


class Command(BaseCommand):
    help = (
        "Take the result of a market back, as long as nobody has claimed; it is closed again."
        + AT_ONCE
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("market_id", type=arguments.number)
        parser.add_argument("--reason", type=arguments.reason, required=True)
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, market_id: int, reason: str, dry_run: bool, **options: Any) -> str:
        return decide(
            lambda: corrections.rollback_market(market_id=market_id, actor=None, reason=reason),
            dry_run=dry_run,
            did="Rolled back",
            would="Would roll back",
        )

"""Settle a market by its winner or its score; with --dry-run, only say what that would pay."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from betting import settlement
from betting.management.results import AT_ONCE, add_result, decide, read_result
from kmarket import arguments


class Command(BaseCommand):
    help = "Settle a market: grade its orders and move the money." + AT_ONCE

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("market_id", type=arguments.number)
        add_result(parser)
        parser.add_argument(
            "--reason", type=arguments.reason, default="settled by manage.py settle_market"
        )
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, market_id: int, reason: str, dry_run: bool, **options: Any) -> str:
        result = read_result(options)
        if result is None:
            raise CommandError("Give --winner, or both --home and --away.")
        return decide(
            lambda: settlement.settle_market(
                market_id=market_id, result=result, actor=None, reason=reason
            ),
            dry_run=dry_run,
            did="Settled",
            would="Would settle",
        )

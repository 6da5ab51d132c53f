"""Replace the result of a settled market, or void it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from betting import corrections
from betting.management.results import AT_ONCE, add_result, decide, read_result
from kmarket import arguments


class Command(BaseCommand):
    help = (
        "Replace the result of a settled market. Payouts that wait are replaced, claimed ones are"
        " adjusted on their owners' balances." + AT_ONCE
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("market_id", type=arguments.number)
        add_result(parser)
        parser.add_argument("--void", action="store_true", help="give every stake back instead")
        parser.add_argument("--reason", type=arguments.reason, required=True)
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, market_id: int, reason: str, dry_run: bool, **options: Any) -> str:
        result = read_result(options)
        if (result is None) != options["void"]:
            raise CommandError("Give --winner, or both --home and --away, or --void alone.")
        return decide(
            lambda: corrections.resettle_market(
                market_id=market_id, result=result, actor=None, reason=reason
            ),
            dry_run=dry_run,
            did="Resettled",
            would="Would resettle",
        )

"""Cancel a market, or void the orders that were placed too late."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from betting import corrections
from betting.management.results import AT_ONCE, decide
from betting.models import Settlement
from kmarket import arguments


class Command(BaseCommand):
    help = (
        "Cancel a market: every order gets its stake back. With --since, only the orders placed"
        " after that moment, and the market goes on." + AT_ONCE
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("market_id", type=arguments.number)
        parser.add_argument(
            "--since",
            type=arguments.moment,
            metavar="ISO-DATETIME",
            help="UTC unless it says otherwise",
        )
        parser.add_argument("--reason", type=arguments.reason, required=True)
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(
        self,
        *args: Any,
        market_id: int,
        since: datetime | None,
        reason: str,
        dry_run: bool,
        **options: Any,
    ) -> str:
        about: dict[str, Any] = {"market_id": market_id, "actor": None, "reason": reason}

        def void() -> tuple[Settlement | None, bool]:
            if since is None:
                return corrections.void_market(**about)
            return corrections.void_orders_since(since=since, **about), True

        return decide(void, dry_run=dry_run, did="Voided orders of", would="Would void orders of")

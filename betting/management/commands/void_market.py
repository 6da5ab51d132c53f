"""Cancel a market, or void the orders that were placed too late."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from betting import corrections
from betting.management.results import decide
from betting.models import Settlement


class Command(BaseCommand):
    help = (
        "Cancel a market: every order gets its stake back. With --since, only the orders placed"
        " after that moment, and the market goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("market_id", type=int)
        parser.add_argument("--since", metavar="ISO-DATETIME", help="UTC unless it says otherwise")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(
        self,
        *args: Any,
        market_id: int,
        since: str | None,
        reason: str,
        dry_run: bool,
        **options: Any,
    ) -> str:
        about: dict[str, Any] = {"market_id": market_id, "actor": None, "reason": reason}
        moment = None if since is None else _moment(since)

        def void() -> tuple[Settlement | None, bool]:
            if moment is None:
                return corrections.void_market(**about)
            return corrections.void_orders_since(since=moment, **about), True

        return decide(void, dry_run=dry_run, did="Voided orders of", would="Would void orders of")


def _moment(text: str) -> datetime:
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--since is a time such as 2026-08-15T19:00, not {text!r}.") from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)

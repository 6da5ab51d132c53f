"""Settle a market by its winner or its score; with --dry-run, only say what that would pay."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from betting import settlement
from kmarket.errors import DomainError


class Command(BaseCommand):
    help = "Settle a market: grade its orders and move the money."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("market_id", type=int)
        parser.add_argument("--winner", type=int, help="1 home, 2 away, 3 draw")
        parser.add_argument("--home", type=int, help="the home side's score")
        parser.add_argument("--away", type=int, help="the away side's score")
        parser.add_argument("--reason", default="settled by manage.py settle_market")
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, market_id: int, dry_run: bool, **options: Any) -> str:
        home, away, winner = options["home"], options["away"], options["winner"]
        if (home is None) != (away is None) or (home is None and winner is None):
            raise CommandError("Give --winner, or both --home and --away.")
        if home is not None and min(home, away) < 0:
            raise CommandError("A score is not negative.")
        try:
            with transaction.atomic():
                result, is_new = settlement.settle_market(
                    market_id=market_id,
                    winning_option=winner,
                    scores=None if home is None else (home, away),
                    actor=None,
                    reason=options["reason"],
                )
                # A dry run does the real work and takes it back: it cannot show anything else
                # than what the command would do.
                transaction.set_rollback(dry_run)
        except DomainError as exc:
            raise CommandError(f"{exc} {exc.details}") from exc
        if not is_new:
            return f"Market {market_id} has this result already: nothing changed."
        return (
            f"{'Would settle' if dry_run else 'Settled'} market {market_id}:"
            f" {result.order_count} orders, {result.staked} staked, {result.paid_out} to pay."
        )

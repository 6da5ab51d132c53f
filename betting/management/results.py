"""What the commands about results have in common: --winner, --home, --away, --dry-run."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError
from django.db import transaction

from betting.grading import SCORE_MAX
from betting.models import Settlement
from betting.settlement import Result
from kmarket.errors import DomainError

# For the help of the commands that decide.
AT_ONCE = " It acts at once, SETTLEMENT_FOUR_EYES or not."

Decide = Callable[[], tuple[Settlement | None, bool]]


def add_result(parser: ArgumentParser) -> None:
    """Let the command be told who won, the score, or both."""
    parser.add_argument("--winner", type=int, help="1 home, 2 away, 3 draw")
    parser.add_argument("--home", type=int, help="the home side's score")
    parser.add_argument("--away", type=int, help="the away side's score")


def read_result(options: dict[str, Any]) -> Result | None:
    """Return what the command was told, None for nothing.

    Raises:
        CommandError: half a score, or one that cannot be.
    """
    home, away, winner = options["home"], options["away"], options["winner"]
    if (home is None) != (away is None):
        raise CommandError("Give --winner, or both --home and --away.")
    if home is not None and not 0 <= min(home, away) <= max(home, away) <= SCORE_MAX:
        raise CommandError(f"A score lies between 0 and {SCORE_MAX}.")
    if home is None and winner is None:
        return None
    return Result(winner, None if home is None else (home, away))


def decide(decision: Decide, *, dry_run: bool, did: str, would: str) -> str:
    """Carry a decision out, or show it, and say what it did.

    Raises:
        CommandError: it was refused.
    """
    try:
        with transaction.atomic():
            done, is_new = decision()
            # A dry run does the real work and takes it back: it cannot show anything else than
            # what the command would do.
            transaction.set_rollback(dry_run)
    except DomainError as exc:
        raise CommandError(f"{exc} {exc.details}") from exc
    if done is None or not is_new:
        return "That is so already: nothing changed."
    verb = would if dry_run else did
    return (
        f"{verb} market {done.market_id}: {done.order_count} orders,"
        f" {done.staked} staked, {done.paid_out} to pay."
    )

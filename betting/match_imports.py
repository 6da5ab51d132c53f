"""A CSV of matches brought into the book line by line: for the command and for the console.

Each match is a transaction of its own, so that a long file holds no market's lock for long. A dry
run does the real work and takes it back: it cannot show anything else than what would be done.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import transaction

from accounts.models import User
from betting import settlement
from kmarket.errors import DomainError
from markets import imports, matches
from markets.imports import Imported, Wanted
from markets.matches import BadRow, Match

# What a run counts, in the order in which it is told.
COUNTED = ("created", "updated", "unchanged", "settled", "skipped", "bad")


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at the file tells: its rows, and when its earliest match starts."""

    rows: int
    earliest: datetime | None

    def shift_to(self, moment: datetime | None) -> timedelta:
        """Return what moves the earliest match to `moment`; None moves nothing."""
        if moment is None or self.earliest is None:
            return timedelta(0)
        return moment - self.earliest


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with each match."""

    prices: Wanted
    shift: timedelta = timedelta(0)
    # Settle the matches whose score is in the file.
    settle: bool = False
    dry_run: bool = False
    actor: User | None = None
    reason: str = imports.REASON


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one line of the file; without a match, why it is none."""

    number: int
    problems: tuple[str, ...]
    match: Match | None = None
    imported: Imported | None = None
    settled: bool = False

    def counts(self) -> Counter[str]:
        """Return what this line adds to the run's counts."""
        if self.imported is None:
            return Counter(bad=1)
        return Counter(
            {
                self.imported.outcome.value: 1,
                "settled": int(self.settled),
                "skipped": len(self.problems),
            }
        )


def survey(source: BinaryIO) -> Survey:
    """Read the file once, and rewind it.

    Raises:
        Unreadable: the file as a whole cannot be used.
    """
    rows, earliest = 0, None
    source.seek(0)
    for row in matches.read(source).rows:
        rows += 1
        if isinstance(row, Match) and (earliest is None or row.start_time < earliest):
            earliest = row.start_time
    source.seek(0)
    return Survey(rows, earliest)


def lines(rows: Iterable[Match | BadRow], plan: Plan) -> Iterator[Line]:
    """Import row by row, and say of each what became of it."""
    for row in rows:
        if isinstance(row, BadRow):
            yield Line(row.line_number, (row.reason,))
        else:
            yield _imported(row, plan)


def _imported(match: Match, plan: Plan) -> Line:
    problems = [str(note) for note in match.notes if plan.prices in {Wanted.BOTH, note.snapshot}]
    settled = False
    with transaction.atomic():
        imported = imports.import_match(
            match, prices=plan.prices, shift=plan.shift, actor=plan.actor, reason=plan.reason
        )
        problems += imported.skipped
        if plan.settle and match.score is not None:
            settled, refusal = _settled(match.score, imported.market_id, plan)
            problems += refusal
        transaction.set_rollback(plan.dry_run)
    return Line(match.line_number, tuple(problems), match, imported, settled)


def _settled(scores: tuple[int, int], market_id: int, plan: Plan) -> tuple[bool, list[str]]:
    """Settle a market, and return whether that was new, or why it was refused."""
    try:
        _, is_new = settlement.settle_market(
            market_id=market_id,
            result=settlement.Result(scores=scores),
            actor=plan.actor,
            reason=plan.reason,
        )
    except DomainError as exc:
        home, away = scores
        return False, [f"market {market_id} is not settled {home}-{away}: {exc}"]
    return is_new, []

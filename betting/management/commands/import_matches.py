"""Import matches, odds and results from a CSV with the columns of football-data.co.uk."""

import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from betting import settlement
from kmarket.errors import DomainError
from markets import imports, matches
from markets.imports import Wanted
from markets.matches import BadRow, Match

STDIN = "-"
COUNTED = ("created", "updated", "unchanged", "settled", "skipped", "bad")


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at the file tells: its rows, and when its earliest match starts."""

    rows: int
    earliest: datetime | None


class Command(BaseCommand):
    help = (
        "Import matches, odds and results from a CSV with the columns of football-data.co.uk."
        " Run again, it changes only what the file changed. Each problem is a line on standard"
        " error; the rest of the file is imported all the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE.csv", help="a path, or - for standard input")
        parser.add_argument(
            "--prices",
            choices=[wanted.value for wanted in Wanted],
            default=Wanted.OPENING,
            help="opening: what a market begins with (the default); closing: the next update",
        )
        parser.add_argument(
            "--shift-start",
            metavar="ISO-DATETIME",
            help="move all matches so that the file's earliest one starts then (UTC unless it says"
            " otherwise); give the same moment when you import the file again",
        )
        parser.add_argument(
            "--settle", action="store_true", help="settle each match whose score is in the file"
        )
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, file: str, **options: Any) -> str:
        moment = _moment(options["shift_start"])
        self._counts: Counter[str] = Counter()
        with ExitStack() as stack:
            try:
                source = stack.enter_context(_opened(file))
                survey = _survey(source)
            except OSError as exc:
                raise CommandError(f"{file} cannot be read: {exc.strerror or exc}.") from exc
            except matches.Unreadable as exc:
                raise CommandError(f"{file} cannot be imported. {exc}") from exc
            shift = timedelta(0)
            if moment is not None and survey.earliest is not None:
                shift = moment - survey.earliest
            self._import(source, survey, shift=shift, **options)
        if survey.earliest is None:
            raise CommandError(f"{file} has no usable match: {self._counts['bad']} bad rows.")
        counts = ", ".join(f"{self._counts[name]} {name}" for name in COUNTED)
        return f"{'Would import' if options['dry_run'] else 'Imported'}: {counts}."

    def _import(
        self, source: BinaryIO, survey: Survey, *, shift: timedelta, **options: Any
    ) -> None:
        sheet = matches.read(source)
        for note in sheet.notes:
            self._problem(1, "skipped", note)
        rows = tqdm(
            sheet.rows,
            total=survey.rows,
            unit=" matches",
            file=sys.stderr,
            disable=not self.stderr.isatty(),
        )
        for row in rows:
            if isinstance(row, BadRow):
                self._problem(row.line_number, "bad", row.reason)
            else:
                self._import_row(row, shift=shift, **options)

    def _import_row(self, match: Match, *, shift: timedelta, **options: Any) -> None:
        prices = Wanted(options["prices"])
        for note in match.notes:
            if prices in {Wanted.BOTH, note.snapshot}:
                self._problem(match.line_number, "skipped", str(note))
        # One transaction for each match: a long file holds no market's lock for long.
        with transaction.atomic():
            imported = imports.import_match(match, prices=prices, shift=shift)
            self._counts[imported.outcome] += 1
            for reason in imported.skipped:
                self._problem(match.line_number, "skipped", reason)
            if options["settle"] and match.score is not None:
                self._settle(match, imported.market_id, scores=match.score)
            # A dry run does the real work and takes it back: it cannot show anything else than
            # what the command would do.
            transaction.set_rollback(options["dry_run"])

    def _settle(self, match: Match, market_id: int, *, scores: tuple[int, int]) -> None:
        try:
            _, is_new = settlement.settle_market(
                market_id=market_id,
                result=settlement.Result(scores=scores),
                actor=None,
                reason=imports.REASON,
            )
        except DomainError as exc:
            home, away = scores
            reason = f"market {market_id} is not settled {home}-{away}: {exc}"
            self._problem(match.line_number, "skipped", reason)
        else:
            self._counts["settled"] += is_new

    def _problem(self, line_number: int, counted_as: str, reason: str) -> None:
        self._counts[counted_as] += 1
        # The progress bar steps aside for the line.
        with tqdm.external_write_mode(file=sys.stderr):
            self.stderr.write(f"line {line_number}: {reason}")


def _moment(text: str | None) -> datetime | None:
    """Read --shift-start. Without an offset it is UTC."""
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(
            f"--shift-start is an ISO time such as 2026-08-15T19:00, not {text!r}."
        ) from None
    if not matches.YEAR_MIN < given.year < matches.YEAR_MAX:
        raise CommandError(
            f"--shift-start lies between {matches.YEAR_MIN} and {matches.YEAR_MAX}, not {text!r}."
        )
    return given.replace(tzinfo=given.tzinfo or UTC).astimezone(UTC)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """Open a file so that it can be read twice: a pipe is copied to a temporary one."""
    with nullcontext(sys.stdin.buffer) if path == STDIN else Path(path).open("rb") as file:
        if file.seekable():
            yield file
            return
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(file, copy)
            yield copy


def _survey(source: BinaryIO) -> Survey:
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

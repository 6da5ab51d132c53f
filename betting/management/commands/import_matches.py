"""Import matches, odds and results from a CSV with the columns of football-data.co.uk."""

import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from betting import match_imports
from betting.match_imports import COUNTED, Plan, Survey
from markets import matches
from markets.imports import Wanted

STDIN = "-"


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
            "--settle",
            action="store_true",
            help="settle each match whose score is in the file, SETTLEMENT_FOUR_EYES or not",
        )
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, file: str, **options: Any) -> str:
        moment = _moment(options["shift_start"])
        self._counts: Counter[str] = Counter()
        with ExitStack() as stack:
            try:
                source = stack.enter_context(_opened(file))
                survey = match_imports.survey(source)
            except OSError as exc:
                raise CommandError(f"{file} cannot be read: {exc.strerror or exc}.") from exc
            except matches.Unreadable as exc:
                raise CommandError(f"{file} cannot be imported. {exc}") from exc
            plan = Plan(
                prices=Wanted(options["prices"]),
                shift=survey.shift_to(moment),
                settle=options["settle"],
                dry_run=options["dry_run"],
            )
            self._import(source, survey, plan)
        if survey.earliest is None:
            raise CommandError(f"{file} has no usable match: {self._counts['bad']} bad rows.")
        counts = ", ".join(f"{self._counts[name]} {name}" for name in COUNTED)
        return f"{'Would import' if options['dry_run'] else 'Imported'}: {counts}."

    def _import(self, source: BinaryIO, survey: Survey, plan: Plan) -> None:
        sheet = matches.read(source)
        for note in sheet.notes:
            self._problem(1, note)
        self._counts["skipped"] += len(sheet.notes)
        rows = tqdm(
            sheet.rows,
            total=survey.rows,
            unit=" matches",
            file=sys.stderr,
            disable=not self.stderr.isatty(),
        )
        for line in match_imports.lines(rows, plan):
            self._counts.update(line.counts())
            for problem in line.problems:
                self._problem(line.number, problem)

    def _problem(self, line_number: int, reason: str) -> None:
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

"""Apply a feed's prices: JSON lines or a CSV of matches, in a file or on standard input."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError

from markets import bulk, feed_rows, matches
from markets.feed_rows import BadRow, FeedRow
from markets.odds import Prices

STDIN = "-"


class Command(BaseCommand):
    help = (
        'Apply prices, one JSON object a line: {"market_id": 1001, "moneyline": {"home": 1.85,'
        ' "away": 2.1}}, or with "external_ref" in place of "market_id". Lines that cannot be'
        " applied are reported with their number; the rest is applied. With --csv, the prices of"
        " a CSV with the columns of football-data.co.uk, for the matches that import_matches made."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="a path, or - for standard input")
        parser.add_argument("--csv", choices=["opening", "closing"], help="which of its prices")
        parser.add_argument("--feed", default="file", help="the feed's name, for the watchdog")

    def handle(self, *args: Any, file: str, feed: str, csv: str | None, **options: Any) -> str:
        self.bad = 0
        with ExitStack() as stack:
            try:
                source: Any = sys.stdin if csv is None else sys.stdin.buffer
                if file != STDIN:
                    source = stack.enter_context(open(file, "rb"))
                rows = self._rows(source) if csv is None else self._matches(source, csv)
                report = bulk.apply_prices(feed=feed, rows=rows, actor=None)
            except OSError as exc:
                raise CommandError(f"{file} cannot be read: {exc.strerror}.") from exc
            except matches.Unreadable as exc:
                raise CommandError(f"{file} cannot be read. {exc}") from exc
        for problem in report.problems:
            self._say(problem.row, problem.message)
        done = report.applied + report.unchanged + report.held
        if self.bad and not done:
            raise CommandError(f"No line of {file} could be applied.")
        return (
            f"Applied {report.applied}, unchanged {report.unchanged}, held back {report.held},"
            f" not applied {self.bad}."
        )

    def _rows(self, lines: Any) -> Iterator[FeedRow]:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield feed_rows.read(number, json.loads(line, parse_float=Decimal))
            except (BadRow, ValueError, RecursionError) as exc:
                self._say(number, str(exc) if isinstance(exc, BadRow) else "no JSON")

    def _matches(self, source: BinaryIO, snapshot: str) -> Iterator[FeedRow]:
        for row in matches.read(source).rows:
            if isinstance(row, matches.BadRow):
                self._say(row.line_number, row.reason)
                continue
            for note in row.notes:
                if note.snapshot == snapshot:
                    self.stderr.write(f"line {row.line_number}: {note}")
            prices: Prices = getattr(row, snapshot)
            if groups := prices.groups():
                yield FeedRow(row.line_number, None, row.external_ref, groups)
            else:
                self._say(row.line_number, f"no {snapshot} prices")

    def _say(self, number: int, message: str) -> None:
        self.bad += 1
        self.stderr.write(f"line {number}: {message}")

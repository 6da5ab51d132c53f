"""Matches and average odds from a CSV with the columns of football-data.co.uk. Pure.

One row is one match: its opening odds, its closing odds, and its score once it was played. A row
that cannot be used costs itself and nothing else. Rows are read one by one, and each is one line
of the file: an unclosed quote must not swallow the rest.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, TypeVar
from zoneinfo import ZoneInfo

from kmarket.sentences import Said, said
from markets.lines import Line
from markets.odds import Group, Moneyline, Odds, Prices, Spread, Total, overround

LINE_BYTES_MAX = 64 * 1024
TEAM_CHARS_MAX = 80
SHOWN_CHARS_MAX = 40
YEAR_MIN, YEAR_MAX = 1970, 2199
SEASON_BEGINS_IN_MONTH = 7
# football-data.co.uk gives every league's times as a clock in London shows them.
LOCAL = ZoneInfo("Europe/London")
GOALS_LINE = Line.parse("2.5")

REQUIRED = ("Div", "Date", "Time", "HomeTeam", "AwayTeam")
SCORE = ("FTHG", "FTAG")
OPENING = {
    "moneyline": ("AvgH", "AvgD", "AvgA"),
    "spread": ("AHh", "AvgAHH", "AvgAHA"),
    "total": ("Avg>2.5", "Avg<2.5"),
}
CLOSING = {
    "moneyline": ("AvgCH", "AvgCD", "AvgCA"),
    "spread": ("AHCh", "AvgCAHH", "AvgCAHA"),
    "total": ("AvgC>2.5", "AvgC<2.5"),
}
LEAGUES = {
    "E0": "EPL",
    "E1": "Championship",
    "E2": "League One",
    "E3": "League Two",
    "SC0": "Scottish Premiership",
    "D1": "Bundesliga",
    "I1": "Serie A",
    "SP1": "La Liga",
    "F1": "Ligue 1",
    "N1": "Eredivisie",
    "B1": "Belgian Pro League",
    "P1": "Primeira Liga",
    "T1": "Super Lig",
    "G1": "Super League Greece",
}

Value = TypeVar("Value", Odds, Line)

_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?")
_DIVISION = re.compile(r"[A-Z]{1,3}[0-9]?")
_GOALS = re.compile(r"[0-9]{1,3}")
_DATE = re.compile(r"[0-9]{2}/[0-9]{2}/[0-9]{4}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")


class Unreadable(Said, ValueError):
    """The file as a whole cannot be used: it is empty, is no text, or lacks a required column."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A price group that a match goes without, or keeps from before."""

    snapshot: str
    group: str
    reason: str

    def __str__(self) -> str:
        about = said(f"{self.snapshot} {self.group}")
        return said("%(about)s left out: %(reason)s", about=about, reason=self.reason)


@dataclass(frozen=True, slots=True)
class Match:
    """One match as its row tells it. `start_time` is UTC, `score` is home and away goals."""

    line_number: int
    external_ref: str
    league: str
    home: str
    away: str
    start_time: datetime
    opening: Prices
    closing: Prices
    score: tuple[int, int] | None
    notes: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no match, and why."""

    line_number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened file: what all its rows go without, and the rows, read as they are asked for."""

    notes: tuple[str, ...]
    rows: Iterator[Match | BadRow]


class _Unusable(Said):
    """Why the row at hand is no match."""


def read(file: BinaryIO) -> Sheet:
    """Read the header now, and a row each time one is asked for.

    Raises:
        Unreadable: the file is empty, its header is no text, or a required column is missing.
    """
    lines = _lines(file)
    header = _header(next(lines, None))
    notes = [
        said(
            "%(columns)s missing: no %(what)s in this file",
            columns=", ".join(absent),
            what=said(what),
        )
        for what, columns in _optional()
        if (absent := [column for column in columns if column not in header])
    ]
    return Sheet(tuple(notes), _rows(lines, header))


def season(day: datetime) -> str:
    """Return the season that a day belongs to, July to June: 2025-26."""
    begins = day.year - (day.month < SEASON_BEGINS_IN_MONTH)
    return f"{begins}-{(begins + 1) % 100:02}"


def _optional() -> Iterator[tuple[str, tuple[str, ...]]]:
    for snapshot, groups in (("opening", OPENING), ("closing", CLOSING)):
        for group, columns in groups.items():
            yield f"{snapshot} {group}", columns
    yield "scores", SCORE


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Number the lines from 1. None stands for one that is too long to keep."""
    number = 0
    while line := file.readline(LINE_BYTES_MAX + 1):
        number += 1
        too_long = len(line) > LINE_BYTES_MAX
        while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            line = file.readline(LINE_BYTES_MAX + 1)
        yield number, None if too_long else line


def _header(first: tuple[int, bytes | None] | None) -> dict[str, int]:
    """Return each column's place."""
    if first is None:
        raise Unreadable("The file is empty.")
    try:
        names = _cells(first[1] and first[1].removeprefix(codecs.BOM_UTF8))
    except _Unusable as exc:
        raise Unreadable("This is no CSV file: line 1 %(why)s.", why=exc.sentence) from None
    missing = [column for column in REQUIRED if column not in names]
    if missing:
        raise Unreadable("The header has no column %(columns)s.", columns=", ".join(missing))
    read_here = {*REQUIRED, *(column for _, columns in _optional() for column in columns)}
    twice = sorted({name for name in names if names.count(name) > 1} & read_here)
    if twice:
        raise Unreadable("The header has a column twice: %(columns)s.", columns=", ".join(twice))
    return {name: place for place, name in enumerate(names)}


def _rows(
    lines: Iterator[tuple[int, bytes | None]], header: Mapping[str, int]
) -> Iterator[Match | BadRow]:
    stands_on: dict[str, int] = {}
    for number, line in lines:
        try:
            cells = _cells(line)
            # Spreadsheets end their files with lines of nothing but commas.
            if not any(cells):
                continue
            match = _match(number, _named(cells, header))
        except _Unusable as exc:
            yield BadRow(number, exc.sentence)
            continue
        earlier = stands_on.setdefault(match.external_ref, number)
        if earlier == number:
            yield match
        else:
            yield BadRow(number, said("repeats the match of line %(line)s", line=earlier))


def _cells(line: bytes | None) -> list[str]:
    if line is None:
        raise _Unusable("is longer than %(most)s bytes", most=LINE_BYTES_MAX)
    if b"\0" in line:
        raise _Unusable("has a NUL byte")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise _Unusable("is not UTF-8") from None
    try:
        rows = list(csv.reader([text], strict=True))
    except csv.Error as exc:
        raise _Unusable("is not CSV: %(why)s", why=exc) from None
    return [cell.strip() for cell in rows[0]] if rows else []


def _named(cells: list[str], header: Mapping[str, int]) -> dict[str, str]:
    if len(cells) < len(header):
        raise _Unusable(
            "has %(found)s columns, the header %(due)s", found=len(cells), due=len(header)
        )
    if any(cells[len(header) :]):
        raise _Unusable(
            "has %(found)s columns, the header only %(due)s", found=len(cells), due=len(header)
        )
    return {name: cells[place] for name, place in header.items()}


def _match(number: int, row: Mapping[str, str]) -> Match:
    division = row["Div"]
    if not _DIVISION.fullmatch(division):
        raise _Unusable("Div %(div)s is no division such as E0", div=_shown(division))
    home, away = _team(row, "HomeTeam"), _team(row, "AwayTeam")
    if home == away:
        raise _Unusable("%(team)s plays against itself", team=_shown(home))
    local = _local_start(row["Date"], row["Time"])
    opening, opening_notes = _prices("opening", OPENING, row)
    closing, closing_notes = _prices("closing", CLOSING, row)
    return Match(
        line_number=number,
        # Without the day, so that a rescheduled match is still the same.
        external_ref=f"{division}:{season(local)}:{home}:{away}",
        league=LEAGUES.get(division, division),
        home=home,
        away=away,
        start_time=local.astimezone(UTC),
        opening=opening,
        closing=closing,
        score=_score(row),
        notes=(*opening_notes, *closing_notes),
    )


def _team(row: Mapping[str, str], column: str) -> str:
    name = row[column]
    if not name:
        raise _Unusable("%(column)s is empty", column=column)
    if len(name) > TEAM_CHARS_MAX or not name.isprintable():
        raise _Unusable("%(column)s %(name)s is no team's name", column=column, name=_shown(name))
    return name


def _local_start(date: str, time: str) -> datetime:
    """Return the start in London. An hour that the clocks show twice is the first of the two."""
    if not _DATE.fullmatch(date):
        raise _Unusable("Date %(date)s is not dd/mm/yyyy", date=_shown(date))
    if not _TIME.fullmatch(time):
        raise _Unusable("Time %(time)s is not hh:mm", time=_shown(time))
    try:
        naive = datetime.strptime(f"{date} {time}", "%d/%m/%Y %H:%M")  # noqa: DTZ007
    except ValueError:
        raise _Unusable(
            "there is no %(date)s %(time)s in the calendar", date=date, time=time
        ) from None
    if not YEAR_MIN <= naive.year <= YEAR_MAX:
        raise _Unusable(
            "Date %(date)s is before %(least)s or after %(most)s",
            date=date,
            least=YEAR_MIN,
            most=YEAR_MAX,
        )
    local = naive.replace(tzinfo=LOCAL)
    if local.astimezone(UTC).astimezone(LOCAL).replace(tzinfo=None) != naive:
        raise _Unusable("the clocks in London skipped %(date)s %(time)s", date=date, time=time)
    return local


def _prices(
    snapshot: str, groups: Mapping[str, tuple[str, ...]], row: Mapping[str, str]
) -> tuple[Prices, list[Dropped]]:
    kept: dict[str, Group] = {}
    notes = []
    for name, columns in groups.items():
        cells = {column: row.get(column) for column in columns}
        # A column that the header lacks was reported there; a group without a cell is absent.
        if None in cells.values() or not any(cells.values()):
            continue
        given = {column: cell for column, cell in cells.items() if cell}
        if len(given) < len(columns):
            empty = ", ".join(column for column in columns if column not in given)
            notes.append(Dropped(snapshot, name, said("%(columns)s empty", columns=empty)))
            continue
        group = _group(name, given)
        if (margin := overround(group)) < 0:
            reason = said("its overround is below zero (%(margin).4f)", margin=float(margin))
            notes.append(Dropped(snapshot, name, reason))
            continue
        kept[name] = group
    # Prices' fields are named like the groups, each of its own kind.
    return Prices(**kept), notes  # type: ignore[arg-type]


def _group(name: str, cells: Mapping[str, str]) -> Group:
    columns = list(cells)
    if name == "moneyline":
        home, draw, away = (_parsed(Odds.parse, column, cells) for column in columns)
        return Moneyline(home, away, draw)
    if name == "total":
        over, under = (_parsed(Odds.parse, column, cells) for column in columns)
        return Total(GOALS_LINE, over, under)
    line = _parsed(Line.parse, columns[0], cells)
    home, away = (_parsed(Odds.parse, column, cells) for column in columns[1:])
    return Spread(line, home, away)


def _parsed(parse: Callable[[str], Value], column: str, cells: Mapping[str, str]) -> Value:
    cell = cells[column]
    # Decimal would also take 1_0, 1e1 and other alphabets' digits.
    if not _NUMBER.fullmatch(cell):
        raise _Unusable("%(column)s %(cell)s is no number", column=column, cell=_shown(cell))
    try:
        return parse(cell)
    except ValueError as exc:
        why = exc.args[0]
        raise _Unusable("%(column)s %(cell)s: %(why)s", column=column, cell=cell, why=why) from None


def _score(row: Mapping[str, str]) -> tuple[int, int] | None:
    home, away = (row.get(column) for column in SCORE)
    if home is None or away is None or home == away == "":
        return None
    if not (_GOALS.fullmatch(home) and _GOALS.fullmatch(away)):
        raise _Unusable(
            "the score %(home)s to %(away)s is no pair of goals",
            home=_shown(home),
            away=_shown(away),
        )
    return int(home), int(away)


def _shown(cell: str) -> str:
    """Quote what a file says, so that it can neither flood nor steer a terminal."""
    short = cell if len(cell) <= SHOWN_CHARS_MAX else cell[:SHOWN_CHARS_MAX] + "…"
    return repr(short)

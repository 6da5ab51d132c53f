"""Matches for tests: rows of our own making, and a real season where the machine has one.

    from tests.season import needs_season, season_csv  # noqa: F401

    @needs_season
    def test_…(season_csv): …

The season's file is not part of the repository. Where it is missing, such a test is skipped and
named at the end of the run.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.conf import settings

from kmarket import testing

VARIABLE = "KMARKET_MATCHES_CSV"
HEADER = (
    "Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,AvgH,AvgD,AvgA,Avg>2.5,Avg<2.5,AHh,AvgAHH,AvgAHA,"
    "AvgCH,AvgCD,AvgCA,AvgC>2.5,AvgC<2.5,AHCh,AvgCAHH,AvgCAHA"
)
LIVERPOOL = (
    "E0,15/08/2025,20:00,Liverpool,Bournemouth,4,2,H,1.31,5.96,8.31,1.35,3.13,-1.5,1.78,1.99,"
    "1.29,6.02,8.68,1.36,3.05,-1.75,1.94,1.76"
)
ROW = dict(zip(HEADER.split(","), LIVERPOOL.split(","), strict=True))


def csv_text(*rows: dict[str, str], columns: Iterable[str] = tuple(ROW)) -> str:
    """Return a file with these rows. A row names what differs from Liverpool's."""
    columns = list(columns)
    lines = [",".join(columns)]
    lines += [",".join((ROW | row).get(column, "") for column in columns) for row in rows]
    return "\n".join(lines) + "\n"


def path() -> str | None:
    """Return where the season is: what the variable says, else beside the project. Or None."""
    beside = settings.BASE_DIR.parent / "shared" / "data" / "epl-2025-26.csv"
    file = Path(os.environ.get(VARIABLE) or beside)
    return str(file) if file.is_file() else None


testing.NEEDS["season"] = testing.Need(
    path,
    f"get a season's CSV from https://football-data.co.uk and set {VARIABLE} to its path",
)
needs_season = pytest.mark.needs("season")


@pytest.fixture
def season_csv() -> Path:
    """The season's file. Only tests that are marked `needs_season` may ask for it."""
    found = path()
    assert found is not None, "mark the test with needs_season"
    return Path(found)

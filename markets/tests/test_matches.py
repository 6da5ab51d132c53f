"""What a row of football-data.co.uk says, and what a bad row costs: itself."""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from markets import matches
from markets.lines import Line
from markets.matches import BadRow, Match
from markets.odds import Moneyline, Odds, Prices, Spread, Total
from tests.season import ROW, csv_text

LIVERPOOL = Match(
    line_number=2,
    external_ref="E0:2025-26:Liverpool:Bournemouth",
    league="EPL",
    home="Liverpool",
    away="Bournemouth",
    start_time=datetime(2025, 8, 15, 19, 0, tzinfo=UTC),
    opening=Prices(
        Moneyline(Odds(131), Odds(831), Odds(596)),
        Spread(Line(-6), Odds(178), Odds(199)),
        Total(Line(10), Odds(135), Odds(313)),
    ),
    closing=Prices(
        Moneyline(Odds(129), Odds(868), Odds(602)),
        Spread(Line(-7), Odds(194), Odds(176)),
        Total(Line(10), Odds(136), Odds(305)),
    ),
    score=(4, 2),
)


def rows(content: str | bytes) -> list[Match | BadRow]:
    data = content.encode() if isinstance(content, str) else content
    return list(matches.read(io.BytesIO(data)).rows)


def only(**changes) -> Match | BadRow:
    (row,) = rows(csv_text(changes))
    return row


def test_a_row_is_a_match_with_two_sets_of_prices_and_a_score():
    assert rows(csv_text({})) == [LIVERPOOL]


def test_a_start_is_told_in_london_and_kept_in_utc():
    assert only(Date="01/01/2026", Time="17:30").start_time == datetime(
        2026, 1, 1, 17, 30, tzinfo=UTC
    )
    # The clocks went back at 02:00: half past one came twice, and the first is meant.
    assert only(Date="26/10/2025", Time="01:30").start_time == datetime(
        2025, 10, 26, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("date", "season"),
    [
        ("01/07/2025", "2025-26"),
        ("31/12/2025", "2025-26"),
        ("30/06/2026", "2025-26"),
        ("01/07/2026", "2026-27"),
        ("15/08/1999", "1999-00"),
    ],
)
def test_a_season_runs_from_july_to_june(date, season):
    assert only(Date=date).external_ref == f"E0:{season}:Liverpool:Bournemouth"


def test_a_rescheduled_match_keeps_its_reference():
    moved = only(Date="04/02/2026", Time="19:45")
    assert moved.external_ref == LIVERPOOL.external_ref
    assert moved.start_time != LIVERPOOL.start_time


def test_a_league_without_a_name_here_goes_by_its_division():
    assert only(Div="SC3").league == "SC3"
    assert only(Div="SP1").league == "La Liga"


def test_a_match_not_yet_played_has_no_score():
    assert only(FTHG="", FTAG="", FTR="").score is None


def test_empty_cells_are_groups_not_offered():
    match = only(AHh="", AvgAHH="", AvgAHA="", **{"AvgC>2.5": "", "AvgC<2.5": ""})
    assert match.opening == Prices(LIVERPOOL.opening.moneyline, None, LIVERPOOL.opening.total)
    assert match.closing == Prices(LIVERPOOL.closing.moneyline, LIVERPOOL.closing.spread, None)
    assert match.notes == ()


def test_a_group_that_would_lose_money_is_left_out_with_its_reason():
    match = only(AvgAHH="1.97", AvgAHA="4.32")
    assert match.opening == Prices(LIVERPOOL.opening.moneyline, None, LIVERPOOL.opening.total)
    assert match.closing == LIVERPOOL.closing
    assert [str(note) for note in match.notes] == [
        "opening spread left out: its overround is below zero (-0.2609)"
    ]
    assert match.notes[0].snapshot == "opening"


def test_prices_without_a_margin_are_taken():
    fair = only(AvgAHH="2.00", AvgAHA="2.00")
    assert fair.opening.spread == Spread(Line(-6), Odds(200), Odds(200))
    assert fair.notes == ()


def test_half_a_group_is_left_out_with_its_reason():
    match = only(AvgCD="", AHh="")
    assert match.opening.spread is None
    assert match.closing.moneyline is None
    assert [str(note) for note in match.notes] == [
        "opening spread left out: AHh empty",
        "closing moneyline left out: AvgCD empty",
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"HomeTeam": ""}, "HomeTeam is empty"),
        ({"AwayTeam": "  "}, "AwayTeam is empty"),
        ({"AwayTeam": "Liverpool"}, "'Liverpool' plays against itself"),
        ({"HomeTeam": "x" * 81}, f"HomeTeam '{'x' * 40}…' is no team's name"),
        ({"HomeTeam": "Li\x1b[2Jv"}, r"HomeTeam 'Li\x1b[2Jv' is no team's name"),
        ({"Div": ""}, "Div '' is no division such as E0"),
        ({"Div": "demo"}, "Div 'demo' is no division such as E0"),
        ({"Date": ""}, "Date '' is not dd/mm/yyyy"),
        ({"Date": "15/08/25"}, "Date '15/08/25' is not dd/mm/yyyy"),
        ({"Date": "2025-08-15"}, "Date '2025-08-15' is not dd/mm/yyyy"),
        ({"Date": "31/02/2026"}, "there is no 31/02/2026 20:00 in the calendar"),
        ({"Date": "08/15/2025"}, "there is no 08/15/2025 20:00 in the calendar"),
        ({"Date": "15/08/0025"}, "Date 15/08/0025 is before 1970 or after 2199"),
        ({"Time": ""}, "Time '' is not hh:mm"),
        ({"Time": "8pm"}, "Time '8pm' is not hh:mm"),
        ({"Time": "24:00"}, "there is no 15/08/2025 24:00 in the calendar"),
        (
            {"Date": "29/03/2026", "Time": "01:30"},
            "the clocks in London skipped 29/03/2026 01:30",
        ),
        ({"AvgH": "evens"}, "AvgH 'evens' is no number"),
        ({"AvgH": "1,31"}, "has 25 columns, the header only 24"),
        ({"AvgH": "1e1"}, "AvgH '1e1' is no number"),
        ({"AvgH": "1_0"}, "AvgH '1_0' is no number"),
        ({"AvgH": "\u0661.\u0663"}, "AvgH '\u0661.\u0663' is no number"),
        ({"AvgH": "NaN"}, "AvgH 'NaN' is no number"),
        ({"AvgH": "-1.31"}, "AvgH -1.31: Odds must lie between 1.01 and 1000.00."),
        ({"AvgH": "1"}, "AvgH 1: Odds must lie between 1.01 and 1000.00."),
        ({"AvgH": "1000.01"}, "AvgH 1000.01: Odds must lie between 1.01 and 1000.00."),
        ({"AvgCAHA": "1.765"}, "AvgCAHA 1.765: Odds have at most two decimals."),
        ({"AHh": "-1.6"}, "AHh -1.6: A line is a multiple of 0.25."),
        ({"AHCh": "pk"}, "AHCh 'pk' is no number"),
        ({"AHCh": "1000.25"}, "AHCh 1000.25: A line lies between -1000 and 1000."),
        ({"FTHG": ""}, "the score '' to '2' is no pair of goals"),
        ({"FTAG": "-1"}, "the score '4' to '-1' is no pair of goals"),
        ({"FTAG": "2.0"}, "the score '4' to '2.0' is no pair of goals"),
        ({"FTR": "H,,x"}, "has 26 columns, the header only 24"),
        ({"FTR": "say \0"}, "has a NUL byte"),
        ({"FTR": '"open'}, "is not CSV: unexpected end of data"),
        ({"FTR": "x" * 70_000}, "is longer than 65536 bytes"),
    ],
)
def test_a_bad_row_is_reported_with_its_line_and_the_rest_goes_on(changes, reason):
    everton = {"HomeTeam": "Everton"}
    good, bad, other = rows(csv_text({}, changes, everton))

    assert good == LIVERPOOL
    assert bad == BadRow(3, reason)
    assert (other.line_number, other.home) == (4, "Everton")


def test_a_row_that_ends_early_is_bad():
    short = csv_text({}, {"HomeTeam": "Everton"}).replace(",1.94,1.76\n", "\n", 1)
    bad, good = rows(short)
    assert bad == BadRow(2, "has 22 columns, the header 24")
    assert good.home == "Everton"


def test_bytes_that_are_no_utf_8_cost_their_row():
    content = csv_text({"HomeTeam": "Malmö"}, {}).encode("latin-1")
    assert rows(content) == [
        BadRow(2, "is not UTF-8"),
        replace(LIVERPOOL, line_number=3),
    ]
    assert only(HomeTeam="Malmö").home == "Malmö"


def test_a_match_that_is_there_twice_counts_once():
    again = {"Date": "04/02/2026", "Time": "19:45"}
    first, second, third = rows(csv_text({}, again, {}))
    assert first == LIVERPOOL
    assert second == BadRow(3, "repeats the match of line 2")
    assert third == BadRow(4, "repeats the match of line 2")


def test_a_bad_row_does_not_keep_the_good_one_out():
    bad, good = rows(csv_text({"AvgH": "?"}, {}))
    assert bad == BadRow(2, "AvgH '?' is no number")
    assert good.line_number == 3


@pytest.mark.parametrize(
    "spelled",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b'\xef\xbb\xbf"Div"' + data[3:],
        lambda data: data.rstrip(b"\n"),
        lambda data: data + b"\n\n" + b"," * 23 + b"\n",
        lambda data: data.replace(b"\n", b",,,\n"),
        lambda data: data.replace(b"Liverpool", b'"Liverpool"'),
        lambda data: data.replace(b"Liverpool", b" Liverpool "),
        lambda data: data.replace(b",1.31,", b",1.310,"),
        lambda data: data.replace(b",4,2,", b",04,2,"),
    ],
    ids=[
        "crlf",
        "bom",
        "bom and quotes",
        "no end",
        "blank",
        "commas",
        "quotes",
        "spaces",
        "0",
        "04",
    ],
)
def test_spellings_that_mean_the_same(spelled):
    assert rows(spelled(csv_text({}).encode())) == [LIVERPOOL]


def test_columns_may_stand_in_any_order_among_others():
    shuffled = ("Referee", *reversed(ROW))
    assert rows(csv_text({}, columns=shuffled)) == [LIVERPOOL]


def test_a_file_without_some_prices_or_scores_says_so_once():
    columns = [name for name in ROW if name not in {"FTAG", "AvgCH", "AvgCD", "Avg<2.5"}]
    sheet = matches.read(io.BytesIO(csv_text({}, columns=columns).encode()))
    assert sheet.notes == (
        "Avg<2.5 missing: no opening total in this file",
        "AvgCH, AvgCD missing: no closing moneyline in this file",
        "FTAG missing: no scores in this file",
    )
    (match,) = sheet.rows
    assert match.opening == Prices(LIVERPOOL.opening.moneyline, LIVERPOOL.opening.spread)
    assert match.closing == Prices(None, LIVERPOOL.closing.spread, LIVERPOOL.closing.total)
    assert (match.score, match.notes) == (None, ())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b"\n", "The header has no column Div, Date, Time, HomeTeam, AwayTeam."),
        (b"Div,Date,HomeTeam,AwayTeam\n", "The header has no column Time."),
        (b"Div;Date;Time\n", "The header has no column Div, Date, Time, HomeTeam, AwayTeam."),
        (csv_text({}).encode("utf-16"), "This is no CSV file: line 1 has a NUL byte."),
        (b"\x1f\x8b\x08 zipped \xff", "This is no CSV file: line 1 is not UTF-8."),
        (b"D" * 70_000, "This is no CSV file: line 1 is longer than 65536 bytes."),
        (
            b"Div,Date,Time,HomeTeam,AwayTeam,AvgH,Date,AvgH\n",
            "The header has a column twice: AvgH, Date.",
        ),
    ],
    ids=["empty", "blank", "no Time", "semicolons", "utf-16", "gzip", "endless", "twice"],
)
def test_a_file_that_cannot_be_used_says_why(content, reason):
    with pytest.raises(matches.Unreadable) as refusal:
        matches.read(io.BytesIO(content))
    assert str(refusal.value) == reason


def test_rows_are_read_as_they_are_asked_for():
    class Counting(io.BytesIO):
        lines = 0

        def readline(self, *args):
            self.lines += 1
            return super().readline(*args)

    file = Counting(csv_text(*({"HomeTeam": f"Team {n}"} for n in range(100))).encode())
    sheet = matches.read(file)
    assert file.lines == 1
    assert [next(sheet.rows).home, next(sheet.rows).home] == ["Team 0", "Team 1"]
    assert file.lines == 3

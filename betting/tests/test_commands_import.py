"""import_matches as an operator runs it: what it prints, what it leaves, when it fails."""

import csv
import io
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AdminAction
from betting import books, services
from betting.models import Order, Settlement
from markets import services as market_services
from markets.matches import CLOSING, OPENING
from markets.models import Market, OddsUpdate
from markets.odds import Odds
from tests.season import HEADER, LIVERPOOL, csv_text, needs_season, season_csv  # noqa: F401

SOON = datetime.now(tz=UTC).replace(microsecond=0) + timedelta(days=30)
EVERTON = {"HomeTeam": "Everton", "AwayTeam": "Chelsea", "Date": "16/08/2025", "Time": "15:00"}
FULHAM = {"HomeTeam": "Fulham", "AwayTeam": "Leeds", "Date": "14/08/2025", "Time": "20:00"}


@pytest.fixture(autouse=True)
def _database(db):
    pass


@pytest.fixture
def run(tmp_path):
    """Import rows, or a text, and return what was printed: the summary, and the problem lines."""

    def import_them(*rows, options: str = ""):
        file = tmp_path / "matches.csv"
        if rows:
            file.write_text(rows[0] if isinstance(rows[0], str) else csv_text(*rows))
        return printed(str(file), *options.split())

    return import_them


def printed(*args: str) -> tuple[str, list[str]]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_matches", *args, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue().splitlines()


def summary(verb: str = "Imported", **counts: int) -> str:
    names = ("created", "updated", "unchanged", "settled", "skipped", "bad")
    return f"{verb}: {', '.join(f'{counts.get(name, 0)} {name}' for name in names)}.\n"


def homes() -> list[str]:
    return list(Market.objects.order_by("pk").values_list("home_team", flat=True))


def test_matches_become_markets_and_the_same_again_changes_nothing(run):
    assert run({}, EVERTON) == (summary(created=2), [])
    assert homes() == ["Liverpool", "Everton"]
    assert set(OddsUpdate.objects.values_list("seq", "source", "home")) == {(1, "import", 131)}

    assert run(options="--prices closing") == (summary(updated=2), [])
    assert run(options="--prices both") == (summary(unchanged=2), [])
    assert run() == (summary(unchanged=2), [])
    assert set(OddsUpdate.objects.values_list("seq", "home")) == {(1, 131), (2, 129)}


def test_each_problem_is_a_line_and_the_rest_goes_in(run):
    rows = [{}, {"AvgH": "1.305"}, EVERTON, EVERTON, FULHAM | {"AvgAHH": "1.97", "AvgAHA": "4.32"}]

    assert run(*rows) == (
        summary(created=3, skipped=1, bad=2),
        [
            "line 3: AvgH 1.305: Odds have at most two decimals.",
            "line 5: repeats the match of line 4",
            "line 6: opening spread left out: its overround is below zero (-0.2609)",
        ],
    )
    assert homes() == ["Liverpool", "Everton", "Fulham"]
    # A note about prices that this run does not apply would only be in the way.
    assert run(options="--prices closing")[1] == [
        "line 3: AvgH 1.305: Odds have at most two decimals.",
        "line 5: repeats the match of line 4",
    ]


def test_missing_price_columns_are_told_once(run):
    columns = [column for column in HEADER.split(",") if column not in {"AvgD", "FTHG"}]
    assert run(csv_text({}, EVERTON, columns=columns), options="--settle") == (
        summary(created=2, skipped=2),
        [
            "line 1: AvgD missing: no opening moneyline in this file",
            "line 1: FTHG missing: no scores in this file",
        ],
    )


def test_scores_settle_their_markets_once(run, alice):
    unplayed = EVERTON | {"FTHG": "", "FTAG": "", "FTR": ""}
    run({}, unplayed, options=f"--shift-start {SOON.isoformat()}")
    market = Market.objects.get(home_team="Liverpool")
    services.place_order(
        user=alice,
        market_id=market.pk,
        option=4,
        stake=100,
        seen_odds=Odds(178),
        now=datetime.now(tz=UTC),
    )

    options = f"--prices both --settle --shift-start {SOON.isoformat()}"
    assert run(options=options) == (summary(updated=2, settled=1), [])

    order = Order.objects.get()
    assert (order.result, order.payout) == ("WIN", 178)
    market.refresh_from_db()
    assert (market.status, market.home_score, market.away_score) == ("settled", 4, 2)
    assert market.winning_option == 1
    settlement = Settlement.objects.get()
    assert (settlement.reason, settlement.settled_by) == ("import", None)
    assert books.differences() == []
    assert run(options=options) == (summary(unchanged=2), [])
    assert Settlement.objects.count() == 1


def test_another_score_is_reported_and_changes_nothing(run):
    run({}, options="--settle")
    market = Market.objects.get()

    assert run({"FTHG": "3"}, EVERTON, options="--settle") == (
        summary(created=1, unchanged=1, settled=1, skipped=1),
        [
            f"line 2: market {market.pk} is not settled 3-2: The market has another result"
            " already: a correction is a resettlement."
        ],
    )
    market.refresh_from_db()
    assert (market.home_score, market.away_score) == (4, 2)


def test_the_earliest_match_starts_at_the_given_moment(run):
    options = f"--shift-start {SOON.isoformat()}"
    run({}, EVERTON, FULHAM, options=options)

    # Fulham's is the earliest, Liverpool's a day later, Everton's 19 hours after that.
    starts = Market.objects.order_by("start_time").values_list("home_team", "start_time")
    assert list(starts) == [
        ("Fulham", SOON),
        ("Liverpool", SOON + timedelta(days=1)),
        ("Everton", SOON + timedelta(days=1, hours=19)),
    ]
    assert run(options=options) == (summary(unchanged=3), [])


def test_a_forgotten_shift_closes_no_market(run):
    run({}, options=f"--shift-start {SOON.isoformat()}")
    market = Market.objects.get()
    assert run() == (
        summary(unchanged=1, skipped=1),
        [
            f"line 2: market {market.pk}: its start stays {SOON:%Y-%m-%d %H:%M} UTC,"
            " for 2025-08-15 19:00 UTC has passed"
        ],
    )
    assert not Market.objects.due().exists()


def test_a_bad_row_has_no_say_in_the_shift(run):
    run({}, FULHAM | {"AvgH": "?"}, options=f"--shift-start {SOON.isoformat()}")
    assert Market.objects.get().start_time == SOON


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2030-08-15T19:00", datetime(2030, 8, 15, 19, 0, tzinfo=UTC)),
        ("2030-08-15T19:00Z", datetime(2030, 8, 15, 19, 0, tzinfo=UTC)),
        ("2030-08-15T19:00+02:00", datetime(2030, 8, 15, 17, 0, tzinfo=UTC)),
        ("2030-08-15", datetime(2030, 8, 15, tzinfo=UTC)),
    ],
)
def test_a_moment_without_an_offset_is_utc(run, given, meant):
    run({}, options=f"--shift-start {given}")
    assert Market.objects.get().start_time == meant


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ("tomorrow", "--shift-start is an ISO time such as 2026-08-15T19:00, not 'tomorrow'."),
        ("15/08/2026", "--shift-start is an ISO time such as 2026-08-15T19:00, not '15/08/2026'."),
        (
            "9999-12-31T23:00-05:00",
            "--shift-start lies between 1970 and 2199, not '9999-12-31T23:00-05:00'.",
        ),
    ],
)
def test_a_moment_that_is_none_is_refused(run, given, refusal):
    with pytest.raises(CommandError) as error:
        run({}, options=f"--shift-start {given}")
    assert str(error.value) == refusal
    assert not Market.objects.exists()


def test_a_rescheduled_match_moves_its_market(run):
    options = f"--shift-start {SOON.isoformat()}"
    run({}, EVERTON, options=options)

    later = EVERTON | {"Date": "23/08/2025"}
    assert run({}, later, options=options) == (summary(updated=1, unchanged=1), [])
    everton = Market.objects.get(home_team="Everton")
    assert everton.start_time == SOON + timedelta(days=7, hours=19)


@pytest.mark.django_db(transaction=True)
def test_matches_of_the_past_are_closed_by_the_clock_before_their_closing_odds(run):
    run({})
    market_services.close_due()
    market = Market.objects.get()

    assert run(EVERTON, {}, options="--prices closing") == (
        summary(created=1, unchanged=1, skipped=1),
        [f"line 3: market {market.pk} is closed: its prices stay"],
    )
    assert market.updates.count() == 2


@pytest.mark.django_db(transaction=True)
def test_both_prices_of_matches_of_the_past_go_in_together(run):
    assert run({}, EVERTON, options="--prices both") == (summary(created=2), [])
    assert len(market_services.close_due()) == 2
    assert run(options="--prices both") == (summary(unchanged=2), [])
    assert set(OddsUpdate.objects.values_list("seq", "home", "status")) == {
        (1, 131, "active"),
        (2, 129, "active"),
        (3, 129, "closed"),
    }


def test_a_dry_run_counts_the_same_and_leaves_nothing(run):
    rows = [{}, {"HomeTeam": ""}, EVERTON]
    options = "--prices both --settle --dry-run"

    assert run(*rows, options=options) == (
        summary("Would import", created=2, settled=2, bad=1),
        ["line 3: HomeTeam is empty"],
    )
    assert not Market.objects.exists()
    assert not Settlement.objects.exists()
    assert not AdminAction.objects.exists()

    run(*rows)
    assert run(options="--prices closing --dry-run")[0] == summary("Would import", updated=2, bad=1)
    assert set(OddsUpdate.objects.values_list("seq", flat=True)) == {1}


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_is_shown_on_a_terminal_only(tmp_path, monkeypatch, is_terminal):
    class Screen(io.StringIO):
        def isatty(self):
            return is_terminal

    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    file = tmp_path / "matches.csv"
    file.write_text(csv_text({}, {"HomeTeam": ""}))
    call_command("import_matches", str(file), stderr=screen, stdout=io.StringIO(), no_color=True)

    shown = screen.getvalue()
    assert ("100%" in shown, "2/2" in shown) == (is_terminal, is_terminal)
    assert "line 3: HomeTeam is empty\n" in shown


@pytest.mark.parametrize("seekable", [True, False], ids=["a file", "a pipe"])
def test_a_dash_is_standard_input(monkeypatch, seekable):
    class Input(io.BytesIO):
        def seekable(self):
            return seekable

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(Input(csv_text({}, EVERTON).encode())))
    assert printed("-") == (summary(created=2), [])


@pytest.mark.parametrize(
    ("content", "refusal", "lines"),
    [
        ("", "{file} cannot be imported. The file is empty.", []),
        (
            "Div,Date,Time,HomeTeam\n",
            "{file} cannot be imported. The header has no column AwayTeam.",
            [],
        ),
        (f"{HEADER}\n", "{file} has no usable match: 0 bad rows.", []),
        (
            f"{HEADER}\n{LIVERPOOL},x\nE0\n",
            "{file} has no usable match: 2 bad rows.",
            [
                "line 2: has 25 columns, the header only 24",
                "line 3: has 1 columns, the header 24",
            ],
        ),
    ],
    ids=["empty", "a column missing", "no rows", "no good row"],
)
def test_a_file_without_matches_fails_and_says_why(tmp_path, capsys, content, refusal, lines):
    file = tmp_path / "matches.csv"
    file.write_text(content)
    with pytest.raises(CommandError) as error:
        call_command("import_matches", str(file))
    assert str(error.value) == refusal.format(file=file)
    assert error.value.returncode == 1
    assert capsys.readouterr().err.splitlines() == lines


def test_a_file_that_cannot_be_opened_fails_with_its_name(tmp_path):
    with pytest.raises(CommandError) as error:
        printed(str(tmp_path / "away.csv"))
    assert str(error.value) == f"{tmp_path}/away.csv cannot be read: No such file or directory."
    with pytest.raises(CommandError, match="Is a directory"):
        printed(str(tmp_path))


@needs_season
def test_a_real_season_goes_in_moves_and_settles(season_csv):  # noqa: F811
    with season_csv.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    dropped = {
        name: [f"line {number}" for number, row in enumerate(rows, 2) if _loses_money(row, name)]
        for name in ("opening", "closing")
    }
    shift = ["--shift-start", SOON.isoformat()]

    def imported(*options: str) -> tuple[str, list[str]]:
        text, problems = printed(str(season_csv), *shift, *options)
        return text, [problem.split(":")[0] for problem in problems]

    opening, closing = dropped["opening"], dropped["closing"]
    assert imported() == (summary(created=len(rows), skipped=len(opening)), opening)
    assert imported("--prices", "closing") == (
        summary(updated=len(rows), skipped=len(closing)),
        closing,
    )
    assert imported("--prices", "both")[0] == summary(
        unchanged=len(rows), skipped=len(opening) + len(closing)
    )
    assert Market.objects.filter(seq=2, status="active").count() == len(rows)
    assert Market.objects.order_by("start_time")[0].start_time == SOON

    assert imported("--prices", "closing", "--settle")[0] == summary(
        unchanged=len(rows), settled=len(rows), skipped=len(closing)
    )
    assert {
        (market.home_team, market.away_team): (market.home_score, market.away_score)
        for market in Market.objects.filter(status="settled")
    } == {(row["HomeTeam"], row["AwayTeam"]): (int(row["FTHG"]), int(row["FTAG"])) for row in rows}
    assert books.differences() == []


def _loses_money(row: dict[str, str], snapshot: str) -> bool:
    """Tell whether one of the groups has an overround below zero."""
    columns = {"opening": OPENING, "closing": CLOSING}[snapshot].values()
    odds = [[float(row[name]) for name in group if not name.startswith("AH")] for group in columns]
    return any(sum(1 / price for price in prices) < 1 for prices in odds)

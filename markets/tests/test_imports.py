"""From a match to its market: made once, priced once, moved with its match."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from accounts.models import AdminAction
from markets import errors, imports, lifecycle, matches, services
from markets.imports import Imported, Outcome, Wanted
from markets.lifecycle import Event
from markets.lines import Line
from markets.matches import Match
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds, Prices, Spread, Total
from tests.season import csv_text

REF = "E0:2025-26:Liverpool:Bournemouth"
OPENING = Prices(
    Moneyline(Odds(131), Odds(831), Odds(596)),
    Spread(Line(-6), Odds(178), Odds(199)),
    Total(Line(10), Odds(135), Odds(313)),
)
CLOSING = Prices(
    Moneyline(Odds(129), Odds(868), Odds(602)),
    Spread(Line(-7), Odds(194), Odds(176)),
    Total(Line(10), Odds(136), Odds(305)),
)
START = datetime(2025, 8, 15, 19, 0, tzinfo=UTC)
FAR_AHEAD = timedelta(days=36_500)


def match(**changes: str) -> Match:
    (read,) = matches.read(io.BytesIO(csv_text(changes).encode())).rows
    assert isinstance(read, Match), read
    return read


def run(given: Match, prices: str = "opening", shift: timedelta = timedelta(0)) -> Imported:
    return imports.import_match(given, prices=Wanted(prices), shift=shift)


def history() -> list[Prices]:
    return [update.prices for update in OddsUpdate.objects.order_by("market", "seq")]


def feed(market_id: int, **groups) -> None:
    services.set_odds(
        market_id=market_id,
        changes=groups,
        actor=None,
        source=OddsUpdate.Source.FEED,
        reason="feed",
        force=True,
    )


@pytest.fixture(autouse=True)
def _database(db):
    pass


def test_a_match_becomes_an_open_market_at_its_opening_odds():
    imported = run(match(), shift=timedelta(days=365))

    market = Market.objects.get()
    assert imported == Imported(market.pk, Outcome.CREATED)
    assert (market.title, market.league) == ("Liverpool vs Bournemouth", "EPL")
    assert (market.category, market.external_ref) == ("sports", REF)
    assert (market.status, market.live, market.seq) == ("active", False, 1)
    assert market.start_time == START + timedelta(days=365)
    update = market.updates.get()
    assert (update.prices, update.source, update.reason) == (OPENING, "import", "import")
    assert list(market.options.order_by("number").values_list("number", flat=True)) == [
        *range(1, 8)
    ]
    assert AdminAction.objects.get().actor is None


@pytest.mark.parametrize(
    ("runs", "outcomes", "expected"),
    [
        ("opening", "created", [OPENING]),
        ("closing", "created", [CLOSING]),
        ("both", "created", [OPENING, CLOSING]),
        ("opening opening", "created unchanged", [OPENING]),
        ("opening closing", "created updated", [OPENING, CLOSING]),
        ("opening both", "created updated", [OPENING, CLOSING]),
        ("closing opening", "created unchanged", [CLOSING]),
        ("closing closing", "created unchanged", [CLOSING]),
        ("closing both", "created unchanged", [CLOSING]),
        ("both opening", "created unchanged", [OPENING, CLOSING]),
        ("both closing", "created unchanged", [OPENING, CLOSING]),
        ("both both", "created unchanged", [OPENING, CLOSING]),
        (
            "opening closing opening both",
            "created updated unchanged unchanged",
            [OPENING, CLOSING],
        ),
    ],
)
def test_prices_are_applied_once_in_whatever_order_the_runs_come(runs, outcomes, expected):
    became = [run(match(), prices).outcome for prices in runs.split()]

    assert became == outcomes.split()
    assert history() == expected
    assert Market.objects.get().seq == len(expected)


@pytest.mark.parametrize(
    ("prices", "expected"),
    [("opening", [OPENING]), ("closing", [CLOSING]), ("both", [OPENING, CLOSING])],
)
def test_a_market_without_prices_gets_its_first(prices, expected):
    unpriced = replace(match(), opening=Prices(), closing=Prices())
    assert run(unpriced, "both").outcome == "created"
    assert history() == []
    assert run(unpriced, "both").outcome == "unchanged"

    assert run(match(), prices).outcome == "updated"
    assert history() == expected
    assert run(match(), prices).outcome == "unchanged"


def test_groups_that_the_file_leaves_out_stay():
    run(match(AvgAHH="1.97", AvgAHA="4.32"))
    assert history() == [replace(OPENING, spread=None)]

    run(match(**{"AvgC>2.5": "", "AvgC<2.5": ""}), "closing")
    assert history()[-1] == replace(CLOSING, total=OPENING.total)


def test_what_a_feed_has_moved_since_is_not_undone():
    market_id = run(match(), "both").market_id
    moved = Moneyline(Odds(140), Odds(700), Odds(550))
    feed(market_id, moneyline=moved)

    for prices in ("opening", "closing", "both"):
        assert run(match(), prices) == Imported(market_id, Outcome.UNCHANGED)
    assert history() == [OPENING, CLOSING, replace(CLOSING, moneyline=moved)]


def test_a_corrected_file_is_applied_and_so_is_its_correction_back():
    run(match(), "both")
    corrected = match(AvgCH="1.30")

    assert run(corrected, "both").outcome == "updated"
    assert run(corrected, "both").outcome == "unchanged"
    assert run(match(), "both").outcome == "updated"
    assert [prices.moneyline.home.hundredths for prices in history()] == [131, 129, 130, 129]


def test_closing_odds_may_be_far_from_opening_ones():
    run(match(AHh="1.5", AvgH="3.20", AvgD="3.30", AvgA="2.30"))
    assert run(match(), "closing").outcome == "updated"
    assert history()[-1] == CLOSING


def test_a_rescheduled_match_moves_its_market():
    market_id = run(match()).market_id
    later = match(Date="04/02/2026", Time="19:45")

    moved = "start 2025-08-15 19:00 UTC → 2026-02-04 19:45 UTC"
    assert run(later) == Imported(market_id, Outcome.UPDATED, changes=(moved,))
    assert run(later) == Imported(market_id, Outcome.UNCHANGED)

    market = Market.objects.get()
    assert market.start_time == datetime(2026, 2, 4, 19, 45, tzinfo=UTC)
    assert [(update.start_time, update.prices) for update in market.updates.order_by("seq")] == [
        (START, OPENING),
        (market.start_time, OPENING),
    ]
    action = AdminAction.objects.get(action="market.edit")
    assert (action.reason, action.actor) == ("import", None)


def test_a_shift_moves_rescheduled_matches_too():
    shift = timedelta(days=400, minutes=7)
    run(match(), "both", shift)
    assert run(match(), "both", shift).outcome == "unchanged"
    assert run(match(Date="04/02/2026"), "both", shift).outcome == "updated"
    assert Market.objects.get().start_time == datetime(2026, 2, 4, 20, 0, tzinfo=UTC) + shift


def test_a_start_does_not_move_from_the_future_into_the_past():
    """Or a forgotten shift would close every market of the file, for good."""
    market_id = run(match(), shift=FAR_AHEAD).market_id

    assert run(match(), "closing") == Imported(
        market_id,
        Outcome.UPDATED,
        (
            f"market {market_id}: its start stays 2125-07-22 19:00 UTC,"
            " for 2025-08-15 19:00 UTC has passed",
        ),
        (
            "moneyline home 1.31, draw 5.96, away 8.31 → home 1.29, draw 6.02, away 8.68",
            "spread line -1.5, home 1.78, away 1.99 → line -1.75, home 1.94, away 1.76",
            "total line 2.5, over 1.35, under 3.13 → line 2.5, over 1.36, under 3.05",
        ),
    )
    assert Market.objects.get().start_time == START + FAR_AHEAD
    assert history() == [OPENING, CLOSING]
    assert not AdminAction.objects.filter(action="market.edit").exists()


def test_a_pinned_market_is_reported_and_not_touched(trader):
    market_id = run(match()).market_id
    services.set_odds(
        market_id=market_id,
        changes={"total": None},
        actor=trader,
        source=OddsUpdate.Source.ADMIN,
        reason="by hand",
    )
    before = history()

    closing = run(match(), "closing")
    both = run(match(Date="04/02/2026"), "closing")

    assert closing == Imported(
        market_id, Outcome.UNCHANGED, (f"market {market_id} is pinned: its prices stay",)
    )
    assert both.skipped == (
        f"market {market_id} is pinned: its start stays 2025-08-15 19:00 UTC, its prices stay",
    )
    assert run(match(), "opening") == Imported(market_id, Outcome.UNCHANGED)
    assert history() == before
    assert Market.objects.get().start_time == START

    services.release_odds(market_id=market_id, actor=trader, reason="calm again")
    assert run(match(), "closing").outcome == "updated"
    assert history()[-1] == CLOSING


@pytest.mark.parametrize("event", [Event.CLOSE, Event.VOID])
def test_a_market_that_is_over_is_reported_and_not_touched(event):
    market_id = run(match()).market_id
    market = Market.objects.get()
    over = lifecycle.after("active", event)
    Market.objects.filter(pk=market_id).update(status=over)

    assert run(match(), "closing") == Imported(
        market_id, Outcome.UNCHANGED, (f"market {market_id} is {over}: its prices stay",)
    )
    assert run(match(Time="12:30")).skipped == (
        f"market {market_id} is {over}: its start stays 2025-08-15 19:00 UTC",
    )
    assert run(match()) == Imported(market_id, Outcome.UNCHANGED)
    assert history() == [OPENING]
    market.refresh_from_db()
    assert (market.seq, market.start_time) == (1, START)


def test_a_suspended_market_is_priced_and_stays_suspended():
    market_id = run(match()).market_id
    services.change_status(market_id=market_id, event=Event.SUSPEND, actor=None, reason="rain")

    assert run(match(), "closing").outcome == "updated"
    assert history() == [OPENING, OPENING, CLOSING]
    assert Market.objects.get().status == "suspended"


def test_prices_that_are_refused_are_reported_and_the_start_moves_all_the_same(open_market):
    two_way = Prices(Moneyline(Odds(131), Odds(400)))
    market = open_market(
        two_way,
        external_ref=REF,
        source=OddsUpdate.Source.FEED,
        start_time=datetime(2027, 1, 1, tzinfo=UTC),
    )

    imported = run(match(), "closing", FAR_AHEAD)

    assert imported == Imported(
        market.pk,
        Outcome.UPDATED,
        (f"market {market.pk}: its prices stay. {errors.WaysAreFixed.message}",),
        ("start 2027-01-01 00:00 UTC → 2125-07-22 19:00 UTC",),
    )
    assert history() == [two_way, two_way]
    assert Market.objects.get().start_time == START + FAR_AHEAD


@pytest.mark.parametrize("snapshot", ["opening", "closing"])
def test_prices_that_would_lose_money_make_no_market(snapshot):
    bad = replace(match(), **{snapshot: Prices(Moneyline(Odds(400), Odds(400), Odds(400)))})
    with pytest.raises(errors.NegativeMargin):
        run(bad, "both")
    assert not Market.objects.exists()
    assert not AdminAction.objects.exists()


def test_an_import_names_its_actor(trader):
    imports.import_match(match(), prices=Wanted.BOTH, shift=timedelta(0), actor=trader)
    assert set(OddsUpdate.objects.values_list("changed_by", flat=True)) == {trader.pk}


def test_an_unchanged_match_costs_few_queries(django_assert_num_queries):
    run(match(), "both")
    # The savepoint and its release, the reference, the lock, the market, its prices.
    with django_assert_num_queries(6):
        run(match(), "both")


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_make_one_market():
    together = Barrier(2)

    def import_it(prices):
        try:
            together.wait()
            return run(match(), prices).outcome
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(import_it, ["opening", "opening"]))

    assert outcomes == ["created", "unchanged"]
    assert history() == [OPENING]

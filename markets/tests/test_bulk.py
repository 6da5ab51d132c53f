"""A feed's batch: what is applied, held, refused; silence and its end; the API and the command."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from conftest import ALL_GROUPS
from markets import bulk, feed_rows, feeds, selectors, services, signals
from markets.feed_rows import BadRow
from markets.lifecycle import Event
from markets.lines import Line
from markets.models import Feed, HeldPrice, OddsUpdate
from markets.odds import Moneyline, Odds, Prices, Spread, Total
from tests.season import csv_text

pytestmark = pytest.mark.django_db(transaction=True)

JSON = "application/json"


def row(market, home, away, **more):
    prices = {"home": Decimal(str(home)), "away": Decimal(str(away))}
    return {"market_id": market.pk, "moneyline": prices, **more}


def apply(*rows, feed="sharp"):
    read = [feed_rows.read(number, row) for number, row in enumerate(rows, start=1)]
    return bulk.apply_prices(feed=feed, rows=read, actor=None)


def present(market):
    market.refresh_from_db()
    return selectors.current_update(market)


def reasons(report):
    return [(problem.row, problem.reason) for problem in report.problems]


def test_a_batch_gives_every_change_its_seq_and_announces_once(open_market):
    first, second = open_market(), open_market()
    heard = []

    def remember(updates, **_):
        heard.append([(update.market_id, update.seq) for update in updates])

    signals.odds_changed.connect(remember)
    try:
        report = apply(row(first, 1.9, 2.05), row(second, 1.8, 2.2), row(first, 1.91, 2.04))
    finally:
        signals.odds_changed.disconnect(remember)

    assert (report.applied, report.unchanged, report.held, report.problems) == (3, 0, 0, [])
    assert heard == [[(first.pk, 2), (first.pk, 3), (second.pk, 2)]]
    update = present(first)
    assert (update.seq, update.source) == (3, "feed")
    assert update.prices.moneyline == Moneyline(Odds(191), Odds(204))
    assert first.feed == Feed.objects.get(name="sharp")


def test_absent_groups_stay_and_null_takes_one_off(open_market):
    market = open_market(ALL_GROUPS)
    apply({"market_id": market.pk, "spread": None})
    assert present(market).prices == Prices(ALL_GROUPS.moneyline, None, ALL_GROUPS.total)


def test_a_market_is_found_by_its_reference_and_gets_its_options(open_market):
    market = open_market(external_ref="E0:one")
    line = {"line": Decimal("-0.25"), "home": Decimal("1.9"), "away": Decimal("1.9")}
    report = apply(
        {"external_ref": "E0:one", "spread": line}, {"external_ref": "E0:none", "spread": line}
    )
    assert reasons(report) == [(2, "NO_SUCH_MARKET")]
    assert present(market).prices.spread.line.quarters == -1
    assert set(market.options.values_list("number", flat=True)) == {1, 2, 4, 5}


def test_what_is_there_already_changes_nothing(market):
    report = apply(row(market, 1.85, 2.10))
    assert (report.applied, report.unchanged) == (0, 1)
    assert present(market).seq == 1


def test_a_negative_margin_is_left_out_and_the_rest_applied(market):
    total = {"line": 220, "over": Decimal("1.9"), "under": Decimal("1.9")}
    report = apply(row(market, 2.2, 2.2, total=total))
    assert reasons(report) == [(1, "NEGATIVE_MARGIN")]
    assert report.applied == 1
    prices = present(market).prices
    assert prices.moneyline == Moneyline(Odds(185), Odds(210))
    assert prices.total.line.quarters == 880


def test_closed_markets_other_ways_and_unknown_markets_are_reported(open_market, trader):
    closed, market = open_market(), open_market()
    services.change_status(market_id=closed.pk, event=Event.CLOSE, actor=trader, reason="x")
    three_way = row(market, 2.5, 2.9)
    three_way["moneyline"]["draw"] = Decimal("3.2")
    report = apply(
        row(closed, 1.9, 2.05),
        three_way,
        {"market_id": 4711, "total": None},
        row(market, 1.9, 2.05),
    )
    assert reasons(report) == [(1, "MARKET_NOT_OPEN"), (2, "WAYS_ARE_FIXED"), (3, "NO_SUCH_MARKET")]
    assert report.applied == 1
    assert present(market).seq == 2
    assert present(closed).seq == 2


def test_a_pinned_market_keeps_its_prices_and_the_feeds_are_held(market, trader):
    services.set_odds(
        market_id=market.pk,
        changes={"moneyline": Moneyline(Odds(190), Odds(205))},
        actor=trader,
        source=OddsUpdate.Source.ADMIN,
        reason="news",
    )
    report = apply(row(market, 1.8, 2.2), row(market, 1.81, 2.19))
    assert (report.applied, report.held) == (0, 2)
    assert present(market).prices.moneyline == Moneyline(Odds(190), Odds(205))
    held = HeldPrice.objects.get(market=market)
    assert held.changes == {"moneyline": {"home": "1.81", "away": "2.19"}}

    services.release_odds(market_id=market.pk, actor=trader, reason="over")
    assert apply(row(market, 1.8, 2.2)).applied == 1


def age(feed, seconds):
    heard = datetime.now(tz=UTC) - timedelta(seconds=seconds)
    Feed.objects.filter(name=feed).update(heard_at=heard)


def test_a_silent_feed_suspends_its_markets_and_its_next_price_resumes_them(open_market):
    fed, other, by_hand = open_market(), open_market(), open_market()
    apply(row(fed, 1.9, 2.05))
    apply(row(other, 1.9, 2.05), feed="slow")
    age("sharp", 61)

    assert feeds.suspend_silent(seconds=60) == [fed.pk]
    assert feeds.suspend_silent(seconds=60) == []

    assert [present(market).status for market in (fed, other, by_hand)] == [
        "suspended",
        "active",
        "active",
    ]
    assert present(fed).reason == "FEED_SILENT"
    # The same price again: it is not new, but the feed is back.
    assert apply(row(fed, 1.9, 2.05)).applied == 1
    update = present(fed)
    assert (update.status, fed.status, update.seq) == ("active", "active", 4)


def test_the_watchdog_can_be_switched_off(market):
    apply(row(market, 1.9, 2.05))
    age("sharp", 10**6)
    assert feeds.suspend_silent(seconds=0) == []


def test_silence_says_nothing_about_a_price_set_by_hand_since(market, trader):
    apply(row(market, 1.9, 2.05))
    services.set_odds(
        market_id=market.pk,
        changes={"moneyline": Moneyline(Odds(191), Odds(204))},
        actor=trader,
        source=OddsUpdate.Source.ADMIN,
        reason="news",
    )
    age("sharp", 61)
    assert feeds.suspend_silent(seconds=60) == []


def test_a_market_that_an_operator_suspended_is_not_resumed_by_a_feed(market, trader):
    services.change_status(market_id=market.pk, event=Event.SUSPEND, actor=trader, reason="VAR")
    assert apply(row(market, 1.9, 2.05)).applied == 1
    assert present(market).status == "suspended"


def test_a_batch_takes_as_many_statements_for_many_rows_as_for_few(
    open_market, django_assert_num_queries, monkeypatch
):
    # It is asked once a second, whatever is applied.
    monkeypatch.setattr("markets.caches.recent_epoch", lru_cache(lambda second: "e"))
    markets = [open_market() for _ in range(20)]
    with django_assert_num_queries(12) as few:
        apply(row(markets[0], 1.9, 2.05))
    with django_assert_num_queries(len(few)):
        apply(
            *[row(market, round(1.8 + n / 100, 2), 2.05) for n in range(10) for market in markets]
        )


BAD_ROWS = [
    7,
    {},
    {"market_id": 1},
    {"market_id": 1, "external_ref": "x", "total": None},
    {"market_id": -1, "total": None},
    {"market_id": True, "total": None},
    {"external_ref": "", "total": None},
    {"external_ref": "nul\0", "total": None},
    {"market_id": 1, "corners": None},
    {"market_id": 1, "moneyline": {"home": 2}},
    {"market_id": 1, "moneyline": {"home": 2, "away": 2, "tie": 2}},
    {"market_id": 1, "moneyline": {"home": "2", "away": 2}},
    {"market_id": 1, "moneyline": {"home": None, "away": 2}},
    {"market_id": 1, "moneyline": {"home": Decimal("1.855"), "away": 2}},
    {"market_id": 1, "spread": {"line": Decimal("0.1"), "home": 2, "away": 2}},
    {"market_id": 1, "total": [1, 2, 3]},
]


@pytest.mark.parametrize("bad", BAD_ROWS, ids=repr)
def test_a_row_of_another_shape_is_refused(bad):
    with pytest.raises(BadRow):
        feed_rows.read(1, bad)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["market_id", "moneyline", "home", "away", "draw", "spread", "line", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(json_like)
def test_no_row_breaks_the_reader(anything):
    try:
        feed_rows.read(1, anything)
    except BadRow:
        return


def test_the_api_reports_row_by_row(operator_client, alice_client, market):
    updates = [
        {"market_id": market.pk, "moneyline": {"home": 1.9, "away": 2.05}},
        {"market_id": market.pk, "moneyline": {"home": 1.905, "away": 2.05}},
        {"market_id": 4711, "total": None},
    ]
    body = {"feed": "sharp", "updates": updates}
    path = "/api/v1/admin/odds/bulk"
    answer = operator_client.post(path, body, content_type=JSON)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "applied": 1,
            "unchanged": 0,
            "held": 0,
            "problems": [
                {
                    "row": 2,
                    "reason": "BAD_ROW",
                    "message": "moneyline: Odds have at most two decimals.",
                },
                {"row": 3, "reason": "NO_SUCH_MARKET", "message": "There is no such market."},
            ],
        },
    )
    assert present(market).changed_by.username == "trader"
    for bad in ({}, {"feed": "", "updates": []}, {"feed": "x", "updates": {}}, {**body, "x": 1}):
        assert operator_client.post(path, bad, content_type=JSON).status_code == 400
    assert alice_client.post(path, body, content_type=JSON).status_code == 403


def test_a_batch_may_be_larger_than_other_bodies(operator_client, market):
    updates = [{"market_id": market.pk, "total": None}] * 5000
    body = json.dumps({"feed": "sharp", "updates": updates})
    assert len(body) > 65_536
    path = "/api/v1/admin/odds/bulk"
    assert operator_client.post(path, body, content_type=JSON).json()["unchanged"] == 5000
    too_large = operator_client.post(path, " " * 8_400_000, content_type=JSON)
    assert too_large.status_code == 413


def test_ingest_odds_applies_lines_and_names_the_bad_ones(market, tmp_path, capsys):
    path = tmp_path / "feed.jsonl"
    good = {"market_id": market.pk, "moneyline": {"home": 1.9, "away": 2.05}}
    path.write_text(f"{json.dumps(good)}\n\nnonsense\n[]\n")
    call_command("ingest_odds", str(path), "--feed", "sharp")
    printed = capsys.readouterr()
    assert printed.out == "Applied 1, unchanged 0, held back 0, not applied 2.\n"
    assert printed.err == "line 3: no JSON\nline 4: a row is a JSON object\n"
    assert present(market).seq == 2


def test_ingest_odds_fails_where_nothing_could_be_applied(tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("ingest_odds", str(tmp_path / "none"))
    path = tmp_path / "feed.jsonl"
    path.write_text("nonsense\n")
    with pytest.raises(CommandError, match="No line"):
        call_command("ingest_odds", str(path))


def test_a_batch_waits_for_a_bet_and_not_the_other_way_round_for_ever(market):
    # The locks of a batch are those of a price change: held to the commit, and gone with it.
    apply(row(market, 1.9, 2.05))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert cursor.fetchone() == (0,)


def test_ingest_odds_applies_the_csv_of_a_season(open_market, tmp_path, capsys):
    path = tmp_path / "season.csv"
    # A margin below zero takes the second row's total; the third was never imported.
    second = {"HomeTeam": "Leeds", "AvgC>2.5": "3.0", "AvgC<2.5": "3.0"}
    path.write_text(csv_text({}, second, {"HomeTeam": "Fulham"}, {"Date": "yesterday"}))
    refs = ["E0:2025-26:Liverpool:Bournemouth", "E0:2025-26:Leeds:Bournemouth"]
    begin = Prices(Moneyline(Odds(240), Odds(290), Odds(330)))
    liverpool, leeds = (open_market(begin, external_ref=ref) for ref in refs)

    call_command("ingest_odds", str(path), "--csv", "closing")

    said = capsys.readouterr()
    assert said.out == "Applied 2, unchanged 0, held back 0, not applied 2.\n"
    assert [line.partition(":")[0] for line in said.err.splitlines()] == [
        *("line 3", "line 5", "line 4")
    ]
    moneyline = Moneyline(Odds(129), Odds(868), Odds(602))
    spread = Spread(Line.parse("-1.75"), Odds(194), Odds(176))
    total = Total(Line.parse("2.5"), Odds(136), Odds(305))
    assert present(liverpool).prices == Prices(moneyline, spread, total)
    assert present(leeds).prices == Prices(moneyline, spread, None)


def test_ingest_odds_names_a_csv_that_is_none(tmp_path):
    path = tmp_path / "season.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(CommandError, match="The header has no column"):
        call_command("ingest_odds", str(path), "--csv", "opening")

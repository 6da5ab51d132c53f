"""The home page: what waits, counted; where each count leads; how the processes are doing."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from betting import settlement
from betting.settlement import Result
from console import checks, health, home
from console.models import CheckRun
from console.tests.conftest import with_role
from kmarket import cache
from markets import limits, services
from markets.lifecycle import Event
from markets.models import Feed, Market, OddsUpdate
from markets.odds import Moneyline, Odds
from oddsfeed import stats

HOME = "/admin/"


def queue(client, title):
    """Return the queue of this title, as an operator has it."""
    (found,) = [one for one in client.get(HOME).context["queues"] if str(one.title) == title]
    return found


def behind(client, found) -> set[int]:
    """Follow a queue's link; return the rows it leads to."""
    return {row.pk for row in client.get(found.url).context["cl"].result_list}


def change(market, event) -> None:
    services.change_status(market_id=market.pk, event=event, actor=None, reason="test")


def hours_ago(count: float) -> datetime:
    return datetime.now(tz=UTC) - timedelta(hours=count)


def test_matches_await_a_result_once_they_are_closed_and_have_begun(console, open_market):
    begun, early, playing = open_market(), open_market(), open_market(live=True)
    settled = open_market()
    for market in (begun, early, settled):
        change(market, Event.CLOSE)
    late = Market.objects.filter(pk__in=[begun.pk, playing.pk, settled.pk])
    late.update(start_time=hours_ago(2))
    settlement.settle_market(market_id=settled.pk, result=Result(scores=(1, 0)), actor=None)

    found = queue(console, "Matches awaiting a result")

    assert found.count == 1
    assert behind(console, found) == {begun.pk}


@pytest.mark.parametrize(("cap", "waits"), [(106, True), (107, False), (None, False)])
def test_liability_waits_from_four_fifths_of_its_cap_on(
    console, market, open_market, place, trader, cap, waits
):
    def limit(capped):
        limits.set_limits(
            market_id=market.pk,
            limits={"liability_cap": capped},
            option_stake_max={},
            actor=trader,
            reason="test",
        )

    limit(cap)
    place(stake=100)
    open_market()

    found = queue(console, "Liability near its cap")

    # 85 lost at worst: 80 % of 106, and a little less of 107.
    assert found.count == waits
    assert behind(console, found) == ({market.pk} if waits else set())


def test_a_cap_set_after_the_bets_is_looked_at_too(console, market, place, trader):
    place(stake=100)
    limits.set_limits(
        market_id=market.pk,
        limits={"liability_cap": 90},
        option_stake_max={},
        actor=trader,
        reason="test",
    )
    assert queue(console, "Liability near its cap").count == 1
    change(market, Event.CLOSE)
    # Nobody can bet any more: nothing is to be decided.
    assert queue(console, "Liability near its cap").count == 0


def history_moved(market, hours: float) -> None:
    """Let everything that happened to a market have happened earlier."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "UPDATE markets_oddsupdate SET at = at - %s * interval '1 hour' WHERE market_id = %s",
            [hours, market.pk],
        )
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_suspended_for_long_is_who_was_not_open_within_the_last_while(console, open_market):
    long, priced, just, again = (open_market() for _ in range(4))
    for market in (long, priced, just, again):
        history_moved(market, 2)
    for market in (long, priced, again):
        change(market, Event.SUSPEND)
        history_moved(market, 1)
    change(again, Event.RESUME)
    change(again, Event.SUSPEND)
    change(just, Event.SUSPEND)
    # A new price while suspended is no new suspension.
    services.set_odds(
        market_id=priced.pk,
        changes={"moneyline": Moneyline(Odds(190), Odds(210))},
        actor=None,
        source=OddsUpdate.Source.FEED,
    )

    found = queue(console, "Suspended for long")

    assert found.count == 2
    assert behind(console, found) == {long.pk, priced.pk}


def test_a_market_that_never_had_a_price_may_be_suspended_for_long_too(console, open_market):
    market = open_market(prices=services.history.UNPRICED)
    change(market, Event.SUSPEND)
    assert queue(console, "Suspended for long").count == 0
    history_moved(market, 1)
    assert queue(console, "Suspended for long").count == 1


def test_feeds_wait_when_they_are_silent_and_price_what_takes_bets(console, open_market, settings):
    silent = Feed.objects.create(name="silent", heard_at=hours_ago(1))
    heard = Feed.objects.create(name="heard", heard_at=datetime.now(tz=UTC))
    idle = Feed.objects.create(name="idle", heard_at=hours_ago(1))
    over = open_market()
    for feed in (silent, silent, heard):
        Market.objects.filter(pk=open_market().pk).update(feed=feed)
    Market.objects.filter(pk=over.pk).update(feed=idle)
    change(over, Event.CLOSE)

    found = queue(console, "Silent feeds")

    assert found.count == 1
    assert behind(console, found) == {silent.pk}
    settings.FEED_SILENT_SECONDS = 0
    assert queue(console, "Silent feeds").count == 0


def test_unclaimed_payouts_are_counted_and_summed(console, market, place):
    winner = place(stake=100)
    place(stake=50, option=2, seen_odds=Odds(210))
    settlement.settle_market(market_id=market.pk, result=Result(scores=(1, 0)), actor=None)

    found = queue(console, "Unclaimed payouts")

    assert found.count == 1
    assert found.note.startswith("0.000000000000000185 USDT in all, at ")
    assert behind(console, found) == {winner.pk}


def test_payouts_are_counted_anew_after_a_while(console, market, place):
    assert queue(console, "Unclaimed payouts").count == 0
    place(stake=100)
    settlement.settle_market(market_id=market.pk, result=Result(scores=(1, 0)), actor=None)
    assert 0 < cache.redis().ttl(home.UNCLAIMED_KEY) <= home.UNCLAIMED_SECONDS
    cache.redis().delete(home.UNCLAIMED_KEY)
    assert queue(console, "Unclaimed payouts").count == 1


def test_a_check_waits_when_it_failed_or_was_not_made_for_long(console):
    assert queue(console, "Failed checks").count == 2
    fresh = {"began_at": hours_ago(1), "ended_at": hours_ago(1)}
    CheckRun.objects.create(kind="ledger", fault_count=0, **fresh)
    CheckRun.objects.create(kind="audit", fault_count=0, **fresh)
    found = queue(console, "Failed checks")
    assert found.count == 0
    assert console.get(found.url).status_code == 200

    for broken in ({"fault_count": 3}, {"fault_count": None}, {"ended_at": hours_ago(4)}):
        CheckRun.objects.filter(kind="audit").update(**({"fault_count": 0} | fresh | broken))
        assert queue(console, "Failed checks").count == 1, broken
    assert hours_ago(4) < datetime.now(tz=UTC) - checks.LATE


@pytest.mark.parametrize("role", list(Role)[1:])
def test_every_operator_sees_the_queues_of_the_book(db, role):
    page = with_role(role).get(HOME)
    assert page.status_code == 200
    assert len(page.context["queues"]) == 6


def test_nobody_sees_a_queue_of_rows_that_they_may_not_view(db):
    user = User.objects.create_user("maria", password="a long password", is_staff=True)
    client = Client()
    client.force_login(user)
    page = client.get(HOME)
    assert page.context["queues"] == page.context["checks"] == []
    assert "Unclaimed" not in page.content.decode()


def test_the_page_takes_as_many_queries_for_a_full_house_as_for_an_empty_one(
    console, open_market, place, trader
):
    def queries() -> int:
        cache.redis().flushdb()
        with CaptureQueriesContext(connection) as counted:
            console.get(HOME)
        return len(counted)

    queries()
    limits.set_limits(
        market_id=place().market_id,
        limits={"liability_cap": 1000},
        option_stake_max={},
        actor=trader,
        reason="test",
    )
    few = queries()
    for number in range(30):
        market = open_market()
        limits.set_limits(
            market_id=market.pk,
            limits={"liability_cap": 100 + number},
            option_stake_max={},
            actor=trader,
            reason="test",
        )
        if number % 3:
            place(market_id=market.pk, stake=1)
        if number % 2:
            change(market, Event.SUSPEND)

    assert queries() == few <= 25


def vitals() -> dict[str, health.Vital]:
    return {str(vital.name): vital for vital in health.vitals(datetime.now(tz=UTC))}


def test_the_processes_are_well_while_clock_redis_and_sockets_answer(console):
    assert not vitals()["Clock"].is_well
    health.beat(datetime.now(tz=UTC))
    stats.share("elsewhere", stats.Numbers(connections=7, topics=3, slow_closes=1))

    found = vitals()

    assert {name for name, vital in found.items() if vital.is_well} == {
        *("Database", "Redis", "Clock", "Sockets"),
    }
    assert found["Clock"].says.startswith("heard ")
    assert "7 connections to 3 markets in 1 processes" in found["Sockets"].says
    text = console.get(HOME).content.decode()
    assert re.search(r'Sockets</th>\s*<td class="short">well</td>', text)


def test_the_page_is_shown_while_redis_is_away(console, settings):
    gone = {"default": {**settings.CACHES["default"], "LOCATION": "unix:///nowhere.sock?db=0"}}
    console.get(HOME)
    settings.CACHES = gone

    page = console.get(HOME)

    assert page.status_code == 200
    well = {str(vital.name) for vital in page.context["vitals"] if vital.is_well}
    assert well == {"Database"}


def test_under_four_eyes_proposals_wait_for_whoever_may_settle(db, settings):
    settings.SETTLEMENT_FOUR_EYES = True
    assert queue(with_role(Role.SETTLER), "Proposals to approve").count == 0
    titles = [one.title for one in with_role(Role.TRADER).get(HOME).context["queues"]]
    assert "Proposals to approve" not in titles

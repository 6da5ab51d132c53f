"""The demo's odds: which markets move, which are left alone, and how it ends."""

import os
import random
import signal
import threading
import time
from itertools import chain, repeat

import pytest
from django.core.management import call_command
from django.db import OperationalError

from conftest import ALL_GROUPS
from markets import selectors, services
from markets.lifecycle import Event, MarketStatus
from markets.models import Market, OddsUpdate
from markets.odds import Moneyline, Odds, overround
from oddsfeed.management.commands import demo_feed
from oddsfeed.management.commands.demo_feed import DemoFeed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo_market(open_market):
    def build(name="a", **changes) -> Market:
        return open_market(ALL_GROUPS, external_ref=f"demo:{name}", **changes)

    return build


@pytest.fixture
def feed():
    return DemoFeed(random.Random(5), markets_max=10)


def pin(market, trader):
    services.set_odds(
        market_id=market.pk,
        changes={"moneyline": Moneyline(Odds(180), Odds(210))},
        actor=trader,
        source=OddsUpdate.Source.ADMIN,
        reason="by hand",
    )


def seqs(*markets):
    return [Market.objects.get(pk=market.pk).seq for market in markets]


def test_a_move_is_a_small_step_of_one_group_by_the_feed(feed, demo_market):
    market = demo_market()

    assert feed.move(market.pk) is True

    update = selectors.current_update(Market.objects.get(pk=market.pk))
    assert (update.seq, update.source, update.changed_by) == (2, "feed", None)
    before, after = ALL_GROUPS.groups(), update.prices.groups()
    (moved,) = [name for name in before if before[name] != after[name]]
    assert overround(after[moved]) > 0


def test_only_the_demos_own_markets_move_and_only_so_many(demo_market, open_market):
    demo = [demo_market(name) for name in "abc"]
    open_market()
    open_market(external_ref="feed:1")

    assert DemoFeed(random.Random(), markets_max=10).movable() == [market.pk for market in demo]
    assert len(DemoFeed(random.Random(), markets_max=2).movable()) == 2


def test_pinned_suspended_closed_and_hidden_markets_are_left_alone(feed, demo_market, trader):
    pinned, suspended, closed = demo_market("a"), demo_market("b"), demo_market("c")
    draft = demo_market("d", status=MarketStatus.DRAFT)
    pin(pinned, trader)
    for market, event in ((suspended, Event.SUSPEND), (closed, Event.CLOSE)):
        services.change_status(market_id=market.pk, event=event, actor=None, reason="")
    before = seqs(pinned, suspended, closed, draft)

    assert feed.movable() == []
    # Not even if that happened since they were looked for.
    assert [feed.move(market.pk) for market in (pinned, suspended, closed, draft)] == [False] * 4
    assert seqs(pinned, suspended, closed, draft) == before


def test_a_market_without_prices_and_one_that_is_gone_do_not_move(feed, open_market):
    market = open_market(demo_feed.walk.Prices(), external_ref="demo:bare")

    assert feed.move(market.pk) is False
    assert feed.move(5) is False
    assert seqs(market) == [0]


def test_the_same_seed_makes_the_same_steps(demo_market):
    first, second = demo_market("a"), demo_market("b")

    for market in (first, second):
        feed = DemoFeed(random.Random(3), markets_max=1)
        for _ in range(5):
            feed.move(market.pk)

    prices = [selectors.current_update(Market.objects.get(pk=m.pk)).prices for m in (first, second)]
    assert prices[0] == prices[1] != ALL_GROUPS


class StopAfter(threading.Event):
    """Says stop after so many waits, and waits for nothing."""

    def __init__(self, waits):
        super().__init__()
        self._answers = chain(repeat(False, waits), repeat(True))

    def wait(self, timeout=None):
        return next(self._answers)


def test_it_moves_until_it_is_stopped(feed, demo_market):
    market = demo_market()

    assert feed.run(rate=2, stop=StopAfter(4)) == 4
    assert seqs(market) == [5]


def test_without_markets_it_waits_for_some(feed):
    assert feed.run(rate=2, stop=StopAfter(4)) == 0


def test_it_goes_on_when_the_database_is_back(feed, demo_market, monkeypatch, caplog):
    market = demo_market()
    look = feed.movable
    trouble = chain(repeat(OperationalError("the database is restarting"), 3), repeat(None))

    def movable():
        if exc := next(trouble):
            raise exc
        return look()

    monkeypatch.setattr(feed, "movable", movable)

    assert feed.run(rate=2, stop=StopAfter(5)) == 2
    assert seqs(market) == [3]
    assert caplog.text.count("The demo's odds stand still") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_command_ends_at_a_signal(demo_market, number):
    market = demo_market()
    handlers = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)

    def end():
        while seqs(market) < [4]:
            time.sleep(0.01)
        demo_feed.close_old_connections()
        os.kill(os.getpid(), number)

    ending = threading.Thread(target=end)
    ending.start()
    said = call_command("demo_feed", rate=100, seed=1)
    ending.join()

    assert said == f"Moved odds {seqs(market)[0] - 1} times."
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == handlers

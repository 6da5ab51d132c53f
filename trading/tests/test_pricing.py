"""Markets say what their pools came to: prices, states, results; and a reorganisation's."""

from datetime import UTC, datetime, timedelta

import pytest

from conftest import ALICE, BOB
from contracts.tests.stage import E18
from markets import signals as market_signals
from markets.models import Market, OddsUpdate
from trading import maker, projection, signals
from trading.signals import BalanceChange, PositionChange
from trading.tests import logs
from trading.tests.shop import Shop

CAROL = logs.PEOPLE[2]
ALL_OF_IT = (E18, 0)


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """with commits(): what is announced in there is heard at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def shop(db):
    """A pool of this hour with 1000 in it."""
    shop = Shop(genesis=datetime.now(tz=UTC) - timedelta(minutes=1))
    shop.add(CAROL, 1000 * E18)
    return shop


@pytest.fixture
def heard():
    """What is announced, by the signal's name."""
    found = {}

    def listen(name):
        def receive(**told):
            found.setdefault(name, []).extend(next(v for v in told.values() if type(v) is tuple))

        return receive

    listeners = [
        (getattr(signals, name), listen(name))
        for name in (
            *("traded", "liquidity_changed", "result_proposed"),
            *("positions_changed", "balances_changed", "taken_back"),
        )
    ]
    listeners.append((market_signals.odds_changed, listen("odds_changed")))
    for signal, listener in listeners:
        signal.connect(listener)
    yield found
    for signal, listener in listeners:
        signal.disconnect(listener)


def told(shop):
    """Each odds change of the market: its prices, state and reason."""
    updates = OddsUpdate.objects.filter(market=shop.market_id).order_by("seq")
    seqs = [update.seq for update in updates]
    assert seqs == list(range(1, len(seqs) + 1))
    return [
        (tuple(update.outcome_prices or ()), update.status, update.reason) for update in updates
    ]


def at(shop):
    return maker.prices(shop.reserves)


def test_each_trade_is_a_change_of_the_odds(shop, client):
    prices = [at(shop)]
    for deal in (
        lambda: shop.buy(ALICE, 0, 100 * E18),
        lambda: shop.buy(BOB, 1, 300 * E18),
        lambda: shop.sell(ALICE, 0, 50 * E18),
    ):
        deal()
        prices.append(at(shop))

    assert told(shop) == [(each, "active", "") for each in prices]

    payload = client.get(f"/api/v1/markets/{shop.market_id}/odds/snapshot").json()["payload"]
    assert [int(each["price"]) for each in payload["outcomes"]] == list(prices[-1])
    assert payload["outcomes"][0]["odds"] == 100 * E18 // prices[-1][0]
    assert payload["source"] == "amm"


def test_every_price_of_one_block_is_told(shop):
    before = len(told(shop))
    reserves, events = shop.reserves, []
    for n in range(3):
        deal = maker.buy(reserves, 0, 10 * E18, 0)
        reserves = deal.reserves
        events.append(logs.bought(1, seq=9 + n, shares_out=deal.shares, pools_after=deal.reserves))
    shop.tell(*events)
    assert [prices for prices, *_ in told(shop)[before:]] == [
        maker.prices(event.pools_after) for event in events
    ]


def test_of_what_is_long_ago_only_what_it_came_to_is_told(db, heard, commits):
    with commits():
        old = Shop()
        old.add(CAROL, 1000 * E18)
        before = len(told(old))
        events = [logs.bought(1, seq=n, pools_after=(n, 7)) for n in (3, 4, 5)]
        old.tell(*events)
    assert [prices for prices, *_ in told(old)[before:]] == [maker.prices((5, 7))]
    assert set(heard) == {"odds_changed"}


@pytest.mark.parametrize(
    ("winner", "prices", "status", "option"),
    [(0, ALL_OF_IT, "settled", 1), (None, (E18 // 2, E18 // 2), "cancelled", None)],
    ids=["won", "void"],
)
def test_a_result_is_a_market_settled_at_what_shares_pay(shop, winner, prices, status, option):
    shop.buy(ALICE, 0, 100 * E18)
    before = at(shop)
    shop.propose(1)
    assert told(shop)[-1] == (before, "closed", "")
    # Challenged: another proposal, and nothing else.
    shop.propose(0, number=2)
    assert told(shop)[-1] == (before, "closed", "")
    shop.finish(winner)

    assert told(shop)[-1] == (prices, status, "")
    assert shop.pool.market.winning_option == option
    # Whoever leaves then changes no price.
    count = len(told(shop))
    shop.remove(CAROL, 100 * E18)
    assert len(told(shop)) == count


def test_a_reorganisation_takes_prices_and_results_back_and_says_so(shop):
    shop.buy(ALICE, 0, 100 * E18)
    before = at(shop)
    shop.buy(BOB, 1, 300 * E18)
    shop.propose(0)
    shop.finish(0)
    assert told(shop)[-1] == (ALL_OF_IT, "settled", "")

    shop.take_back(3)

    assert told(shop)[-1] == (before, "active", "reorg")
    assert shop.pool.market.winning_option is None


def test_a_pool_that_was_never_made_is_a_market_that_is_off(shop, db):
    market = Market.objects.get(pk=shop.market_id)
    prices = at(shop)
    made, filled = shop.said
    shop.take_back(2)

    market.refresh_from_db()
    update = market.updates.get(seq=market.seq)
    assert (update.status, update.reason) == ("cancelled", "reorg")

    # Mined again, it is that market.
    again = logs.stored([made.event, filled.event], block=9, genesis=shop.genesis)
    assert projection.apply(again) == []
    assert shop.pool.market == market
    assert told(shop)[-2:] == [((), "active", ""), (prices, "active", "")]


def test_a_pause_suspends_and_trades_do_not_resume(shop):
    projection.pause(logs.CONTRACT, 1, "undecodable")
    assert told(shop)[-1] == (at(shop), "suspended", "")
    shop.buy(ALICE, 0, 100 * E18)
    assert told(shop)[-1] == (at(shop), "suspended", "")
    projection.resume(logs.CONTRACT, 1)
    assert told(shop)[-1] == (at(shop), "active", "")

    # What is over stays over.
    shop.finish(0)
    projection.pause(logs.CONTRACT, 1, "undecodable")
    assert told(shop)[-1] == (ALL_OF_IT, "settled", "")


def replay(events):
    projection.reset(logs.CONTRACT)
    assert projection.apply(events, is_replay=True) == []
    projection.replayed(logs.CONTRACT)


def test_a_replay_tells_nobody_what_is_as_it_was(shop, heard, commits):
    shop.buy(ALICE, 0, 100 * E18)
    shop.finish(0)
    before, market = told(shop), shop.market_id
    with commits():
        replay(shop.said)
    assert (told(shop), shop.market_id) == (before, market)
    assert heard == {}


def test_a_replay_tells_what_is_otherwise(shop):
    shop.buy(ALICE, 0, 100 * E18)
    before = at(shop)
    shop.buy(BOB, 1, 50 * E18)
    count, market = len(told(shop)), shop.market_id
    # The last log was no log, and a pool is gone.
    gone = Shop(2, genesis=shop.genesis).market_id
    replay(shop.said[:-1])
    assert told(shop)[count:] == [(before, "active", "")]
    assert shop.market_id == market
    assert Market.objects.get(pk=gone).status == "cancelled"


def test_listeners_hear_of_news(shop, heard, commits):
    with commits():
        deal = shop.buy(ALICE, 0, 100 * E18)
        provision = shop.add(BOB, 10 * E18)
        shop.propose(0)
        shop.finish(0)
        paid = shop.claim(ALICE, recipient=CAROL)

    (trade,) = heard["traded"]
    assert (trade.trader, trade.shares, trade.pool.market_id) == (
        ALICE,
        deal.shares,
        shop.market_id,
    )
    (change,) = heard["liquidity_changed"]
    assert (change.provider, change.lp) == (BOB, provision.lp)
    (proposal,) = heard["result_proposed"]
    assert proposal.outcome == 0
    assert heard["positions_changed"] == [
        PositionChange(who, shop.market_id) for who in (ALICE, BOB, ALICE)
    ]
    moved = [(each.address, each.amount, each.why) for each in heard["balances_changed"]]
    assert moved == [
        (ALICE, -100 * E18, "buy"),
        (BOB, -10 * E18, "add"),
        (CAROL, paid, "claim"),
    ]
    assert "taken_back" not in heard


def test_listeners_hear_of_what_was_taken_back(shop, heard, commits):
    shop.buy(ALICE, 0, 100 * E18)
    shop.propose(0)
    bought, proposed = shop.said[-2:]
    market, collateral = shop.market_id, shop.pool.collateral
    with commits():
        shop.take_back(2)

    assert [(each.kind, each.log_id, each.address) for each in heard["taken_back"]] == [
        ("proposed", proposed.log.id, None),
        ("buy", bought.log.id, ALICE),
    ]
    assert heard["positions_changed"] == [PositionChange(ALICE, market)]
    assert heard["balances_changed"] == [
        BalanceChange(
            address=ALICE,
            market_id=market,
            collateral=collateral,
            amount=100 * E18,
            why="buy",
            transaction_hash=logs.HASH,
            block_number=bought.log.block_number,
            log_index=0,
            is_undone=True,
        )
    ]

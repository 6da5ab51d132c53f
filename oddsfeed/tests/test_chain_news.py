"""What the chain did, as clients hear of it."""

import pytest
from django.db import transaction

from accounts.models import Role, User
from oddsfeed import chain_news, events, telling
from oddsfeed.tests.conftest import in_thread
from oddsfeed.tests.sio_sockets import enter, knock  # noqa: F401  (fixtures)
from oddsfeed.tests.test_rooms import token_of, told  # noqa: F401  (a fixture)
from trading import projection, selectors, signals
from trading.api.read_serializers import outlook_answer
from trading.api.write_serializers import submission_answer
from trading.models import Liquidity, Pool, Proposal, Trade
from trading.signals import BalanceChange, PositionChange, TakenBack
from trading.submission import Submission
from trading.tests.logs import (
    COLLATERAL,
    CONTRACT,
    PEOPLE,
    added,
    bought,
    created,
    proposed,
    removed,
    sold,
    stored,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("news")]

TRADER, PROVIDER, PROPOSER = map(events.shown, PEOPLE)


@pytest.fixture
def news():
    """News of a chain are told, as where there is one."""
    telling.listen(chain_news.LISTENERS)
    yield
    telling.ignore(chain_news.LISTENERS)


@pytest.fixture
def pool(transactional_db) -> Pool:
    """A pool in which everything happened once."""
    with transaction.atomic():
        history = [created(), added(), bought(), sold(), removed(), proposed()]
        assert projection.apply(stored(history, block=5)) == []
    return Pool.objects.select_related("market").get()


@pytest.fixture
def owner(transactional_db) -> User:
    """Who bought and sold."""
    return User.objects.create_user(PEOPLE[0], address=PEOPLE[0], role=Role.USER)


def rows(model):
    found = model.objects.select_related("pool__market", "log")
    return tuple(found.order_by("block_number", "log_index"))


def announce(signal, **what):
    signal.send_robust(sender=None, **what)


def place_of(row):
    return {
        "marketId": row.pool.market_id,
        "id": row.pk,
        "txHash": row.log.transaction_hash,
        "blockNumber": row.block_number,
        "logIndex": row.log_index,
        "finality": "confirmed",
        "ts": int(row.at.timestamp() * 1000),
    }


@pytest.fixture
async def follower(enter, pool):  # noqa: F811
    socket = await enter()
    assert (await socket.ask("subscribe:market", pool.market_id))["ok"]
    return socket


@pytest.fixture
async def at_home(enter, owner, pool, token_of):  # noqa: F811
    socket = await enter(await in_thread(token_of, owner))
    assert (await socket.ask("subscribe:user"))["ok"]
    return socket


async def test_trades_are_told_to_who_follows_the_market(follower, enter, connect, pool):  # noqa: F811
    elsewhere, over_ws = await enter(), await connect()
    await over_ws.ask(type="subscribe", markets=[pool.market_id], channels=["markets"])
    assert (await over_ws.next())["type"] == "snapshot"
    trades = await in_thread(rows, Trade)

    await in_thread(announce, signals.traded, trades=trades)

    buy, sale = trades
    assert await follower.event() == (
        "trade:shares_bought",
        {
            "type": "trade:shares_bought",
            "trader": TRADER,
            "side": "buy",
            "outcome": 1,
            "label": "Outcome 1",
            "shares": "150",
            "amount": "100",
            "fee": "1",
            "priceAfter": "799196787148594377",
            # Of reserves 50 and 199.
            "prices": ["799196787148594377", "200803212851405622"],
            **place_of(buy),
        },
    )
    name, body = await follower.event()
    assert (name, body["side"], body["shares"]) == ("trade:shares_sold", "sell", "70")
    assert body.items() >= place_of(sale).items()
    assert [(await over_ws.next())["type"] for _ in range(2)] == [
        "trade:shares_bought",
        "trade:shares_sold",
    ]
    assert await elsewhere.is_quiet()


async def test_liquidity_and_proposals_are_told_too(follower, pool):
    changes = await in_thread(rows, Liquidity)
    proposals = await in_thread(rows, Proposal)

    await in_thread(announce, signals.liquidity_changed, changes=changes)
    await in_thread(announce, signals.result_proposed, proposals=proposals)

    assert await follower.event() == (
        "liquidity:added",
        {
            "type": "liquidity:added",
            "provider": PROVIDER,
            "kind": "add",
            "lp": "900",
            "amount": "1000",
            "fees": "0",
            "shares": ["0", "30"],
            **place_of(changes[0]),
        },
    )
    name, body = await follower.event()
    assert (name, body["lp"], body["shares"]) == ("liquidity:removed", "90", ["100", "97"])
    assert await follower.event() == (
        "market:result_proposed",
        {
            "type": "market:result_proposed",
            "proposer": PROPOSER,
            "outcome": 2,
            "round": 1,
            "disputableUntil": 2_000_100_000_000,
            **place_of(proposals[0]),
        },
    )


async def test_what_a_reorganisation_takes_back_is_told(follower, pool):
    def undone(kind):
        return TakenBack(kind, 7, pool.market_id, PEOPLE[0], "0x" + "ab" * 32, 12, 3)

    # The last one shows in the market itself.
    kinds = ("buy", "remove", "finalized")
    await in_thread(announce, signals.taken_back, undone=tuple(map(undone, kinds)))

    for name, kind in (("trade:taken_back", "buy"), ("liquidity:taken_back", "remove")):
        body = await told(follower, name)
        assert body == {
            "type": name,
            "marketId": pool.market_id,
            "id": 7,
            "kind": kind,
            "address": TRADER,
            "txHash": "0x" + "ab" * 32,
            "blockNumber": 12,
            "logIndex": 3,
            "finality": "pending",
        }
    assert await follower.is_quiet()


async def test_users_hear_of_their_positions_and_nobody_else_does(at_home, follower, pool):
    changes = tuple(PositionChange(address, pool.market_id) for address in PEOPLE)

    await in_thread(announce, signals.positions_changed, changes=changes)

    body = await told(at_home, "user:position_update")
    answer = await in_thread(lambda: outlook_answer(selectors.outlook(pool, PEOPLE[0])))
    assert body == {"type": "user:position_update", "address": TRADER, **answer}
    # 150 bought, 70 sold.
    assert [held["shares"] for held in body["outcomes"]] == ["80"]
    assert await follower.is_quiet()


async def test_users_hear_of_collateral_that_moved(at_home, follower, pool):
    def moved(address, amount, *, is_undone=False):
        place = ("0x" + "ab" * 32, 12, 3)
        return BalanceChange(
            address, pool.market_id, COLLATERAL, amount, "buy", *place, is_undone=is_undone
        )

    changes = (moved(PEOPLE[0], -100), moved(PEOPLE[1], 5), moved(PEOPLE[0], 100, is_undone=True))
    await in_thread(announce, signals.balances_changed, changes=changes)

    paid = await told(at_home, "user:balance_update")
    assert paid == {
        "type": "user:balance_update",
        "source": "chain",
        "address": TRADER,
        "marketId": pool.market_id,
        "collateral": events.shown(COLLATERAL),
        "amount": "-100",
        "why": "buy",
        "undone": False,
        "txHash": "0x" + "ab" * 32,
        "blockNumber": 12,
        "logIndex": 3,
        "finality": "confirmed",
    }
    back = await told(at_home, "user:balance_update")
    assert back == paid | {"amount": "100", "undone": True, "finality": "pending"}
    assert await follower.is_quiet()


async def test_users_hear_what_becomes_of_their_transactions(at_home, enter, owner, pool):  # noqa: F811
    def hand_in():
        return Submission.objects.create(
            user=owner,
            sender=PEOPLE[0],
            chain_id=56,
            contract=CONTRACT,
            hash="0x" + "ab" * 32,
            function="buy",
            nonce=3,
            market=pool.market,
            from_block=4,
        )

    submission = await in_thread(hand_in)

    await in_thread(announce, signals.transaction_changed, submission=submission)

    body = await told(at_home, "user:transaction_update")
    answer = submission_answer(submission, final=None)
    assert body == {"type": "user:transaction_update", **answer}
    assert (body["txHash"], body["state"], body["finality"]) == (submission.hash, *["pending"] * 2)


async def test_a_position_in_a_pool_that_is_no_more_is_none(market, at_home):
    change = PositionChange(PEOPLE[0], market.pk)

    await in_thread(announce, signals.positions_changed, changes=(change,))

    assert await at_home.is_quiet()

"""What the API says of positions, histories and candles, and what of it is final."""

from datetime import timedelta
from fractions import Fraction

import pytest
from django.test import Client

from chain.models import Cursor
from conftest import ALICE, BOB
from contracts.tests.stage import E18
from trading.tests import logs
from trading.tests.shop import Shop

CAROL = logs.PEOPLE[2]
EIP55_ALICE = "0x" + "aA" * 20


@pytest.fixture(autouse=True)
def chain(settings, db):
    """A contract, read up to block 100, of which two blocks are final."""
    settings.CHAIN_RPC_URLS = ["http://127.0.0.1:1"]
    settings.CHAIN_ID, settings.CHAIN_CONTRACT = 56, logs.CONTRACT
    return Cursor.objects.create(
        chain_id=56,
        contract=logs.CONTRACT,
        start_block=1,
        last_block=100,
        finalized_block=2,
        finalized_hash=logs.HASH,
    )


@pytest.fixture
def shop(chain):
    """A pool with 1000 in it, which Carol gave: block 1 made it, block 2 filled it."""
    shop = Shop()
    shop.add(CAROL, 1000 * E18)
    return shop


@pytest.fixture
def read(client_of, alice):
    """read(path) → what Alice is told."""

    def get(path, client=None, **query):
        answer = (client or client_of(alice)).get(f"/api/v1/{path}", query)
        assert answer.status_code == 200, answer.json()
        return answer.json()

    return get


def test_a_trade_as_its_trader_sees_it(shop, read):
    bought = shop.buy(ALICE, 0, 100 * E18)
    sold = shop.sell(ALICE, 0, 30 * E18)
    shop.buy(BOB, 1, E18)

    told = read("trades")

    assert (told["page"], told["pageSize"], told["total"]) == (1, 20, 2)
    newest, oldest = told["items"]
    price = Fraction(sold.reserves[1], sum(sold.reserves))
    part = 100 * E18 * sold.shares // bought.shares
    assert newest == {
        "id": shop.said[3].log.id,
        "marketId": shop.market_id,
        "txHash": logs.HASH,
        "blockNumber": 4,
        "logIndex": 0,
        "ts": int(shop.said[3].log.block_time.timestamp() * 1000),
        "finality": "confirmed",
        "trader": oldest["trader"],
        "side": "sell",
        "outcome": 1,
        "label": "Outcome 1",
        "amount": str(30 * E18),
        "fee": str(sold.fee),
        "shares": str(sold.shares),
        "priceAfter": str(int(price * E18)),
        "cost": str(part),
        "realized": str(30 * E18 - part),
    }
    assert (oldest["side"], oldest["cost"], oldest["realized"]) == ("buy", str(100 * E18), "0")


def test_a_position_and_what_it_is_worth(shop, read):
    bought = shop.buy(ALICE, 0, 100 * E18)
    sold = shop.sell(ALICE, 0, 30 * E18)
    shop.buy(BOB, 1, 50 * E18)

    (told,) = read("positions")["items"]

    assert told == read(f"positions/{shop.market_id}")
    left = bought.shares - sold.shares
    part = 100 * E18 * sold.shares // bought.shares
    cost = 100 * E18 - part
    value = int(left * Fraction(shop.reserves[1], sum(shop.reserves)))
    assert told == {
        "marketId": shop.market_id,
        "question": "Pool 1",
        "status": "active",
        "collateral": told["collateral"],
        "outcomes": [
            {
                "outcome": 1,
                "label": "Outcome 1",
                "shares": str(left),
                "cost": str(cost),
                "averagePrice": str(-(-cost * E18 // left)),
                "value": str(value),
                "unrealized": str(value - cost),
            }
        ],
        "liquidity": None,
        "cost": str(cost),
        "value": str(value),
        "unrealized": str(value - cost),
        "bought": str(100 * E18),
        "sold": str(30 * E18),
        "provided": "0",
        "claimed": "0",
        "feesPaid": str(bought.fee + sold.fee),
        "feesReceived": "0",
        "realized": str(30 * E18 - part),
        "liquidityRealized": "0",
        "claimable": "0",
        "claimTxHash": None,
        "tradeCount": 2,
        "finality": "confirmed",
    }


def test_liquidity_earns_its_part_of_the_fees_and_differs_from_holding(shop, read):
    given = shop.add(ALICE, 500 * E18)
    fees = shop.buy(BOB, 0, 300 * E18).fee + shop.sell(BOB, 0, 100 * E18).fee

    (told,) = read("liquidity")["items"]

    assert told["lp"] == str(given.lp)
    assert told["poolShare"] == str(E18 * given.lp // shop.supply)
    part = [reserve * given.lp // shop.supply for reserve in shop.reserves]
    price = [Fraction(each, sum(shop.reserves)) for each in reversed(shop.reserves)]
    value = sum(int(n * each) for n, each in zip(part, price, strict=True))
    held = sum(int(500 * E18 * each) for each in price)
    assert (told["shares"], told["value"]) == ([str(each) for each in part], str(value))
    assert told["impermanentDifference"] == str(value - held)
    assert value < held
    earned = int(told["feesEarned"])
    # The contract rounds what one LP earns of each fee down.
    assert 0 <= Fraction(fees * given.lp, shop.supply) - earned < 3
    assert told["feesDue"] == told["feesEarned"]
    assert told["unrealized"] == str(value + earned - 500 * E18)

    shop.remove(ALICE, given.lp, fees=earned)
    (told,) = read("liquidity")["items"]
    assert (told["lp"], told["cost"], told["value"], told["feesDue"]) == ("0", "0", "0", "0")
    assert told["feesEarned"] == str(earned)
    assert told["realized"] == str(value + earned - 500 * E18)
    taken, brought = read("liquidity/history")["items"]
    assert (taken["kind"], taken["fees"], taken["realized"]) == (
        "remove",
        str(earned),
        str(value + earned - 500 * E18),
    )
    assert (brought["kind"], brought["cost"], brought["realized"]) == ("add", str(500 * E18), "0")
    # What came out is shares, bought at what they are worth.
    position = read(f"positions/{shop.market_id}")
    assert [each["shares"] for each in position["outcomes"]] == [str(each) for each in part]
    assert position["cost"] == str(value)


@pytest.mark.parametrize("winner", [0, 1, None], ids=["won", "lost", "void"])
def test_a_result_makes_shares_worth_what_they_pay(shop, read, winner):
    shares = shop.buy(ALICE, 0, 100 * E18).shares
    shop.propose(1)
    assert read(f"positions/{shop.market_id}")["status"] == "closed"
    shop.finish(winner)
    pays = {0: shares, 1: 0, None: shares // 2}[winner]

    told = read(f"positions/{shop.market_id}")
    assert told["status"] == ("cancelled" if winner is None else "settled")
    assert (told["value"], told["claimable"]) == (str(pays), str(pays))
    assert told["unrealized"] == str(pays - 100 * E18)

    shop.claim(ALICE)
    told = read(f"positions/{shop.market_id}")
    assert (told["claimed"], told["claimable"], told["outcomes"]) == (str(pays), "0", [])
    assert (told["realized"], told["claimTxHash"]) == (str(pays - 100 * E18), logs.HASH)
    (claim,) = read("claims")["items"]
    assert (claim["amount"], claim["realized"]) == (str(pays), str(pays - 100 * E18))
    assert read("positions", open="true")["total"] == 0
    assert read("positions", open="false")["total"] == 1


def test_money_that_came_and_went_is_what_is_held_and_what_is_realised(shop, read):
    given = shop.add(ALICE, 200 * E18)
    shop.buy(ALICE, 0, 70 * E18)
    shop.buy(BOB, 1, 90 * E18)
    shop.sell(ALICE, 0, 20 * E18)
    shop.remove(ALICE, given.lp // 3, fees=1234)
    shop.finish(0)
    shop.claim(ALICE)

    told = read(f"positions/{shop.market_id}")

    came = sum(int(told[name]) for name in ("sold", "claimed", "feesReceived"))
    went = sum(int(told[name]) for name in ("bought", "provided"))
    realized = int(told["realized"]) + int(told["liquidityRealized"])
    assert came - went == realized - int(told["cost"])


def test_everybody_sees_a_markets_trades_and_nobody_anothers(shop, read, client_of, bob):
    shop.buy(ALICE, 0, 100 * E18)
    shop.buy(BOB, 1, 50 * E18)

    told = read(f"markets/{shop.market_id}/trades", client=Client())
    assert [each["amount"] for each in told["items"]] == [str(50 * E18), str(100 * E18)]
    assert told["total"] == 2
    assert not {"cost", "realized"} & told["items"][0].keys()

    assert read("trades", client=client_of(bob))["total"] == 1
    assert read("trades", marketId=shop.market_id, side="sell")["total"] == 0
    assert Client().get("/api/v1/trades").status_code == 401


def test_pages_go_on_where_the_one_before_ended(shop, read):
    for _ in range(5):
        shop.buy(ALICE, 0, E18)
    path = f"markets/{shop.market_id}/trades"
    pages = [read(path, page=page, pageSize=2)["items"] for page in (1, 2, 3, 4)]
    assert [[each["blockNumber"] for each in page] for page in pages] == [[7, 6], [5, 4], [3], []]


def test_a_row_is_final_with_its_block_and_a_position_with_all_of_its(shop, read, chain):
    shop.buy(ALICE, 0, E18)
    shop.buy(ALICE, 0, E18)
    for final, trades, position in [
        (2, ["confirmed", "confirmed"], "confirmed"),
        (3, ["confirmed", "final"], "confirmed"),
        (4, ["final", "final"], "final"),
    ]:
        Cursor.objects.update(finalized_block=final)
        assert [each["finality"] for each in read("trades")["items"]] == trades
        assert read(f"positions/{shop.market_id}")["finality"] == position
    assert read("positions")["items"][0]["finality"] == "final"
    Cursor.objects.update(finalized_block=None, finalized_hash="")
    assert read("positions")["items"][0]["finality"] == "confirmed"


def test_candles_of_an_outcome(shop, read):
    deals = [shop.buy(ALICE, 0, 10 * E18), shop.sell(ALICE, 0, 5 * E18), shop.buy(BOB, 1, E18)]
    prices = [deal.reserves[1] * E18 // sum(deal.reserves) for deal in deals]

    told = read(f"markets/{shop.market_id}/prices", client=Client(), interval="1m", outcome=1)

    assert told == {
        "marketId": shop.market_id,
        "interval": "1m",
        "candles": [
            {
                "ts": int(logs.GENESIS.timestamp()) * 1000,
                "outcomes": [
                    {
                        "outcome": 1,
                        "open": str(prices[0]),
                        "high": str(max(prices)),
                        "low": str(min(prices)),
                        "close": str(prices[-1]),
                        "volume": str(15 * E18),
                        "tradeCount": 2,
                    }
                ],
                "finality": "confirmed",
            }
        ],
        "hasMore": False,
    }
    (both,) = read(f"markets/{shop.market_id}/prices", interval="1d")["candles"]
    assert [each["volume"] for each in both["outcomes"]] == [str(15 * E18), str(E18)]


def test_candles_are_left_out_where_nobody_traded_and_lead_on(shop, read):
    path, at = f"markets/{shop.market_id}/prices", int(logs.GENESIS.timestamp())
    for minute in (0, 1, 5):
        shop.genesis = logs.GENESIS + timedelta(minutes=minute)
        shop.buy(ALICE, 0, E18)

    def begins(**query):
        told = read(path, interval="1m", **query)
        return [each["ts"] // 1000 - at for each in told["candles"]], told["hasMore"]

    assert begins() == ([0, 60, 300], False)
    assert begins(limit=2) == ([60, 300], True)
    assert begins(limit=2, until=(at + 60) * 1000) == ([0], False)
    assert begins(since=(at + 60) * 1000) == ([60, 300], False)
    fives = read(path, interval="5m")["candles"]
    assert [each["outcomes"][0]["tradeCount"] for each in fives] == [2, 1]


def test_what_the_chain_says_of_a_market(shop, read):
    shop.buy(ALICE, 0, 10 * E18)
    shop.propose(0)
    shop.propose(1, number=2)
    told = read(f"markets/{shop.market_id}/pool", client=Client())

    assert (told["state"], told["status"], told["paused"]) == ("proposed", "closed", False)
    assert told["reserves"] == [str(each) for each in shop.reserves]
    assert (told["volume"], told["tradeCount"]) == (str(10 * E18), 1)
    assert (told["proposal"]["outcome"], told["proposal"]["round"]) == (2, 2)
    assert told["result"] is None

    shop.finish(1)
    told = read(f"markets/{shop.market_id}/pool")["result"]
    assert (told["outcome"], told["voided"]) == (2, False)
    assert told["payoutNumerators"] == ["0", "1"]


def test_sums_of_oneself_and_of_nobody_else(shop, read, client_of, alice, bob):
    other = Shop(2, outcomes=3)
    other.add(CAROL, 100 * E18)
    shop.buy(ALICE, 0, 10 * E18)
    other.buy(ALICE, 2, 20 * E18)
    other.sell(ALICE, 2, E18)

    told = read(f"users/{ALICE}/stats")

    (sums,) = told["collaterals"]
    positions = read("positions")["items"]
    assert (sums["marketCount"], sums["openCount"], sums["tradeCount"]) == (2, 2, 3)
    assert sums["volume"] == str(31 * E18)
    for name in ("cost", "value", "unrealized", "realized", "bought", "sold", "feesPaid"):
        assert int(sums[name]) == sum(int(each[name]) for each in positions), name
    refused = client_of(bob).get(f"/api/v1/users/{ALICE}/stats")
    assert (refused.status_code, refused.json()["reason"]) == (404, "NOT_YOUR_STATS")


def test_somebody_without_a_position_has_none(shop, read):
    told = read(f"positions/{shop.market_id}")
    assert (told["outcomes"], told["value"], told["finality"]) == ([], "0", None)
    assert read("positions") == {"page": 1, "pageSize": 20, "total": 0, "items": []}
    assert read(f"users/{ALICE}/stats")["collaterals"] == []


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("markets/{book}/trades", 409, "NOT_A_POOL"),
        ("markets/{book}/prices", 409, "NOT_A_POOL"),
        ("positions/{book}", 409, "NOT_A_POOL"),
        ("markets/1/pool", 404, "NO_SUCH_MARKET"),
        ("trades?marketId=1", 404, "NO_SUCH_MARKET"),
        ("markets/{pool}/prices?interval=2m", 400, "INVALID"),
        ("markets/{pool}/prices?outcome=3", 400, "NO_SUCH_OUTCOME"),
        ("markets/{pool}/prices?limit=501", 400, "INVALID"),
        ("markets/{pool}/prices?since=soon", 400, "INVALID"),
        ("trades?side=swap", 400, "INVALID"),
        ("trades?pageSize=101", 400, "INVALID"),
        ("users/0x12/stats", 400, "INVALID"),
    ],
)
def test_what_is_refused(shop, market, alice_client, path, status, reason):
    path = path.format(book=market.pk, pool=shop.market_id)
    answer = alice_client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json().get("reason")) == (status, reason)


def test_a_list_takes_as_many_queries_for_many_as_for_one(
    shop, read, client_of, alice, django_assert_max_num_queries
):
    for number in range(2, 6):
        each = Shop(number)
        each.add(ALICE, E18)
        each.buy(ALICE, 0, E18)
    shop.buy(ALICE, 0, E18)
    client = client_of(alice)
    for path, most in [("positions", 13), ("liquidity", 13), ("trades", 6), ("claims", 5)]:
        with django_assert_max_num_queries(most):
            read(path, client=client)

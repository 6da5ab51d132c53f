"""Quotes and trades through the API, against the contract on a node."""

from random import Random

import pytest
from django.utils import timezone
from eth_utils.address import to_checksum_address

from contracts.tests.stage import E18
from kmarket.tests.proof import cases
from trading import maker
from trading.models import Pause, Pool

pytestmark = pytest.mark.needs("node")


@pytest.fixture
def market(floor):
    """Two outcomes at 3:1, a fee of a hundredth, 100 in the larger reserve. Closes in an hour."""
    return floor.open(weights=[1, 3])


def buying(market, outcome=1, amount=10 * E18, **more):
    return {"marketId": market, "outcome": outcome, "amount": str(amount), **more}


def logged(floor, tx_hash, name):
    """The one event of this name that a transaction logged."""
    logs = [floor.stage.contract.interface.event(log) for log in mined_logs(floor, tx_hash)]
    (fields,) = [fields for found, fields in logs if found == name]
    return fields


def mined_logs(floor, tx_hash):
    receipt = floor.receipt(tx_hash)
    assert receipt["status"] == "0x1"
    return [log for log in receipt["logs"] if log["address"].lower() == floor.contract]


def test_a_quote_in_full(floor, market):
    told = floor.post(floor.alice, "trades/quote", buying(market, 2, side="buy"))

    deal = maker.buy([100 * E18 // 3 + 1, 100 * E18], 1, 10 * E18, E18 // 100)
    prices = maker.prices(deal.reserves)
    assert told == {
        "marketId": market,
        "side": "buy",
        "outcome": 2,
        "amount": str(10 * E18),
        "shares": str(deal.shares),
        "fee": str(E18 // 10),
        "averagePrice": str(-(-10 * E18 * E18 // deal.shares)),
        "priceBefore": str(E18 // 4),
        "priceAfter": str(prices[1]),
        # 9.9 for so many shares, against a quarter.
        "priceImpact": "207353967884570631",
        "prices": [str(price) for price in prices],
        "slippageBps": 50,
        "minShares": str(-(-deal.shares * 9950 // 10_000)),
        "maxShares": None,
        "blockNumber": floor.head,
    }
    assert told["shares"] == str(
        floor.stage.read("calcBuy", floor.pool(market).number, 1, 10 * E18)[0]
    )


def test_a_sale_is_quoted_by_what_it_brings_or_by_its_shares(floor, market):
    number = floor.pool(market).number
    body = buying(market, 1, 3 * E18, side="sell", slippageBps=100)
    told = floor.post(floor.alice, "trades/quote", body)

    shares, fee = floor.stage.read("calcSell", number, 0, 3 * E18)
    assert (told["shares"], told["fee"], told["amount"]) == (str(shares), str(fee), str(3 * E18))
    assert (told["minShares"], told["maxShares"]) == (None, str(shares * 101 // 100))
    assert told["averagePrice"] == str(3 * E18 * E18 // shares)
    assert int(told["priceAfter"]) < int(told["priceBefore"]) == 3 * E18 // 4 - 1

    del body["amount"]
    assert floor.post(floor.alice, "trades/quote", body | {"shares": str(shares)}) == told
    # One share less does not bring it.
    less = floor.post(floor.alice, "trades/quote", body | {"shares": str(shares - 1)})
    assert int(less["amount"]) < 3 * E18


@pytest.mark.parametrize("seed", range(cases(every_day=2, full=50)))
def test_random_trades_do_what_their_quotes_said(floor, seed):
    chance = Random(seed)
    count = chance.randint(2, 8)
    weights = [chance.randint(1, 9) for _ in range(count)]
    market = floor.open(weights=weights, feeWad=chance.choice([0, 1, E18 // 50]))
    for wallet in (floor.alice, floor.bob):
        floor.approve(wallet)
    for _ in range(8):
        wallet, outcome = chance.choice([floor.alice, floor.bob]), chance.randint(1, count)
        amount = chance.randint(1, 20 * E18)
        owned = floor.stage.read("sharesOf", floor.pool(market).number, wallet.address)[outcome - 1]
        side, body = "buy", buying(market, outcome, amount)
        # What is next to nothing sells for nothing, and is refused.
        if owned > E18 // 10**6 and chance.random() < 0.5:
            side = "sell"
            body = {"marketId": market, "outcome": outcome, "shares": str(owned)}
        quote = floor.post(wallet, "trades/quote", body | {"side": side})

        call = floor.post(wallet, f"trades/{side}", body | {"slippageBps": 0})
        tx_hash = floor.send(wallet, call)

        told = {name: quote[name] for name in call["quote"]}
        assert call["quote"] == told
        if side == "buy":
            fields = logged(floor, tx_hash, "SharesBought")
            assert (fields["collateralIn"], fields["sharesOut"]) == (amount, int(quote["shares"]))
        else:
            fields = logged(floor, tx_hash, "SharesSold")
            assert fields["sharesIn"] == int(quote["shares"]) <= owned
            assert fields["collateralOut"] == int(quote["amount"])
        assert fields["fee"] == int(quote["fee"])
        assert [str(each) for each in maker.prices(fields["poolsAfter"])] == quote["prices"]
        floor.follow()


def test_a_call_in_full(floor, market):
    floor.approve(floor.alice)

    call = floor.post(floor.alice, "trades/buy", buying(market))

    quote = call.pop("quote")
    least, deadline = int(call["minShares"]), call["deadline"] // 1000
    function = floor.stage.contract.interface
    data = function.call("buy", [floor.pool(market).number, 0, 10 * E18, least, deadline])
    assert call == {
        "chainId": 31337,
        "to": to_checksum_address(floor.contract),
        "data": "0x" + data.hex(),
        "value": "0",
        "gas": call["gas"],
        "marketId": market,
        "function": "buy",
        "minShares": str(maker.at_least(int(quote["shares"]), 50)),
        "deadline": deadline * 1000,
        "approval": None,
        "blockNumber": floor.head,
    }
    assert 1100 < deadline - timezone.now().timestamp() <= 1200 + 60
    receipt = floor.receipt(floor.send(floor.alice, call))
    used = int(receipt["gasUsed"], 16)
    assert used < call["gas"] < 2 * used


def test_without_an_allowance_its_approval_comes_first(floor, market):
    call = floor.post(floor.alice, "trades/buy", buying(market))

    approval = call["approval"]
    assert approval["token"].lower() == floor.stage.token.address.lower()
    assert approval["spender"].lower() == floor.contract
    assert (approval["allowance"], approval["required"]) == ("0", str(10 * E18))
    (grant,) = approval["transactions"]
    assert (grant["to"], grant["chainId"], grant["value"]) == (approval["token"], 31337, "0")
    # Just so much, and no more.
    assert floor.receipt(floor.send(floor.alice, grant))["status"] == "0x1"
    allowed = floor.stage.read(
        "allowance", floor.alice.address, floor.contract, to=floor.stage.token
    )
    assert allowed == 10 * E18
    assert floor.post(floor.alice, "trades/buy", buying(market))["approval"] is None
    assert floor.receipt(floor.send(floor.alice, call))["status"] == "0x1"


def test_an_allowance_that_is_too_small_is_said(floor, market):
    floor.approve(floor.alice, 5)
    approval = floor.post(floor.alice, "trades/buy", buying(market))["approval"]
    assert (approval["allowance"], approval["required"]) == ("5", str(10 * E18))


def test_gas_that_could_not_be_tried_is_enough_for_the_dearest_market(floor):
    market = floor.open(weights=[1] * 8)
    bought = floor.post(floor.alice, "trades/buy", buying(market))
    added = floor.post(floor.bob, "liquidity/add", {"marketId": market, "amount": str(E18)})
    assert bought["approval"]
    assert added["approval"]
    for wallet, call in ((floor.bob, added), (floor.alice, bought)):
        floor.approve(wallet)
        assert floor.receipt(floor.send(wallet, call))["status"] == "0x1"


def test_the_bounds_hold_when_the_price_moves_meanwhile(floor, market):
    for wallet in (floor.alice, floor.bob):
        floor.approve(wallet)
    call = floor.post(floor.alice, "trades/buy", buying(market))
    floor.send(floor.bob, floor.post(floor.bob, "trades/buy", buying(market)))

    assert floor.receipt(floor.send(floor.alice, call))["status"] == "0x0"

    body = buying(market, minShares=call["minShares"])
    status, reason, details = floor.refused(floor.alice, "trades/buy", body)
    assert (status, reason, details["error"]) == (409, "SLIPPAGE_EXCEEDED", "TooFewShares")
    assert details["values"]["least"] == call["minShares"]


def test_liquidity_comes_and_goes_as_quoted(floor, market):
    floor.approve(floor.carol)
    call = floor.post(
        floor.carol,
        "liquidity/add",
        {"marketId": market, "amount": str(30 * E18), "slippageBps": 0},
    )
    given = maker.add(floor.state(market).pools, 100 * E18, 30 * E18)
    assert call["quote"] == {"lp": str(given.lp), "shares": [str(each) for each in given.shares]}
    assert (call["minLp"], call["minShares"]) == (call["quote"]["lp"], call["quote"]["shares"])

    fields = logged(floor, floor.send(floor.carol, call), "LiquidityAdded")
    assert (fields["lpMinted"], fields["sharesReturned"]) == (given.lp, list(given.shares))

    body = {"marketId": market, "lp": str(given.lp), "slippageBps": 0}
    call = floor.post(floor.carol, "liquidity/remove", body)
    fields = logged(floor, floor.send(floor.carol, call), "LiquidityRemoved")
    assert [str(each) for each in fields["sharesOut"]] == call["quote"]["shares"]
    assert call["quote"]["lp"] == str(fields["lpBurned"]) == str(given.lp)
    assert call["quote"]["fees"] == str(fields["feesPaid"]) == "0"
    floor.follow()
    status, reason, _ = floor.refused(floor.carol, "liquidity/remove", body)
    assert (status, reason) == (409, "INSUFFICIENT_LP")


def test_fees_alone_are_taken_with_no_lp(floor, market):
    nothing = {"marketId": market, "lp": "0"}
    assert floor.refused(floor.carol, "liquidity/remove", nothing)[1] == "NOTHING_TO_PAY"
    for wallet in (floor.alice, floor.carol):
        floor.approve(wallet)
    add = {"marketId": market, "amount": str(100 * E18)}
    floor.send(floor.carol, floor.post(floor.carol, "liquidity/add", add))
    floor.send(floor.alice, floor.post(floor.alice, "trades/buy", buying(market)))

    call = floor.post(floor.carol, "liquidity/remove", nothing)

    fields = logged(floor, floor.send(floor.carol, call), "LiquidityRemoved")
    assert fields["lpBurned"] == 0
    assert 0 < fields["feesPaid"] <= E18 // 10
    assert call["quote"] == {"lp": "0", "shares": ["0", "0"], "fees": str(fields["feesPaid"])}


def test_a_result_is_claimed(floor, market):
    floor.approve(floor.alice)
    floor.send(floor.alice, floor.post(floor.alice, "trades/buy", buying(market)))
    floor.follow()
    body = {"marketId": market}
    refused = floor.refused(floor.alice, "trades/claim", body)
    assert refused == (409, "NO_RESULT_YET", {"error": "WrongStatus", "values": {"status": "1"}})
    floor.stage.finish(floor.pool(market).number, 0)
    floor.follow()

    call = floor.post(floor.alice, "trades/claim", body)

    assert (call["function"], call["approval"]) == ("claim", None)
    fields = logged(floor, floor.send(floor.alice, call), "WinningsClaimed")
    assert fields["recipient"] == floor.alice.address.lower()
    assert fields["payout"] == fields["sharesBurned"][0] > 0
    assert call["quote"] == {"amount": str(fields["payout"])}
    assert floor.refused(floor.alice, "trades/claim", body)[1] == "NOTHING_TO_PAY"
    elsewhere = floor.refused(floor.alice, "trades/claim", body | {"recipient": floor.contract})
    assert (elsewhere[1], elsewhere[2]["error"]) == ("CALL_REFUSED", "BadRecipient")


def test_what_is_over_is_not_traded(floor, market):
    number = floor.pool(market).number
    floor.approve(floor.alice)
    at = floor.state(market).closesAt
    floor.node.rpc("evm_setNextBlockTimestamp", at)
    floor.node.rpc("evm_mine")

    # Our clock has not got there, the chain's has.
    told = floor.refused(floor.alice, "trades/buy", buying(market))
    assert told == (409, "POOL_CLOSED", {"error": "TooLate", "values": {"until": str(at)}})
    add = {"marketId": market, "amount": "5"}
    assert floor.refused(floor.alice, "liquidity/add", add)[1] == "POOL_CLOSED"

    floor.stage.finish(number, None)
    floor.follow()
    told = floor.refused(floor.alice, "trades/buy", buying(market))
    assert told == (409, "POOL_CLOSED", {"error": "WrongStatus", "values": {"status": "4"}})
    for side in ("buy", "sell"):
        told = floor.refused(floor.alice, "trades/quote", buying(market, side=side))
        assert told == (409, "POOL_CLOSED", {"status": "voided", "closesAt": at * 1000})


def test_a_paused_contract_takes_no_money_and_gives_it_back(floor, market):
    floor.approve(floor.alice)
    floor.send(floor.alice, floor.post(floor.alice, "trades/buy", buying(market)))
    floor.stage.do(floor.stage.owner, "pause")

    told = floor.refused(floor.alice, "trades/buy", buying(market))
    assert told == (409, "CONTRACT_PAUSED", {"error": "EnforcedPause", "values": {}})
    add = {"marketId": market, "amount": "5"}
    assert floor.refused(floor.alice, "liquidity/add", add)[1] == "CONTRACT_PAUSED"
    sale = floor.post(floor.alice, "trades/sell", buying(market, amount=E18))
    assert floor.receipt(floor.send(floor.alice, sale))["status"] == "0x1"


def test_where_our_rows_may_be_wrong_nobody_enters_and_everybody_leaves(floor, market):
    floor.approve(floor.alice)
    floor.send(floor.alice, floor.post(floor.alice, "trades/buy", buying(market)))
    where = {"contract": floor.contract, "number": floor.pool(market).number}
    Pause.objects.create(**where, reason="a log could not be read")
    # As wrong as can be: what is to be signed is worked out beside the chain.
    Pool.objects.update(reserves=[1, 1])

    add = {"marketId": market, "amount": "5"}
    for path, body in [
        ("trades/buy", buying(market)),
        ("liquidity/add", add),
        ("trades/quote", buying(market, side="sell")),
    ]:
        told = floor.refused(floor.alice, path, body)
        assert told == (409, "TRADING_PAUSED", {"marketId": market})
    sale = floor.post(floor.alice, "trades/sell", buying(market, amount=E18))
    assert floor.receipt(floor.send(floor.alice, sale))["status"] == "0x1"


def test_what_the_wallet_lacks_is_said(floor, market):
    floor.approve(floor.alice)
    rich = buying(market, amount=10**6 * E18 + 1)
    told = {"token": floor.pool(market).collateral}
    told |= {"balance": str(10**6 * E18), "required": rich["amount"]}
    # Whether or not the contract might take it.
    for _ in range(2):
        refused = floor.refused(floor.alice, "trades/buy", rich)
        assert refused == (409, "INSUFFICIENT_COLLATERAL", told)
        floor.approve(floor.alice, 2**256 - 1)
    sale = buying(market, amount=E18)
    status, reason, details = floor.refused(floor.alice, "trades/sell", sale)
    assert (status, reason, details["error"]) == (409, "INSUFFICIENT_SHARES", "InsufficientShares")
    assert details["values"]["owned"] == "0"


def test_a_token_that_keeps_some_of_what_it_moves_is_refused(floor):
    stage, alice = floor.stage, floor.alice
    token = stage.deploy("FeeToken")
    stage.endow(stage.owner, token)
    market = floor.open(collateral=token.address)
    stage.do(stage.owner, "mint", alice.address, 100 * E18, to=token)
    stage.do(stage.owner, "setPercent", 5, to=token)
    approval = floor.post(alice, "trades/buy", buying(market))["approval"]
    floor.send(alice, approval["transactions"][0])

    status, reason, details = floor.refused(alice, "trades/buy", buying(market))

    assert (status, reason, details["error"]) == (409, "COLLATERAL_REFUSED", "CollateralRefused")
    received = {"asked": str(10 * E18), "received": str(10 * E18 * 95 // 100)}
    assert details["values"] == received


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("trades/quote", {"side": "buy", "amount": str(2**128)}, "AMOUNT_TOO_LARGE"),
        ("trades/quote", {"side": "buy", "amount": "1"}, "AMOUNT_TOO_SMALL"),
        ("trades/quote", {"side": "sell", "amount": str(200 * E18)}, "NOT_ENOUGH_LIQUIDITY"),
        ("trades/quote", {"side": "sell", "amount": str(2**200)}, "AMOUNT_TOO_LARGE"),
        ("trades/quote", {"side": "sell", "shares": "1"}, "AMOUNT_TOO_SMALL"),
        ("trades/buy", {"amount": str(2**128)}, "AMOUNT_TOO_LARGE"),
        ("trades/buy", {"amount": "1"}, "AMOUNT_TOO_SMALL"),
        ("trades/buy", {"amount": str(E18), "deadline": 1000}, "DEADLINE_PASSED"),
        ("trades/buy", {"amount": str(E18), "minShares": str(9 * E18)}, "SLIPPAGE_EXCEEDED"),
        ("trades/sell", {"amount": str(E18), "maxShares": "1"}, "SLIPPAGE_EXCEEDED"),
        ("trades/sell", {"amount": str(E18), "deadline": 1000}, "DEADLINE_PASSED"),
        ("trades/sell", {"shares": "1"}, "AMOUNT_TOO_SMALL"),
        ("trades/sell", {"amount": str(200 * E18)}, "NOT_ENOUGH_LIQUIDITY"),
        ("liquidity/add", {"amount": str(2**128)}, "AMOUNT_TOO_LARGE"),
        ("liquidity/add", {"amount": str(E18), "minLp": str(9 * E18)}, "SLIPPAGE_EXCEEDED"),
        (
            "liquidity/add",
            {"amount": str(E18), "minShares": [str(9 * E18)] * 2},
            "SLIPPAGE_EXCEEDED",
        ),
        ("liquidity/add", {"amount": str(E18), "minShares": ["1"]}, "WRONG_LENGTH"),
        ("liquidity/remove", {"lp": "1"}, "INSUFFICIENT_LP"),
        ("liquidity/remove", {"lp": str(2**128)}, "INSUFFICIENT_LP"),
    ],
)
def test_each_refusal_has_its_reason(floor, market, path, body, reason):
    is_trade = path.startswith("trades")
    whole = {"marketId": market, **({"outcome": 1} if is_trade else {}), **body}
    assert floor.refused(floor.alice, path, whole)[1] == reason

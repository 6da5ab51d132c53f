"""What is answered before anybody asks the chain: no chain, no node, no wallet, no such thing."""

import pytest
from django.test import Client

from contracts.tests.stage import E18
from trading import trying

JSON = "application/json"
PATHS = [
    *("trades/quote", "trades/buy", "trades/sell", "trades/claim", "trades/submit"),
    *("liquidity/add", "liquidity/remove", "transactions", "transactions/0x0"),
]
TRADE = {"marketId": 1, "outcome": 1, "amount": "5"}
NOWHERE = "http://127.0.0.1:1"


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", PATHS)
def test_without_a_chain_there_is_none_of_it(db, alice_client, method, path):
    answer = alice_client.generic(method.upper(), f"/api/v1/{path}", "{}", content_type=JSON)
    assert answer.status_code == 404
    told = answer.json()
    assert (told["code"], told["reason"]) == ("NOT_FOUND", "CHAIN_NOT_CONFIGURED")


@pytest.fixture
def chain(settings):
    """A chain whose only node is away."""
    settings.CHAIN_RPC_URLS = [NOWHERE]
    settings.CHAIN_ID, settings.CHAIN_CONTRACT = 31337, "0x" + "c0" * 20


@pytest.mark.parametrize("path", PATHS)
def test_nobody_but_users(db, chain, path):
    assert Client().post(f"/api/v1/{path}").status_code == 401


@pytest.mark.parametrize("path", ["trades/buy", "trades/submit"])
def test_methods_are_as_everywhere(chain, alice_client, path):
    answer = alice_client.get(f"/api/v1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(("trades/quote", body) for body in [{}, [], TRADE, TRADE | {"side": "swap"}]),
        ("trades/quote", TRADE | {"side": "sell", "shares": "5"}),
        ("trades/quote", {"marketId": 1, "outcome": 1, "side": "buy", "shares": "5"}),
        *(("trades/buy", TRADE | {"amount": text}) for text in [5, "0", "-1", "1.5", "1e3", None]),
        *(("trades/buy", TRADE | {"outcome": number}) for number in [0, -1, "1", True, 1.0, 2**31]),
        *(("trades/buy", TRADE | {"slippageBps": bps}) for bps in [-1, 10_001, "50", 0.5, True]),
        *(("trades/buy", TRADE | {"deadline": when}) for when in [-1, "soon", 1.5, 2**63]),
        ("trades/buy", TRADE | {"minShares": "0"}),
        ("trades/buy", TRADE | {"maxShares": "5"}),
        ("trades/buy", TRADE | {"minShare": "5"}),
        ("trades/sell", {"marketId": 1, "outcome": 1}),
        ("trades/sell", TRADE | {"shares": "5"}),
        ("trades/sell", TRADE | {"minShares": "5"}),
        ("trades/claim", {"marketId": 1, "recipient": "0x12"}),
        ("liquidity/add", {"marketId": 1, "amount": "5", "minShares": "5"}),
        ("liquidity/add", {"marketId": 1, "amount": "5", "minShares": ["0"] * 257}),
        ("liquidity/add", {"marketId": 1, "amount": "5", "minLp": "0"}),
        ("liquidity/remove", {"marketId": 1, "lp": 0}),
        ("liquidity/remove", {"marketId": 1}),
        *(("trades/submit", body) for body in [{}, {"rawTx": ""}, {"rawTx": "02f8"}, {"rawTx": 7}]),
        *(("trades/submit", {"txHash": text}) for text in ["", "0x12", "x" * 66, 7]),
        ("trades/submit", {"txHash": "0x" + "1" * 64, "rawTx": "0x02"}),
    ],
)
def test_bad_shapes(chain, alice_client, path, body):
    answer = alice_client.post(f"/api/v1/{path}", body, content_type=JSON)
    assert answer.status_code == 400, answer.content
    assert answer.json()["reason"] == "INVALID"


@pytest.mark.parametrize("path", ["trades/quote", "trades/buy", "trades/claim", "liquidity/add"])
def test_what_is_no_pool_is_not_traded(chain, alice_client, market, open_pool, path):
    fields = {
        "trades/quote": {"outcome": 1, "amount": "5", "side": "buy"},
        "trades/buy": {"outcome": 1, "amount": "5"},
        "trades/claim": {},
        "liquidity/add": {"amount": "5"},
    }[path]
    # A book; a pool that a reorganisation took off the chain; and nothing at all.
    for market_id, expected in [
        (market.pk, (409, "NOT_A_POOL")),
        (open_pool().pk, (409, "NOT_A_POOL")),
        (4711, (404, "NO_SUCH_MARKET")),
    ]:
        body = {"marketId": market_id, **fields}
        answer = alice_client.post(f"/api/v1/{path}", body, content_type=JSON)
        assert (answer.status_code, answer.json()["reason"]) == expected


@pytest.mark.needs("node")
def test_an_outcome_that_there_is_not(floor):
    body = {"marketId": floor.open(), "outcome": 3, "amount": "5"}
    for path, more in (("trades/quote", {"side": "sell"}), ("trades/buy", {})):
        told = floor.refused(floor.alice, path, body | more)
        assert told == (400, "NO_SUCH_OUTCOME", {"outcome": 3, "outcomes": 2})


@pytest.mark.needs("node")
def test_a_pool_of_another_contract_is_none_of_ours(floor, settings):
    market = floor.open()
    settings.CHAIN_CONTRACT = "0x" + "c0" * 20
    assert floor.refused(floor.alice, "trades/claim", {"marketId": market})[1] == "NOT_A_POOL"


@pytest.mark.needs("node")
def test_who_has_no_wallet_signs_nothing(floor, operator_client):
    body = {"marketId": floor.open(), "outcome": 1, "amount": "5"}
    answer = operator_client.post("/api/v1/trades/buy", body, content_type=JSON)
    assert (answer.status_code, answer.json()["reason"]) == (403, "NO_WALLET")


@pytest.mark.needs("node")
def test_with_every_node_away_there_are_quotes_and_no_calls(floor, settings):
    body = {"marketId": floor.open(), "outcome": 1, "amount": str(E18)}
    settings.CHAIN_RPC_URLS = [NOWHERE, NOWHERE]
    floor.post(floor.alice, "trades/quote", body | {"side": "buy"})

    answer = floor.client(floor.alice).post("/api/v1/trades/buy", body, content_type=JSON)

    assert (answer.status_code, answer.json()["reason"]) == (503, "CHAIN_AWAY")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.needs("node")
def test_another_node_is_asked_where_one_is_away_or_on_another_chain(floor, settings):
    floor.approve(floor.alice)
    body = {"marketId": floor.open(), "outcome": 1, "amount": str(E18)}
    settings.CHAIN_RPC_URLS = [NOWHERE, floor.node.url]
    floor.post(floor.alice, "trades/buy", body)
    settings.CHAIN_ID = 56
    assert floor.refused(floor.alice, "trades/buy", body)[:2] == (503, "CHAIN_AWAY")


@pytest.mark.needs("node")
def test_a_contract_that_knows_no_such_call(floor, monkeypatch):
    market = floor.open()
    followed = trying.config.from_settings()
    functions = [one for one in followed.profile.functions if one["name"] != "claim"]
    profile = type(followed.profile)(followed.profile.shapes, 1, functions, followed.profile.errors)
    other = type(followed)(**{**vars(followed), "profile": profile})
    monkeypatch.setattr(trying.config, "from_settings", lambda: other)

    told = floor.refused(floor.alice, "trades/claim", {"marketId": market})

    assert told == (409, "UNKNOWN_CALL", {"function": "claim"})


@pytest.mark.needs("node")
def test_an_allowance_that_has_to_be_taken_back_first(floor, monkeypatch):
    """As the dollar that most people know wants it: from nothing, or to nothing."""
    market = floor.open()
    floor.approve(floor.alice, 5)
    estimates = iter([trying.Reverted("execution reverted", 3), hex(40_000)])
    real = trying.Node.batch

    def batch(node, calls):
        if any(
            call[1][0].get("to") == floor.pool(market).collateral
            for call in calls[:1]
            if call[0] == "eth_estimateGas"
        ):
            return [next(estimates)]
        return real(node, calls)

    monkeypatch.setattr(trying.Node, "batch", batch)
    body = {"marketId": market, "outcome": 1, "amount": str(E18)}

    approval = floor.post(floor.alice, "trades/buy", body)["approval"]

    amounts = [int(call["data"][-64:], 16) for call in approval["transactions"]]
    assert amounts == [0, E18]
    assert [call["gas"] for call in approval["transactions"]] == [50_000, trying.GAS_OF_APPROVAL]

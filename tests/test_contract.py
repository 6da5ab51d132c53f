"""The contract's own examples: every member that they print, by its name and with its type."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from eth_account import Account
from eth_account.messages import encode_defunct

from betting import services, settlement
from betting.settlement import Result
from chain.models import Cursor
from markets.models import Market

JSON = "application/json"
ORDER = """{ "orderId":900001, "userAddress":"0x..", "marketId":1001, "amount":"1000", "odds":185,
    "option":1, "potentialPayout":null, "settled":false, "claimed":false, "txHash":"0x..." }"""


def kind(value):
    """Name a JSON type; null fits every other, because the examples show both for some members."""
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def missing(example, answer, path="$"):
    """Return what the example has and the answer lacks, or has in another type."""
    if "null" in {kind(example), kind(answer)}:
        return []
    if kind(example) != kind(answer):
        return [f"{path}: {kind(answer)} instead of {kind(example)}"]
    if isinstance(example, dict):
        absent = [f"{path}.{name} is missing" for name in example if name not in answer]
        return absent + [
            fault
            for name in example
            if name in answer
            for fault in missing(example[name], answer[name], f"{path}.{name}")
        ]
    if isinstance(example, list) and example:
        return missing(example[0], answer[0], f"{path}[0]") if answer else [f"{path} is empty"]
    return []


def check(example: str, answer):
    assert missing(json.loads(example), answer) == []


@pytest.fixture
def seeded(db):
    call_command("seed", verbosity=0)
    return Market.objects.get(pk=1001)


@pytest.fixture
def get():
    def answer(path, client=None):
        response = (client or Client()).get(f"/api/v1/{path}")
        assert response.status_code == 200, response.content
        return response.json()

    return answer


def test_sign_in(db, get):
    wallet = Account.create()
    nonce = get(f"auth/nonce?address={wallet.address}")
    check('{ "nonce": "uuid", "expiresIn": 300 }', nonce)
    assert nonce["expiresIn"] == 300

    message = f"Login to KMarket: nonce={nonce['nonce']}"
    signature = wallet.sign_message(encode_defunct(text=message)).signature.hex()
    body = {"address": wallet.address, "message": message, "signature": f"0x{signature}"}
    answer = Client().post("/api/v1/auth/verify-sig", body, content_type=JSON).json()
    check(
        """{ "token": "<jwt>", "expiresIn": 604800,
             "user": { "id": 1, "address": "0x..", "role": "user" } }""",
        answer,
    )
    assert (answer["expiresIn"], answer["user"]["role"]) == (604_800, "user")

    client = Client(headers={"authorization": f"Bearer {answer['token']}"})
    me = get("auth/me", client)
    check('{ "id": 1, "address": "0x..", "role": "user", "last_login": 1730880000000 }', me)
    assert me["address"] == wallet.address
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert client.get("/api/v1/auth/me").status_code == 401


def test_markets_and_odds(seeded, get):
    check(
        """{ "page":1, "pageSize":20, "total":2, "items": [{"id":1001, "league":"sports",
             "title":"A vs B", "status":"active", "start_time":1730908800000, "odds":null}] }""",
        get("markets?ordering=id"),
    )
    first = get("markets?ordering=id")["items"][0]
    assert (first["id"], first["league"], first["title"]) == (1001, "sports", "A vs B")
    check(
        """{ "market": { }, "odds": { "moneyline": {"home":1.85,"away":2.10},
             "timestamp": 1730, "source":"db" } }""",
        get("markets/1001"),
    )
    check(
        """{ "source":"cache", "data": [{"market_id":1001,"title":"...","category":"sports"}] }""",
        get("markets/active"),
    )
    odds = get("odds/1001")
    check(
        """{ "marketId":1001, "odds_a":185, "odds_b":210, "moneyline": {"home":1.85,"away":2.10},
             "timestamp":1730, "source":"cache" }""",
        odds,
    )
    assert (odds["odds_a"], odds["odds_b"]) == (185, 210)
    assert odds["moneyline"] == {"home": 1.85, "away": 2.10}
    check(
        """{ "marketId":1001, "fromSeq":10, "toSeq":15,
             "updates": [ {"type":"odds_update", "payload": {}, "seq": 123, "ts": 1730} ] }""",
        get("markets/1001/odds/updates?since_seq=0&limit=10"),
    )


def test_bets(seeded, alice, alice_client, get):
    services.credit(user=alice, amount=10_000, actor=None, reason="to bet")
    body = json.loads('{ "marketId":1001, "option":1, "amount":"1000", "odds":185 }')
    placed = alice_client.post("/api/v1/bets", body, content_type=JSON)
    assert placed.status_code == 201
    check(ORDER, placed.json())
    order_id = placed.json()["orderId"]
    check(ORDER, get(f"bets/{order_id}", alice_client))
    query = "userAddress=0x" + "a" * 40 + "&marketId=1001&status=pending&page=1&pageSize=20"
    check(
        f'{{ "page":1, "pageSize":20, "total":1, "items":[{ORDER}] }}',
        get(f"bets?{query}", alice_client),
    )
    settlement.settle_market(market_id=1001, result=Result(1), actor=None)
    claimed = alice_client.post(f"/api/v1/bets/{order_id}/claim").json()
    check(
        """{ "orderId":900001, "claimed": true, "claimAmount":"1850", "claimTxHash": null }""",
        claimed,
    )
    assert claimed["claimAmount"] == "1850"


def test_admin(seeded, operator_client, get):
    start = int((datetime.now(tz=UTC) + timedelta(days=1)).timestamp() * 1000)
    body = {"league": "NBA", "home_team": "Lakers", "away_team": "Warriors", "start_time": start}
    created = operator_client.post("/api/v1/admin/markets", body, content_type=JSON)
    assert (created.status_code, list(created.json())) == (201, ["id"])

    override = json.loads(
        """{
          "market_id": 1001,
          "payload": {
            "moneyline": { "home": 1.82, "away": 2.15 },
            "spread": { "line": -3.0, "home": 1.92, "away": 1.88 },
            "total": { "line": 219.5, "over": 1.90, "under": 1.90 }
          },
          "reason": "Manual adjustment"
        }"""
    )
    path = "/api/v1/admin/odds/override"
    answer = operator_client.post(path, override, content_type=JSON)
    assert answer.status_code == 201
    check('{ "type":"odds_update", "payload": {}, "seq": 123, "ts": 1730 }', answer.json())
    shown = get("odds/1001")
    for group, prices in override["payload"].items():
        assert shown[group] == prices

    put = operator_client.put(
        "/api/v1/admin/markets/1001",
        {"status": "suspended", "description": "rain"},
        content_type=JSON,
    )
    assert (put.status_code, put.json()["status"]) == (200, "suspended")
    settled = operator_client.post(
        "/api/v1/admin/markets/1001/settle", {"winning_option": 1}, content_type=JSON
    )
    assert settled.status_code == 200
    assert get("markets/1001")["market"]["winning_option"] == 1


def test_chain_status(db, get, settings):
    answer = Client().get("/api/v1/chain/status")
    assert (answer.status_code, answer.json()["reason"]) == (404, "CHAIN_NOT_CONFIGURED")

    settings.CHAIN_RPC_URLS, settings.CHAIN_ID = ["http://127.0.0.1:1"], 56
    settings.CHAIN_CONTRACT, settings.CHAIN_START_BLOCK = "0x" + "c0" * 20, 90
    before = get("chain/status")
    assert (before["indexed"], before["head"], before["reconciliation"]) == (89, None, None)

    cursor = Cursor.objects.create(
        chain_id=56,
        contract="0x" + "c0" * 20,
        start_block=90,
        last_block=99,
        last_hash="0x" + "99" * 32,
        finalized_block=97,
        finalized_hash="0x" + "97" * 32,
        head_block=100,
    )
    now = datetime.now(tz=UTC)
    cursor.reconciliations.create(block_number=97, started_at=now, ended_at=now)
    status = get("chain/status")
    check(
        """{ "head":100, "indexed":99, "finalized":97, "lag":1, "halted":null,
             "reconciliation": {"block":97, "endedAt":1730, "completed":true, "findings":0} }""",
        status,
    )
    assert [status[name] for name in ("head", "indexed", "finalized", "lag")] == [100, 99, 97, 1]

    cursor.reconciliations.create(started_at=now, ended_at=now, trouble="no node answers")
    # What operators hear may name a node, and its name may be its key.
    told = {"halt": "OTHER_HISTORY", "halted_reason": "key.example.org has another chain"}
    Cursor.objects.update(**told, halted_at=now)
    status = get("chain/status")
    assert (status["halted"], status["reconciliation"]["completed"]) == ("OTHER_HISTORY", False)


def test_the_error_body(db):
    answer = Client().get("/api/v1/auth/me")
    check('{ "code": "UNAUTHORIZED", "message": "..." }', answer.json())
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")

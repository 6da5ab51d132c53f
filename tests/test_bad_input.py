"""Whatever a client sends: the one error shape, the right status, nothing stored, never a 500."""

import json

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User

JSON = "application/json"
BIG = 2**63
ADDRESS = "0x" + "c" * 40
SIGNATURE = "0x" + "11" * 65

VERIFY = {"address": ADDRESS, "message": "Login to KMarket: nonce=x", "signature": SIGNATURE}
BET = {"marketId": 0, "option": 1, "amount": "100", "odds": 185}
CREATE = {"league": "NBA", "home_team": "A", "away_team": "B", "start_time": 1730908800000}
OVERRIDE = {
    "market_id": 0,
    "payload": {"moneyline": {"home": 1.82, "away": 2.15}},
    "reason": "Manual adjustment",
}
PRICES = OVERRIDE["payload"]["moneyline"]


def override(**moneyline):
    return OVERRIDE | {"payload": {"moneyline": PRICES | moneyline}}


# (method, path, body, status): 0 in a body's market id stands for the market there is.
SHAPES = [
    # bets
    *(("post", "bets", body, 400) for body in [None, [], "x", 1, {}]),
    *(
        ("post", "bets", BET | {"amount": amount}, 400)
        for amount in [100, 1.5, "", "0", "007", "-1", "+1", "1e3", "1.0", " 1", "9" * 79, None]
    ),
    ("post", "bets", BET | {"amount": "9" * 78}, 400),
    ("post", "bets", BET | {"amount": "\u0661"}, 400),
    ("post", "bets", BET | {"amount": ["1"]}, 400),
    *(
        ("post", "bets", BET | {"odds": odds}, 400)
        for odds in [1.85, "185", 100, 100_001, -185, True, None, 10**30]
    ),
    *(("post", "bets", BET | {"option": option}, 400) for option in [0, 8, "1", True, 1.0, None]),
    *(
        ("post", "bets", BET | {"marketId": market_id}, 400)
        for market_id in ["x", -1, BIG, 1.5, True, None, {}, "1" * 40]
    ),
    ("post", "bets", BET | {"acceptOdds": "all"}, 400),
    ("post", "bets", BET | {"clientRef": "x" * 65}, 400),
    ("post", "bets", BET | {"clientRef": "nul\u0000"}, 400),
    ("post", "bets", BET | {"clientRef": "\ud800"}, 400),
    ("post", "bets", BET | {"stake": "100"}, 400),
    *(("post", "bets", {k: v for k, v in BET.items() if k != name}, 400) for name in BET),
    ("post", "bets", BET | {"marketId": 4711}, 404),
    # claims and reading orders
    ("post", "bets/4711/claim", None, 404),
    ("get", "bets/4711", None, 404),
    ("get", f"bets/{BIG}", None, 404),
    ("get", f"bets/{10**30}", None, 404),
    ("get", "bets/x", None, 404),
    ("get", "bets?page=0", None, 400),
    ("get", "bets?page=-1", None, 400),
    ("get", "bets?page=1.5", None, 400),
    ("get", f"bets?page={10**40}", None, 400),
    ("get", "bets?pageSize=0", None, 400),
    ("get", "bets?pageSize=101", None, 400),
    ("get", "bets?userAddress=0x1", None, 400),
    ("get", "bets?marketId=x", None, 400),
    ("get", f"bets?marketId={BIG}", None, 400),
    ("get", "bets?status=won", None, 400),
    # markets
    ("get", "markets?page=x", None, 400),
    ("get", "markets?status=open", None, 400),
    ("get", "markets?ordering=-odds", None, 400),
    ("get", "markets?startsAfter=yesterday", None, 400),
    ("get", f"markets?startsBefore={10**40}", None, 400),
    ("get", "markets?q=%00", None, 400),
    ("get", "markets?q=" + "x" * 81, None, 400),
    ("get", "markets/4711", None, 404),
    ("get", f"markets/{BIG}", None, 404),
    ("get", "markets/-1", None, 404),
    ("get", "odds/4711", None, 404),
    ("get", "odds/abc", None, 404),
    ("get", "markets/4711/odds/snapshot", None, 404),
    ("get", "markets/4711/odds/updates", None, 404),
    ("get", "markets/0/odds/updates?since_seq=-1", None, 400),
    ("get", "markets/0/odds/updates?since_seq=x", None, 400),
    ("get", "markets/0/odds/updates?limit=0", None, 400),
    ("get", "markets/0/odds/updates?limit=501", None, 400),
    # the chain, where there is none
    ("get", "chain/status", None, 404),
    ("post", "chain/status", {}, 405),
    ("get", "chain/nothing", None, 404),
    # making and changing markets
    *(("post", "admin/markets", body, 400) for body in [None, [], {}]),
    *(
        ("post", "admin/markets", {k: v for k, v in CREATE.items() if k != name}, 400)
        for name in CREATE
    ),
    *(
        ("post", "admin/markets", CREATE | {"start_time": time}, 400)
        for time in ["soon", -1, 1.5, 10**18, None, True]
    ),
    ("post", "admin/markets", CREATE | {"league": ""}, 400),
    ("post", "admin/markets", CREATE | {"league": "x" * 81}, 400),
    ("post", "admin/markets", CREATE | {"home_team": "nul\u0000"}, 400),
    ("post", "admin/markets", CREATE | {"odds": 185}, 400),
    ("post", "admin/markets", CREATE | {"status": "settled"}, 400),
    ("put", "admin/markets/0", {"status": "settled"}, 409),
    ("put", "admin/markets/0", {"status": "draft"}, 409),
    ("put", "admin/markets/0", {"status": "nonsense"}, 400),
    ("put", "admin/markets/0", {"league": "NHL"}, 400),
    ("put", "admin/markets/0", [], 400),
    ("put", "admin/markets/4711", {"status": "suspended"}, 404),
    # overrides
    *(
        ("post", "admin/odds/override", override(home=home), 400)
        for home in [1.825, 1.0, 0, -1.85, 1000.01, "1.82", None, True, [], 1e300]
    ),
    ("post", "admin/odds/override", override(tie=3.0), 400),
    ("post", "admin/odds/override", OVERRIDE | {"payload": {}}, 400),
    ("post", "admin/odds/override", OVERRIDE | {"payload": {"corners": {}}}, 400),
    ("post", "admin/odds/override", OVERRIDE | {"payload": None}, 400),
    ("post", "admin/odds/override", OVERRIDE | {"payload": {"moneyline": {"home": 1.9}}}, 400),
    ("post", "admin/odds/override", OVERRIDE | {"reason": ""}, 400),
    ("post", "admin/odds/override", {k: v for k, v in OVERRIDE.items() if k != "reason"}, 400),
    ("post", "admin/odds/override", OVERRIDE | {"market_id": 4711}, 404),
    ("post", "admin/odds/override", override(home=3.0, away=3.0), 409),
    ("post", "admin/odds/override", override(home=1.3, away=3.2), 409),
    *(
        (
            "post",
            "admin/odds/override",
            OVERRIDE | {"payload": {"spread": {"line": line, "home": 1.9, "away": 1.9}}},
            400,
        )
        for line in [0.1, 1000.25, "-3", None, 1e300]
    ),
    # results
    *(
        ("post", "admin/markets/0/settle", body, 400)
        for body in [
            None,
            {},
            {"winning_option": 3},
            {"winning_option": 4},
            {"winning_option": 8},
            {"winning_option": "1"},
            {"home_score": 1},
            {"home_score": 1, "away_score": -1},
            {"home_score": 1, "away_score": 1.5},
            {"home_score": 1, "away_score": 1001},
            {"home_score": 2, "away_score": 1, "winning_option": 2},
            {"winning_option": 1, "winner": 1},
        ]
    ),
    ("post", "admin/markets/4711/settle", {"winning_option": 1}, 404),
    # sign-in
    *(("post", "auth/verify-sig", body, 400) for body in [None, [], {}, "x"]),
    *(
        ("post", "auth/verify-sig", {k: v for k, v in VERIFY.items() if k != name}, 400)
        for name in VERIFY
    ),
    *(
        ("post", "auth/verify-sig", VERIFY | {"signature": signature}, 400)
        for signature in ["", "0x", "0x12", "0x" + "zz" * 65, SIGNATURE[:-2], SIGNATURE + "11", 7]
    ),
    *(
        ("post", "auth/verify-sig", VERIFY | {"address": address}, 400)
        for address in ["0x1", ADDRESS + "c", "0xCc" + "c" * 38, 7, None]
    ),
    ("post", "auth/verify-sig", VERIFY | {"more": 1}, 400),
    ("post", "auth/verify-sig", VERIFY, 401),
    ("get", "auth/nonce", None, 400),
    ("get", "auth/nonce?address=0x1", None, 400),
    # nowhere, and the wrong way
    ("get", "nowhere", None, 404),
    ("post", "nowhere", {}, 404),
    ("delete", "bets", None, 405),
    ("put", "bets", {}, 405),
    ("post", "markets", {}, 405),
    ("get", "auth/verify-sig", None, 405),
    ("get", "admin/odds/override", None, 405),
]


@pytest.fixture
def send(market, operator_client):
    """Send a raw body as somebody who may do everything."""

    def request(method: str, path: str, body: bytes | str = b"", content_type: str = JSON):
        return operator_client.generic(
            method.upper(), f"/api/v1/{path}", body, content_type=content_type
        )

    return request


@pytest.fixture
def stored(market, operator_client):
    """How many rows every table of ours holds."""

    def count() -> dict[str, int]:
        ours = ("accounts", "betting", "chain", "kmarket", "markets")
        return {
            model._meta.label: model.objects.count()
            for model in apps.get_models()
            if model._meta.app_label in ours
        }

    return count


def check(answer, status: int) -> None:
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/json"
    body = answer.json()
    assert {"code", "message"} <= set(body) <= {"code", "message", "reason", "details"}
    assert body["message"]


@pytest.mark.parametrize(("method", "path", "body", "status"), SHAPES)
def test_bad_shapes(send, stored, market, method, path, body, status):
    text = "" if body is None else json.dumps(body)
    text = text.replace('"marketId": 0,', f'"marketId": {market.pk},')
    text = text.replace('"market_id": 0,', f'"market_id": {market.pk},')
    path = path.replace("/0", f"/{market.pk}")
    before = stored()

    check(send(method, path, text), status)

    assert stored() == before


BODIES = [
    (b"{", 400),
    (b"", 400),
    (b"\xff\xfe", 400),
    (b'{"a": NaN}', 400),
    (b'{"a": 1' + b"0" * 5000 + b"}", 400),
    (b"[" * 60_000, 400),
    (b'"' + b"x" * 70_000 + b'"', 413),
]


@pytest.mark.parametrize(("body", "status"), BODIES, ids=lambda value: repr(value)[:24])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "bets"),
        ("post", "auth/verify-sig"),
        ("post", "admin/markets"),
        ("put", "admin/markets/1"),
        ("post", "admin/odds/override"),
        ("post", "admin/markets/1/settle"),
    ],
)
def test_bad_bytes(send, stored, method, path, body, status):
    before = stored()
    check(send(method, path, body), status)
    assert stored() == before


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "x"])
def test_other_content_types(send, stored, market, content_type):
    before = stored()
    check(send("post", "bets", json.dumps(BET), content_type), 415)
    assert stored() == before


@pytest.mark.parametrize("path", ["nowhere", "market/x", "admin-nothing", "static/nothing.css"])
def test_other_addresses_answer_json_too(db, path):
    check(Client().get(f"/{path}"), 404)


@pytest.mark.parametrize("accept", ["text/html", "image/png", "nonsense", "*/*"])
def test_the_answer_is_json_whatever_is_accepted(market, accept):
    answer = Client().get(f"/api/v1/odds/{market.pk}", headers={"accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"


PROTECTED = [
    ("get", "auth/me"),
    ("post", "auth/logout"),
    ("get", "bets"),
    ("post", "bets"),
    ("get", "bets/1"),
    ("post", "bets/1/claim"),
    ("get", "balance"),
    ("post", "faucet"),
    ("post", "admin/markets"),
    ("put", "admin/markets/1"),
    ("post", "admin/markets/1/settle"),
    ("post", "admin/markets/1/release"),
    ("post", "admin/odds/override"),
]


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize("authorization", ["", "Bearer nonsense", "Bearer a.b.c", "Basic eDp5"])
def test_without_a_good_token_nothing_but_a_401(db, method, path, authorization):
    headers = {"authorization": authorization} if authorization else {}
    answer = Client().generic(
        method.upper(), f"/api/v1/{path}", "{}", content_type=JSON, headers=headers
    )
    check(answer, 401)
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path"), [row for row in PROTECTED if "admin" in row[1]])
def test_users_are_no_operators(alice_client, market, stored, method, path):
    path = path.replace("/1", f"/{market.pk}")
    before = stored()
    answer = alice_client.generic(method.upper(), f"/api/v1/{path}", "{}", content_type=JSON)
    check(answer, 403)
    assert stored() == before


def test_a_bug_answers_500_in_the_envelope(alice_client, monkeypatch):
    def explode(**_):
        raise ZeroDivisionError

    monkeypatch.setattr("betting.selectors.balance", explode)
    alice_client.raise_request_exception = False
    answer = alice_client.get("/api/v1/balance")
    check(answer, 500)
    assert answer.json() == {
        "code": "INTERNAL_ERROR",
        "message": "Something went wrong on our side.",
    }
    assert User.objects.exists()

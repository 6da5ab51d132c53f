"""The JSON of quotes, limits, the ledger, explanations and corrections, pinned."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings as django_settings
from django.test import Client

from accounts.models import AdminAction
from betting import settlement
from betting.grading import Outcome, grade, payout
from betting.models import LedgerEntry, Order
from betting.settlement import Result
from betting.tests.conftest import available
from conftest import ALICE, ALL_GROUPS
from kmarket.api_fields import epoch_ms
from markets.odds import Odds

JSON = "application/json"


@pytest.fixture
def ask(alice_client):
    """Alice's requests: ask("post", "bets/quote", {...}, status=200)."""

    def request(method, path, body=None, *, status=200, client=alice_client):
        answer = client.generic(
            method.upper(),
            f"/api/v1/{path}",
            "" if body is None else json.dumps(body),
            content_type=JSON,
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    return request


@pytest.fixture
def operate(ask, operator_client):
    def request(method, path, body=None, *, status=200):
        return ask(method, path, body, status=status, client=operator_client)

    return request


def test_a_quote(ask, market):
    body = ask("post", "bets/quote", {"marketId": market.pk, "option": 1})
    expires = body.pop("expiresAt")
    assert abs(expires - epoch_ms(datetime.now(tz=UTC)) - 10_000) < 5_000
    largest = (2**256 - 1) * 100 // 185
    assert body == {
        "odds": 185,
        "oddsSeq": 1,
        "maxStake": str(largest),
        "maxPayout": str(largest * 185 // 100),
    }
    assert not Order.objects.exists()


def test_an_order_is_found_by_what_its_client_called_it(ask, place):
    place(client_ref="slip 1")
    order = place(client_ref="slip 2")
    body = ask("get", "bets?clientRef=slip%202")
    assert [item["orderId"] for item in body["items"]] == [order.pk]
    assert ask("get", "bets?clientRef=slip%203")["total"] == 0


def test_what_can_be_claimed_is_listed_and_claimed_at_once(ask, place, market, open_market, alice):
    won, lost = place(), place(option=2, seen_odds=Odds(210))
    other = place(market_id=open_market().pk, stake=10)
    for market_id in (market.pk, other.market_id):
        settlement.settle_market(market_id=market_id, result=Result(1), actor=None)

    listed = ask("get", "bets?claimable=true")
    assert {item["orderId"] for item in listed["items"]} == {won.pk, other.pk}

    assert ask("post", "bets/claim") == {
        "claimed": [
            {"orderId": won.pk, "claimAmount": "185"},
            {"orderId": other.pk, "claimAmount": "18"},
        ],
        "total": "203",
        "hasMore": False,
    }
    assert ask("post", "bets/claim") == {"claimed": [], "total": "0", "hasMore": False}
    assert available(alice) == 1000 - 210 + 203
    assert ask("get", f"bets/{lost.pk}")["claimed"] is False


def test_the_ledger_shows_ones_own_entries_newest_first(ask, place, market, bob, client_of):
    order = place()
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    ask("post", f"bets/{order.pk}/claim")

    body = ask("get", "ledger?pageSize=2")
    assert (body["page"], body["pageSize"], body["total"]) == (1, 2, 3)
    claim, bet = body["items"]
    entry = LedgerEntry.objects.get(cause="claim")
    assert claim == {
        "id": entry.pk,
        "cause": "claim",
        "amount": "185",
        "other": "claims",
        "marketId": market.pk,
        "orderId": order.pk,
        "reason": "",
        "createdAt": epoch_ms(entry.at),
    }
    assert (bet["cause"], bet["amount"], bet["other"]) == ("order", "-100", "escrow")
    assert ask("get", "ledger", client=client_of(bob))["total"] == 0


def test_own_limits_are_set_and_shown(ask, place):
    place(stake=30)
    nothing = {"dailyStake": None, "excludedUntil": None}
    assert ask("get", "me/limits") == {**nothing, "stakedToday": "30", "coming": None}

    tight = {"dailyStake": "100", "excludedUntil": None}
    assert ask("put", "me/limits", tight) == {**tight, "stakedToday": "30", "coming": None}

    looser = ask("put", "me/limits", nothing)
    begins = looser["coming"].pop("from")
    assert abs(begins - epoch_ms(datetime.now(tz=UTC) + timedelta(days=1))) < 10_000
    assert looser == {**tight, "stakedToday": "30", "coming": nothing}
    assert ask("get", "me/limits")["dailyStake"] == "100"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dailyStake": "100"},
        {"dailyStake": 100, "excludedUntil": None},
        {"dailyStake": "0", "excludedUntil": None},
        {"dailyStake": None, "excludedUntil": "tomorrow"},
        {"dailyStake": None, "excludedUntil": None, "weekly": None},
    ],
)
def test_limits_that_cannot_be_are_refused(ask, body):
    assert ask("put", "me/limits", body, status=400)["code"] == "BAD_REQUEST"
    assert ask("get", "me/limits")["dailyStake"] is None


def test_a_payout_is_explained_number_by_number(ask, place, open_market):
    market = open_market(ALL_GROUPS)
    order = place(market_id=market.pk, option=5, seen_odds=Odds(188))
    assert ask("get", f"bets/{order.pk}/settlement", status=409)["reason"] == "NOT_SETTLED"
    settlement.settle_market(market_id=market.pk, result=Result(scores=(110, 108)), actor=None)
    assert ask("get", f"bets/{order.pk}/settlement") == {
        "orderId": order.pk,
        "marketId": market.pk,
        "option": 5,
        "homeScore": 110,
        "awayScore": 108,
        "winningOption": 1,
        "lineQuarters": -12,
        "marginQuarters": 4,
        "threeWay": False,
        "result": "WIN",
        "amount": "100",
        "odds": 188,
        "numerator": 376,
        "denominator": 200,
        "payout": "188",
        "oddsSeq": 1,
        "settlementVersion": 1,
        "decision": "settle",
    }


def test_nobody_elses_order_is_explained(ask, place, bob, client_of):
    order = place()
    ask("get", f"bets/{order.pk}/settlement", status=404, client=client_of(bob))


def test_the_worked_cases_are_public_and_true(db):
    answer = Client().get("/api/v1/settlement-vectors")
    assert answer.status_code == 200
    file = django_settings.BASE_DIR / "markets/settlement_vectors.json"
    assert answer.json() == json.loads(file.read_text())
    vectors = answer.json()["vectors"]
    assert len(vectors) >= 20
    for case in vectors:
        result = grade(
            option=case["option"],
            line_q=case["lineQuarters"],
            three_way=case["threeWay"],
            outcome=Outcome.of_scores(case["homeScore"], case["awayScore"]),
        )
        pays = payout(stake=int(case["amount"]), odds=case["odds"], result=result)
        assert (result, str(pays)) == (case["result"], case["payout"]), case


def test_corrections_over_the_api_are_idempotent_and_audited(operate, place, market, trader):
    order = place()
    path = f"admin/markets/{market.pk}"
    reason = {"reason": "wrong score"}
    operate("post", f"{path}/rollback", reason, status=409)
    operate("post", f"{path}/settle", {"home_score": 2, "away_score": 1})

    first = operate("post", f"{path}/resettle", {"home_score": 1, "away_score": 2, **reason})
    assert (first["decision"], first["changed"], first["paidOut"]) == ("resettle", True, "0")
    again = operate("post", f"{path}/resettle", {"home_score": 1, "away_score": 2, **reason})
    assert again == first | {"changed": False}

    first = operate("post", f"{path}/rollback", reason)
    assert (first["decision"], first["status"], first["changed"]) == ("rollback", "closed", True)
    assert operate("post", f"{path}/rollback", reason) == first | {"changed": False}

    first = operate("post", f"{path}/void", reason)
    assert (first["decision"], first["status"], first["paidOut"]) == ("void", "cancelled", "100")
    assert operate("post", f"{path}/void", reason) == first | {"changed": False}

    order.refresh_from_db()
    assert order.result == "VOID"
    actions = AdminAction.objects.filter(actor=trader, reason="wrong score").order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "market.resettle",
        "market.rollback",
        "market.void",
    ]


def test_late_orders_and_single_orders_are_voided_over_the_api(operate, place, market):
    order = place()
    reason = {"reason": "after the goal"}
    later = epoch_ms(datetime.now(tz=UTC) + timedelta(hours=1))
    path = f"admin/markets/{market.pk}/void"
    nothing = {"orders": 0, "staked": "0", "changed": False}
    assert operate("post", path, {**reason, "placed_after": later}) == nothing
    earlier = later - 2 * 3_600_000
    done = operate("post", path, {**reason, "placed_after": earlier})
    assert (done["decision"], done["orders"], done["status"]) == ("void_orders", 1, "active")
    assert operate("post", f"admin/bets/{order.pk}/void", reason) == nothing
    other = place()
    assert operate("post", f"admin/bets/{other.pk}/void", reason)["orders"] == 1
    operate("post", "admin/bets/4711/void", reason, status=404)


def test_market_limits_over_the_api(operate, market):
    path = f"admin/markets/{market.pk}/limits"
    body = operate("put", path, {"stakeMax": "500", "liabilityCap": "10000", "reason": "new"})
    assert body == {
        "marketId": market.pk,
        "stakeMin": None,
        "stakeMax": "500",
        "userStakeMax": None,
        "liabilityCap": "10000",
        "optionStakeMax": {"1": None, "2": None},
    }
    body = operate("put", path, {"optionStakeMax": {"2": "50"}, "reason": "sharp"})
    assert body["optionStakeMax"] == {"1": None, "2": "50"}
    operate("put", path, {"optionStakeMax": {"9": "50"}, "reason": "x"}, status=400)
    operate("put", path, {"optionStakeMax": {"4": "50"}, "reason": "x"}, status=400)
    operate("put", path, {"optionStakeMax": {"1": 50}, "reason": "x"}, status=400)
    body = operate("put", path, {"stakeMax": None, "reason": "lifted"})
    assert (body["stakeMax"], body["liabilityCap"]) == (None, "10000")
    operate("put", path, {"stakeMax": "500"}, status=400)
    operate("put", path, {"stakeMin": "-1", "reason": "x"}, status=400)
    operate("put", path, {"stakeMin": "9", "stakeMax": "5", "reason": "x"}, status=409)


def test_operators_move_money_with_a_reason(operate, alice):
    path = f"admin/users/{ALICE}"
    moved = {"amount": "500", "reason": "bonus"}
    assert operate("post", f"{path}/credit", moved) == {"balance": "1500"}
    assert operate("post", f"{path}/debit", moved) == {"balance": "1000"}
    refusal = operate("post", f"{path}/debit", moved | {"amount": "1001"}, status=409)
    assert (refusal["reason"], refusal["details"]) == (
        "INSUFFICIENT_BALANCE",
        {"balance": "1000"},
    )
    operate("post", f"{path}/credit", {"amount": "1"}, status=400)
    operate("post", "admin/users/0x1/credit", moved, status=400)
    operate("post", f"admin/users/0x{'c' * 40}/credit", moved, status=404)
    assert available(alice) == 1000
    assert list(AdminAction.objects.filter(reason="bonus").values_list("after", flat=True)) == [
        {"amount": "500", "balance": "1500"},
        {"amount": "500", "balance": "1000"},
    ]


def test_a_credit_is_given_once_per_key(operator_client, alice):
    def credit(key):
        return operator_client.post(
            f"/api/v1/admin/users/{ALICE}/credit",
            {"amount": "7", "reason": "bonus"},
            content_type=JSON,
            headers={"Idempotency-Key": key},
        )

    assert [credit("k1").json() for _ in range(2)] == [{"balance": "1007"}] * 2
    blank = credit(" ")
    assert (blank.status_code, blank.json()["reason"]) == (400, "INVALID")
    assert available(alice) == 1007


def test_the_line_of_an_order_is_the_home_sides_as_the_market_lists_it(ask, open_market):
    market = open_market(ALL_GROUPS)
    bet = {"marketId": market.pk, "amount": "10", "odds": 188, "acceptOdds": "any"}
    lines = {
        option: ask("post", "bets", bet | {"option": option}, status=201)["line"]
        for option in (1, 4, 5, 6)
    }
    assert lines == {1: None, 4: -3.0, 5: -3.0, 6: 219.5}
    options = ask("get", f"markets/{market.pk}")["market"]["options"]
    assert {o["option"]: o["line"] for o in options if o["option"] in lines} == lines


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "admin/markets/1/preview"),
        ("post", "admin/markets/1/void"),
        ("post", "admin/markets/1/rollback"),
        ("post", "admin/markets/1/resettle"),
        ("put", "admin/markets/1/limits"),
        ("post", "admin/bets/1/void"),
        ("post", f"admin/users/{ALICE}/credit"),
        ("post", f"admin/users/{ALICE}/debit"),
    ],
)
def test_users_may_do_none_of_it(ask, method, path):
    assert ask(method, path, {}, status=403)["code"] == "FORBIDDEN"

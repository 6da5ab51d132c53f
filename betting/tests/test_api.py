"""The JSON of bets, balances, claims and results, pinned."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.test import Client

from betting import books, decisions, services, settlement
from betting.decisions import Decision, Kind
from betting.models import LedgerEntry, Order
from betting.settlement import Result
from betting.tests.conftest import available
from conftest import ALICE, ALL_GROUPS
from kmarket.api_fields import epoch_ms
from kmarket.models import IdempotencyKey
from markets.models import Market

JSON = "application/json"
ALICE_CHECKSUM = "0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa"


@pytest.fixture
def bet(alice_client, market):
    """Post a bet of Alice's: bet(key="k1", option=2)."""

    def post(*, key: str = "", client: Client = alice_client, status: int = 201, **changes):
        body = {"marketId": market.pk, "option": 1, "amount": "100", "odds": 185}
        headers = {"idempotency-key": key} if key else {}
        answer = client.post("/api/v1/bets", body | changes, content_type=JSON, headers=headers)
        assert answer.status_code == status, answer.content
        return answer

    return post


def test_a_bet_is_answered_as_the_contract_prints_it(bet, market):
    body = bet(clientRef="slip 7").json()

    order = Order.objects.get()
    assert body == {
        "orderId": order.pk,
        "userAddress": ALICE_CHECKSUM,
        "marketId": market.pk,
        "amount": "100",
        "odds": 185,
        "option": 1,
        "status": "pending",
        "settled": False,
        "claimed": False,
        "potentialPayout": None,
        "claimAmount": None,
        "txHash": None,
        "claimTxHash": None,
        "state": "accepted",
        "result": None,
        "maxPayout": "185",
        "line": None,
        "oddsSeq": 1,
        "settlementVersion": 0,
        "clientRef": "slip 7",
        "createdAt": epoch_ms(order.placed_at),
    }


def test_a_handicap_bet_shows_its_line(bet, open_market):
    market = open_market(ALL_GROUPS)
    body = bet(marketId=market.pk, option=4, odds=192).json()
    assert (body["line"], body["odds"], body["maxPayout"]) == (-3.0, 192, "192")


def test_a_refusal_says_what_would_have_been_taken(bet, alice):
    assert bet(odds=190, status=409).json() == {
        "code": "CONFLICT",
        "message": "The odds moved before your bet arrived.",
        "reason": "ODDS_CHANGED",
        "details": {"odds": 185, "oddsSeq": 1},
    }
    assert bet(odds=190, acceptOdds="any").json()["odds"] == 185
    assert available(alice) == 900


def test_the_life_of_an_order_in_the_contracts_words(bet, alice_client, market):
    def shown(order_id):
        body = alice_client.get(f"/api/v1/bets/{order_id}").json()
        names = ("status", "settled", "claimed", "potentialPayout", "claimAmount", "result")
        return tuple(body[name] for name in names)

    won, lost = bet().json()["orderId"], bet(option=2, odds=210).json()["orderId"]
    assert shown(won) == ("pending", False, False, None, None, None)

    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    assert shown(won) == ("confirmed", True, False, "185", None, "WIN")
    assert shown(lost) == ("confirmed", True, False, "0", None, "LOSE")
    assert alice_client.get("/api/v1/balance").json() == {"balance": "800", "owed": "185"}

    answer = alice_client.post(f"/api/v1/bets/{won}/claim")
    assert (answer.status_code, answer.json()) == (
        200,
        {"orderId": won, "claimed": True, "claimAmount": "185", "claimTxHash": None},
    )
    assert shown(won) == ("confirmed", True, True, "185", "185", "WIN")
    assert alice_client.get("/api/v1/balance").json() == {"balance": "985", "owed": "0"}

    again = alice_client.post(f"/api/v1/bets/{won}/claim")
    assert (again.status_code, again.json()["reason"]) == (409, "ALREADY_CLAIMED")


def test_orders_are_listed_newest_first_and_filtered(bet, alice_client, market, open_market):
    first = bet().json()["orderId"]
    other = open_market()
    second = bet(marketId=other.pk).json()["orderId"]
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)

    def ids(query=""):
        body = alice_client.get(f"/api/v1/bets?{query}").json()
        assert body["total"] == len(body["items"])
        return [item["orderId"] for item in body["items"]]

    assert ids() == [second, first]
    assert ids("status=pending") == [second]
    assert ids("status=confirmed") == [first]
    assert ids(f"marketId={market.pk}") == [first]
    assert ids(f"userAddress={ALICE_CHECKSUM}") == [second, first]
    assert ids(f"userAddress={'0x' + 'b' * 40}") == []


def test_a_list_of_orders_takes_few_queries(bet, alice_client, django_assert_max_num_queries):
    for _ in range(5):
        bet(amount="1")
    with django_assert_max_num_queries(4):
        assert alice_client.get("/api/v1/bets").json()["total"] == 5


def test_an_order_of_somebody_else_does_not_exist(bet, client_of, bob, operator_client):
    order_id = bet().json()["orderId"]
    stranger = client_of(bob)
    assert stranger.get(f"/api/v1/bets/{order_id}").status_code == 404
    assert stranger.post(f"/api/v1/bets/{order_id}/claim").status_code == 404
    assert stranger.get("/api/v1/bets").json()["total"] == 0
    assert stranger.get(f"/api/v1/bets?userAddress={ALICE}").json()["total"] == 0
    assert operator_client.get(f"/api/v1/bets/{order_id}").status_code == 200
    assert operator_client.get(f"/api/v1/bets?userAddress={ALICE}").json()["total"] == 1


def test_the_same_key_gets_the_same_answer_and_one_bet(bet, alice):
    first, again = bet(key="k1"), bet(key="k1")
    assert first.json() == again.json()
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert (Order.objects.count(), available(alice)) == (1, 900)


def test_the_same_key_with_another_body_is_a_mismatch(bet, alice):
    bet(key="k1")
    assert bet(key="k1", amount="200", status=409).json()["reason"] == "IDEMPOTENCY_MISMATCH"
    assert available(alice) == 900


def test_a_refusal_is_not_remembered(bet, alice):
    bet(key="k1", amount="5000", status=409)
    assert not IdempotencyKey.objects.exists()
    services.credit(user=alice, amount=5000, actor=None, reason="more")
    bet(key="k1", amount="5000")
    assert available(alice) == 1000


def test_keys_of_two_users_and_two_endpoints_do_not_meet(bet, client_of, bob, alice):
    services.credit(user=bob, amount=100, actor=None, reason="to bet")
    bet(key="k1")
    bet(key="k1", client=client_of(bob))
    assert Order.objects.count() == 2


@pytest.mark.parametrize("key", ["x" * 201, "tab\there", "ünicode"])
def test_a_key_that_cannot_be_kept_is_refused(bet, key):
    bet(key=key, status=400)
    assert not Order.objects.exists()


def test_a_claim_is_idempotent_too(bet, alice_client, alice, market):
    order_id = bet().json()["orderId"]
    settlement.settle_market(market_id=market.pk, result=Result(1), actor=None)
    headers = {"x-idempotency-key": "k"}
    path = f"/api/v1/bets/{order_id}/claim"
    first = alice_client.post(path, content_type=JSON, headers=headers)
    again = alice_client.post(path, content_type=JSON, headers=headers)
    assert first.json() == again.json()
    assert (first.status_code, again.status_code, available(alice)) == (200, 200, 1085)


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_with_one_key_at_once_place_one_bet(bet, client_of, alice):
    clients = [client_of(alice) for _ in range(8)]

    def post(number):
        try:
            return bet(key="k1", amount="1000", client=clients[number % 8]).json()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(50)))

    assert all(answer == answers[0] for answer in answers)
    assert (Order.objects.count(), available(alice)) == (1, 0)
    with transaction.atomic():
        assert books.differences() == []


def test_settling_over_the_api_shows_what_it_did(bet, operator_client, market):
    bet()
    path = f"/api/v1/admin/markets/{market.pk}/settle"
    summary = {
        "marketId": market.pk,
        "status": "settled",
        "decision": "settle",
        "void": False,
        "winningOption": 1,
        "homeScore": None,
        "awayScore": None,
        "settlementVersion": 1,
        "orders": 1,
        "staked": "100",
        "paidOut": "185",
        "houseProfit": "-85",
    }
    body = {"winning_option": 1}

    preview = operator_client.post(path, body | {"dry_run": True}, content_type=JSON)
    digest = decisions.preview(
        market_id=market.pk, decision=Decision(Kind.SETTLE, Result(1))
    ).digest
    assert (preview.status_code, preview.json()) == (
        200,
        summary | {"changed": False, "dryRun": True, "digest": digest},
    )
    assert Market.objects.get(pk=market.pk).status == "active"
    assert LedgerEntry.objects.filter(cause="settlement").count() == 0

    done = operator_client.post(path, body, content_type=JSON)
    assert (done.status_code, done.json()) == (200, summary | {"changed": True, "dryRun": False})
    again = operator_client.post(path, body, content_type=JSON)
    assert again.json() == summary | {"changed": False, "dryRun": False}


def test_the_faucet_flows_in_the_demo_only(alice_client, settings):
    settings.DEMO = False
    assert alice_client.post("/api/v1/faucet").status_code == 404
    settings.DEMO = True
    assert alice_client.post("/api/v1/faucet").json() == {"balance": str(1000 + 1000 * 10**18)}
    again = alice_client.post("/api/v1/faucet")
    assert (again.status_code, again.json()["reason"]) == (409, "FAUCET_IS_DRY")

"""The JSON of the vault, pinned, and whom it tells what."""

import json

import pytest
from django.test import Client

from betting import ledger, services
from chain.models import RawLog
from conftest import ALICE, BOB
from contracts.tests.house import OTHER_KEY
from kmarket.api_fields import epoch_ms
from vault import projection
from vault import services as vault_services
from vault.api.serializers import ratio
from vault.models import Reading, Withdrawal
from vault.tests.conftest import CONTRACT, HASH, NOW, TOKEN, of_key
from vault.tests.logs import deposited

JSON = "application/json"
SHOWN = "0x5a5A5a5a5A5a5a5a5a5A5a5A5A5a5a5A5A5A5A5A"


@pytest.fixture
def ask(client_of, alice):
    """Alice's requests: ask("post", "vault/withdrawals", {...}, status=201)."""
    clients = {alice.pk: client_of(alice)}

    def request(method, path, body=None, *, status=200, user=alice, **headers):
        client = Client() if user is None else clients.setdefault(user.pk, client_of(user))
        answer = client.generic(
            method.upper(),
            f"/api/v1/{path}",
            "" if body is None else json.dumps(body),
            content_type=JSON,
            headers=headers,
        )
        assert answer.status_code == status, answer.content
        return answer.json()

    return request


PATHS = [
    ("get", "vault"),
    ("get", "vault/deposits"),
    ("get", "vault/withdrawals"),
    ("get", "vault/withdrawals/1"),
    ("get", "solvency"),
    ("post", "vault/withdrawals"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_without_a_vault_there_is_nothing(ask, method, path):
    assert ask(method, path, {"amount": "1"}, status=404)["reason"] == "VAULT_NOT_CONFIGURED"


@pytest.mark.parametrize(("method", "path"), [each for each in PATHS if each[1] != "solvency"])
def test_strangers_see_nothing_but_solvency(vault, ask, method, path):
    ask(method, path, {"amount": "1"}, status=401, user=None)


def test_the_vault(vault, ask, settings):
    settings.VAULT_RELEASE_ABOVE = 10**20
    body = ask("get", "vault")
    token = body.pop("token")
    assert token.lower() == TOKEN
    assert body == {
        "chainId": 56,
        "contract": SHOWN,
        "symbol": "USDT",
        "decimals": 18,
        "depositsPaused": False,
        "payoutsPaused": False,
        "payoutLeft": str(10**30),
        "deposit": [
            {"to": token, "function": "approve(address,uint256)", "args": [SHOWN, "amount"]},
            {"to": SHOWN, "function": "deposit(uint256)", "args": ["amount"]},
        ],
        "redeem": {
            "to": SHOWN,
            "function": "withdraw(uint256,address,uint256,uint256,bytes)",
            "args": ["id", "to", "amount", "deadline", "signature"],
        },
        "domain": {
            "name": "kmarket vault",
            "version": "1",
            "chainId": 56,
            "verifyingContract": SHOWN,
        },
        "minWithdrawal": "1",
        "dailyWithdrawal": None,
        "releasedAbove": str(10**20),
        "voucherSeconds": 3600,
    }


def test_a_vault_that_nobody_saw_yet(vault, ask):
    Reading.objects.all().delete()
    body = ask("get", "vault")
    assert (body["token"], body["payoutLeft"], body["contract"]) == (None, None, SHOWN)
    assert ask("get", "solvency", user=None)["solvent"] is None
    refused = ask("post", "vault/withdrawals", {"amount": "1"}, status=503)
    assert refused["reason"] == "VAULT_UNAVAILABLE"


def test_deposits_are_pending_and_then_credited(vault, ask, bob):
    projection.apply([deposited(ALICE, 40, seq=1, block=5), deposited(BOB, 2, seq=2, block=6)])
    (row,) = ask("get", "vault/deposits")["items"]
    log = RawLog.objects.get(block_number=5)
    assert row == {
        "id": row["id"],
        "amount": "40",
        "status": "pending",
        "txHash": log.transaction_hash,
        "block": 5,
        "createdAt": epoch_ms(log.block_time),
        "creditedAt": None,
    }
    projection.finalize(5)
    (row,) = ask("get", "vault/deposits")["items"]
    assert row["status"] == "credited"
    assert row["creditedAt"] > row["createdAt"]
    assert ask("get", "balance")["balance"] == "1040"
    (theirs,) = ask("get", "vault/deposits", user=bob)["items"]
    assert theirs["status"] == "pending"


def test_a_withdrawal_and_its_voucher(vault, ask):
    row = ask("post", "vault/withdrawals", {"amount": "400"}, status=201)
    withdrawal = Withdrawal.objects.get()
    assert row == {
        "id": withdrawal.pk,
        "state": "issued",
        "amount": "400",
        "to": row["to"],
        "deadline": withdrawal.deadline,
        "nonce": str(withdrawal.pk),
        "signature": withdrawal.signature,
        "txHash": None,
        "createdAt": epoch_ms(withdrawal.requested_at),
        "endedAt": None,
    }
    assert row["to"].lower() == ALICE
    assert len(row["signature"]) == 132
    assert ask("get", f"vault/withdrawals/{withdrawal.pk}") == row
    assert ask("get", "vault/withdrawals")["items"] == [row]
    assert ask("get", "vault/withdrawals?state=redeemed")["items"] == []
    ask("get", "vault/withdrawals?state=lost", status=400)
    (entry, _) = ask("get", "ledger")["items"]
    assert (entry["amount"], entry["cause"], entry["other"]) == ("-400", "withdrawal", "vouchers")


def test_the_same_key_gets_the_same_voucher(vault, ask, alice):
    headers = {"Idempotency-Key": "one"}
    body = {"amount": "400"}
    first = ask("post", "vault/withdrawals", body, status=201, **headers)
    assert ask("post", "vault/withdrawals", body, status=201, **headers) == first
    other = ask("post", "vault/withdrawals", {"amount": "1"}, status=409, **headers)
    assert other["reason"] == "IDEMPOTENCY_MISMATCH"
    assert ledger.available(user_id=alice.pk) == 600


def test_it_is_nobody_elses(vault, ask, bob, trader):
    row = ask("post", "vault/withdrawals", {"amount": "400"}, status=201)
    for other in (bob, trader):
        ask("get", f"vault/withdrawals/{row['id']}", status=404, user=other)
        assert ask("get", "vault/withdrawals", user=other)["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        *(None, [], {}, {"amount": 5}, {"amount": "0"}, {"amount": "1.5"}, {"amount": "-1"}),
        *({"amount": "1", "to": to} for to in ("", "0x1", 5, "0x" + "g" * 40)),
        {"amount": "1", "to": "0x5a5A5a5a5A5A5A5a5A5a5a5A5A5A5a5A5a5A5A5a"},
        {"amount": "1", "To": BOB},
        {"amount": str(2**256)},
    ],
)
def test_what_is_malformed_is_refused(vault, ask, body):
    ask("post", "vault/withdrawals", body, status=400)
    assert not Withdrawal.objects.exists()


@pytest.mark.parametrize(
    ("amount", "reason"),
    [("1001", "INSUFFICIENT_BALANCE"), (str(2**256 - 1), "INSUFFICIENT_BALANCE")],
)
def test_what_cannot_be_is_refused_with_its_reason(vault, ask, amount, reason):
    assert ask("post", "vault/withdrawals", {"amount": amount}, status=409)["reason"] == reason


def test_the_wrong_key_is_a_503_and_says_nothing_of_it(vault, ask, settings):
    settings.VAULT_SIGNER_KEY = of_key(OTHER_KEY)
    refused = ask("post", "vault/withdrawals", {"amount": "1"}, status=503)
    assert set(refused) == {"code", "message", "reason"}
    # Looking, and what has nothing to do with it, goes on.
    ask("get", "vault")
    ask("get", "balance")


def test_solvency_is_anybodys_to_see(vault, ask):
    assert ask("get", "solvency", user=None) == {
        "chainId": 56,
        "contract": SHOWN,
        "block": 7,
        "blockHash": HASH,
        "at": epoch_ms(NOW),
        "held": "5000",
        "owed": "1250",
        "balances": "1000",
        "claims": "200",
        "vouchers": "50",
        "ratio": "4.000000",
        "solvent": True,
    }
    Reading.objects.update(held=1249)
    body = ask("get", "solvency", user=None)
    assert (body["ratio"], body["solvent"]) == ("0.999200", False)


@pytest.mark.parametrize(
    ("held", "owed", "said"),
    [(0, 0, None), (0, 1, "0.000000"), (2, 3, "0.666666"), (10**40 - 1, 10**40, "0.999999")],
)
def test_a_ratio_is_never_rounded_up(held, owed, said):
    assert ratio(held, owed) == said


def test_who_is_over_the_daily_limit_hears_what_is_left(vault, ask, alice, settings):
    settings.VAULT_WITHDRAW_DAILY_MAX = 500
    services.credit(user=alice, amount=1, actor=None, reason="more")
    vault_services.withdraw(user=alice, amount=400, to=None, now=NOW)
    refused = ask("post", "vault/withdrawals", {"amount": "101"}, status=409)
    assert (refused["reason"], refused["details"]) == (
        "WITHDRAWAL_LIMIT_REACHED",
        {"maxAmount": "100"},
    )
    assert CONTRACT not in json.dumps(refused)

"""What operators see of the vault on the home page."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import Role
from chain.models import Cursor
from contracts.tests.house import OTHER_KEY, SIGNER_KEY
from kmarket.env import KeySource
from vault import services, signers
from vault.models import Reading

CONTRACT = "0x" + "5a" * 20
HASH = "0x" + "07" * 32
NOW = datetime.now(tz=UTC)


@pytest.fixture
def vault(db, settings):
    """A vault that is followed, and a key that it takes."""
    now = datetime.now(tz=UTC)
    settings.CHAIN_RPC_URLS = ["http://127.0.0.1:1"]
    settings.CHAIN_CONTRACT, settings.VAULT_CONTRACT = "0x" + "c0" * 20, CONTRACT
    settings.VAULT_SIGNER_KEY = KeySource("VAULT_SIGNER_KEY", SIGNER_KEY)
    settings.VAULT_RELEASE_ABOVE = 100
    for contract in (settings.CHAIN_CONTRACT, CONTRACT):
        cursor = Cursor.objects.create(
            chain_id=settings.CHAIN_ID,
            contract=contract,
            start_block=1,
            last_block=98,
            last_hash=HASH,
            finalized_block=97,
            finalized_hash=HASH,
            head_block=98,
            progressed_at=now,
        )
        cursor.reconciliations.create(block_number=97, started_at=now, ended_at=now)
    return Reading.objects.create(
        chain_id=settings.CHAIN_ID,
        contract=CONTRACT,
        block_number=97,
        block_hash=HASH,
        read_at=now,
        token="0x" + "70" * 20,
        decimals=settings.TOKEN_DECIMALS,
        signer=signers.signer().address,
        **dict.fromkeys(("deposits_paused", "payouts_paused"), False),
        **dict.fromkeys(("daily_limit", "payout_left", "held", "balances"), 1),
        **dict.fromkeys(("claims", "vouchers"), 0),
    )


def home(client):
    context = client.get(reverse("admin:index")).context
    return (
        {str(queue.title): queue for queue in context["queues"]},
        {check.kind: check for check in context["checks"]},
        {str(vital.name): vital for vital in context["vitals"]},
    )


def test_all_is_well(console, vault):
    queues, checks, vitals = home(console)
    assert queues["Withdrawals to release"].count == 0
    assert checks["vault"].is_well
    assert (vitals["Vault"].is_well, vitals["Vault"].says) == (
        True,
        "block 98 of 98 is read; up to 97 all is final",
    )


def test_what_is_held_waits_behind_its_link(console, vault, alice):
    held = services.withdraw(user=alice, amount=101, to=None, now=NOW)
    services.withdraw(user=alice, amount=100, to=None, now=NOW)
    queue = home(console)[0]["Withdrawals to release"]
    assert queue.count == 1
    shown = console.get(queue.url).context["cl"].result_list
    assert [row.pk for row in shown] == [held.pk]


def test_who_releases_nothing_is_not_told(as_role, vault):
    assert "Withdrawals to release" not in home(as_role(Role.SETTLER))[0]


def test_a_key_that_is_not_the_vaults_is_not_well(console, vault, settings):
    settings.VAULT_SIGNER_KEY = KeySource("VAULT_SIGNER_KEY", OTHER_KEY)
    vital = home(console)[2]["Vault"]
    assert not vital.is_well
    assert vital.says.startswith("no voucher can be signed: the vault takes what 0x")
    assert home(console)[2]["Chain"].is_well


def test_without_a_vault_nothing_of_it_is_shown(console, vault, settings):
    settings.VAULT_CONTRACT = ""
    queues, checks, vitals = home(console)
    assert ("Withdrawals to release" in queues, "vault" in checks, "Vault" in vitals) == (
        False,
        False,
        False,
    )

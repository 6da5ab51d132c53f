"""What load balancers and front ends ask first."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from redis.exceptions import ConnectionError as RedisGone

from kmarket import cache, draining, epoch, health
from kmarket.models import Lineage


@pytest.fixture(autouse=True)
def _seen(monkeypatch):
    monkeypatch.setattr(health, "_seen", set())


@pytest.fixture
def redis_gone(monkeypatch):
    """Redis as it is after its server died: every call fails to connect."""

    def gone():
        raise RedisGone("connection refused")

    return lambda: monkeypatch.setattr(cache, "redis", gone)


def readyz():
    return Client().get("/api/v1/readyz")


def test_a_process_that_answers_is_healthy():
    answer = Client().get("/api/v1/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_with_everything_there(db):
    answer = readyz()
    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "degraded": []})


def test_not_ready_until_redis_was_seen_and_degraded_after(db, redis_gone):
    assert readyz().status_code == 200
    redis_gone()
    answer = readyz()
    assert (answer.status_code, answer.json()["degraded"]) == (200, ["redis"])


def test_redis_that_was_never_there_is_a_reason(db, redis_gone):
    redis_gone()
    answer = readyz()
    assert answer.status_code == 503
    assert answer.json()["code"] == "SERVICE_UNAVAILABLE"
    assert answer.json()["details"] == {"redis": "Redis was never reached (ConnectionError)"}
    assert answer["Retry-After"] == "2"


@pytest.mark.django_db(transaction=True)
def test_missing_migrations_are_a_reason():
    # Nobody's tables stand on these.
    call_command("migrate", "trading", "zero", verbosity=0)
    count = len(list((settings.BASE_DIR / "trading/migrations").glob("0*.py")))
    try:
        answer = readyz()
        assert answer.status_code == 503
        assert f"migrations are missing ({count})" in answer.json()["details"]["database"]
    finally:
        call_command("migrate", "trading", verbosity=0)


def test_a_draining_process_asks_for_no_traffic(db, monkeypatch):
    monkeypatch.setattr(draining, "started", lambda: True)
    answer = readyz()
    assert answer.status_code == 503
    assert answer.json()["details"] == {"process": "this process is about to stop"}


def test_pings_can_be_left_out(settings, redis_gone):
    redis_gone()
    settings.READYZ_SKIP_PING = True
    assert readyz().status_code == 200


def test_config_tells_what_a_front_end_is_connected_to(db, settings):
    settings.STAKE_MAX = 10**20
    body = Client().get("/api/v1/config").json()
    assert body.pop("epoch") == epoch.current()
    assert body == {
        "token": {"symbol": "USDT", "decimals": 18},
        "chainId": 56,
        "contracts": {},
        "limits": {
            "stakeMin": "1",
            "stakeMax": "100000000000000000000",
            "requestsPerSecond": None,
            "requestsBurst": None,
            "replay": 300,
        },
        "demo": True,
        "version": settings.VERSION,
    }


def test_config_names_the_contracts_where_there_is_a_chain(db, settings):
    settings.CHAIN_CONTRACT = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
    contracts = Client().get("/api/v1/config").json()["contracts"]
    assert contracts == {"market": "0x5FbDB2315678afecb367f032d93F642f64180aa3"}
    settings.VAULT_CONTRACT = "0x" + "70" * 20
    contracts = Client().get("/api/v1/config").json()["contracts"]
    assert contracts["vault"] == settings.VAULT_CONTRACT


def test_the_epoch_stays_until_it_is_renewed(db):
    first = epoch.current()
    assert epoch.current() == first
    assert len(first) == 16
    second = epoch.renew()
    assert second != first
    assert epoch.current() == second
    assert Lineage.objects.count() == 1


def test_the_epoch_needs_no_special_right(db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody")
        cursor.execute("GRANT SELECT ON kmarket_lineage TO somebody")
        before = epoch.current()
        cursor.execute("SET LOCAL ROLE somebody")
        assert epoch.current() == before

"""A replica answers what is heavy, and nobody can tell: never late, and never without the primary.

The tests' own database has a real replica here, which is paused, stopped and promoted.
"""

import contextlib
import csv
import io
import logging
import threading
from contextlib import contextmanager

import psutil
import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from chain.models import Cursor
from conftest import ALICE
from contracts.tests.stage import E18
from kmarket import replica
from kmarket.postgres import patience, servers
from kmarket.postgres.servers import REPLICA
from kmarket.resting import Rest
from kmarket.tests import standby
from kmarket.tests.processes import eventually
from telemetry import collectors
from trading.tests import logs
from trading.tests.shop import Shop

# However busy the machine is, seconds. Nothing here takes so long.
WITHOUT_HASTE = 20.0
SLEEP = "SELECT count(*) FROM markets_market, pg_sleep(20)"

pytestmark = [
    pytest.mark.needs("replication"),
    pytest.mark.django_db(transaction=True, databases=["default", REPLICA]),
]


@pytest.fixture(scope="module")
def second(django_db_setup, tmp_path_factory):
    """Where a replica of the tests' database is; the settings name it."""
    known = connection.settings_dict
    source = f"host={known['HOST']} port={known['PORT']} user={known['USER']}"
    with (
        standby.following(tmp_path_factory.mktemp("replica"), source) as sockets,
        named(sockets, known["NAME"]),
    ):
        yield sockets


@contextmanager
def named(sockets, database, seconds=WITHOUT_HASTE):
    """Have the settings name a database of that server."""
    url = f"postgres://{connection.settings_dict['USER']}@/{database}?host={sockets}"
    (wanted,) = servers.replica(url, pool_max=4).values()
    wanted["OPTIONS"]["pool"]["timeout"] = seconds
    # Nothing is made and emptied there: what the tests do to the other one happens here, too.
    wanted["TEST"] = {"MIRROR": "default"}
    both = connections.configure_settings({"default": wanted, REPLICA: wanted})
    before = connections.settings.get(REPLICA)
    connections.settings[REPLICA] = both[REPLICA]
    try:
        yield
    finally:
        forget()
        del connections.settings[REPLICA]
        if before:
            connections.settings[REPLICA] = before


def forget():
    """Have the next read connect anew."""
    connections[REPLICA].close()
    connections[REPLICA].close_pool()
    del connections[REPLICA]


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture(autouse=True)
def _here(second, transactional_db, clock, monkeypatch):
    """The replica is asked again when the clock of its rest is put on."""
    monkeypatch.setattr(replica, "_rest", Rest(replica.REST_SECONDS, lambda: clock[0]))
    monkeypatch.setattr(replica, "BEHIND_SECONDS_MAX", WITHOUT_HASTE)
    monkeypatch.setattr(patience, "HASTE_SECONDS", WITHOUT_HASTE)
    # The tests' database forgets what it has promised, should the machine end. Not here.
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET synchronous_commit")


@pytest.fixture
def ask(second):
    """Ask the replica itself."""
    name, user = connection.settings_dict["NAME"], connection.settings_dict["USER"]
    with psycopg.connect(host=second, dbname=name, user=user, autocommit=True) as asked:
        yield lambda query: asked.execute(query).fetchone()


@contextmanager
def answering(database, times=1):
    """So many reads are done there in the block, and none elsewhere, as Prometheus is told."""
    before = counted()
    yield
    after = {name: count - before[name] for name, count in counted().items()}
    assert after == {"replica": 0, "primary": 0} | {database: times}


def counted():
    (family,) = collectors.Replica().collect()
    return {sample.labels["database"]: sample.value for sample in family.samples}


@pytest.fixture
def shop(settings):
    settings.CHAIN_RPC_URLS = ["http://127.0.0.1:1"]
    settings.CHAIN_ID, settings.CHAIN_CONTRACT = 56, logs.CONTRACT
    Cursor.objects.create(chain_id=56, contract=logs.CONTRACT, start_block=1, last_block=100)
    with transaction.atomic():
        shop = Shop()
        shop.add(logs.PEOPLE[2], 1000 * E18)
    return shop


@contextmanager
def reading_there(words):
    """The replica is asked for this in the block, and the primary is not."""
    with (
        CaptureQueriesContext(connections[REPLICA]) as there,
        CaptureQueriesContext(connection) as at,
    ):
        yield
    assert [words in str(each.captured_queries) for each in (there, at)] == [True, False]


def told(client, path):
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_histories_and_candles_come_from_the_replica_and_none_is_late(shop, alice_client):
    market = f"markets/{shop.market_id}"
    for count in range(1, 6):
        with transaction.atomic():
            shop.buy(ALICE, 0, E18)
        with answering("replica", times=5):
            assert told(alice_client, "trades")["total"] == count
            assert len(told(alice_client, f"{market}/trades")["items"]) == count
            (candle,) = told(alice_client, f"{market}/prices?interval=1d")["candles"]
            assert candle["outcomes"][0]["tradeCount"] == count
            assert told(alice_client, "liquidity/history")["items"] == []
            assert told(alice_client, "claims")["items"] == []


def test_the_primary_is_not_asked_for_what_the_replica_has(shop, alice_client):
    with transaction.atomic():
        shop.buy(ALICE, 0, E18)
    for path, table in {
        "trades": "trading_trade",
        "liquidity/history": "trading_liquidity",
        "claims": "trading_claim",
        f"markets/{shop.market_id}/trades": "trading_trade",
        f"markets/{shop.market_id}/prices?interval=1d": "trading_candle",
    }.items():
        with reading_there(f'FROM "{table}"'), reading_there('FROM "chain_cursor"'):
            told(alice_client, path)


def test_money_and_prices_come_from_the_primary(shop, market, alice_client):
    with answering("replica", times=0):
        for path in ("bets", "balance", "ledger", "positions", "liquidity", "markets"):
            told(alice_client, path)
        for path in (f"odds/{market.pk}", f"markets/{market.pk}", f"markets/{shop.market_id}/pool"):
            told(alice_client, path)


def test_an_export_and_the_count_of_payouts_come_from_the_replica(client, trader, place):
    order = place()
    client.force_login(trader)
    with answering("replica", times=2), reading_there('"betting_order"."stake"'):
        sheet = b"".join(client.get("/admin/betting/order/export/")).decode()
    (row,) = csv.DictReader(io.StringIO(sheet))
    assert row["id"] == str(order.pk)
    with answering("replica"), reading_there('SUM("betting_order"."payout")'):
        assert client.get("/admin/").status_code == 200


def test_within_a_transaction_one_sees_ones_own():
    with transaction.atomic():
        assert replica.read(lambda using: using) == "default"


def test_one_that_is_behind_is_left_until_it_has_caught_up(
    ask, clock, market, caplog, monkeypatch, django_assert_num_queries
):
    caplog.set_level(logging.INFO, logger="kmarket.replica")

    def title(using):
        return type(market).objects.using(using).get(pk=market.pk).league

    assert replica.read(title) == "NBA"
    ask("SELECT pg_wal_replay_pause()")
    monkeypatch.setattr(replica, "BEHIND_SECONDS_MAX", 0.05)
    try:
        eventually(lambda: ask("SELECT pg_get_wal_replay_pause_state()") == ("paused",))
        type(market).objects.filter(pk=market.pk).update(league="WNBA")
        with answering("primary", times=3):
            assert replica.read(title) == "WNBA"
            with django_assert_num_queries(1):
                assert replica.read(title) == "WNBA"
            # One looks again, and nobody says twice what is known.
            clock[0] += replica.REST_SECONDS
            assert replica.read(title) == "WNBA"
    finally:
        ask("SELECT pg_wal_replay_resume()")
        monkeypatch.setattr(replica, "BEHIND_SECONDS_MAX", WITHOUT_HASTE)
    clock[0] += replica.REST_SECONDS
    with answering("replica"):
        assert replica.read(title) == "WNBA"

    behind, back = caplog.messages
    assert "it is behind by more than 0.05 s" in behind
    assert back == "The replica answers again."


def test_one_that_says_nothing_is_not_waited_for(second, monkeypatch, clock):
    assert replica.read(lambda using: using) == REPLICA
    monkeypatch.setattr(patience, "HASTE_SECONDS", 0.1)
    family = processes_at(second)
    for process in family:
        process.suspend()
    try:
        with answering("primary", times=2):
            assert [replica.read(lambda using: using) for _ in range(2)] == ["default"] * 2
    finally:
        monkeypatch.setattr(patience, "HASTE_SECONDS", WITHOUT_HASTE)
        for process in family:
            process.resume()
    # The primary was never in doubt.
    assert not patience.away.is_on
    clock[0] += replica.REST_SECONDS
    assert replica.read(lambda using: using) == REPLICA


def processes_at(sockets):
    with open(f"{sockets}/.s.PGSQL.5432.lock") as lock:
        postmaster = psutil.Process(int(lock.readline()))
    return [postmaster, *postmaster.children(recursive=True)]


def test_what_the_primary_takes_away_meanwhile_is_read_there(ask, market):
    """The replica may not wait for whoever reads there, and ends the statement."""
    ask_for_no_patience(ask)
    begun = []

    def look(using):
        begun.append(using)
        with connections[using].cursor() as cursor:
            cursor.execute(SLEEP if using == REPLICA else "SELECT 0")
            return using

    taker = threading.Thread(target=take_away, args=[ask])
    taker.start()
    with answering("primary"):
        assert replica.read(look) == "default"
    taker.join()
    assert begun == [REPLICA, "default"]
    with answering("replica"):
        assert replica.read(lambda using: using) == REPLICA


def ask_for_no_patience(ask):
    with contextlib.suppress(psycopg.ProgrammingError):
        ask("ALTER SYSTEM SET max_standby_streaming_delay = 0")
    ask("SELECT pg_reload_conf()")
    eventually(lambda: ask("SHOW max_standby_streaming_delay") == ("0",))


def take_away(ask):
    """Lock the table on the primary once it is being read on the replica."""
    asleep = f"SELECT count(*) FROM pg_stat_activity WHERE query = '{SLEEP}'"
    eventually(lambda: ask(asleep) == (1,))
    where = connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}
    with psycopg.connect(**where) as other:
        other.execute("LOCK markets_market IN ACCESS EXCLUSIVE MODE")
        other.execute("SELECT pg_current_xact_id()")


@pytest.mark.parametrize(
    ("database", "seconds", "why"),
    [
        ("kmarket", WITHOUT_HASTE, "it is of another history"),
        ("nowhere", 0.1, "couldn't get a connection"),
    ],
)
def test_another_database_is_no_replica(second, database, seconds, why, caplog):
    forget()
    with named(second, database, seconds), answering("primary"):
        assert replica.read(lambda using: using) == "default"
    (said,) = caplog.messages
    assert said.startswith(f"The replica is left, the primary answers: {why}")


def test_one_that_became_a_primary_of_its_own_is_left(ask, caplog, monkeypatch):
    assert replica.read(lambda using: using) == REPLICA
    assert ask("SELECT pg_promote()") == (True,)
    monkeypatch.setattr(replica, "BEHIND_SECONDS_MAX", 0.05)
    with answering("primary"):
        assert replica.read(lambda using: using) == "default"
    (said,) = caplog.messages
    assert said.startswith("The replica is left")

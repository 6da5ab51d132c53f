"""Dead connections in the pool cost nobody an error, and a silent server nobody's patience."""

import os
import signal
import threading
import time

import psutil
import psycopg
import pytest
from django.db import OperationalError, connection

from kmarket import embedded
from kmarket.postgres import patience
from kmarket.postgres.patience import PatientConnection
from kmarket.resting import Rest
from kmarket.tests.processes import eventually, is_alive

# Looks at nothing else while it works, as a settlement of a million orders does.
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_in_the_pool_is_replaced():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    connection.close()  # back into the pool

    # Somebody ends it from outside, as a restart of the server does.
    direct = connection.Database.connect(**connection.get_connection_params())
    with direct:
        direct.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != pid


@pytest.mark.django_db(transaction=True)
def test_of_those_who_ask_while_it_is_away_one_in_a_second_waits_longer(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(patience, "away", Rest(1.0, clock=lambda: now[0]))
    monkeypatch.setattr(patience, "TRY_SECONDS", 30.0)
    connection.close()
    pool = connection.pool
    held = [pool.getconn() for _ in range(pool.max_size)]
    try:
        patience.away.begin()
        with pytest.raises(OperationalError, match=r"after 0\.10 sec"):
            connection.ensure_connection()
        now[0] += 1.0
        threading.Timer(0.3, lambda: pool.putconn(held.pop())).start()
        connection.ensure_connection()
        assert not patience.away.is_on
    finally:
        for each in held:
            pool.putconn(each)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(patience, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(patience, "_question", patience._Question())
    yield
    patience.away.end()


@pytest.fixture
def server(tmp_path):
    """A PostgreSQL of this test's own: (its process, how to connect)."""
    with embedded.servers(tmp_path, durable=False, with_valkey=False):
        known = embedded.database_settings(tmp_path)
        where = f"host={known['HOST']} port={known['PORT']} user={known['USER']} dbname=kmarket"
        pid = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
        yield psutil.Process(pid), where


def test_a_long_statement_is_waited_for(impatient, server):
    _, where = server
    with PatientConnection.connect(where) as patient:
        assert patient.execute("SELECT 1 FROM pg_sleep(0.5)").fetchone() == (1,)
        assert not patience.away.is_on


def test_a_server_that_stands_still_is_found_out_once_for_all(impatient, server):
    postgres, where = server
    with PatientConnection.connect(where) as one, PatientConnection.connect(where) as other:
        family = [postgres, *postgres.children(recursive=True)]
        for process in family:
            process.suspend()
        try:
            with pytest.raises(psycopg.OperationalError, match="does not answer"):
                one.execute("SELECT 1")
            assert patience.away.is_on
            # What is known by now is not found out again.
            begun = time.monotonic()
            with pytest.raises(psycopg.OperationalError, match="does not answer"):
                other.execute("SELECT 1")
            assert time.monotonic() - begun < patience.CONNECT_SECONDS
            assert one.closed
            assert other.closed
        finally:
            for process in family:
                process.resume()
    with PatientConnection.connect(where, autocommit=True) as third:
        assert third.execute("SELECT 1").fetchone() == (1,)
    assert not patience.away.is_on


def test_a_server_whose_worker_goes_on_after_its_death_starts_again(tmp_path):
    with embedded.claimed(tmp_path):
        (server,) = embedded.prepared(tmp_path, durable=False, with_valkey=False)
        with embedded.running(tmp_path, [server]):
            known = embedded.database_settings(tmp_path)
            busy = psycopg.connect(
                host=known["HOST"], port=known["PORT"], user=known["USER"], dbname="kmarket"
            )
            worker = busy.info.backend_pid
            thread = threading.Thread(target=_work_for_ever, args=[busy])
            thread.start()
            eventually(lambda: psutil.Process(worker).cpu_percent(0.1) > 0)
            postmaster = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
            os.kill(postmaster, signal.SIGKILL)
        assert is_alive(worker)

        server.clear()
        with embedded.running(tmp_path, [server]):
            assert not is_alive(worker)
        thread.join()
        busy.close()


def _work_for_ever(connection):
    with pytest.raises(psycopg.OperationalError):
        connection.execute(ENDLESS)

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from kmarket import embedded, embedded_postgres, launch, programs
from kmarket.programs import CannotStart
from kmarket.tests.processes import eventually, is_alive

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("postgres", "valkey")
HOLD = """
import sys
from pathlib import Path
from kmarket import embedded
with embedded.servers(Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def data_dir(tmp_path):
    data_dir = tmp_path / "a folder" / "data"
    yield data_dir
    # Where the starter was killed.
    shutil.rmtree(embedded.socket_dir(data_dir), ignore_errors=True)


def connect(data_dir):
    found = embedded.database_settings(data_dir)
    return psycopg.connect(
        dbname=found["NAME"],
        user=found["USER"],
        host=found["HOST"],
        port=found["PORT"],
        autocommit=True,
    )


def valkey(data_dir):
    return redis.Redis.from_url(embedded.redis_url(data_dir))


def valkey_only(data_dir):
    return embedded.servers(data_dir, durable=False, with_postgres=False)


def servers_on(data_dir):
    """The pids of all servers of this data folder."""
    return [
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(str(data_dir / name) in (process.info["cmdline"] or []) for name in SERVERS)
        and is_alive(process.pid)
    ]


@contextmanager
def holder(data_dir, identity=launch.SAME):
    """Another process that runs the servers."""
    command = launch.wrapped(
        [sys.executable, "-c", HOLD, data_dir],
        at_parents_death=signal.SIGKILL,
        identity=identity,
    )
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout.readline() == "up\n"
            yield process
        finally:
            process.stdin.close()


def refusal(data_dir):
    with pytest.raises(CannotStart) as refused, embedded.servers(data_dir):
        pass
    message = str(refused.value)
    assert "\n" not in message
    return message


def test_both_servers_answer_and_are_gone_with_the_block(data_dir):
    with embedded.servers(data_dir), valkey(data_dir) as client, connect(data_dir) as connection:
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SELECT upper('é')").fetchone() == ("É",)
        assert connection.execute("SHOW max_connections").fetchone() == ("200",)
        assert client.ping()
        assert len(servers_on(data_dir)) == 2

    assert servers_on(data_dir) == []
    assert not embedded.socket_dir(data_dir).exists()


def test_nothing_listens_on_the_network(data_dir):
    with embedded.servers(data_dir, durable=False), connect(data_dir) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        for pid in servers_on(data_dir):
            assert psutil.Process(pid).net_connections("inet") == []


def test_what_was_stored_is_there_at_the_next_start(data_dir):
    with embedded.servers(data_dir), valkey(data_dir) as client, connect(data_dir) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("INSERT INTO kept VALUES (7)")
        client.set("kept", 7)

    with embedded.servers(data_dir), valkey(data_dir) as client, connect(data_dir) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]
        assert client.get("kept") == b"7"


def test_killed_servers_keep_what_was_acknowledged(data_dir):
    with holder(data_dir) as process:
        with connect(data_dir) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (7)")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        for pid in servers_on(data_dir):
            os.kill(pid, signal.SIGKILL)
        process.kill()

    with embedded.servers(data_dir), connect(data_dir) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(7,)]


def test_the_servers_do_not_outlive_a_killed_starter(data_dir):
    with holder(data_dir) as process:
        pids = servers_on(data_dir)
        process.kill()

    eventually(lambda: not any(map(is_alive, pids)))


def test_servers_that_outlived_their_starter_are_ended_at_the_next_start(data_dir):
    with embedded.servers(data_dir):
        pass
    with embedded.claimed(data_dir):
        # As on a machine whose kernel ties no child to its parent.
        commands = [
            launch.wrapped(server.command, at_parents_death=0, identity=server.identity)
            for server in embedded.prepared(data_dir)
        ]
        leftover = [subprocess.Popen(command) for command in commands]
        eventually((data_dir / "valkey" / "pid").exists)
        eventually((data_dir / "postgres" / "postmaster.pid").exists)

    with embedded.servers(data_dir):
        assert not set(servers_on(data_dir)) & {process.pid for process in leftover}
        assert valkey(data_dir).ping()

    assert [process.wait() for process in leftover] == [0, 0]


def test_a_dead_server_whom_nobody_buries_is_not_taken_for_alive(data_dir):
    with embedded.servers(data_dir):
        pass
    with subprocess.Popen(["/bin/sh", "-c", "exit 0"]) as dead:
        eventually(lambda: not is_alive(dead.pid))
        (data_dir / "postgres" / "postmaster.pid").write_text(f"{dead.pid}\n")

        with embedded.servers(data_dir), connect(data_dir) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_pid_that_is_another_programs_by_now_is_left_alone(data_dir):
    with embedded.servers(data_dir):
        pass
    with subprocess.Popen(["/bin/sleep", "60"]) as stranger:
        (data_dir / "valkey" / "pid").write_text(f"{stranger.pid}\n")

        with embedded.servers(data_dir, with_postgres=False):
            assert is_alive(stranger.pid)

        stranger.kill()


def test_a_folder_in_use_is_refused_with_the_number_of_its_user(data_dir):
    with valkey_only(data_dir):
        before = servers_on(data_dir)

        message = refusal(data_dir)

        assert message == (
            f"The data folder {data_dir} is in use by process {os.getpid()}: stop that one,"
            " or name another folder in KMARKET_DATA_DIR."
        )
        assert servers_on(data_dir) == before
        assert valkey(data_dir).ping()


def test_two_folders_run_side_by_side(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"

    with valkey_only(one), valkey_only(other):
        valkey(one).set("mine", 1)
        assert valkey(other).get("mine") is None


def test_a_server_that_is_not_wanted_is_not_started(data_dir):
    with valkey_only(data_dir):
        assert len(servers_on(data_dir)) == 1
        assert valkey(data_dir).ping()
    assert not (data_dir / "postgres").exists()


def test_an_initdb_that_was_cut_off_is_begun_anew(data_dir):
    (data_dir / "postgres.new" / "base").mkdir(parents=True)

    with embedded.servers(data_dir, durable=False), connect(data_dir) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_file_in_the_folders_place_is_told_in_one_line(data_dir):
    data_dir.parent.mkdir()
    data_dir.touch()

    assert refusal(data_dir) == (
        f"The data folder {data_dir} cannot be used (File exists):"
        " name another one in KMARKET_DATA_DIR."
    )


def test_a_folder_without_a_cluster_in_it_is_told_in_one_line(data_dir):
    (data_dir / "postgres").mkdir(parents=True)

    assert "holds no database that can be read" in refusal(data_dir)


def test_a_cluster_of_another_version_is_told_in_one_line(data_dir):
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("16\n")

    assert "is of PostgreSQL 16, this is 18" in refusal(data_dir)


def test_a_broken_cluster_is_told_in_postgresqls_own_words(data_dir):
    with embedded.servers(data_dir, durable=False):
        pass
    (data_dir / "postgres" / "global" / "pg_control").write_bytes(b"broken")

    message = refusal(data_dir)

    assert message.startswith(f"postgres does not start on {data_dir} (")
    assert "pg_control" in message
    assert servers_on(data_dir) == []


@pytest.mark.parametrize("lure", ["open", "link"])
def test_no_socket_is_made_in_a_folder_that_others_prepared(data_dir, tmp_path, lure):
    sockets = embedded.socket_dir(data_dir)
    if lure == "open":
        sockets.mkdir(mode=0o755)
    else:
        sockets.symlink_to(tmp_path)
    try:
        message = refusal(data_dir)
    finally:
        sockets.unlink() if lure == "link" else sockets.rmdir()

    assert message.startswith(f"{sockets} is not a private folder of ours")


def test_sockets_have_short_paths_wherever_the_data_lies(tmp_path, monkeypatch):
    deep = tmp_path / ("long" * 30) / ("name" * 30)
    monkeypatch.setattr(tempfile, "tempdir", str(deep))

    path = embedded.socket_dir(deep) / f".s.PGSQL.{embedded_postgres.PORT}"

    assert len(os.fsencode(path)) <= 103


def test_somebodys_pg_variables_change_nothing(data_dir, monkeypatch):
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGDATA", "/nowhere")

    with embedded.servers(data_dir, durable=False), connect(data_dir) as connection:
        assert connection.execute("SHOW port").fetchone() == ("5432",)


@pytest.mark.needs("root")
def test_root_runs_postgres_where_there_are_no_user_namespaces(data_dir, monkeypatch):
    # A folder that is closed to everybody but root, and a cluster that was root's before.
    with embedded.servers(data_dir, durable=False):
        pass
    data_dir.chmod(0o700)
    monkeypatch.setattr(launch, "namespace", lambda uid, gid: "namespace:none:none")

    with embedded.servers(data_dir, durable=False), connect(data_dir) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        owner = (data_dir / "postgres").stat().st_uid
        assert owner != 0

    assert data_dir.stat().st_uid == 0


@pytest.mark.needs("root")
def test_an_ordinary_user_runs_everything_as_himself(tmp_path):
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    os.chown(data_dir, 65534, 65534)

    with holder(data_dir, identity=launch.user(65534, 65534)):
        assert {psutil.Process(pid).uids().real for pid in servers_on(data_dir)} == {65534}


def test_a_program_that_is_missing_is_named(tmp_path):
    server = programs.Server(
        name="nothing",
        command=[str(tmp_path / "nothing")],
        stop_signal=signal.SIGTERM,
        is_ready=lambda: False,
    )

    said = "nothing: No such file or directory"
    with pytest.raises(CannotStart, match=said), programs.running(server, tmp_path):
        pass


def test_the_launcher_leaves_no_socket_open(data_dir):
    with socket.socket() as mine:
        mine.bind(("127.0.0.1", 0))
        mine.listen()
        with embedded.servers(data_dir, durable=False, with_postgres=False):
            (pid,) = servers_on(data_dir)
            assert psutil.Process(pid).net_connections("inet") == []

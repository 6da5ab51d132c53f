"""`make run`, as its user meets it."""

import re
import signal
import stat

import pytest

from kmarket import embedded
from kmarket.tests.processes import eventually, is_alive

# Starting twice on a machine that is busy with other tests.
pytestmark = pytest.mark.timeout(180)

QUIET = {"DEMO": "off"}


def closing_line(running):
    assert running.wait_until_ended() == 1
    (line,) = running.said().splitlines()
    return line


def test_it_says_where_to_look_how_to_sign_in_and_how_to_stop(kmarket):
    said = kmarket.said()

    for line in (
        f"kmarket runs on http://{kmarket.host}",
        f"  Page    http://{kmarket.host}/",
        f"  API     http://{kmarket.host}/api/v1/",
        f"  Odds    ws://{kmarket.host}/ws/odds",
        f"  Admin   http://{kmarket.host}/admin/",
        f"          sign in as admin with the password {kmarket.password}",
        "  Stop    Ctrl-C",
    ):
        assert line in said.splitlines()
    assert kmarket.get("/api/v1/readyz") == 200


def test_the_password_is_kept_for_the_owner_only(kmarket):
    kept = kmarket.data_dir / "demo_admin_password.txt"

    assert kept.read_text().strip() == kmarket.password
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_every_process_is_there_under_a_name_that_tells(kmarket):
    for word in ("postgres", "valkey-server", "serve", "run_clock", "demo_feed"):
        assert kmarket.child(word), word


@pytest.mark.parametrize("word", ["serve", "run_clock", "demo_feed", "postgres", "valkey-server"])
def test_a_child_that_is_killed_is_started_again(kmarket, word):
    victim = kmarket.child(word)

    victim.kill()

    eventually(lambda: not is_alive(victim.pid))
    eventually(lambda: kmarket.child(word))
    eventually(kmarket.answers)
    assert kmarket.process.poll() is None


def test_a_busy_port_is_told_in_one_line(kmarket, run):
    port = kmarket.host.rpartition(":")[2]

    second = run(BIND_PORT=port)

    assert closing_line(second) == (
        f"CommandError: Port {port} on 127.0.0.1 is in use: stop what uses it, or set BIND_PORT."
    )
    assert kmarket.answers()


def test_a_data_folder_in_use_is_told_in_one_line(kmarket, run):
    second = run(kmarket.data_dir)

    assert closing_line(second) == (
        f"CommandError: The data folder {kmarket.data_dir} is in use by process"
        f" {kmarket.process.pid}: stop that one, or name another folder in KMARKET_DATA_DIR."
    )
    assert kmarket.answers()


def test_a_broken_data_folder_is_told_in_one_line(run, tmp_path):
    (tmp_path / "data" / "postgres").mkdir(parents=True)

    line = closing_line(run(**QUIET))

    assert "holds no database that can be read" in line


def test_a_file_where_the_data_folder_should_be_is_told_in_one_line(run, tmp_path):
    (tmp_path / "data").touch()

    assert closing_line(run(**QUIET)) == (
        f"The data folder {tmp_path / 'data'} cannot be used (File exists):"
        " name another one in KMARKET_DATA_DIR."
    )


def test_however_it_ends_nothing_is_left_and_the_next_start_finds_its_data(run):
    """Told to stop in either way, and killed; meanwhile without the demo's feed, too."""
    first = run().wait_until_up()
    password = first.password

    assert first.stop(signal.SIGINT) == []
    assert first.process.returncode == 0
    assert first.said().splitlines()[-1] == "Stopped."
    assert not embedded.socket_dir(first.data_dir).exists()

    second = run(DEMO_FEED="off").wait_until_up()
    assert second.password == password
    assert second.answers()
    assert second.child("run_clock")
    assert not second.child("demo_feed")
    pids = second.all_pids()

    second.process.kill()
    second.process.wait()

    third = run().wait_until_up()
    assert not any(map(is_alive, pids))
    assert third.password == password
    assert third.answers()

    assert third.stop(signal.SIGTERM) == []
    assert third.process.returncode == 0
    assert third.said().splitlines()[-1] == "Stopped."


def test_another_runs_beside_it_and_without_the_demo_there_is_no_feed_and_no_login(kmarket, run):
    other = run(**QUIET).wait_until_up()

    assert other.host != kmarket.host
    assert other.answers()
    assert kmarket.answers()

    assert "sign in as" not in other.said()
    assert not (other.data_dir / "demo_admin_password.txt").exists()
    assert other.child("run_clock")
    assert not other.child("demo_feed")


def test_servers_that_are_named_are_used_and_none_is_started(run, tmp_path):
    theirs = tmp_path / "theirs"
    with embedded.servers(theirs, durable=False):
        host = str(embedded.socket_dir(theirs)).replace("/", "%2F")
        running = run(
            DATABASE_URL=f"postgres://kmarket@{host}/kmarket",
            REDIS_URL=embedded.redis_url(theirs),
            JWT_SECRET="a secret of thirty-two bytes, or more",
            SECRET_KEY="another of thirty-two bytes, or more",
            **QUIET,
        ).wait_until_up()

        assert running.answers()
        assert not running.child("postgres")
        assert not running.child("valkey-server")
        assert not (running.data_dir / "postgres").exists()
        assert running.stop() == []


def test_a_child_that_cannot_run_ends_everything_with_its_name(run, tmp_path):
    # What the web processes import, and the command itself doesn't.
    (tmp_path / "uvloop.py").write_text("raise ImportError('no uvloop here')\n")

    running = run(PYTHONPATH=str(tmp_path), **QUIET)

    assert running.wait_until_ended() == 1
    said = running.said()
    assert "no uvloop here" in said
    assert re.search(r"^CommandError: web ended 5 times right after its start", said, re.M)

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from kmarket import launch, supervisor
from kmarket.supervisor import Child, Supervisor
from kmarket.tests.processes import eventually, is_alive

ROOT = Path(__file__).resolve().parents[2]
SUPERVISE = """
import asyncio, os, signal, sys
from kmarket.supervisor import Child, Supervisor
async def main():
    async with Supervisor(lambda line: print(line, flush=True)) as supervised:
        # The tests themselves may run under nohup, and we would ignore it like them.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        supervised.listen_to_signals()
        for name, script in zip(sys.argv[1::2], sys.argv[2::2]):
            supervised.start(Child(name, ["/bin/sh", "-c", script], os.environ, stop_seconds=30))
        await supervised.ended()
asyncio.run(main())
"""
# Says its number, then lives until it is told to end.
WAIT = "echo $$; while :; do sleep 0.05; done"
STEADY = f"trap 'echo ended; exit 0' TERM; {WAIT}"
STUBBORN = f"trap 'echo asked' TERM; {WAIT}"


@pytest.fixture
def said():
    return []


@pytest.fixture
def child():
    def child(script, name="child", **changes):
        return Child(name, ["/bin/sh", "-c", script], dict(os.environ), **changes)

    return child


async def hear(said, *words, times=1):
    """Wait until so many lines with these words have been said; return them."""

    def heard():
        found = [line for line in said if all(word in line for word in words)]
        return found if len(found) >= times else None

    return await asyncio.to_thread(eventually, heard)


def number_in(line):
    return int(line.rpartition("| ")[2])


async def test_lines_are_said_under_their_childs_name(said, child):
    async with Supervisor(said.append) as supervised:
        supervised.start(child("echo one; echo two >&2; sleep 60"))
        await hear(said, "two")

    assert said == ["child    | one", "child    | two"]


async def test_words_without_a_line_end_are_said_too(said, child):
    async with Supervisor(said.append) as supervised:
        supervised.start(child("printf last"))
        await hear(said, "child    | last")


async def test_a_child_that_ends_is_started_again(said, child):
    async with Supervisor(said.append) as supervised:
        supervised.start(child(STEADY))
        (first,) = await hear(said, "| ")
        os.kill(number_in(first), signal.SIGKILL)
        _, second = await hear(said, "| ", times=2)

        assert number_in(second) != number_in(first)
        assert said[1] == "child ended with SIGKILL: starting it again."

    assert not is_alive(number_in(second))


async def test_a_child_that_never_runs_ends_it_all_with_its_name(said, child):
    async with Supervisor(said.append) as supervised:
        supervised.start(child(STEADY, name="other"))
        supervised.start(child("echo no such table; exit 3"))
        async with asyncio.timeout(20):
            await supervised.ended()

    assert supervised.failure == (
        "child ended 5 times right after its start (the last time with exit code 3);"
        " its own words are above."
    )
    assert len([line for line in said if "no such table" in line]) == 5
    assert said[-1] == "other    | ended"


async def test_what_the_others_can_do_without_is_tried_again_now_and_then(said, child, monkeypatch):
    monkeypatch.setattr(supervisor, "RETRY_SECONDS", 0.1)

    async with Supervisor(said.append) as supervised:
        supervised.start(child(STEADY, name="other"))
        supervised.start(child("echo no such chain; exit 1", is_needed=False))
        await hear(said, "no such chain", times=supervisor.QUICK_DEATHS_MAX + 2)

        assert supervised.failure == ""
        assert "other    | ended" not in said


async def test_a_child_that_others_kill_is_started_as_often_as_it_takes(said, child, monkeypatch):
    monkeypatch.setattr(supervisor, "RESTART_SECONDS_MAX", 0.1)

    async with Supervisor(said.append) as supervised:
        supervised.start(child("echo up; kill -KILL $$"))
        await hear(said, "up", times=supervisor.QUICK_DEATHS_MAX + 2)

        assert supervised.failure == ""


async def test_deaths_far_apart_are_forgotten(said, child, monkeypatch):
    monkeypatch.setattr(supervisor, "STEADY_SECONDS", 0.0)

    async with Supervisor(said.append) as supervised:
        supervised.start(child("echo up; exit 1"))
        await hear(said, "up", times=supervisor.QUICK_DEATHS_MAX + 2)

        assert supervised.failure == ""


async def test_what_has_run_well_is_tried_again_for_ever(said, child, monkeypatch, tmp_path):
    monkeypatch.setattr(supervisor, "STEADY_SECONDS", 0.2)
    monkeypatch.setattr(supervisor, "RESTART_SECONDS_MAX", 0.02)
    full = tmp_path / "the disk is full"

    async with Supervisor(said.append) as supervised:
        supervised.start(child(f"echo up; test -e '{full}' && exit 1; sleep 0.4; touch '{full}'"))
        await hear(said, "up", times=supervisor.QUICK_DEATHS_MAX + 3)

        assert supervised.failure == ""


async def test_what_a_child_left_behind_is_cleared_away_before_it_starts_again(said, child):
    async with Supervisor(said.append) as supervised:
        supervised.start(child("echo up; kill -KILL $$", clear=lambda: said.append("cleared")))
        await hear(said, "up", times=2)

    assert [line for line in said if "ended" not in line][:3] == [
        "child    | up",
        "cleared",
        "child    | up",
    ]


async def test_the_last_started_are_stopped_first(said, child):
    async with Supervisor(said.append) as supervised:
        supervised.start(child(STEADY, name="database"))
        supervised.start(child(STEADY, name="web-1"), child(STEADY, name="web-2"))
        await hear(said, "| ", times=3)
        said.clear()

    assert sorted(said[:2]) == ["web-1    | ended", "web-2    | ended"]
    assert said[2:] == ["database | ended"]


async def test_a_child_that_does_not_stop_is_killed_with_what_it_started(said, child):
    async with Supervisor(said.append) as supervised:
        supervised.start(child(f"sleep 60 & echo $!; {STUBBORN}", stop_seconds=0.2))
        lines = await hear(said, "| ", times=2)

    assert said[-1] == "child does not stop: killing it."
    # The signal was sent; a busy machine takes a moment to carry it out.
    pids = [number_in(line) for line in lines]
    eventually(lambda: not any(map(is_alive, pids)))


async def test_a_grandchild_that_holds_the_pipe_keeps_nobody_waiting(said, child, monkeypatch):
    monkeypatch.setattr(supervisor, "LAST_WORDS_SECONDS", 0.1)

    async with Supervisor(said.append) as supervised:
        supervised.start(child("sleep 60 & echo $!; exit 0"))
        grandchildren = await hear(said, "| ", times=2)

    for line in grandchildren:
        os.kill(number_in(line), signal.SIGKILL)


async def test_a_condition_is_waited_for_until_the_end_begins(said):
    async with Supervisor(said.append) as supervised:
        assert await supervised.wait_for(lambda: True)
        supervised.stop()
        assert not await supervised.wait_for(lambda: True)


async def test_a_program_that_is_missing_is_named(said):
    async with Supervisor(said.append) as supervised:
        supervised.start(Child("child", ["/nowhere/program"], dict(os.environ)))
        async with asyncio.timeout(20):
            await supervised.ended()

    assert "child    | /nowhere/program: No such file or directory" in said
    assert supervised.failure.startswith("child ended 5 times right after its start")


@pytest.fixture
def outside():
    """Another process that supervises; the test gets it when its children have all spoken."""
    processes = []

    def outside(*names_and_scripts):
        process = subprocess.Popen(
            # Ignoring SIGINT, as does what a script starts with `&`.
            [
                "/bin/sh",
                "-c",
                "trap '' INT; exec \"$@\"",
                "sh",
                sys.executable,
                "-c",
                SUPERVISE,
                *names_and_scripts,
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        pids = [number_in(process.stdout.readline()) for _ in names_and_scripts[::2]]
        return process, pids

    yield outside
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_children(outside, number):
    process, pids = outside("one", STEADY, "other", STEADY)

    process.send_signal(number)

    assert process.wait(20) == 0
    assert not any(map(is_alive, pids))


def test_a_signal_that_comes_twice_is_one(outside):
    process, _ = outside("slow", "trap 'sleep 0.3; echo ended; exit 0' TERM;" + WAIT)

    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 0
    assert process.stdout.read() == "slow     | ended\n"


def test_a_second_signal_later_on_waits_for_nobody(outside):
    process, (pid,) = outside("stubborn", STUBBORN)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "stubborn | asked\n"
    a_new_one = time.monotonic() + supervisor.PATIENCE_SECONDS
    eventually(lambda: time.monotonic() > a_new_one)

    process.send_signal(signal.SIGINT)

    assert process.wait(20) == 0
    assert process.stdout.read() == "stubborn does not stop: killing it.\n"
    assert not is_alive(pid)


def test_nothing_outlives_a_supervisor_that_was_killed(outside):
    process, pids = outside("steady", STEADY, "stubborn", STUBBORN)

    process.kill()

    eventually(lambda: not any(map(is_alive, pids)))


def test_where_the_kernel_ties_no_child_to_its_parent_a_watcher_does(tmp_path):
    watch = f"""
import os, signal, subprocess, sys
program = subprocess.Popen([sys.executable, "-c", '''
import os, signal, sys
sys.path.insert(0, "{ROOT}")
from kmarket import launch
launch.WATCH_SECONDS = 0.05
launch.watch_from_aside(os.getppid(), signal.SIGKILL)
print(os.getpid(), flush=True)
signal.pause()
'''])
program.wait()
"""
    with subprocess.Popen(
        [sys.executable, "-c", watch], stdout=subprocess.PIPE, text=True
    ) as parent:
        program = psutil.Process(int(parent.stdout.readline()))
        assert program.is_running()
        assert program.children() == []

        parent.kill()
        parent.wait()

        eventually(lambda: not is_alive(program.pid))


def test_a_child_whose_parent_is_gone_already_does_not_start():
    command = launch.wrapped(["/bin/echo", "started"], at_parents_death=signal.SIGKILL)
    command[command.index(str(os.getpid()))] = "1"

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The process that started this one is gone.\n"

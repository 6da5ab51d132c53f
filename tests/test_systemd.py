"""The units of deploy/systemd: read as systemd reads them, held against the code they run."""

import re
import shutil
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import get_commands

from e2e import composed
from kmarket.draining import DRAIN_SECONDS_MAX
from kmarket.server import GRACE_SECONDS

FOLDER = settings.BASE_DIR / "deploy/systemd"
SERVICES = sorted(FOLDER.glob("*.service"))
HOME = "/opt/kmarket"


def values(path, name):
    return re.findall(rf"^{name}=(.*)$", path.read_text(encoding="utf-8"), re.M)


@pytest.mark.needs("systemd")
def test_systemd_finds_nothing_wrong_with_them(tmp_path):
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8")
        # It looks whether the program is there.
        adapted = text.replace(f"{HOME}/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(adapted.replace(HOME, str(settings.BASE_DIR)))
    # A template is looked at by an instance of it.
    shutil.copy(tmp_path / "kmarket-web@.service", tmp_path / "kmarket-web@8081.service")
    units = [str(path) for path in sorted(tmp_path.iterdir()) if "@." not in path.name]

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    ours = [line for line in done.stderr.splitlines() if "kmarket" in line]
    assert (done.returncode, ours) == (0, [])


def test_they_run_what_compose_runs():
    def command(words):
        return words[words.index("manage.py") :]

    ours = [command(values(path, "ExecStart")[0].split()) for path in SERVICES]
    theirs = [command(service["command"]) for service in composed.ours().values()]
    assert sorted(ours) == sorted(theirs)
    assert {words[1] for words in ours} <= set(get_commands())


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_each_is_nobody_special_and_knows_only_settings(path):
    assert values(path, "User") == ["kmarket"]
    assert values(path, "NoNewPrivileges") == ["yes"]
    known = set(re.findall(r"^(\w+)=", (settings.BASE_DIR / ".env.example").read_text(), re.M))
    given = re.findall(r"(\w+)=", " ".join(values(path, "Environment")))
    assert set(given) <= known | {"PYTHONUNBUFFERED"}


def test_a_web_process_has_the_time_to_send_its_clients_away():
    (seconds,) = values(FOLDER / "kmarket-web@.service", "TimeoutStopSec")
    assert int(seconds) > DRAIN_SECONDS_MAX + GRACE_SECONDS


def test_no_two_tell_metrics_on_one_port():
    ports = [
        port
        for path in SERVICES
        for port in re.findall(r"METRICS_PORT=(\S+)", " ".join(values(path, "Environment")))
    ]
    assert len(set(ports)) == len(ports) == len(SERVICES) - 1

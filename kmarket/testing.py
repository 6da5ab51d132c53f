"""The pytest plugin that gives every run servers of its own: `-p kmarket.testing`.

Before Django reads its settings, the environment is put in order; when the session starts,
embedded PostgreSQL and Valkey are started in a temporary folder that goes with the run. With
DATABASE_URL or REDIS_URL set, that server is used instead.

    @pytest.mark.needs("node")    skipped, and named at the end, where there is no Node.js

With KMARKET_TEST_REQUIRE_ALL=1 a missing program is an error; a missing right still skips.
"""

import atexit
import gc
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management.commands import flush
from django.core.management.sql import emit_post_migrate_signal
from django.db import connections, transaction

from kmarket import embedded, programs
from kmarket.programs import CannotStart

SETTINGS = Path(__file__).with_name("settings.py")
CHOSEN_OUTSIDE = ("DATABASE_URL", "REDIS_URL")
IN_TESTS = {
    "JWT_SECRET": "for tests only: thirty-two bytes or more",
    "SECRET_KEY": "for tests only: thirty-two other bytes",
    # The tests of the limits switch it on; to all others it would be in the way.
    "RATE_LIMIT": "0",
}
TEMPORARY_PREFIX = "kmarket-tests-"

# What stands in each table after the migrations, as COPY writes it.
_furniture: dict[str, bytes] = {}
_left_out = pytest.StashKey[dict[str, list[str]]]()


@dataclass(frozen=True)
class Need:
    """Something that not every machine has."""

    found: Callable[[], str | None]
    how_to_get: str
    # A right cannot be installed: where it is missing, no run can be asked to have it.
    is_right: bool = False


def node() -> str | None:
    """Return the path of Node.js, or None: also where npm is missing, which installs clients."""
    return shutil.which("node") if shutil.which("npm") else None


def chromium() -> str | None:
    """Return the path of Chromium or Chrome, or None."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
    mac = "/Applications/{0}.app/Contents/MacOS/{0}"
    paths = [mac.format("Google Chrome"), mac.format("Chromium")]
    return next(filter(None, map(shutil.which, names + paths)), None)


def nginx() -> str | None:
    """Return the path of nginx, or None. Not every user has its folder in PATH."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def pgbouncer() -> str | None:
    """Return the path of PgBouncer, or None."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


def compiler() -> str | None:
    """Return the path of a C compiler where a library can be preloaded, or None."""
    return shutil.which("cc") if sys.platform == "linux" else None


def filters() -> str | None:
    """Return "filters" where a socket's packets can be thrown away, as Linux does."""
    return "filters" if sys.platform == "linux" else None


def namespaces() -> str | None:
    """Return the path of `ip` where we may make network namespaces, or None."""
    ip = shutil.which("ip") or shutil.which("ip", path="/usr/sbin:/sbin")
    tried = ["unshare", "--net", ip or "false", "link", "add", "one", "type", "veth"]
    if not shutil.which("unshare"):
        return None
    done = subprocess.run(tried, capture_output=True, check=False)  # noqa: S603 (our own words)
    return ip if done.returncode == 0 else None


def root() -> str | None:
    """Return "root" where we are root."""
    return "root" if os.geteuid() == 0 else None


NEEDS = {
    "node": Need(node, f"install {programs.NODE}"),
    "chromium": Need(
        chromium, "install Chromium: `apt-get install chromium`, `brew install chromium`"
    ),
    "nginx": Need(nginx, "install nginx: `apt-get install nginx`, `brew install nginx`"),
    "systemd": Need(
        lambda: shutil.which("systemd-analyze"), "install systemd: `apt-get install systemd`"
    ),
    "compiler": Need(compiler, "install a C compiler, on Linux: `apt-get install gcc libc6-dev`"),
    "pgbouncer": Need(pgbouncer, "install PgBouncer: `apt-get install pgbouncer`"),
    "filters": Need(filters, "run the tests on Linux", is_right=True),
    "namespaces": Need(
        namespaces,
        "run the tests as root on Linux, with iproute2, where network namespaces are allowed",
        is_right=True,
    ),
    "replication": Need(
        lambda: None if os.environ.get("DATABASE_URL") else "ours",
        "leave DATABASE_URL unset: only a PostgreSQL of our own is sure to let us copy it",
        is_right=True,
    ),
    "root": Need(root, "run the tests as root", is_right=True),
}


def pytest_addoption() -> None:
    """Put the environment in order.

    The earliest hook there is: pytest-django loads the settings in the next one.
    """
    read_by_settings = re.findall(r'\benv_\w+\(\s*"(\w+)"', SETTINGS.read_text(encoding="utf-8"))
    for name in read_by_settings:
        if name not in CHOSEN_OUTSIDE:
            # Somebody's exported STAKE_MAX must not decide whether a test passes.
            os.environ.pop(name, None)
            os.environ.pop(f"{name}_FILE", None)
    os.environ.update(IN_TESTS)
    os.environ["KMARKET_DATA_DIR"] = data_dir = tempfile.mkdtemp(prefix=TEMPORARY_PREFIX)
    # However early the run ends.
    atexit.register(shutil.rmtree, data_dir, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker, and make passwords cheap."""
    config.addinivalue_line("markers", "needs(name): not every machine has it; see kmarket.testing")
    config.stash[_left_out] = {}
    # Here, too, most of what is there stays.
    gc.set_threshold(50_000)
    # A password is slow to hash, and most tests have an operator. No test is about the hash.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    flush.emit_post_migrate_signal = _furnish  # type: ignore[attr-defined]


def _furnish(*how: Any) -> None:
    """Put back what a migrated database has before anybody uses it: permissions, roles.

    Tests that commit are each followed by a flush, and then by this. To have Django find out anew
    what belongs there takes five times as long as the flush itself.
    """
    *_, db = how
    connection = connections[db]
    with transaction.atomic(using=db), connection.cursor() as cursor:
        if not _furniture:
            emit_post_migrate_signal(*how)
            for table in connection.introspection.django_table_names(only_existing=True):
                with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                    _furniture[table] = b"".join(rows)
            return
        for table, rows in _furniture.items():
            if rows:
                with cursor.copy(f'COPY "{table}" FROM STDIN') as into:
                    into.write(rows)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the servers that nobody named in the environment."""
    if session.config.option.collectonly:
        return
    stack = ExitStack()
    session.config.add_cleanup(stack.close)
    try:
        stack.enter_context(
            embedded.servers(
                Path(os.environ["KMARKET_DATA_DIR"]),
                durable=False,
                with_postgres=not os.environ.get("DATABASE_URL"),
                with_valkey=not os.environ.get("REDIS_URL"),
            )
        )
    except CannotStart as exc:
        pytest.exit(str(exc), returncode=pytest.ExitCode.USAGE_ERROR)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run, and remember it."""
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            need = NEEDS[name]
            if need.found() is not None:
                continue
            if os.environ.get("KMARKET_TEST_REQUIRE_ALL") == "1" and not need.is_right:
                pytest.fail(f"There is no {name} here: {need.how_to_get}.", pytrace=False)
            item.config.stash[_left_out].setdefault(name, []).append(item.nodeid)
            pytest.skip(f"needs {name}")


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Name every test that was not run for want of something, and how to get that."""
    for name, tests in config.stash[_left_out].items():
        terminalreporter.section(f"not run: no {name} here")
        for test in tests:
            terminalreporter.line(test)
        terminalreporter.line(f"To run them, {NEEDS[name].how_to_get}.")

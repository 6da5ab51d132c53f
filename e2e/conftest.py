import fcntl
import shutil
import subprocess

import pytest

from e2e import behind_nginx
from e2e.chromium import chromium
from e2e.house import House
from e2e.running import Running, environment, with_tables
from e2e.stage import CLIENTS, Stage

INSTALL_SECONDS_MAX = 300


@pytest.fixture
def run(tmp_path):
    """run(**env) → a kmarket that is starting; all of them are stopped at the end."""
    started = []

    def run(data_dir=tmp_path / "data", **env):
        if not data_dir.exists() and "DATABASE_URL" not in env:
            with_tables(data_dir)
        started.append(Running(data_dir, **env))
        return started[-1]

    yield run
    for running in started:
        running.end()


@pytest.fixture(scope="module")
def kmarket(tmp_path_factory):
    """One running kmarket for all tests of the file, from nothing."""
    running = Running(tmp_path_factory.mktemp("kmarket") / "a folder", WORKERS="2")
    try:
        yield running.wait_until_up()
    finally:
        running.end()


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A running kmarket with two web processes, an empty book and no rate limit."""
    folder = with_tables(tmp_path_factory.mktemp("pair") / "data")
    proxies = {"TRUSTED_PROXIES": behind_nginx.PROXY}
    running = Running(folder, WORKERS="2", DEMO="off", RATE_LIMIT="off", **proxies)
    try:
        yield running.wait_until_up()
    finally:
        running.end()


@pytest.fixture(scope="module")
def front(pair, tmp_path_factory):
    """The pair where its clients find it: behind nginx."""
    port = int(pair.host.rpartition(":")[2])
    with behind_nginx.nginx(tmp_path_factory.mktemp("nginx"), port) as url:
        yield House(url, environment(pair.data_dir))


@pytest.fixture(scope="module")
def stage(pair):
    """The pair, with an operator."""
    return Stage.of(House(f"http://{pair.host}", environment(pair.data_dir)))


@pytest.fixture(scope="session")
def node_clients():
    """The folder of the Node.js clients, with what they need installed."""
    installed = CLIENTS / "node_modules" / ".package-lock.json"
    lock = CLIENTS / "package-lock.json"
    with lock.open("rb") as mine:
        # The whole suite is two runs, and one of them installs for both.
        fcntl.flock(mine, fcntl.LOCK_EX)
        _install(installed, lock)
    return CLIENTS


def _install(installed, lock):
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        done = subprocess.run(
            [shutil.which("npm"), "ci", "--no-audit", "--no-fund"],
            cwd=CLIENTS,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS_MAX,
        )
        assert done.returncode == 0, f"npm could not install {lock}:\n{done.stderr}"


@pytest.fixture(scope="session")
def axe(node_clients) -> str:
    """The source of axe, which is run in a page."""
    return (node_clients / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window."""
    with chromium() as browser:
        yield browser

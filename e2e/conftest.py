import pytest

from e2e.running import Running


@pytest.fixture
def run(tmp_path):
    """run(**env) → a kmarket that is starting; all of them are stopped at the end."""
    started = []

    def run(data_dir=tmp_path / "data", **env):
        started.append(Running(data_dir, **env))
        return started[-1]

    yield run
    for running in started:
        running.end()


@pytest.fixture(scope="module")
def kmarket(tmp_path_factory):
    """One running kmarket for all tests of the file."""
    running = Running(tmp_path_factory.mktemp("kmarket") / "a folder", WORKERS="2")
    try:
        yield running.wait_until_up()
    finally:
        running.end()

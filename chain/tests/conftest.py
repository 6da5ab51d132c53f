import pytest

# What asserts in the name of many tests says as much as they do.
pytest.register_assert_rewrite("chain.tests.rig", "chain.tests.recorder")
from chain.tests.rig import Rig, rigs  # noqa: E402 (after what is said of it)


@pytest.fixture
def make_rig(transactional_db, monkeypatch):
    """make_rig(**how) → a rig with nothing stored; the one before it is closed."""
    with rigs(Rig, monkeypatch) as make:
        yield make


@pytest.fixture
def rig(make_rig):
    return make_rig()

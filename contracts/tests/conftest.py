import pytest

from chain import anvil
from contracts.tests.house import House
from contracts.tests.stage import Stage


@pytest.fixture(scope="session")
def _stage():
    anvil.install()
    with anvil.Anvil() as node:
        yield Stage(node)


@pytest.fixture
def stage(_stage):
    """The stage as it was set: what a test does on it is gone after it."""
    before = _stage.node.rpc("evm_snapshot")
    # The newest block is as old as the test before: a market that closes soon would be closed.
    _stage.node.rpc("evm_mine")
    yield _stage
    assert _stage.node.rpc("evm_revert", before)


@pytest.fixture
def owner(stage):
    """Who has every role."""
    return stage.owner


@pytest.fixture
def alice(stage):
    return stage.alice


@pytest.fixture
def bob(stage):
    return stage.bob


@pytest.fixture
def carol(stage):
    return stage.carol


@pytest.fixture
def mallory(stage):
    return stage.mallory


@pytest.fixture
def house(stage):
    """A vault, and whoever signs for it."""
    return House(stage)

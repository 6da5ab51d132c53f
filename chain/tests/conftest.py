import pytest

from chain import handlers

# What asserts in the name of many tests says as much as they do.
pytest.register_assert_rewrite("chain.tests.rig", "chain.tests.recorder")
from chain.tests import recorder, rig  # noqa: E402 (after what is said of them)


@pytest.fixture
def make_rig(transactional_db, settings, monkeypatch):
    """make_rig(**how) → a rig with nothing stored; the one before it is closed."""
    made = []
    recorder.make_tables()
    rig.run(rig.GUARD)

    def make(**how):
        for other in made:
            other.close()
        rig.empty()
        recorder.empty_tables()
        made.append(new := rig.Rig(**how))
        # For the commands: they take the chain from the settings, and the handler from there.
        monkeypatch.setattr(handlers, "_registered", [new.recorder])
        settings.CHAIN_RPC_URLS = list(new.config.rpc_urls)
        settings.CHAIN_ID = new.config.chain_id
        settings.CHAIN_CONTRACT = new.config.contract
        settings.CHAIN_START_BLOCK = new.config.start_block
        return new

    yield make
    for other in made:
        other.close()
    rig.run(rig.NO_GUARD)
    recorder.drop_tables()


@pytest.fixture(name="rig")
def a_rig(make_rig):
    return make_rig()

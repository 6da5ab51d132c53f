from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.conf import settings as house

from chain import anvil, handlers, profiles
from chain.config import ChainConfig
from chain.events import Family
from chain.finality import Finality
from chain.listener import Listener
from chain.nodes import Nodes
from chain.reconcile import reconcile
from contracts.tests.stage import E18, FOREVER, Stage
from trading.tests.floor import Floor, configure, furnish

DAY = 24 * 3600


@pytest.fixture(scope="session")
def story():
    """A node with a contract on which everything happened that can: three markets, one with a
    result, one void; the newest two blocks, which hold trades, are not final."""
    anvil.install()
    with anvil.Anvil() as node:
        stage = Stage(node)
        alice, bob, carol = stage.alice, stage.bob, stage.carol
        now = stage.now
        far = {"closesAt": now + 30 * DAY, "resolveBy": now + 60 * DAY}
        cup = stage.open(weights=[1, 3], **far)
        rain = stage.open(weights=[2, 3, 4])
        war = stage.open()
        for market in (cup, rain, war):
            stage.do(alice, "buy", market, 0, 9 * E18, 0, FOREVER)
            stage.do(bob, "buy", market, 1, 5 * E18, 0, FOREVER)
            stage.do(carol, "addLiquidity", market, 20 * E18, 1, [0] * (3 if market == rain else 2))
        stage.do(alice, "sell", cup, 0, 2 * E18, FOREVER, FOREVER)
        stage.do(carol, "removeLiquidity", cup, 7 * E18, [0, 0])
        stage.finish(war, None)
        stage.finish(rain, 1)
        stage.do(bob, "claim", rain, alice)
        stage.do(alice, "claim", war, alice)
        for amount in (1, 2, 3):
            stage.do(bob, "buy", cup, 0, amount * E18, 0, FOREVER)
        yield SimpleNamespace(stage=stage, cup=cup, rain=rain, war=war, bob=bob, url=node.url)


def follow(followed: ChainConfig) -> None:
    """Read and project whatever the node has and we don't."""
    listener = Listener(followed, Nodes.of(followed.rpc_urls), handlers.registered(Family.MARKETS))
    while listener.step(datetime.now(tz=UTC)):
        pass


@pytest.fixture
def followed(story) -> ChainConfig:
    """The story's contract, as the settings would name it."""
    return ChainConfig(
        chain_id=anvil.CHAIN_ID,
        contract=story.stage.contract.address.lower(),
        start_block=1,
        finality=Finality(),
        profile=profiles.load(house.CHAIN_PROFILE),
        rpc_urls=(story.url,),
    )


@pytest.fixture
def indexed(transactional_db, followed) -> ChainConfig:
    """The same, with all of it read and projected."""
    follow(followed)
    return followed


@pytest.fixture
def compare(indexed):
    """compare() → what a comparison of chain and database comes to."""
    return lambda: reconcile(indexed, Nodes.of(indexed.rpc_urls), datetime.now(tz=UTC))


@pytest.fixture(scope="session")
def _furnished():
    anvil.install()
    with anvil.Anvil() as node:
        stage = Stage(node)
        furnish(stage)
        yield stage


@contextmanager
def _opened(stage, settings, client_of):
    node = stage.node
    before = node.rpc("evm_snapshot")
    # The newest block is as old as the test before: a market that closes soon would be closed.
    node.rpc("evm_mine")
    configure(settings, stage)
    yield Floor(stage, client_of)
    assert node.rpc("evm_revert", before)


@pytest.fixture
def floor(_furnished, settings, db, client_of):
    """The floor as it opens: what a test does on it is gone after it, on the node as well."""
    with _opened(_furnished, settings, client_of) as floor:
        yield floor


@pytest.fixture
def busy_floor(_furnished, settings, transactional_db, client_of):
    """The same, where many come at once and see what the others have committed."""
    with _opened(_furnished, settings, client_of) as floor:
        yield floor

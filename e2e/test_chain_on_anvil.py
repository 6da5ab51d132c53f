"""The listener and the projection on a real EVM node: its reorganisations, and its falling back.

The node calls final what lies two blocks below its head.
"""

from datetime import UTC, datetime

import pytest
from django.conf import settings

from chain import anvil, profiles
from chain.config import ChainConfig
from chain.errors import Halted
from chain.finality import Finality
from chain.listener import Listener
from chain.models import Cursor, RawLog
from chain.nodes import Nodes
from chain.tests.rig import COMMITS, canonical_logs
from contracts.tests.stage import E18, FOREVER, NOBODY, UNLIMITED, Stage
from trading.models import Holding, LpHolding, Pool, Trade

pytestmark = [pytest.mark.needs("node"), COMMITS]


@pytest.fixture
def stage():
    """A node of one's own: what is final cannot be taken back by a snapshot."""
    anvil.install()
    with anvil.Anvil(slots_in_an_epoch=1) as node:
        yield Stage(node)


@pytest.fixture
def listener(stage):
    config = ChainConfig(
        chain_id=anvil.CHAIN_ID,
        contract=stage.contract.address,
        start_block=1,
        finality=Finality(),
        profile=profiles.load(settings.CHAIN_PROFILE),
    )
    return Listener(config, Nodes.of([stage.node.url]))


def poll(listener: Listener) -> None:
    while listener.step(datetime.now(tz=UTC)):
        pass


def head(stage: Stage) -> int:
    return int(stage.node.rpc("eth_blockNumber"), 16)


def told(stage: Stage) -> list[tuple]:
    """Every log of the contract, asked for block by block."""
    found = []
    for number in range(head(stage) + 1):
        block = stage.node.rpc("eth_getBlockByNumber", hex(number), False)["hash"]
        about = {"address": stage.contract.address, "blockHash": block}
        found += [
            (
                *(number, int(log["logIndex"], 16), block, log["transactionHash"]),
                *(tuple(log["topics"]), log["data"]),
            )
            for log in stage.node.rpc("eth_getLogs", about)
        ]
    return found


def verdict(stage: Stage) -> None:
    """What is stored is what the node tells; what is projected is what the contract says."""
    assert canonical_logs() == told(stage)
    markets = range(1, stage.read("marketCount") + 1)
    reserves = dict(Pool.objects.values_list("number", "reserves"))
    assert reserves == {number: list(stage.market(number).pools) for number in markets}
    everybody = [*stage.people, NOBODY]
    shares = {
        (number, who, outcome): amount
        for number in markets
        for who in everybody
        for outcome, amount in enumerate(stage.read("sharesOf", number, who))
        if amount
    }
    assert shares == {
        (each.pool.number, each.owner, each.outcome): each.shares
        for each in Holding.objects.select_related("pool")
    }
    liquidity = {
        (number, who): lp
        for number in markets
        for who in everybody
        if (lp := stage.read("lpOf", number, who)[0])
    }
    assert liquidity == {
        (each.pool.number, each.owner): each.amount
        for each in LpHolding.objects.select_related("pool")
    }


def trade(stage: Stage, market: int) -> None:
    stage.do(stage.alice, "buy", market, 0, 7 * E18, 0, FOREVER)
    stage.do(stage.bob, "buy", market, 1, 3 * E18, 0, FOREVER)
    stage.do(stage.alice, "sell", market, 0, 2 * E18, UNLIMITED, FOREVER)
    stage.do(stage.carol, "addLiquidity", market, 5 * E18, 0, [0, 0])


def bought_again(stage: Stage, market: int, block: int) -> list:
    """A purchase as anvil_reorg mines it, in the new branch's block of this number."""
    call = stage.contract.interface.call("buy", [market, 1, 11 * E18, 0, FOREVER]).hex()
    about = {"from": stage.mallory, "to": stage.contract.address, "data": "0x" + call}
    return [about | {"gas": hex(5_000_000)}, block]


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("is_replaced", [False, True], ids=["dropped", "replaced"])
def test_a_reorganisation(stage, listener, depth, is_replaced):
    market = stage.open()
    trade(stage, market)
    poll(listener)
    verdict(stage)
    assert Cursor.objects.get().finalized_block == head(stage) - 2
    before = Trade.objects.count()

    others = [bought_again(stage, market, depth - 1)] if is_replaced else []
    stage.node.rpc("anvil_reorg", depth, others)
    poll(listener)
    verdict(stage)
    # The last two blocks had a sale and liquidity.
    assert Trade.objects.count() == before - (depth == 2) + is_replaced
    assert RawLog.objects.filter(is_canonical=False).count() == depth
    assert Cursor.objects.get().reorg_depth_last == depth

    trade(stage, market)
    poll(listener)
    verdict(stage)


def test_a_node_that_falls_back_and_goes_another_way(stage, listener):
    market = stage.open()
    trade(stage, market)
    poll(listener)
    count = RawLog.objects.count()
    stage.node.rpc("anvil_rollback", 2)
    poll(listener)
    # It lags, as far as anybody can tell.
    assert RawLog.objects.canonical().count() == count
    stage.do(stage.bob, "buy", market, 0, E18, 0, FOREVER)
    poll(listener)
    verdict(stage)
    trade(stage, market)
    poll(listener)
    verdict(stage)


def test_a_reorganisation_of_what_was_final_halts(stage, listener):
    market = stage.open()
    trade(stage, market)
    poll(listener)
    before = canonical_logs()
    stage.node.rpc("anvil_reorg", 4, [bought_again(stage, market, 0)])
    with pytest.raises(Halted, match="below the finalized block"):
        poll(listener)
    assert canonical_logs() == before
    assert not RawLog.objects.filter(is_canonical=False).exists()
    assert Cursor.objects.get().halted_reason

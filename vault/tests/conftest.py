from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from chain import anvil, config, handlers
from chain.events import Family
from chain.listener import Listener
from chain.models import Cursor
from chain.nodes import Nodes
from chain.reconcile import reconcile
from contracts.tests.house import SIGNER_KEY, House
from contracts.tests.stage import Stage
from kmarket.env import KeySource
from vault import signers, watching
from vault.models import Reading

CONTRACT = "0x" + "5a" * 20
TOKEN = "0x" + "70" * 20
HASH = "0x" + "ee" * 32
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def of_key(key):
    return KeySource("VAULT_SIGNER_KEY", key)


@pytest.fixture
def vault(db, settings):
    """A vault as the settings name it and as it was seen last, without a chain behind it."""
    settings.VAULT_CONTRACT = CONTRACT
    settings.VAULT_SIGNER_KEY = of_key(SIGNER_KEY)
    return Reading.objects.create(
        chain_id=settings.CHAIN_ID,
        contract=CONTRACT,
        block_number=7,
        block_hash=HASH,
        read_at=NOW,
        token=TOKEN,
        decimals=settings.TOKEN_DECIMALS,
        signer=signers.signer().address,
        deposits_paused=False,
        payouts_paused=False,
        daily_limit=10**30,
        payout_left=10**30,
        held=5000,
        balances=1000,
        claims=200,
        vouchers=50,
    )


@pytest.fixture(scope="session")
def _stage():
    anvil.install()
    with anvil.Anvil() as node:
        yield Stage(node)


class Street:
    """A vault on a node, followed: what people do on the chain, and what becomes of it here."""

    def __init__(self, house):
        self.house, self.stage, self.node = house, house.stage, house.stage.node
        self.restart()

    def restart(self):
        """Have a listener that remembers nothing, as a new process would."""
        self.followed = config.from_settings(Family.VAULT)
        self.nodes = Nodes.of(self.followed.rpc_urls)
        handler = handlers.registered(Family.VAULT)
        self.listener = Listener(self.followed, self.nodes, handler)

    @property
    def now(self):
        """The time of the newest block."""
        return datetime.fromtimestamp(self.stage.now, tz=UTC)

    def read(self):
        """Read and project whatever the node has and we don't."""
        while self.listener.step(datetime.now(tz=UTC)):
            pass

    def mine(self, blocks=1, seconds=1):
        if blocks:
            self.node.rpc("anvil_mine", hex(blocks), hex(seconds))

    def settle(self):
        """Have all that there is become final, and read it."""
        self.mine(2)
        self.read()

    def reorg(self, depth):
        """Replace the newest blocks by empty ones; what was in them is gone."""
        self.node.rpc("anvil_reorg", depth, [])

    def skip(self):
        """Have it that all was read, and nothing found: a node kept its logs to itself."""
        head = int(self.node.rpc("eth_blockNumber"), 16)
        hashes = [self._hash_of(number) for number in (head, head - 2)]
        Cursor.objects.update_or_create(
            chain_id=self.followed.chain_id,
            contract=self.followed.contract,
            defaults={
                "start_block": 1,
                "last_block": head,
                "last_hash": hashes[0],
                "finalized_block": head - 2,
                "finalized_hash": hashes[1],
            },
        )

    def _hash_of(self, number):
        return self.node.rpc("eth_getBlockByNumber", hex(number), False)["hash"]

    def look(self):
        """Look at the vault as the clock would."""
        return watching.look(self.followed, self.nodes, self.now)

    def compare(self):
        return reconcile(self.followed, self.nodes, datetime.now(tz=UTC))


@pytest.fixture
def street(_stage, transactional_db, settings):
    """A fresh vault on a node, with nothing of it read yet."""
    before = _stage.node.rpc("evm_snapshot")
    _stage.node.rpc("evm_mine")
    house = House(_stage)
    settings.CHAIN_RPC_URLS = [_stage.node.url]
    settings.CHAIN_ID = anvil.CHAIN_ID
    settings.VAULT_CONTRACT = house.vault.address.lower()
    settings.VAULT_START_BLOCK = 1
    settings.VAULT_SIGNER_KEY = of_key(SIGNER_KEY)
    yield Street(house)
    assert _stage.node.rpc("evm_revert", before)


@pytest.fixture
def people(street):
    """Wallets that have tokens."""
    stage = street.stage
    return SimpleNamespace(alice=stage.alice, bob=stage.bob, mallory=stage.mallory)

"""A trading floor: a node with the contract, wallets with keys of their own, and the API before it.

    floor.open(weights=[1, 3])                       a market, by its id in the API
    floor.post(alice, "trades/buy", {...})           what the API answers
    floor.send(alice, answer)                        signed by her, mined

The node is one for all tests; what a test does on it is gone after it.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.conf import settings as house
from django.test import Client
from eth_account import Account
from eth_utils.address import to_checksum_address

from accounts.models import Role, User
from chain import anvil, handlers
from chain.config import from_settings
from chain.events import Family
from chain.listener import Listener
from chain.nodes import Nodes
from contracts.tests.stage import E18, Stage
from kmarket.tests.processes import eventually
from trading.models import Pool
from trading.submission import Submission

PEOPLE = 3
MONEY = 10**6 * E18
JSON = "application/json"
DYNAMIC = {"type": 2, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 0}


class Floor:
    """The stage of the contracts' tests, followed and traded on through the API."""

    def __init__(self, stage: Stage, client_of: Any) -> None:
        self.stage, self.node = stage, stage.node
        self.wallets = wallets()
        self.alice, self.bob, self.carol = self.wallets
        self._client_of = client_of
        self._clients: dict[str, Client] = {}
        self._listener: Listener | None = None

    @property
    def contract(self) -> str:
        return self.stage.contract.address.lower()

    @property
    def now(self) -> datetime:
        """The chain's."""
        return datetime.fromtimestamp(self.stage.now, tz=UTC)

    @property
    def head(self) -> int:
        return int(self.node.rpc("eth_blockNumber"), 16)

    # --- The chain ---------------------------------------------------------------------------

    def open(self, **changes: Any) -> int:
        """A market by the contract's owner, followed. Returns its id in the API."""
        number = self.stage.open(**changes)
        self.follow()
        return Pool.objects.get(contract=self.contract, number=number).market_id

    def pool(self, market_id: int) -> Pool:
        return Pool.objects.get(market_id=market_id)

    def state(self, market_id: int) -> Any:
        """The market, as the contract has it."""
        return self.stage.market(self.pool(market_id).number)

    def follow(self) -> None:
        """Read and project whatever the node has and we don't, and what it is about to mine."""
        if self.node.rpc("anvil_getAutomine"):
            for tx_hash in Submission.objects.open().values_list("hash", flat=True):
                if self.node.rpc("eth_getTransactionByHash", tx_hash) is not None:
                    eventually(partial(self.receipt, tx_hash), every=0.005)
        if self._listener is None:
            followed = from_settings()
            nodes = Nodes.of(followed.rpc_urls)
            self._listener = Listener(followed, nodes, handlers.registered(Family.MARKETS))
        while self._listener.step(datetime.now(tz=UTC)):
            pass

    def sign(self, wallet: Any, call: dict[str, Any], **changes: Any) -> str:
        """Sign what the API answered, as a wallet does, and return the raw transaction."""
        unsigned = {name: call[name] for name in ("chainId", "to", "data", "gas")}
        unsigned |= {"value": int(call["value"]), "nonce": self.nonce(wallet)}
        kind = {} if "gasPrice" in changes else DYNAMIC
        return "0x" + wallet.sign_transaction(unsigned | kind | changes).raw_transaction.hex()

    def send(self, wallet: Any, call: dict[str, Any], **changes: Any) -> str:
        """Sign and have it mined, without telling anybody. Returns its hash."""
        receipt = self.node.rpc("eth_sendRawTransactionSync", self.sign(wallet, call, **changes))
        sent: str = receipt["transactionHash"]
        return sent

    def receipt(self, tx_hash: str) -> Any:
        return self.node.rpc("eth_getTransactionReceipt", tx_hash)

    def nonce(self, wallet: Any) -> int:
        return int(self.node.rpc("eth_getTransactionCount", wallet.address, "pending"), 16)

    def approve(self, wallet: Any, amount: int = MONEY) -> None:
        """Let the contract take so much."""
        data = self.stage.token.interface.call("approve", [self.contract, amount]).hex()
        self.send(wallet, self.call(self.stage.token.address, "0x" + data))

    def call(self, to: str, data: str) -> dict[str, Any]:
        """A transaction that the API did not answer."""
        return {
            "chainId": anvil.CHAIN_ID,
            "to": to_checksum_address(to),
            "data": data,
            "value": "0",
            "gas": 500_000,
        }

    # --- The API -----------------------------------------------------------------------------

    def user(self, wallet: Any) -> User:
        address = wallet.address.lower()
        user, _ = User.objects.get_or_create(
            address=address, defaults={"username": address, "role": Role.USER}
        )
        return user

    def client(self, wallet: Any) -> Client:
        if wallet.address not in self._clients:
            self._clients[wallet.address] = self._client_of(self.user(wallet))
        return self._clients[wallet.address]

    def post(self, wallet: Any, path: str, body: Any, status: int = 200) -> Any:
        answer = self.client(wallet).post(f"/api/v1/{path}", body, content_type=JSON)
        assert answer.status_code == status, answer.content
        return answer.json()

    def get(self, wallet: Any, path: str, status: int = 200, **query: Any) -> Any:
        answer = self.client(wallet).get(f"/api/v1/{path}", query)
        assert answer.status_code == status, answer.content
        return answer.json()

    def refused(self, wallet: Any, path: str, body: Any) -> tuple[int, str, Any]:
        """The status, the reason and the details of a refusal."""
        answer = self.client(wallet).post(f"/api/v1/{path}", body, content_type=JSON)
        told = answer.json()
        assert answer.status_code >= 400, told
        return answer.status_code, told["reason"], told.get("details", {})


def wallets() -> list[Any]:
    """Wallets that no node knows the keys of."""
    return [Account.from_key(f"0x{number:064x}") for number in range(0xA11CE, 0xA11CE + PEOPLE)]


def furnish(stage: Stage) -> None:
    """Give the wallets something to trade with, and to pay their gas."""
    for wallet in wallets():
        stage.node.rpc("anvil_setBalance", wallet.address, hex(100 * E18))
        stage.do(stage.owner, "mint", wallet.address, MONEY, to=stage.token)


def configure(settings: Any, stage: Stage) -> None:
    """Make the stage's contract the one that is followed."""
    settings.CHAIN_RPC_URLS = [stage.node.url]
    settings.CHAIN_ID = anvil.CHAIN_ID
    settings.CHAIN_CONTRACT = stage.contract.address.lower()
    settings.CHAIN_START_BLOCK = 1
    assert house.CHAIN_FINALITY == "finalized", "as anvil has it"

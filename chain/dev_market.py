"""The life of the development chain: our contracts with a token, two markets, people who trade.

Everybody is one of the node's own accounts: the first has every role, the next ones trade.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from eth_utils.crypto import keccak

from chain import deploying, dev_vault
from chain.artifacts import artifact
from chain.calls import Interface
from chain.models import Cursor
from chain.rpc import Node
from kmarket import dev_chain
from kmarket.dev_chain import Deployment

TRADERS = 4
# In whole tokens.
FUNDING = 10_000
PURSE = 1_000_000
STAKES = (5, 60)
LIQUIDITY = (100, 500)
OPEN_FOR = timedelta(days=30)
RESOLVED_WITHIN = timedelta(days=30)
DISPUTE_WINDOW = timedelta(minutes=10)
FEE_WAD = 2 * 10**16
UNLIMITED = 2**256 - 1
OPEN = 1  # as getMarket says it


@dataclass(frozen=True, slots=True)
class Token:
    """What the markets are in."""

    symbol: str
    decimals: int


def settled(node: Node, data_dir: Path, token: Token, now: datetime) -> Deployment:
    """Return the contracts that the chain has for us, and deploy what it has not.

    A chain that was lost, or has lost blocks that were final, gets a new contract at an address
    that nobody knows yet: what the database has of the old one is then no contradiction.

    Raises:
        NoDevelopment, Reverted, NodeError: as `chain.deploying` says.
    """
    known = dev_chain.deployed(data_dir)
    owner, *_ = deploying.accounts(node)
    stranger = "0x" + keccak(text=f"{data_dir} {now.isoformat()}")[-20:].hex()
    node.call("anvil_impersonateAccount", [stranger])
    node.call("anvil_setBalance", [stranger, hex(10**20)])
    if known is not None and _has(node, known):
        deployment = known
    else:
        deployment = _deployed(node, stranger, owner, token)
    if not deployment.vault:
        made = dev_vault.deploy(
            node,
            data_dir,
            stranger,
            token=deployment.token,
            decimals=token.decimals,
            owner=owner,
        )
        deployment = replace(deployment, vault=made.contract, vault_block=made.block)
    # What is there already is written anew, too: who waits looks at the time of its file.
    dev_chain.remember(data_dir, deployment)
    return deployment


def _deployed(node: Node, deployer: str, owner: str, token: Token) -> Deployment:
    money = deploying.deploy(
        node, deployer, artifact("TestToken"), token.symbol, token.symbol, token.decimals
    )
    contract = deploying.deploy(node, deployer, artifact("OddsMarket"), owner)
    return Deployment(
        contract=contract.contract,
        token=money.contract,
        block=contract.block,
        block_hash=contract.block_hash,
    )


class Bazaar:
    """The people of the development chain, and what they do."""

    def __init__(self, node: Node, deployment: Deployment, token: Token) -> None:
        self._node = node
        self._deployment = deployment
        self._token = token
        self._unit = 10**token.decimals
        self._market = Interface(artifact("OddsMarket").abi)
        self._money = Interface(artifact("TestToken").abi)
        self._owner, *traders = deploying.accounts(node)
        self._traders = traders[:TRADERS]

    def open_markets(self, now: datetime) -> list[int]:
        """Return the markets that trade; where there are none, open the demo's, with liquidity."""
        numbers = range(1, self._ask("marketCount") + 1)
        states = {number: self._ask("getMarket", number) for number in numbers}
        trading = [
            number
            for number, state in states.items()
            if state["status"] == OPEN and state["closesAt"] > now.timestamp()
        ]
        if trading:
            return trading
        for account in (self._owner, *self._traders):
            self._send_money(account, "mint", account, PURSE * self._unit)
            self._send_money(account, "approve", self._deployment.contract, UNLIMITED)
        first = len(numbers) + 1
        for question, _, weights in dev_chain.MARKETS:
            self._open(question, weights, now)
        return list(range(first, first + len(dev_chain.MARKETS)))

    def trade(self, number: int, chance: Random) -> str:
        """Have somebody do something in a market, and return what, in a line."""
        trader = chance.choice(self._traders)
        state = self._ask("getMarket", number)
        outcome = chance.randrange(state["outcomeCount"])
        match chance.choices(["buy", "sell", "add", "remove"], [50, 25, 15, 10])[0]:
            case "sell":
                said = self._sell(number, trader, outcome)
            case "add":
                said = self._add(number, trader, chance.randint(*LIQUIDITY), state)
            case "remove":
                said = self._remove(number, trader, state)
            case _:
                said = ""
        return said or self._buy(number, trader, outcome, chance.randint(*STAKES))

    def settle(self) -> bool:
        """Have a block mined where the newest two hold transactions, so that these become final.

        Returns whether there was any need.
        """
        head = int(self._node.call("eth_blockNumber", []), 16)
        for number in range(max(head - 1, 0), head + 1):
            if self._node.call("eth_getBlockByNumber", [hex(number), False])["transactions"]:
                self._node.call("evm_mine", [])
                return True
        return False

    def _open(self, question: str, weights: list[int], now: datetime) -> None:
        closes = now + OPEN_FOR
        wanted = (
            self._deployment.token,
            len(weights),
            int(closes.timestamp()),
            int((closes + RESOLVED_WITHIN).timestamp()),
            int(DISPUTE_WINDOW.total_seconds()),
            FEE_WAD,
            keccak(text=question),
        )
        self._send(self._owner, "createMarket", wanted, FUNDING * self._unit, weights)

    def _buy(self, number: int, trader: str, outcome: int, stake: int) -> str:
        paid = stake * self._unit
        shares, _ = self._ask("calcBuy", number, outcome, paid)
        block = self._send(trader, "buy", number, outcome, paid, shares, UNLIMITED)
        what = f"bought {self._tokens(shares)} of outcome {outcome}"
        return f"{_short(trader)} {what} in market {number} for {stake} {self._symbol} ({block})"

    def _sell(self, number: int, trader: str, outcome: int) -> str:
        """Return "" where the trader has too little of it."""
        owned = self._ask("sharesOf", number, trader)[outcome]
        wanted = owned // 10
        if not wanted or self._ask("calcSell", number, outcome, wanted)[0] > owned:
            return ""
        block = self._send(trader, "sell", number, outcome, wanted, owned, UNLIMITED)
        what = f"sold shares of outcome {outcome} in market {number}"
        return f"{_short(trader)} {what} for {self._tokens(wanted)} {self._symbol} ({block})"

    def _add(self, number: int, trader: str, amount: int, state: dict[str, Any]) -> str:
        least = [0] * state["outcomeCount"]
        block = self._send(trader, "addLiquidity", number, amount * self._unit, 1, least)
        what = f"gave {amount} {self._symbol} to market {number}"
        return f"{_short(trader)} {what} ({block})"

    def _remove(self, number: int, trader: str, state: dict[str, Any]) -> str:
        """Return "" where the trader provides none."""
        provided, _ = self._ask("lpOf", number, trader)
        if not provided:
            return ""
        least = [0] * state["outcomeCount"]
        block = self._send(trader, "removeLiquidity", number, provided // 2 or provided, least)
        return f"{_short(trader)} took liquidity out of market {number} ({block})"

    @property
    def _symbol(self) -> str:
        return self._token.symbol

    def _tokens(self, amount: int) -> str:
        whole, rest = divmod(amount * 100 // self._unit, 100)
        return f"{whole}.{rest:02}"

    def _ask(self, function: str, *args: Any) -> Any:
        contract = self._deployment.contract
        return deploying.ask(self._node, self._market, contract, function, *args)

    def _send(self, sender: str, function: str, *args: Any) -> str:
        data = self._market.call(function, *args)
        receipt = deploying.send(self._node, sender, data, to=self._deployment.contract)
        return f"block {receipt.block}"

    def _send_money(self, sender: str, function: str, *args: Any) -> None:
        data = self._money.call(function, *args)
        deploying.send(self._node, sender, data, to=self._deployment.token)


def _has(node: Node, deployment: Deployment) -> bool:
    """Tell whether the chain still has a contract, and what we know to be final of its blocks."""
    known = {deployment.block: deployment.block_hash}
    for cursor in Cursor.objects.filter(
        chain_id=dev_chain.CHAIN_ID,
        contract__in=[deployment.contract, deployment.vault],
        finalized_block__isnull=False,
    ):
        assert cursor.finalized_block is not None, cursor
        known[cursor.finalized_block] = cursor.finalized_hash
    for number, block_hash in known.items():
        block = node.call("eth_getBlockByNumber", [hex(number), False])
        if block is None or block["hash"] != block_hash:
            return False
    return bool(node.call("eth_getCode", [deployment.contract, "latest"]) != "0x")


def _short(address: str) -> str:
    return f"{address[:6]}…{address[-4:]}"

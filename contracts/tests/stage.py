"""A stage for the contracts' tests: a node, a market contract, a token, and people with money.

market = stage.open(weights=[1, 3])
stage.do(alice, "buy", market, 0, 10 * E18, 0, FOREVER).event("SharesBought").sharesOut

with refused("TooLate", closes_at):
    stage.do(alice, "buy", …)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from eth_abi import decode

from chain.anvil import Anvil, RpcError
from chain.artifacts import artifact
from contracts.tests.interface import Interface

E18 = 10**18
LIMIT = 2**128 - 1
LOCKED_LP = 1000
FOREVER = 2**255
UNLIMITED = 2**256 - 1
NOBODY = "0x" + "0" * 40
NO_OUTCOME = 255
NONE, OPEN, PROPOSED, FINALIZED, VOIDED = range(5)
PURSE = 2**130
GAS = 15_000_000
PANIC = bytes.fromhex("4e487b71")
EVIDENCE = b"\x02" * 32


class Refused(Exception):
    """What the contract, or a token that it called, refused with."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name, *values)
        self.name, self.values = name, values


@contextmanager
def refused(name: str, *values: Any) -> Iterator[None]:
    """Expect a refusal by this name, with these values."""
    with pytest.raises(Refused) as refusal:
        yield
    assert (refusal.value.name, *refusal.value.values) == (name, *values)


@dataclass(frozen=True)
class Contract:
    address: str
    interface: Interface


@dataclass(frozen=True)
class Done:
    """A call that went through."""

    gas: int
    # Of the contract that was called, in order: name and fields.
    events: list[tuple[str, dict[str, Any]]]

    def event(self, name: str) -> Any:
        """The one event of this name."""
        (fields,) = [fields for found, fields in self.events if found == name]
        return SimpleNamespace(**fields)


class Stage:
    def __init__(self, node: Anvil) -> None:
        self.node = node
        self.people = node.rpc("eth_accounts")[:5]
        self.owner, self.alice, self.bob, self.carol, self.mallory = self.people
        self._errors: dict[bytes, dict[str, Any]] = {}
        self.contract = self.deploy("OddsMarket", self.owner)
        self.token = self.deploy("TestToken", "Test dollar", "TUSD", 18)
        for person in self.people:
            self.endow(person, self.token)

    def deploy(self, name: str, *args: Any) -> Contract:
        """Deploy a contract of the artifacts, by the owner."""
        made = artifact(name)
        interface = Interface(made.abi)
        self._errors |= interface.errors
        data = made.bytecode + interface.deployment(list(args)).hex()
        receipt = self._receipt({"from": self.owner, "data": data})
        return Contract(receipt["contractAddress"], interface)

    def endow(self, person: str, token: Contract, amount: int = PURSE) -> None:
        """Mint, and let the market contract take it."""
        self.do(person, "mint", person, amount, to=token)
        self.do(person, "approve", self.contract.address, UNLIMITED, to=token)

    def do(
        self, by: str, function: str, *args: Any, to: Contract | None = None, at: int | None = None
    ) -> Done:
        """Send a transaction, in a block of its own, whose time may be chosen."""
        to = to or self.contract
        if at is not None:
            self.node.rpc("evm_setNextBlockTimestamp", at)
        data = "0x" + to.interface.call(function, list(args)).hex()
        receipt = self._receipt({"from": by, "to": to.address, "data": data})
        logs = [log for log in receipt["logs"] if log["address"] == to.address]
        return Done(int(receipt["gasUsed"], 16), [to.interface.event(log) for log in logs])

    def read(self, function: str, *args: Any, to: Contract | None = None, by: str = NOBODY) -> Any:
        """What a call would answer now."""
        to = to or self.contract
        data = "0x" + to.interface.call(function, list(args)).hex()
        return to.interface.answer(
            function, self._call({"from": by, "to": to.address, "data": data}, "latest")
        )

    def market(self, market_id: int) -> Any:
        return SimpleNamespace(**self.read("getMarket", market_id))

    def balance(self, owner: str, token: Contract | None = None) -> int:
        return self.read("balanceOf", owner, to=token or self.token)

    @property
    def now(self) -> int:
        """The time of the newest block."""
        return int(self.node.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def create(self, by: str, **changes: Any) -> Done:
        """Two outcomes at 1:1, 1 %, closing in an hour, to be resolved in a day; or otherwise."""
        now = self.now
        wanted = {
            "collateral": self.token.address,
            "outcomeCount": len(changes.get("weights", [1, 1])),
            "closesAt": now + 3600,
            "resolveBy": now + 86400,
            "disputeWindow": 600,
            "feeWad": E18 // 100,
            "questionHash": b"\x01" * 32,
            "funding": 100 * E18,
            "weights": [1, 1],
        }
        assert set(changes) <= {*wanted, "at"}
        at = changes.pop("at", None)
        *terms, funding, weights = (wanted | changes).values()
        return self.do(by, "createMarket", tuple(terms), funding, weights, at=at)

    def open(self, **changes: Any) -> int:
        """A market by the owner. Returns its id."""
        return self.create(self.owner, **changes).event("MarketCreated").marketId

    def finish(self, market_id: int, outcome: int | None) -> None:
        """Bring a market to its end: an outcome, or None for a void."""
        if outcome is None:
            self.do(self.owner, "voidMarket", market_id)
            return
        market = self.market(market_id)
        at = max(market.closesAt, self.now + 1)
        self.do(self.owner, "proposeResult", market_id, outcome, EVIDENCE, at=at)
        self.do(self.alice, "finalizeResult", market_id, at=at + market.disputeWindow)

    def _receipt(self, call: dict[str, Any]) -> dict[str, Any]:
        # Answered once the transaction is in a block.
        receipt = self.node.rpc("eth_sendTransactionSync", {"gas": hex(GAS), **call})
        if receipt["status"] == "0x0":
            # The node doesn't say why; the same call after the block before, at this time, does.
            number = receipt["blockNumber"]
            time = self.node.rpc("eth_getBlockByNumber", number, False)["timestamp"]
            self._call(call, hex(int(number, 16) - 1), None, {"time": time})
            raise AssertionError(f"{call} ran out of gas")
        return receipt

    def _call(self, call: dict[str, Any], *where: Any) -> bytes:
        try:
            return bytes.fromhex(self.node.rpc("eth_call", call, *where)[2:])
        except RpcError as exc:
            raise self._refusal(exc) from None

    def _refusal(self, exc: RpcError) -> Refused:
        data = bytes.fromhex((exc.data or "0x")[2:])
        if not data:
            return Refused("", str(exc))
        if data[:4] == PANIC:
            return Refused("Panic", *decode(["uint256"], data[4:]))
        abi = self._errors[data[:4]]
        return Refused(abi["name"], *decode([field["type"] for field in abi["inputs"]], data[4:]))

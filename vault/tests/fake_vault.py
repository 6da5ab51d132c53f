"""The vault's bookkeeping without a chain, and nodes that answer what is asked of it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from eth_abi import encode

from chain.artifacts import artifact
from chain.calls import Interface
from chain.tests.fake_contract import COLLATERAL, CONTRACT, Call, Emitted, Reverted, event
from chain.tests.fake_node import Error, FakeNode
from chain.views import TOKEN
from vault import signers
from vault.models import Withdrawal

# What the house put in.
SURPLUS = 100
THIEF = "0x" + "66" * 20
VAULT = Interface(artifact("Vault").abi)


@dataclass
class VaultWorld:
    """Everything that the vault knows at the end of a block."""

    # All that were ever signed, the oldest first; the same list on every branch.
    vouchers: list[Withdrawal]
    seq: int = 0
    held: int = SURPLUS
    stolen: int = 0
    used: frozenset[int] = field(default_factory=frozenset)
    time: int = 0

    def fork(self) -> "VaultWorld":
        return replace(self)

    def deposit(self, *, user, amount):
        self.held += amount
        return self._emit("Deposited", user=user, amount=amount)

    def redeem(self, *, place):
        if place >= len(self.vouchers):
            raise Reverted(place)
        voucher = self.vouchers[place]
        if self.time > voucher.deadline:
            raise Reverted(voucher.deadline)
        return self._pay(voucher.pk, voucher.to, voucher.amount)

    def steal(self, *, number, amount):
        """Pay a voucher that we never signed: somebody else has the key."""
        self.stolen += amount
        return self._pay(number, THIEF, amount)

    def say(self, *, emitted):
        """Emit anything at all; the function is given the next seq."""
        self.seq += 1
        return replace(emitted(self.seq), name="", values={})

    def _pay(self, number, to, amount):
        if number in self.used or amount > self.held:
            raise Reverted(number)
        self.used |= {number}
        self.held -= amount
        return self._emit("Withdrawn", id=number, user=to, amount=amount)

    def _emit(self, name: str, **values: Any):
        self.seq += 1
        return event(name, seq=self.seq, **values)


def deposit(user: str, amount: int) -> Call:
    return Call("deposit", {"user": user, "amount": amount})


def redeem(place: int) -> Call:
    return Call("redeem", {"place": place})


def steal(number: int, amount: int = 1) -> Call:
    return Call("steal", {"number": number, "amount": amount})


def say(emitted: Callable[[int], Emitted]) -> Call:
    return Call("say", {"emitted": emitted})


def have_answer(node: FakeNode, liars: set[FakeNode]) -> None:
    """Have a node answer calls of the vault and its token. A liar denies that anything was paid."""
    node.methods["eth_call"] = partial(_called, node, liars)


def _called(node: FakeNode, liars: set[FakeNode], call: dict[str, str], at: dict[str, Any]) -> Any:
    block = node.chain.by_hash.get(at["blockHash"])
    known = node.chain.canonical[: node.head.number + 1]
    if block is None or known[block.number : block.number + 1] != [block]:
        return Error(-32000, "header not found")
    world, is_vault = block.world, call["to"] == CONTRACT
    name, arguments = (VAULT if is_vault else TOKEN).called(call["data"])
    kind, value = {
        "token": ("address", COLLATERAL),
        "signer": ("address", signers.signer().address),
        "depositsPaused": ("bool", False),
        "payoutsPaused": ("bool", False),
        "dailyLimit": ("uint256", 10**30),
        "payoutLeft": ("uint256", 10**30),
        "seq": ("uint64", world.seq),
        "used": ("bool", arguments.get("", None) in world.used and node not in liars),
        "balanceOf": ("uint256", world.held),
        "decimals": ("uint8", 18),
    }[name]
    return "0x" + encode([kind], [value]).hex()

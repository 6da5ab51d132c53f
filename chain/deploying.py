"""Contracts put onto a development chain, whose node keeps the keys of its accounts and signs."""

import time
from dataclasses import dataclass
from typing import Any

from chain import errors
from chain.artifacts import Artifact
from chain.calls import Interface
from chain.rpc import Node

# What anvil, Hardhat and Ganache call themselves, and nobody else.
DEVELOPMENT = frozenset({1337, 31337})
MINED_SECONDS_MAX = 30.0
POLL_SECONDS = 0.05


class NoDevelopment(Exception):
    """The chain is no development chain. The message says what it is."""


class Reverted(Exception):
    """A transaction was mined and refused by the contract."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where a transaction was mined, and the contract that it made, if it did."""

    block: int
    block_hash: str
    contract: str


def accounts(node: Node) -> list[str]:
    """Return the accounts that the node signs for.

    Raises:
        NoDevelopment: it is a node of another kind of chain.
        NodeError: it gives no answer that counts.
    """
    chain_id = int(node.call("eth_chainId", []), 16)
    if chain_id not in DEVELOPMENT:
        known = ", ".join(map(str, sorted(DEVELOPMENT)))
        raise NoDevelopment(
            f"{node.name} has chain {chain_id}, which is no development chain ({known}):"
            " deploy there with the tools that hold its keys."
        )
    return [str(account).lower() for account in node.call("eth_accounts", [])]


def deploy(node: Node, sender: str, artifact: Artifact, *args: Any) -> Receipt:
    """Deploy a contract.

    Raises:
        Reverted: its constructor refuses.
        NodeError: the node gives no answer that counts.
    """
    return send(node, sender, Interface(artifact.abi).deployment(artifact.bytecode, *args))


def send(node: Node, sender: str, data: str, *, to: str | None = None) -> Receipt:
    """Have one of the node's accounts send a transaction, and wait until it is mined.

    Raises:
        Reverted: the contract refuses.
        NodeError: the node gives no answer that counts, or does not mine.
    """
    transaction = {"from": sender, "data": data} | ({"to": to} if to else {})
    sent = node.call("eth_sendTransaction", [transaction])
    deadline = time.monotonic() + MINED_SECONDS_MAX
    while (told := node.call("eth_getTransactionReceipt", [sent])) is None:
        if time.monotonic() > deadline:
            raise errors.TimedOut(f"{node.name} does not mine transaction {sent}.")
        time.sleep(POLL_SECONDS)
    if int(told["status"], 16) != 1:
        raise Reverted(f"Transaction {sent} was refused.")
    contract = told.get("contractAddress") or ""
    return Receipt(int(told["blockNumber"], 16), told["blockHash"], contract.lower())


def ask(node: Node, interface: Interface, contract: str, function: str, *args: Any) -> Any:
    """Return what a function answers at the head.

    Raises:
        NodeError: the node gives no answer that counts, or the contract refuses.
        ValueError: what is at the address is no such contract.
    """
    call = {"to": contract, "data": interface.call(function, *args)}
    return interface.answer(function, node.call("eth_call", [call, "latest"]))

"""What is asked of one node, and looked at before it counts.

Every function raises NodeError, as its subclasses say, where the node gives no answer that counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from chain import answers, errors
from chain.answers import Header
from chain.config import ChainConfig
from chain.errors import NodeError
from chain.finality import TAG
from chain.logs import Log
from chain.models import Cursor
from chain.rpc import Node


@dataclass(frozen=True, slots=True)
class Sight:
    """What a node says of itself."""

    head: Header
    # The block that it calls final; None: it has no word for it, or we didn't ask.
    final: Header | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One unit of work, tried with one node."""

    config: ChainConfig
    node: Node
    cursor: Cursor
    sight: Sight
    # Of block 0, where this attempt had a look at it.
    genesis_hash: str = ""


def look(node: Node, config: ChainConfig) -> Sight:
    """Ask for the chain, the head and, where the policy goes by it, the finalized block.

    Raises:
        OtherHistory: it is another chain.
    """
    calls: list[tuple[str, list[Any]]] = [("eth_chainId", []), _block("latest")]
    if config.finality.is_tag:
        calls.append(_block(TAG))
    told = node.batch(calls)
    for answer in told[:2]:
        if isinstance(answer, NodeError):
            raise answer
    if (chain_id := answers.quantity(told[0])) != config.chain_id:
        raise errors.OtherHistory(
            f"{node.name} has chain {chain_id}, not {config.chain_id}:"
            " set CHAIN_ID, or take it out of CHAIN_RPC_URLS."
        )
    head = answers.header(told[1])
    final = _final(told[2]) if config.finality.is_tag else None
    if final is not None and final.number > head.number:
        raise errors.BadAnswer(f"{node.name}: block {final.number} is final, above the head.")
    return Sight(head=head, final=final)


def check_history(node: Node, cursor: Cursor, sight: Sight) -> str:
    """Compare the node's first block and the one that was final here last with ours; return the
    hash of the first, empty where the node threw it away: some keep recent blocks only.

    Raises:
        OtherHistory: it has others.
        Behind: it is before the one that was final.
    """
    final = cursor.finalized_block or 0
    if sight.head.number < final:
        raise errors.Behind(f"{node.name} is at block {sight.head.number}, before {final}.")
    # First: another chain is no reorganisation of ours.
    genesis = _genesis(node, cursor)
    if final:
        (block,) = headers(node, [final])
        if block.hash != cursor.finalized_hash:
            raise other_history(node, block, cursor.finalized_hash)
    return genesis


def _genesis(node: Node, cursor: Cursor) -> str:
    (told,) = node.batch([_block(hex(0))])
    if told is None or isinstance(told, errors.Behind | errors.Refused):
        return ""
    if isinstance(told, NodeError):
        raise told
    genesis = answers.header(told, number=0).hash
    if cursor.genesis_hash not in {"", genesis}:
        raise errors.OtherHistory(
            f"{node.name} has another chain of the same id {cursor.chain_id}: its first block is"
            f" {genesis}, not {cursor.genesis_hash}. Take it out of CHAIN_RPC_URLS."
        )
    return genesis


def other_history(node: Node, block: Header, ours: str) -> errors.OtherHistory:
    """Return the error that says so: a reorganisation too deep, or another chain altogether."""
    return errors.OtherHistory(
        f"{node.name} has {block.hash} as block {block.number}, and {ours} was final here: a"
        " reorganisation below the finalized block. Nothing was changed. Where the node is right:"
        f" manage.py chain_rescan --from {block.number} --accept."
    )


def headers(node: Node, numbers: Sequence[int]) -> list[Header]:
    """Return the blocks of these numbers."""
    told = node.ask([_block(hex(number)) for number in numbers])
    return [
        answers.header(answer, number=number) for answer, number in zip(told, numbers, strict=True)
    ]


def logs_of_range(node: Node, contract: str, first: int, last: Header) -> list[Log]:
    """Return the logs of the blocks from `first` to `last`, which this node has told before.

    It is asked for `last` again afterwards: a node behind a balancer may be another one by then.
    And for each block that has logs: its hash and time are the header's, or nobody's.
    """
    about = {"address": contract, "fromBlock": hex(first), "toBlock": hex(last.number)}
    found = answers.logs(
        node.call("eth_getLogs", [about]), contract=contract, first=first, last=last.number
    )
    with_logs = {log.block_number for log in found} - {last.number}
    again, *others = headers(node, [last.number, *sorted(with_logs)])
    if again != last:
        raise errors.BadAnswer(f"{node.name}: block {last.number} was replaced meanwhile.")
    blocks = {block.number: block for block in [last, *others]}
    for number, of_block in groupby(found, attrgetter("block_number")):
        answers.of_block(of_block, blocks[number])
    return found


def logs_of_blocks(node: Node, contract: str, blocks: Sequence[Header]) -> list[Log]:
    """Return the logs of these blocks, each asked for by its hash."""
    told = node.ask(
        [("eth_getLogs", [{"address": contract, "blockHash": block.hash}]) for block in blocks]
    )
    found: list[Log] = []
    for answer, block in zip(told, blocks, strict=True):
        number = block.number
        of_block = answers.logs(answer, contract=contract, first=number, last=number)
        answers.of_block(of_block, block)
        found += of_block
    return found


def _block(name: str) -> tuple[str, list[Any]]:
    return "eth_getBlockByNumber", [name, False]


def _final(answer: Any) -> Header | None:
    """Return the finalized block. A node that cannot tell it is as good as any otherwise."""
    if answer is None or isinstance(answer, NodeError):
        return None
    return answers.header(answer)

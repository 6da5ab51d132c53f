"""What must be stored, by reading the fake chain from its start: naive, and on its own.

It knows nothing of ranges, cursors or reorganisations, and decodes nothing: the fake contract
remembers what it said, and what everybody has.
"""

from collections import Counter
from typing import Any

from chain.tests.fake_chain import Block
from chain.tests.fake_contract import CONTRACT, World
from chain.tests.recorder import LIQUIDITY, PAYOUT, moves, said


def branch(head: Block) -> list[Block]:
    """The blocks from the genesis to this one."""
    blocks = [head]
    while blocks[-1].parent is not None:
        blocks.append(blocks[-1].parent)
    return blocks[::-1]


def raw_logs(head: Block) -> list[tuple[Any, ...]]:
    """Every log of the contract up to this block: its place, its hashes, what it says."""
    return [
        (
            *(block.number, int(log["logIndex"], 16), block.hash, log["transactionHash"]),
            *(tuple(log["topics"]), log["data"]),
        )
        for block in branch(head)
        for log in block.logs()
        if log["address"] == CONTRACT
    ]


def events(head: Block) -> list[tuple[int, int, str, str, str, str]]:
    """Every event up to this block that makes sense, as the recorder has it."""
    found = []
    for block in branch(head):
        index = 0
        for tx, emitted in block.txs:
            for each in emitted:
                if each.name:
                    says = said(dict(each.values))
                    found.append((block.number, index, block.hash, tx.hash, each.name, says))
                index += 1
    return found


def amounts(head: Block) -> dict[tuple[int, str, int], int]:
    """Who has how much at the end of this block, as the contract knows it."""
    found: Counter[tuple[int, str, int]] = Counter()
    for said_in in branch(head):
        for each in (each for _, emitted in said_in.txs for each in emitted if each.is_said):
            for (owner, outcome), amount in moves(each.name, dict(each.values)).items():
                found[each.values["marketId"], owner, outcome] += amount
    for place, amount in _known(head.world).items():
        found[place] += amount
    return {place: amount for place, amount in found.items() if amount}


def _known(world: World) -> dict[tuple[int, str, int], int]:
    found = {
        (number, owner, outcome): amount
        for number, market in world.markets.items()
        for (owner, outcome), amount in market.shares.items()
    }
    for number, market in world.markets.items():
        found |= {(number, owner, LIQUIDITY): n for owner, n in market.liquidity.items()}
        found |= {(number, owner, PAYOUT): n for owner, n in market.paid.items()}
    return found

"""A chain in memory: a tree of blocks, one branch of which is canonical. Deterministic.

    chain = FakeChain()
    chain.mine(create(), add(), buy(outcome=1))   # three transactions in block 1
    chain.mine()                                  # block 2, empty
    chain.reorg(1, [buy()], [])                   # another block 2, and a block 3 on it

Block 0 is the genesis; the contract is there from block 1 on.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from chain.tests.fake_contract import Call, Emitted, Reverted, World

# Of the genesis block. Two blocks share each second, as on fast chains.
GENESIS_TIME = 1_700_000_000
EMPTY_BLOOM, FULL_BLOOM = "0x" + "00" * 256, "0x" + "ff" * 256


def time_of(number: int) -> int:
    """Return the timestamp of the block of this number."""
    return GENESIS_TIME + number // 2


def digest(*words: object) -> str:
    """Return a hash of 32 bytes that stands for these words."""
    return "0x" + sha256("|".join(map(str, words)).encode()).hexdigest()


@dataclass(frozen=True)
class Tx:
    """A transaction: the same one may be mined in several blocks of different branches."""

    hash: str
    calls: tuple[Call, ...]


@dataclass(frozen=True, eq=False)
class Block:
    """A block, what was emitted in it, and what the contract knows at its end."""

    number: int
    hash: str
    parent: "Block | None"
    # Each with the logs that it emits here.
    txs: tuple[tuple[Tx, tuple[Emitted, ...]], ...]
    world: World

    @property
    def parent_hash(self) -> str:
        return self.parent.hash if self.parent else "0x" + "00" * 32

    @property
    def timestamp(self) -> int:
        return time_of(self.number)

    def header(self) -> dict[str, Any]:
        """The block as eth_getBlockByNumber gives it."""
        has_logs = any(emitted for _, emitted in self.txs)
        return {
            "number": hex(self.number),
            "hash": self.hash,
            "parentHash": self.parent_hash,
            "timestamp": hex(self.timestamp),
            "logsBloom": FULL_BLOOM if has_logs else EMPTY_BLOOM,
            "transactions": [tx.hash for tx, _ in self.txs],
            "miner": "0x" + "00" * 20,
            "gasLimit": hex(30_000_000),
            "gasUsed": hex(21_000 * len(self.txs)),
            "baseFeePerGas": "0x0",
            "extraData": "0x",
            "stateRoot": digest("state", self.hash),
            "receiptsRoot": digest("receipts", self.hash),
            "transactionsRoot": digest("transactions", self.hash),
        }

    def logs(self) -> list[dict[str, Any]]:
        """Every log of the block as eth_getLogs gives it."""
        logs: list[dict[str, Any]] = []
        for index, (tx, emitted) in enumerate(self.txs):
            logs += (
                {
                    "address": each.address,
                    "topics": list(each.topics),
                    "data": each.data,
                    "blockNumber": hex(self.number),
                    "blockHash": self.hash,
                    "blockTimestamp": hex(self.timestamp),
                    "transactionHash": tx.hash,
                    "transactionIndex": hex(index),
                    "logIndex": hex(len(logs) + place),
                    "removed": False,
                }
                for place, each in enumerate(emitted)
            )
        return logs


class FakeChain:
    """Blocks by hash, and the canonical ones by number.

    The same salt and the same history give the same hashes. `world`: what its contract knows at
    first; the reference contract's, if none is given.
    """

    def __init__(self, *, chain_id: int = 31337, salt: object = 0, world: Any = None) -> None:
        self.chain_id = chain_id
        self.salt = salt
        # Held while anything is read or changed, so that an answer shows one moment.
        self.lock = threading.RLock()
        genesis = Block(0, digest(chain_id, salt, "genesis"), None, (), world or World())
        self.canonical = [genesis]
        self.by_hash = {genesis.hash: genesis}
        self._made = 0
        # How many blocks were put on each block.
        self._children: Counter[str] = Counter()

    @property
    def head(self) -> Block:
        return self.canonical[-1]

    def transaction(self, *calls: Call) -> Tx:
        """Make a transaction to be mined, with `mine` or `reorg`, once or again."""
        self._made += 1
        return Tx(digest(self.chain_id, self.salt, "tx", self._made), calls)

    def mine(self, *txs: Tx | Call) -> Block:
        """Put a block on the head. A call by itself is a transaction of its own."""
        with self.lock:
            block = self._block_on(self.head, txs)
            self.canonical.append(block)
            return block

    def mine_empty(self, count: int) -> None:
        """Put so many empty blocks on the head."""
        for _ in range(count):
            self.mine()

    def reorg(self, depth: int, *blocks: Iterable[Tx | Call]) -> list[Block]:
        """Put another branch in the place of the last `depth` blocks; return the orphans.

        Without blocks, the new branch is of empty ones and one longer.
        """
        with self.lock:
            assert 0 < depth < len(self.canonical), depth
            orphans = self.canonical[-depth:]
            del self.canonical[-depth:]
            for txs in blocks or [()] * (depth + 1):
                self.mine(*txs)
            return orphans

    def switch_to(self, head: Block) -> None:
        """Make the branch that ends in this block the canonical one, be it an orphan."""
        branch: list[Block] = []
        block: Block | None = head
        while block is not None:
            branch.append(block)
            block = block.parent
        with self.lock:
            self.canonical = branch[::-1]

    def fork(self) -> "FakeChain":
        """Return a copy with the same history, which may go on differently."""
        with self.lock:
            # What is mined there is other than what is mined here.
            copy = FakeChain(chain_id=self.chain_id, salt=(self.salt, "fork"))
            copy.canonical, copy.by_hash = list(self.canonical), dict(self.by_hash)
            copy._children = self._children.copy()
            return copy

    def logs(self, first: int, last: int) -> list[dict[str, Any]]:
        """Every log of the canonical blocks of these numbers, both included, in order."""
        with self.lock:
            return [log for block in self.canonical[first : last + 1] for log in block.logs()]

    def _block_on(self, parent: Block, txs: Sequence[Tx | Call]) -> Block:
        number = parent.number + 1
        world, mined = parent.world.fork(), []
        world.time = time_of(number)
        for each in txs:
            tx = self.transaction(each) if isinstance(each, Call) else each
            before = world.fork()
            try:
                emitted = tuple(call.on(world) for call in tx.calls)
            except Reverted:
                world, emitted = before, ()
            mined.append((tx, emitted))
        # Numbered, so that a block which replaces an equal one has another hash.
        self._children[parent.hash] += 1
        siblings = self._children[parent.hash]
        hash_ = digest(parent.hash, self.salt, siblings, *(tx.hash for tx, _ in mined))
        block = Block(number, hash_, parent, tuple(mined), world)
        self.by_hash[hash_] = block
        return block

"""The shapes of what `chain` answers."""

from typing import Annotated, TypedDict

from kmarket.schema.shapes import Address, Block, Count, Ms, Says, eg


class ReconciliationAnswer(TypedDict):
    """A comparison of the chain with the database, at one block."""

    block: Block | None
    endedAt: Ms
    completed: Annotated[bool, "False: something kept it from comparing all.", eg(True)]
    findings: Annotated[Count, "Differences that are open by now.", eg(0)]


class ChainStatusAnswer(TypedDict):
    """How far the listener is; null: not known before it has run."""

    chainId: Annotated[Count, eg(56)]
    contract: Address
    head: Annotated[Block | None, "The highest block that the listener heard of."]
    indexed: Annotated[
        int, "What is so up to this block, is in the database.", Says(minimum=-1), eg(43_209_998)
    ]
    finalized: Annotated[Block | None, "What no reorganisation takes back.", eg(43_209_990)]
    lag: Annotated[Count | None, "Blocks from `indexed` to `head`."]
    halted: Annotated[str | None, "Why the listener stands still.", eg(None)]
    quarantined: Annotated[Count, "Logs that could not be read.", eg(0)]
    reconciliation: Annotated[ReconciliationAnswer | None, "The last one that ended."]

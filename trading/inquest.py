"""What one node says of submitted transactions, and why they ended as they did.

Every function raises NodeError where the node as a whole gives no answer that counts. What it
cannot say of one transaction is left open.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chain import answers
from chain.calls import Interface
from chain.config import ChainConfig
from chain.errors import BadAnswer, NodeError, Reverted
from chain.rpc import Node
from trading import errors, fate, submitting
from trading.fate import Fate, Receipt, Told
from trading.submission import Submission

# Of an account: its next nonce at the head, and at the newest final block.
Nonces = Mapping[str, tuple[int | None, int | None]]

OUT_OF_GAS = "OutOfGas"
# It is no call of our contract by the user who handed it in.
FOREIGN = "NotOurs"


@dataclass(frozen=True, slots=True)
class Found:
    """A transaction as a node shows it, and its receipt. None: it has none."""

    nonce: int | None
    transaction: Mapping[str, Any] | None = None
    receipt: Receipt | None = None
    gas_used: int = 0
    # What it calls; without one it is none of ours.
    called: submitting.Called | None = None

    @property
    def is_foreign(self) -> bool:
        return self.transaction is not None and self.called is None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is kept of a transaction beside its state."""

    function: str
    nonce: int | None
    market_id: int | None
    is_seen: bool
    error: dict[str, Any] | None = None
    replaced_by: str = ""


def nonces(node: Node, senders: Iterable[str], *, head: int, final: int | None) -> Nonces:
    """Return the next nonces of these accounts."""
    whose = sorted(senders)
    blocks = [head, *([] if final is None else [min(final, head)])]
    told = node.batch(
        [("eth_getTransactionCount", [who, hex(block)]) for block in blocks for who in whose]
    )
    numbers = [None if isinstance(each, NodeError) else answers.quantity(each) for each in told]
    at_head, at_final = numbers[: len(whose)], numbers[len(whose) :] or [None] * len(whose)
    return dict(zip(whose, zip(at_head, at_final, strict=True), strict=True))


def found(node: Node, followed: ChainConfig, rows: Sequence[Submission]) -> list[Found | None]:
    """Return what the node has of each transaction; None where it cannot say."""
    asked = ("eth_getTransactionByHash", "eth_getTransactionReceipt")
    told = node.batch([(method, [row.hash]) for method in asked for row in rows])
    both = zip(rows, told[: len(rows)], told[len(rows) :], strict=True)
    return [
        None
        if isinstance(shown, NodeError) or isinstance(receipt, NodeError)
        else _found(followed, row, shown, receipt)
        for row, shown, receipt in both
    ]


def told(row: Submission, found: Found, *, head: int, nonces: Nonces) -> Told:
    """Return a node's word in the form in which it is judged."""
    next_nonce, next_nonce_final = nonces[row.sender]
    shown = found.transaction
    return Told(
        head=head,
        receipt=found.receipt,
        is_waiting=shown is not None and shown.get("blockNumber") is None,
        is_mined=shown is not None and shown.get("blockNumber") is not None,
        next_nonce=next_nonce,
        next_nonce_final=next_nonce_final,
    )


def evidence(
    node: Node, followed: ChainConfig, row: Submission, found: Found, judged: Fate, *, head: int
) -> Evidence | None:
    """Return what is to be kept of a transaction with this fate; None where that proves wrong."""
    called = found.called
    kept = Evidence(
        function=called.function if called else row.function,
        nonce=found.nonce,
        market_id=submitting.market_of(followed, called) if called else row.market_id,
        is_seen=found.transaction is not None,
        error=row.error if row.state == judged.state else None,
        replaced_by=row.replaced_by if row.state == judged.state else "",
    )
    if found.is_foreign:
        error = errors.contract_words(FOREIGN, {})
        return replace(kept, function="", nonce=None, market_id=None, error=error)
    if judged.state == fate.FAILED and row.block_hash != (
        judged.receipt and judged.receipt.block_hash
    ):
        return replace(kept, error=_why(node, followed, found))
    if judged.is_replaced and not row.replaced_by:
        other = _replacement(node, row, head)
        # Its own: the node has forgotten to say so.
        return None if other == row.hash else replace(kept, replaced_by=other)
    return kept


def _found(followed: ChainConfig, row: Submission, shown: Any, receipt: Any) -> Found | None:
    """Read a transaction and its receipt; None where they don't fit each other."""
    if shown is None:
        # A receipt alone says too little of one that we know by its hash.
        return Found(nonce=row.nonce) if receipt is None else None
    try:
        nonce = answers.quantity(shown["nonce"])
        is_ours = (shown["from"].lower(), (shown["to"] or "").lower()) == (row.sender, row.contract)
        called = submitting.read_call(followed, shown["input"]) if is_ours else None
        mined = None if receipt is None else _receipt(receipt)
        gas_used = 0 if receipt is None else answers.quantity(receipt["gasUsed"])
    except (KeyError, TypeError, AttributeError, ValueError) as exc:
        raise BadAnswer(f"Transaction {row.hash} is told as nobody tells one: {exc!r}.") from exc
    return Found(nonce, shown, mined, gas_used, called)


def _receipt(told: Any) -> Receipt:
    return Receipt(
        succeeded=answers.quantity(told["status"]) == 1,
        block_number=answers.quantity(told["blockNumber"]),
        block_hash=told["blockHash"].lower(),
    )


def _why(node: Node, followed: ChainConfig, found: Found) -> dict[str, Any] | None:
    """Return why a transaction failed: the same call at the end of the block before, at its time.

    None: it cannot be said. What else was in its block may have been the reason.
    """
    shown, receipt = found.transaction, found.receipt
    assert shown is not None, found
    assert receipt is not None, found
    if found.gas_used == answers.quantity(shown["gas"]):
        return errors.contract_words(OUT_OF_GAS, {})
    call = {name: shown[name] for name in ("from", "to", "value", "gas")} | {"data": shown["input"]}
    before = hex(receipt.block_number - 1)
    try:
        block = node.call("eth_getBlockByNumber", [hex(receipt.block_number), False])
        time = {"time": block["timestamp"]}
        answer = node.batch([("eth_call", [call, before, None, time])])[0]
        if isinstance(answer, NodeError) and not isinstance(answer, Reverted):
            # It takes no other time.
            answer = node.batch([("eth_call", [call, before])])[0]
    except (NodeError, TypeError, KeyError):
        return None
    if not isinstance(answer, Reverted):
        return None
    contract = Interface([*followed.profile.functions, *followed.profile.errors])
    refusal = contract.refusal(answer.data)
    return None if refusal is None else errors.contract_words(*refusal)


def _replacement(node: Node, row: Submission, head: int) -> str:
    """Return the hash of the transaction that took a nonce; empty where nobody can tell."""
    assert row.nonce is not None, row
    mined = [Submission.State.CONFIRMED, Submission.State.FAILED]
    known = Submission.objects.filter(
        chain_id=row.chain_id, sender=row.sender, nonce=row.nonce, state__in=mined
    )
    if (other := known.exclude(hash=row.hash).values_list("hash", flat=True).first()) is not None:
        return other
    try:
        number = _spent_in(node, row.sender, row.nonce, first=row.from_block, last=head)
        block = node.call("eth_getBlockByNumber", [hex(number), True])
        for shown in block["transactions"]:
            if shown["from"].lower() == row.sender and int(shown["nonce"], 16) == row.nonce:
                return str(shown["hash"]).lower()
    except (NodeError, TypeError, KeyError, ValueError):
        # It keeps no such old state.
        return ""
    return ""


def _spent_in(node: Node, sender: str, nonce: int, *, first: int, last: int) -> int:
    """Return the block in which a nonce was spent: not before `first`, and not after `last`."""
    while first < last:
        middle = (first + last) // 2
        told = node.call("eth_getTransactionCount", [sender, hex(middle)])
        if answers.quantity(told) > nonce:
            last = middle
        else:
            first = middle + 1
    return first

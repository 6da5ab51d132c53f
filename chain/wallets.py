"""Contract wallets: whether one stands by a signature, asked at the newest block.

One `eth_call` without a receiver runs contracts/wallets/SignatureCheck.sol, which is deployed
nowhere: it asks the wallet (ERC-1271), after its factory where the signature says so (ERC-6492).
"""

import logging
import threading
from datetime import datetime

from chain import asking, config, fetching
from chain.artifacts import artifact
from chain.calls import Interface
from chain.errors import BadAnswer, NodesAway, Refused, TimedOut
from chain.rpc import Node
from kmarket.errors import Unavailable

logger = logging.getLogger(__name__)

PURPOSE = "wallets"
# Of a simulated call, which costs nobody anything but a node's time: enough to make a wallet and to
# verify a passkey in Solidity.
GAS = 10_000_000
# Who asks. Not the zero address: before that one, which estimates gas, some wallets let everything
# pass.
ASKER = "0x6b6d61726b65742d7369676e2d696e0000000001"
# In one process at a time: what strangers send may keep a node, and a thread of ours, busy.
AT_ONCE_MAX = 2
_ANSWERS = {"0x" + f"{answer:064x}": bool(answer) for answer in (0, 1)}
_turn = threading.BoundedSemaphore(AT_ONCE_MAX)


def signed(*, address: str, digest: bytes, signature: bytes, now: datetime) -> bool:
    """Return whether the contract at `address` stands by a signature of 32 bytes.

    Raises:
        Unavailable: no node answers, or too many ask at once.
    """
    if not _turn.acquire(blocking=False):
        raise Unavailable
    try:
        return asking.ask(
            asking.own_nodes(PURPOSE),
            lambda node: _signed(node, address, digest, signature),
            now,
        )
    except NodesAway as exc:
        raise Unavailable from exc
    finally:
        _turn.release()


def _signed(node: Node, address: str, digest: bytes, signature: bytes) -> bool:
    head = fetching.look(node, config.from_settings()).head
    check = artifact("SignatureCheck")
    asked = {
        "from": ASKER,
        "gas": hex(GAS),
        "data": Interface(check.abi).deployment(check.bytecode, address, digest, signature),
    }
    at = {"blockHash": head.hash, "requireCanonical": True}
    try:
        told = node.call("eth_call", [asked, at])
    except (Refused, TimedOut) as exc:
        # What the signature had it do is too much, or nonsense: no fault of the node's.
        logger.info("A contract wallet's signature could not be checked: %s", type(exc).__name__)
        return False
    if told not in _ANSWERS:
        raise BadAnswer(f"{node.name}: a signature's check is answered by {str(told)[:80]!r}.")
    return _ANSWERS[told]

"""What has become of a submitted transaction, by what one node says of it. Pure.

The node was asked for its head first, for the sender's nonce at that block, and for the receipt
last: so a nonce that is spent without a receipt was spent by another transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

PENDING, CONFIRMED, FAILED, DROPPED = "pending", "confirmed", "failed", "dropped"
# For so long a transaction may be unknown to the nodes that we ask and still be on its way.
LOST_AFTER = timedelta(minutes=10)
# After that a lost one is not looked for any more.
FORGOTTEN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Receipt:
    """That a transaction is in a block."""

    succeeded: bool
    block_number: int
    block_hash: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What we know of a transaction."""

    nonce: int | None
    # Where it was mined, by what we heard last.
    block_number: int | None
    submitted_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a node says of it."""

    head: int
    receipt: Receipt | None
    # It has it: waiting for a block; or in one, by another word than its receipt.
    is_waiting: bool
    is_mined: bool
    # The sender's next nonce at the head, and at the newest final block; None: it cannot tell.
    next_nonce: int | None
    next_nonce_final: int | None


@dataclass(frozen=True, slots=True)
class Fate:
    """What has become of it."""

    state: str
    receipt: Receipt | None = None
    # Another transaction has its nonce.
    is_replaced: bool = False
    # It stays so.
    is_settled: bool = False


def judged(standing: Standing, told: Told, *, final: int | None, now: datetime) -> Fate | None:
    """Return what a node's word makes of a transaction; None where it says nothing.

    `final`: no block up to it changes any more.
    """
    if (receipt := told.receipt) is not None:
        state = CONFIRMED if receipt.succeeded else FAILED
        is_settled = final is not None and receipt.block_number <= final
        return Fate(state, receipt, is_settled=is_settled)
    if told.is_mined or (standing.block_number is not None and told.head < standing.block_number):
        # It contradicts itself, or has not got there yet.
        return None
    if not told.is_waiting and _is_spent(standing.nonce, told.next_nonce):
        is_settled = _is_spent(standing.nonce, told.next_nonce_final)
        return Fate(DROPPED, is_replaced=True, is_settled=is_settled)
    if told.is_waiting or now - (standing.seen_at or standing.submitted_at) < LOST_AFTER:
        return Fate(PENDING)
    return Fate(DROPPED, is_settled=now - standing.submitted_at >= FORGOTTEN_AFTER)


def _is_spent(nonce: int | None, next_nonce: int | None) -> bool:
    return nonce is not None and next_nonce is not None and next_nonce > nonce

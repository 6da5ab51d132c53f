"""Events of the vault as the listener hands them on, without a chain behind them."""

from datetime import UTC, datetime
from hashlib import sha256

from django.conf import settings

from chain.events import Deposited, Withdrawn
from chain.logs import Placed
from chain.models import RawLog

TIME = datetime(2026, 11, 21, 11, tzinfo=UTC)


def deposited(user, amount, *, seq, block, branch=0):
    return _placed(Deposited(user, seq, amount), block, branch)


def withdrawn(withdrawal, *, seq, block, branch=0, **changes):
    said = {"voucher_id": withdrawal.pk, "user": withdrawal.to, "amount": withdrawal.amount}
    return _placed(Withdrawn(**said | changes, seq=seq), block, branch)


def _placed(event, block, branch):
    row = RawLog.objects.create(
        chain_id=settings.CHAIN_ID,
        block_number=block,
        block_hash=_hash("block", block, branch),
        log_index=event.seq,
        transaction_hash=_hash("transaction", event),
        address=settings.VAULT_CONTRACT,
        topics=[],
        data="0x",
        block_time=TIME,
    )
    return Placed(event, row.plain())


def _hash(*words):
    return "0x" + sha256(repr(words).encode()).hexdigest()

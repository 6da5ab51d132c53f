"""Tells users of what came into the vault for them, and of what they take out.

Listens to `vault.signals`, as `publisher` does to the others, and publishes by way of it.
"""

from collections.abc import Collection
from typing import Any

from oddsfeed import events, publisher, telling
from vault import signals
from vault.api.serializers import deposit_answer, withdrawal_answer
from vault.models import Deposit, Withdrawal

GONE = "gone"


def tell_deposits(deposits: Collection[Deposit], **_: Any) -> None:
    """Tell whose they are of deposits; who has no account here cannot listen."""
    _tell_deposits(deposits)


def tell_deposits_gone(deposits: Collection[Deposit], **_: Any) -> None:
    """Tell of deposits that never were, so that nobody shows them."""
    _tell_deposits(deposits, status=GONE)


def tell_withdrawals(withdrawals: Collection[Withdrawal], **_: Any) -> None:
    """Tell users of their withdrawals. A voucher is nobody else's to see, and pays nobody else."""
    now = publisher.now_ms()
    publisher.publish(
        telling.of_user(each.user_id, events.WITHDRAWAL, {**withdrawal_answer(each), "ts": now})
        for each in withdrawals
    )


def _tell_deposits(deposits: Collection[Deposit], **changes: str) -> None:
    users = telling.users(deposit.address for deposit in deposits)
    now = publisher.now_ms()
    publisher.publish(
        telling.of_user(
            users[deposit.address],
            events.DEPOSIT,
            {**deposit_answer(deposit), **changes, "ts": now},
        )
        for deposit in deposits
        if deposit.address in users
    )


LISTENERS: telling.Listeners = (
    (signals.deposits_changed, tell_deposits),
    (signals.deposits_gone, tell_deposits_gone),
    (signals.withdrawals_changed, tell_withdrawals),
)

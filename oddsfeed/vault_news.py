"""Tells users of what came into the vault for them, and of what they take out.

Listens to `vault.signals`, as `publisher` does to the others, and publishes by way of it.
"""

from collections.abc import Callable, Collection
from typing import Any

from django.dispatch import Signal

from accounts.models import User
from oddsfeed import events, line, publisher
from vault import signals
from vault.api.serializers import deposit_answer, withdrawal_answer
from vault.models import Deposit, Withdrawal

GONE = "gone"


def connect() -> None:
    """Listen from now on. Called once, by AppConfig.ready, where there is a vault."""
    for signal, tell in LISTENERS:
        signal.connect(tell, dispatch_uid=f"oddsfeed.{tell.__name__}")


def disconnect() -> None:
    """Listen no more."""
    for signal, tell in LISTENERS:
        signal.disconnect(dispatch_uid=f"oddsfeed.{tell.__name__}")


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
        _of_user(each.user_id, events.WITHDRAWAL, {**withdrawal_answer(each), "ts": now})
        for each in withdrawals
    )


def _tell_deposits(deposits: Collection[Deposit], **changes: str) -> None:
    found = User.objects.filter(address__in={deposit.address for deposit in deposits})
    users = dict(found.values_list("address", "pk"))
    now = publisher.now_ms()
    publisher.publish(
        _of_user(
            users[deposit.address],
            events.DEPOSIT,
            {**deposit_answer(deposit), **changes, "ts": now},
        )
        for deposit in deposits
        if deposit.address in users
    )


def _of_user(user_id: int, kind: str, members: dict[str, Any]) -> tuple[str, bytes]:
    return line.of_user(user_id), events.frame(kind, **members).encode()


LISTENERS: tuple[tuple[Signal, Callable[..., None]], ...] = (
    (signals.deposits_changed, tell_deposits),
    (signals.deposits_gone, tell_deposits_gone),
    (signals.withdrawals_changed, tell_withdrawals),
)

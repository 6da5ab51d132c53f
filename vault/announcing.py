"""Says what changed, after the commit: `vault.signals`."""

from collections.abc import Iterable
from functools import partial

from django.db import transaction

from vault import signals
from vault.models import Deposit, Withdrawal


def deposits(ids: Iterable[int]) -> None:
    """Announce deposits as they are now."""
    if found := _deposits(pk__in=ids):
        transaction.on_commit(
            partial(signals.deposits_changed.send_robust, sender=Deposit, deposits=found)
        )


def deposits_gone(log_ids: Iterable[int]) -> None:
    """Announce that these logs' deposits are no more; the caller deletes them."""
    if found := _deposits(log_id__in=log_ids):
        transaction.on_commit(
            partial(signals.deposits_gone.send_robust, sender=Deposit, deposits=found)
        )


def withdrawals(ids: Iterable[int]) -> None:
    """Announce withdrawals as they are now."""
    found = tuple(Withdrawal.objects.filter(pk__in=ids).select_related("log").order_by("pk"))
    if found:
        transaction.on_commit(
            partial(signals.withdrawals_changed.send_robust, sender=Withdrawal, withdrawals=found)
        )


def _deposits(**which: Iterable[int]) -> tuple[Deposit, ...]:
    return tuple(Deposit.objects.filter(**which).select_related("log").order_by("seq"))

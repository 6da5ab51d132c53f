"""What the vault's events come to: deposits that are credited once final, vouchers that are paid.

The listener calls this inside its transaction (chain.handlers).

What was credited, or paid for good, is money that somebody may have spent: it outlives a replay,
and an event that contradicts it is refused.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from django.conf import settings
from django.db.models.functions import Now

from accounts import services as people
from betting import ledger
from betting.errors import BalanceTooLarge
from betting.models import LedgerEntry
from chain.events import Deposited, VaultEvent, Withdrawn
from chain.handlers import Refused
from chain.logs import Placed
from vault import announcing, services
from vault.models import Deposit, DepositQuerySet, Withdrawal, WithdrawalQuerySet

logger = logging.getLogger(__name__)

Account = ledger.Account
Cause = ledger.Cause
State = Withdrawal.State


def apply(events: Sequence[Placed[VaultEvent]], *, is_replay: bool = False) -> list[Refused]:
    """Project events, oldest first. Return those that contradict what we know."""
    came = [placed for placed in events if isinstance(placed.event, Deposited)]
    went = [placed for placed in events if isinstance(placed.event, Withdrawn)]
    refused = _deposited(came, is_news=not is_replay)
    return refused + _paid(went, is_news=not is_replay)


def undo(events: Sequence[Placed[VaultEvent]]) -> None:
    """Take back the newest events that were applied: none of them was final."""
    logs = [placed.log.id for placed in events]
    announcing.deposits_gone(logs)
    # The database refuses to let one go that is in a balance.
    Deposit.objects.filter(log_id__in=logs).delete()
    unpaid = list(Withdrawal.objects.filter(log_id__in=logs).values_list("pk", flat=True))
    Withdrawal.objects.filter(pk__in=unpaid).update(log=None)
    announcing.withdrawals(unpaid)


def finalize(block_number: int) -> None:
    """Credit what came in up to this block, and note for good what was paid."""
    waiting = _deposits().waiting().filter(block_number__lte=block_number)
    # In the order of their addresses: two listeners, should there ever be two, don't deadlock.
    by_address = groupby(waiting.order_by("address", "seq"), key=lambda deposit: deposit.address)
    credited = [
        number for address, deposits in by_address for number in _credit(address, list(deposits))
    ]
    announcing.deposits(credited)
    paid = _withdrawals().filter(state=State.ISSUED, log__block_number__lte=block_number)
    over = list(paid.order_by("pk").select_for_update(of=("self",)))
    for withdrawal in over:
        _close(withdrawal)
    announcing.withdrawals([withdrawal.pk for withdrawal in over])


def pause(contract: str, market_id: int, reason: str) -> None:
    """Nothing to do: no market is about the vault."""


def resume(contract: str, market_id: int) -> None:
    """Nothing to do, as for `pause`."""


def reset(contract: str) -> None:
    """Forget what is not money yet. All canonical events follow, from the first."""
    _deposits().waiting().delete()
    _withdrawals().filter(state=State.ISSUED).update(log=None)


def replayed(contract: str) -> None:
    """Nothing to do: what a replay leaves is credited when it is final."""


def _deposits() -> DepositQuerySet:
    return Deposit.objects.of(settings.CHAIN_ID, settings.VAULT_CONTRACT)


def _withdrawals() -> WithdrawalQuerySet:
    return Withdrawal.objects.of(settings.CHAIN_ID, settings.VAULT_CONTRACT)


def _deposited(events: Sequence[Placed[VaultEvent]], *, is_news: bool) -> list[Refused]:
    known = {
        deposit.seq: deposit
        for deposit in _deposits().filter(seq__in=[placed.event.seq for placed in events])
    }
    refused, fresh = [], []
    for placed in events:
        event, log = placed
        assert isinstance(event, Deposited), event
        deposit = known.get(event.seq)
        if event.amount == 0:
            refused.append(Refused(placed, f"Deposit {event.seq} is of nothing."))
        elif deposit is None:
            fresh.append(
                Deposit(
                    chain_id=settings.CHAIN_ID,
                    contract=settings.VAULT_CONTRACT,
                    seq=event.seq,
                    log_id=log.id,
                    block_number=log.block_number,
                    address=event.user,
                    amount=event.amount,
                )
            )
        elif (deposit.address, deposit.amount) != (event.user, event.amount):
            said = f"Deposit {event.seq} was credited as {deposit.amount} for {deposit.address}."
            refused.append(Refused(placed, said))
        elif deposit.log_id != log.id:
            deposit.log_id, deposit.block_number = log.id, log.block_number
            deposit.save(update_fields=["log", "block_number"])
    Deposit.objects.bulk_create(fresh)
    if is_news:
        announcing.deposits([deposit.pk for deposit in fresh])
    return refused


def _paid(events: Sequence[Placed[VaultEvent]], *, is_news: bool) -> list[Refused]:
    refused, paid = [], []
    for placed in events:
        event, log = placed
        assert isinstance(event, Withdrawn), event
        # Held: it must not come back between this look and what is written below.
        held = _withdrawals().select_for_update(of=("self",))
        withdrawal = held.filter(pk=event.voucher_id).select_related("log").first()
        if said := _contradiction(event, withdrawal, log.id):
            logger.critical("The vault paid what we did not owe: %s", said)
            refused.append(Refused(placed, said))
            continue
        Withdrawal.objects.filter(pk=event.voucher_id).update(log_id=log.id)
        paid.append(event.voucher_id)
    if is_news:
        announcing.withdrawals(paid)
    return refused


def _contradiction(event: Withdrawn, withdrawal: Withdrawal | None, log_id: int) -> str:
    """Return how a payment contradicts what we know; empty where it doesn't."""
    number = event.voucher_id
    if withdrawal is None:
        return f"Voucher {number} is none of ours: {event.amount} went to {event.user}."
    if (withdrawal.to, withdrawal.amount) != (event.user, event.amount):
        return f"Voucher {number} was {withdrawal.amount} for {withdrawal.to}."
    log = withdrawal.log
    # Told again; or in another block, after an operator accepted that what was final is replaced.
    is_same = log is not None and (log.pk == log_id or not log.is_canonical)
    if withdrawal.state != State.ISSUED and not is_same:
        return f"Voucher {number} was {withdrawal.state}."
    return ""


def _credit(address: str, deposits: Iterable[Deposit]) -> Iterator[int]:
    """Put deposits of one address, oldest first, into its owner's balance; yield their ids. Whoever
    never signed in finds them there once they do."""
    user = people.person(address=address)
    for deposit in deposits:
        entry = LedgerEntry(
            debit=Account.VAULT,
            credit=Account.USER,
            amount=deposit.amount,
            cause=Cause.DEPOSIT,
            user_id=user.pk,
            reason=f"deposit {deposit.seq}",
        )
        try:
            ledger.give_many(user_id=user.pk, entries=[entry])
        except BalanceTooLarge:
            # It waits, and everybody else's goes on: it is looked at again with the next block.
            logger.exception("Deposit %s cannot be credited.", deposit.seq)
            continue
        Deposit.objects.filter(pk=deposit.pk).update(credited_at=Now(), user=user)
        yield deposit.pk


def _close(withdrawal: Withdrawal) -> None:
    Withdrawal.objects.filter(pk=withdrawal.pk).update(state=State.REDEEMED, ended_at=Now())
    ledger.enter(
        debit=Account.VOUCHERS,
        credit=Account.VAULT,
        amount=withdrawal.amount,
        cause=Cause.WITHDRAWAL,
        reason=services.said(withdrawal),
    )

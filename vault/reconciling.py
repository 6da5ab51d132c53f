"""The vault on the chain against our rows, and what it holds against what we owe. Parts of every
comparison of the vault's contract."""

from collections.abc import Iterator
from typing import Any

from chain import projecting
from chain.checks import Difference, Kind, Moment, Part
from chain.errors import BadAnswer
from chain.models import Quarantine, RawLog
from vault import owed
from vault.models import Deposit, Withdrawal

# Beyond what one batch asks a node.
VOUCHERS_AT_ONCE = 100
VOUCHERS_MAX = 2000


def solvency(moment: Moment) -> Part:
    """Does the vault hold what people may ask for?"""
    due = owed.now()

    def compare(view: Any) -> Iterator[Difference]:
        (token,) = view.ask([("token", [])])
        if token is None:
            raise BadAnswer(f"VAULT_CONTRACT={moment.cursor.contract} is no vault.")
        (held,) = view.balances([token])
        if held is None:
            raise BadAnswer(f"{token} is no token.")
        if held < due.all:
            evidence = {
                "balances": str(due.balances),
                "claims": str(due.claims),
                "vouchers": str(due.vouchers),
                "missing": str(due.all - held),
            }
            what = "what the vault holds, and what is owed"
            yield Difference(Kind.SOLVENCY, what, held, due.all, evidence=evidence)

    return Part({}, compare)


def rows(moment: Moment) -> Part:
    """Do deposits and withdrawals follow from the logs, and is each voucher paid that the contract
    says is, and no other?"""
    found = [*_missing(moment), *_stray(moment)]
    where = {"chain_id": moment.cursor.chain_id, "contract": moment.cursor.contract}
    vouchers = Withdrawal.objects.filter(**where).exclude(signature=None)
    newest = list(vouchers.order_by("-pk").select_related("log")[:VOUCHERS_MAX])
    deposits = Deposit.objects.filter(**where).count()

    def compare(view: Any) -> Iterator[Difference]:
        yield from found
        for first in range(0, len(newest), VOUCHERS_AT_ONCE):
            some = newest[first : first + VOUCHERS_AT_ONCE]
            told = view.ask([("used", [withdrawal.pk]) for withdrawal in some])
            for withdrawal, is_used in zip(some, told, strict=True):
                if is_used != (is_paid := _is_paid(withdrawal, moment.block)):
                    what = f"voucher {withdrawal.pk}, paid"
                    yield Difference(Kind.STATE_MISMATCH, what, is_used, is_paid)

    return Part({"deposits": deposits, "vouchers": len(newest)}, compare)


def _is_paid(withdrawal: Withdrawal, block: int) -> bool:
    return withdrawal.log is not None and withdrawal.log.block_number <= block


def _missing(moment: Moment) -> Iterator[Difference]:
    """Yield logs that nothing came of, though none of them is in quarantine."""
    shapes = moment.profile.shapes
    topics = [topic for topic, shape in shapes.items() if shape.kind is not None]
    held = Quarantine.objects.unresolved().filter(
        cursor=moment.cursor, reason__in=projecting.UNPROJECTED
    )
    logs = (
        RawLog.objects.of(moment.cursor)
        .canonical()
        .filter(topics__0__in=topics, deposit=None, withdrawal=None)
        .exclude(pk__in=held.values("log_id"))
    )
    for log in logs.order_by("block_number", "log_index"):
        what = f"log {log.log_index} of block {log.block_number}"
        evidence = {"log": log.pk}
        yield Difference(Kind.STATE_MISMATCH, what, "an event", "no row", evidence=evidence)


def _stray(moment: Moment) -> Iterator[Difference]:
    """Yield rows whose log the chain does not have any more."""
    gone = {"log__is_canonical": False, "contract": moment.cursor.contract}
    rows = [
        *Deposit.objects.filter(chain_id=moment.cursor.chain_id, **gone).order_by("pk"),
        *Withdrawal.objects.filter(chain_id=moment.cursor.chain_id, **gone).order_by("pk"),
    ]
    for row in rows:
        yield Difference(Kind.STATE_MISMATCH, f"{type(row).__name__} {row.pk}", "no log", "a row")

"""How the chain's listener does and what the last comparison found, in the operator's words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext

from chain import status
from chain.models import Finding, Reconciliation
from vault import signing

# Without a comparison for so many times its interval, somebody should look whether the clock runs.
LATE_TIMES = 3
# The listener hears of a block, or of none, more often than this; then somebody should look.
SILENT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Compared:
    """The last comparison of chain and database, as the home page shows the house's checks."""

    began_at: datetime
    ended_at: datetime | None
    # Null: it could not be made.
    fault_count: int | None
    wanted_at: None = None

    @property
    def passed(self) -> bool:
        return self.fault_count == 0


def compared(contract: str) -> Compared | None:
    """Return a contract's last comparison that ended, with what is open now; None without any."""
    cursor = status.cursor_of(settings.CHAIN_ID, contract)
    if cursor is None:
        return None
    last = Reconciliation.objects.filter(cursor=cursor).exclude(ended_at=None)
    run = last.order_by("-pk").first()
    if run is None:
        return None
    count = Finding.objects.unresolved().filter(cursor=cursor).count()
    return Compared(run.started_at, run.ended_at, None if run.trouble else count)


def is_late(run: Compared | None, now: datetime) -> bool:
    """Tell whether there should have been another comparison by now."""
    interval = timedelta(seconds=settings.CHAIN_RECONCILE_SECONDS)
    return run is None or run.ended_at is None or run.ended_at < now - LATE_TIMES * interval


def listener(contract: str, now: datetime) -> tuple[bool, str]:
    """Return whether a contract's listener does well, and a sentence about it."""
    cursor = status.cursor_of(settings.CHAIN_ID, contract)
    if cursor is None:
        return False, gettext("nothing is read yet: does run_chain_listener run?")
    told = status.of(cursor, now)
    if told.halted:
        return False, gettext("halted: %(reason)s") % {"reason": told.halted}
    says = gettext("block %(indexed)s of %(head)s is read; up to %(final)s all is final") % {
        "indexed": told.indexed,
        "head": "?" if told.head is None else told.head,
        "final": "-" if told.finalized is None else told.finalized,
    }
    since = told.seconds_since_progress
    stands = bool(told.lag) and (since is None or since > SILENT_SECONDS)
    return not stands, says


def vault(now: datetime) -> tuple[bool, str]:
    """Return whether the vault is followed and vouchers can be signed, and a sentence about it."""
    is_well, says = listener(settings.VAULT_CONTRACT, now)
    if trouble := signing.trouble():
        return False, gettext("no voucher can be signed: %(reason)s") % {"reason": trouble}
    return is_well, says

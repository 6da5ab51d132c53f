"""Compare chain and database now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chain import config
from chain.config import NotConfigured
from chain.events import Family
from chain.models import Finding, Reconciliation
from chain.nodes import Nodes
from chain.profiles import BadProfile
from chain.reconcile import NothingIndexed, reconcile


class Command(BaseCommand):
    help = (
        "Compare pools, holdings, logs and the contract's money with the database, at one final"
        " block. Prints each difference and exits with 1 where there is any, or where the"
        " comparison could not be made. Changes no balance; where logs are missing it orders that"
        " they are read once more."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        # An unset chain is a mistake here, not nothing to do.
        families = config.families() or [Family.MARKETS]
        faults: list[str] = []
        said: list[str] = []
        for family in families:
            try:
                run = _compared(family)
            except (NotConfigured, BadProfile, NothingIndexed) as exc:
                faults.append(f"{family}: {exc}")
                continue
            fault = self._fault(family, run)
            (faults if fault else said).append(fault or _agreement(family, run))
        if faults:
            raise CommandError("\n".join(faults))
        return "\n".join(said)

    def _fault(self, family: Family, run: Reconciliation) -> str:
        """Print what differs; return what is wrong, if anything is."""
        if run.trouble:
            return f"{family}: chain and database could not be compared: {run.trouble}"
        open_ones = Finding.objects.unresolved().filter(cursor=run.cursor).order_by("pk")
        for finding in open_ones:
            self.stderr.write(_line(finding))
        count = len(open_ones)
        return f"{family}: {count} findings at {_where(run)}." if count else ""


def _compared(family: Family) -> Reconciliation:
    followed = config.from_settings(family)
    return reconcile(followed, Nodes.of(followed.rpc_urls), timezone.now())


def _agreement(family: Family, run: Reconciliation) -> str:
    compared = ", ".join(f"{count} {name}" for name, count in sorted(run.compared.items()))
    return (
        f"{family}: chain and database agree at {_where(run)}: {compared or 'nothing to compare'}."
    )


def _where(run: Reconciliation) -> str:
    return "no final block" if run.block_number is None else f"block {run.block_number}"


def _line(finding: Finding) -> str:
    values = f"on chain {finding.on_chain}, in the database {finding.in_database}"
    return f"{finding.kind}: {finding.subject}: {values}"

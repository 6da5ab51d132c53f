"""Chain against database, at one final block. What differs is written down, and never patched.

The database is read at one moment, without a network; then one node is asked about the same block;
then the findings are written. `chain.checks` has the parts, and apps register theirs there.
"""

import json
import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from django.conf import settings
from django.db import close_old_connections, connection, transaction
from django.db.models.functions import Now
from django.utils.text import Truncator

from chain import checks, config, fetching, locks, own_checks, services
from chain.calls import Interface
from chain.checks import Check, Difference, Kind, Moment, Part
from chain.config import ChainConfig
from chain.errors import Halted, NodeError, NoNode
from chain.events import Family
from chain.models import Cursor, Finding, Reconciliation
from chain.nodes import Nodes
from chain.status import cursor_of
from chain.views import View
from kmarket.moments import one_moment

logger = logging.getLogger(__name__)

OWN: tuple[Check, ...] = (own_checks.listener, own_checks.count, own_checks.stored_logs)
ATTEMPTS_MAX = 3
# Beyond this the rest is as good as known; and which of the open ones are gone is not.
DIFFERENCES_MAX = 200
SAID_MAX = 1000  # characters of a value
# How often the clock looks whether it is time: the first comparison waits for the listener alone.
LOOK_SECONDS = 5


class NothingIndexed(Exception):
    """The listener has not begun: there is nothing to compare."""


def reconcile(
    followed: ChainConfig, nodes: Nodes, now: datetime, chance: Random | None = None
) -> Reconciliation:
    """Compare, and write down what differs. Where that could not be done, the row says why.

    Raises:
        NothingIndexed: the listener has not begun.
    """
    cursor = cursor_of(followed.chain_id, followed.contract)
    if cursor is None:
        raise NothingIndexed("Nothing is indexed yet: run run_chain_listener.")
    run = Reconciliation.objects.create(cursor=cursor, started_at=now)
    moment, parts = _read(followed, run, now, chance or Random())  # noqa: S311 (no secret)
    try:
        found = _compared(followed, nodes, moment, parts)
    except (NodeError, NoNode, Halted) as exc:
        logger.warning("Chain and database could not be compared: %s", exc)
        run.trouble = str(exc)
        found = None
    return _written(run, moment, parts, found)


def start_due(now: datetime) -> threading.Thread | None:
    """Compare in a thread of its own, since it waits for a node; None where one runs, or it is not
    time. The clock calls this."""
    if _last.thread is not None and _last.thread.is_alive():
        return None
    if not _is_due(now):
        return None
    # A daemon: a comparison changes nothing but its findings, and may be cut off by a restart.
    _last.thread = threading.Thread(target=_run_apart, args=[now], name="reconcile", daemon=True)
    _last.thread.start()
    return _last.thread


@dataclass
class _Last:
    """The thread that this process began last."""

    thread: threading.Thread | None = None


_last = _Last()


def _is_due(now: datetime) -> bool:
    """Tell whether there is something to compare, and nobody did for so long."""
    cursor = cursor_of(settings.CHAIN_ID, settings.CHAIN_CONTRACT)
    if cursor is None or not (cursor.last_hash or cursor.halted_reason):
        return False
    before = cursor.reconciliations.order_by("-started_at").first()
    interval = timedelta(seconds=settings.CHAIN_RECONCILE_SECONDS)
    return before is None or before.started_at <= now - interval


def _run_apart(now: datetime) -> None:
    close_old_connections()
    try:
        for family in config.families():
            _run_one(family, now)
    finally:
        connection.close()


def _run_one(family: Family, now: datetime) -> None:
    """Compare one contract. What becomes of it must not hold up the others."""
    try:
        followed = config.from_settings(family)
        reconcile(followed, Nodes.of(followed.rpc_urls), now)
    except Exception:
        logger.exception("Chain and database could not be compared.")


def _read(
    followed: ChainConfig, run: Reconciliation, now: datetime, chance: Random
) -> tuple[Moment, list[Part]]:
    """Read all that the database has to say, at one moment."""
    with one_moment():
        cursor = Cursor.objects.get(pk=run.cursor_id)
        done = cursor.reconciliations.filter(trouble="", block_number__isnull=False)
        block, block_hash = _final(cursor)
        moment = Moment(
            now=now,
            cursor=cursor,
            profile=followed.profile,
            block=block,
            block_hash=block_hash,
            previous=done.order_by("-pk").values_list("block_number", flat=True).first(),
            suspects=list(cursor.findings.unresolved()),
            chance=chance,
        )
        # Without a block that is both final and indexed, there is little to ask.
        wanted = (
            [*OWN, *checks.registered(followed.profile.family)]
            if block_hash
            else [own_checks.listener]
        )
        return moment, [check(moment) for check in wanted]


def _final(cursor: Cursor) -> tuple[int, str]:
    """Return the newest block that is final and indexed; without a hash where there is none."""
    final = cursor.finalized_block
    if final is None or not cursor.last_hash:
        return cursor.start_block - 1, ""
    if final <= cursor.last_block:
        return final, cursor.finalized_hash
    return cursor.last_block, cursor.last_hash


def _compared(
    followed: ChainConfig, nodes: Nodes, moment: Moment, parts: list[Part]
) -> list[Difference]:
    """Ask a node, and another one where that fails.

    Raises:
        NodeError, NoNode, Halted: nobody told all of it.
    """
    for attempt in range(ATTEMPTS_MAX):
        node = nodes.pick(moment.now)
        try:
            sight = fetching.look(node, followed)
            fetching.check_history(node, moment.cursor, sight)
            view = View(
                node=node,
                config=followed,
                sight=sight,
                block=moment.block,
                block_hash=moment.block_hash,
                functions=Interface(followed.profile.functions),
            )
            differences = (each for part in parts for each in part.compare(view))
            return list(islice(differences, DIFFERENCES_MAX))
        except NodeError as exc:
            nodes.failed(node, exc, moment.now)
            if attempt == ATTEMPTS_MAX - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


@transaction.atomic
def _written(
    run: Reconciliation, moment: Moment, parts: list[Part], found: list[Difference] | None
) -> Reconciliation:
    """Write down what was found, and what is not found any more; None: nobody could tell."""
    run.block_number = moment.block if moment.block_hash else None
    run.block_hash = moment.block_hash
    if found is not None:
        _note(run, moment.cursor, found)
        run.compared = {name: count for part in parts for name, count in part.compared.items()}
    run.save(update_fields=["block_number", "block_hash", "compared"])
    Reconciliation.objects.filter(pk=run.pk).update(ended_at=Now(), trouble=run.trouble)
    run.refresh_from_db()
    return run


def _note(run: Reconciliation, cursor: Cursor, found: list[Difference]) -> None:
    locks.hold_findings(cursor)
    known = {(each.kind, each.subject): each for each in cursor.findings.unresolved()}
    settled = _dismissed(cursor)
    fresh = []
    # Two checks, or one that looked twice, may come upon the same.
    for key, difference in {(str(each.kind), each.subject): each for each in found}.items():
        values = (_said(difference.on_chain), _said(difference.in_database))
        if settled.get(key) == values:
            continue
        finding = known.pop(key, None)
        if finding is None:
            fresh.append(_finding(run, cursor, difference))
            continue
        finding.on_chain, finding.in_database = values
        finding.evidence, finding.seen_in = difference.evidence, run
        finding.save(update_fields=["on_chain", "in_database", "evidence", "seen_in"])
    if len(found) < DIFFERENCES_MAX:
        gone = Finding.objects.filter(pk__in=[each.pk for each in known.values()])
        gone.update(resolved_at=Now(), resolution=Finding.Resolution.GONE)
    Finding.objects.bulk_create(fresh)
    if fresh:
        logger.error("Chain and database differ: %s new findings.", len(fresh))
    _order_rescan(cursor, fresh)


def _finding(run: Reconciliation, cursor: Cursor, difference: Difference) -> Finding:
    return Finding(
        cursor=cursor,
        kind=difference.kind,
        market_id=difference.market_id,
        subject=difference.subject,
        on_chain=_said(difference.on_chain),
        in_database=_said(difference.in_database),
        evidence=difference.evidence,
        found_in=run,
        seen_in=run,
    )


def _dismissed(cursor: Cursor) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the values that an operator has seen and dismissed: no news as long as they stay."""
    rows = cursor.findings.filter(resolution=Finding.Resolution.DISMISSED).order_by("pk")
    return {(row.kind, row.subject): (row.on_chain, row.in_database) for row in rows}


def _order_rescan(cursor: Cursor, fresh: list[Finding]) -> None:
    """Have blocks read once more of which logs are missing: that adds, and changes nothing."""
    missing = [
        finding.evidence["block"]
        for finding in fresh
        if finding.kind == Kind.MISSING_LOG and "block" in finding.evidence
    ]
    if missing:
        services.order_rescan(
            cursor=cursor,
            first=min(missing),
            last=max(missing),
            actor=None,
            reason=f"{len(missing)} logs are missing",
        )


def _said(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return Truncator(text).chars(SAID_MAX)

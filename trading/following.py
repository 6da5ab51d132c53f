"""What becomes of submitted transactions, looked up until the chain cannot change it any more.

One node is asked about all of them at once, in an order that makes its answers fit together: how
far it is, whose nonces are spent there, and only then which transactions are mined (trading.fate).
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from django.db import close_old_connections, connection, transaction

from chain import asking, config, fetching, status
from chain.config import ChainConfig
from chain.errors import NodesAway
from chain.nodes import Nodes
from chain.rpc import Node
from trading import fate, inquest, submitting
from trading.fate import Fate, Standing, Told
from trading.inquest import Evidence, Found
from trading.submission import Submission

logger = logging.getLogger(__name__)

# In one pass.
LOOKED_AT_MAX = 500
# What is mined or dropped, and not for good yet, is looked at less often than what is pending.
OTHERS_EVERY = timedelta(seconds=5)
# One that no node knows is sent again after so long; the first time by whoever took it.
RELAY_AFTER = timedelta(seconds=5)
RELAY_EVERY = timedelta(seconds=15)
# How exactly it is known when a node saw it last.
SEEN_EVERY = timedelta(seconds=60)

_State = Submission.State


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one submission."""

    submission: Submission
    fate: Fate
    evidence: Evidence
    was_relayed: bool = False


@dataclass
class Follower:
    """Follows the submissions of one contract. Not for two threads at once."""

    followed: ChainConfig
    nodes: Nodes
    _others_at: datetime | None = field(default=None, init=False)

    def step(self, now: datetime) -> list[Submission]:
        """Look at what is open; return what has changed.

        Raises:
            NodesAway: there is nobody to ask.
        """
        rows = self._due(now)
        if not rows:
            return []
        cursor = status.cursor_of(self.followed.chain_id, self.followed.contract)
        final = None if cursor is None else cursor.finalized_block
        question = partial(_look, followed=self.followed, rows=rows, final=final, now=now)
        verdicts = asking.ask(self.nodes, question, now)
        return [verdict.submission for verdict in verdicts if _record(verdict, now)]

    def _due(self, now: datetime) -> list[Submission]:
        rows = Submission.objects.open().filter(
            chain_id=self.followed.chain_id, contract=self.followed.contract
        )
        if self._others_at is not None and now < self._others_at:
            rows = rows.filter(state=_State.PENDING)
        else:
            self._others_at = now + OTHERS_EVERY
        return list(rows.select_related("user").order_by("pk")[:LOOKED_AT_MAX])


def start_due(now: datetime) -> threading.Thread | None:
    """Look in a thread of its own, since it waits for a node; None where one does, or nothing is
    open. The clock calls this."""
    if _last.thread is not None and _last.thread.is_alive():
        return None
    if not Submission.objects.open().exists():
        return None
    _last.thread = threading.Thread(target=_step_apart, args=[now], name="follow", daemon=True)
    _last.thread.start()
    return _last.thread


@dataclass
class _Last:
    """The thread that this process began last, and what it follows with."""

    thread: threading.Thread | None = None
    follower: Follower | None = None


_last = _Last()


def _step_apart(now: datetime) -> None:
    close_old_connections()
    try:
        if _last.follower is None:
            followed = config.from_settings()
            nodes = Nodes.of(followed.rpc_urls, timeout=asking.TIMEOUT_SECONDS)
            _last.follower = Follower(followed, nodes)
        _last.follower.step(now)
    except NodesAway:
        logger.warning("No node answers: submitted transactions wait.")
    except Exception:
        logger.exception("Submitted transactions could not be followed.")
    finally:
        connection.close()


def _look(
    node: Node,
    *,
    followed: ChainConfig,
    rows: Sequence[Submission],
    final: int | None,
    now: datetime,
) -> list[Verdict]:
    head = fetching.look(node, followed).head.number
    nonces = inquest.nonces(node, {row.sender for row in rows}, head=head, final=final)
    verdicts = []
    for row, found in zip(rows, inquest.found(node, followed, rows), strict=True):
        if found is None:
            continue
        told = inquest.told(row, found, head=head, nonces=nonces)
        judged = _judged(row, found, told, final=final, now=now)
        if judged is None:
            continue
        evidence = inquest.evidence(node, followed, row, found, judged, head=head)
        if evidence is not None:
            is_lost = judged.state == fate.PENDING and not told.is_waiting
            relayed = is_lost and _relayed(node, row, now)
            verdicts.append(Verdict(row, judged, evidence, was_relayed=relayed))
    return verdicts


def _judged(
    row: Submission, found: Found, told: Told, *, final: int | None, now: datetime
) -> Fate | None:
    if found.is_foreign:
        return Fate(fate.DROPPED, is_settled=True)
    standing = Standing(
        nonce=found.nonce,
        block_number=row.block_number,
        submitted_at=row.submitted_at,
        seen_at=row.seen_at,
    )
    return fate.judged(standing, told, final=final, now=now)


def _relayed(node: Node, row: Submission, now: datetime) -> bool:
    """Send once more what the node does not know; tell whether it was time for that."""
    since = row.relayed_at or row.submitted_at
    if not row.raw or now - since < (RELAY_EVERY if row.relayed_at else RELAY_AFTER):
        return False
    if (refused := submitting.send(row, node)) is not None:
        logger.info("%s is not taken: %s", row, refused)
    return True


@transaction.atomic
def _record(verdict: Verdict, now: datetime) -> bool:
    """Store what has become of a submission; tell whether that is news."""
    row, judged, evidence = verdict.submission, verdict.fate, verdict.evidence
    open_ones = Submission.objects.open().select_for_update()
    if not open_ones.filter(pk=row.pk, changed_at=row.changed_at).exists():
        # Somebody else was quicker.
        return False
    block = judged.receipt
    after = {
        "state": judged.state,
        "block_number": block and block.block_number,
        "block_hash": block.block_hash if block else "",
        "error": evidence.error,
        "replaced_by": evidence.replaced_by,
        "function": evidence.function,
        "nonce": evidence.nonce,
        "market_id": evidence.market_id,
        "settled_at": now if judged.is_settled else None,
    }
    is_news = any(getattr(row, name) != value for name, value in after.items())
    changes = dict(after, changed_at=now) if is_news else {}
    if evidence.is_seen and (row.seen_at is None or now - row.seen_at >= SEEN_EVERY):
        changes["seen_at"] = now
    if verdict.was_relayed:
        changes["relayed_at"] = now
    if changes:
        Submission.objects.filter(pk=row.pk).update(**changes)
        for name, value in changes.items():
            setattr(row, name, value)
    if is_news:
        submitting.announce(row)
    return is_news

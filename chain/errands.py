"""Errands carried out: by the listener's process, between two units of its own work."""

import logging
from datetime import datetime

from django.db.models.functions import Now

from chain import rescanning
from chain.config import ChainConfig
from chain.errors import Halted, NoNode
from chain.handlers import Handler
from chain.models import Errand
from chain.nodes import Nodes
from chain.rescanning import Contradicted, Moved
from chain.store import OtherLog

logger = logging.getLogger(__name__)


def carry_out(followed: ChainConfig, nodes: Nodes, handler: Handler, now: datetime) -> bool:
    """Carry the oldest errand out; return whether there was one.

    One that fails is done, too: it says why, and whoever gave it may give it again.
    """
    waiting = Errand.objects.filter(
        cursor__chain_id=followed.chain_id, cursor__contract=followed.contract, done_at=None
    )
    errand = waiting.order_by("pk").first()
    if errand is None:
        return False
    try:
        said = _carried_out(errand, followed, nodes, handler, now)
    except Moved:
        # Again in a moment: the listener was quicker.
        return True
    except (Contradicted, NoNode, Halted, OtherLog) as exc:
        said = str(exc)
        logger.warning("%s failed: %s", errand, said)
    else:
        logger.info("%s is done: %s", errand, said)
    Errand.objects.filter(pk=errand.pk).update(done_at=Now(), said=said)
    return True


def _carried_out(
    errand: Errand, followed: ChainConfig, nodes: Nodes, handler: Handler, now: datetime
) -> str:
    if errand.kind == Errand.Kind.REPLAY:
        count = rescanning.replay(followed, handler, now)
        return f"projected {count} logs anew"
    assert errand.first is not None, errand
    assert errand.last is not None, errand
    found = rescanning.rescan(
        followed, nodes, handler, first=errand.first, last=errand.last, now=now
    )
    return f"read {found.read} logs, {len(found.missing)} were missing"

"""Nodes for whoever cannot wait long: requests, and passes that come again in a second.

A question is put to one node as a whole, and to another one where that gives no answer. It must
stand being put twice.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.conf import settings

from chain.errors import Halted, NodeError, NodesAway, NoNode
from chain.nodes import Nodes
from chain.rpc import Node

logger = logging.getLogger(__name__)

# For one answer of a node. A person waits for it.
TIMEOUT_SECONDS = 3.0
TRIES = 2

Told = TypeVar("Told")


class _Own(threading.local):
    """The nodes of one thread: their connections and their health are not for two at once."""

    def __init__(self) -> None:
        # By what they are asked for.
        self.nodes: dict[str, tuple[tuple[str, ...], Nodes]] = {}


_own = _Own()


def own_nodes(purpose: str = "") -> Nodes:
    """Return this thread's nodes. What one purpose finds of their health is not another's."""
    urls = tuple(settings.CHAIN_RPC_URLS)
    known = _own.nodes.get(purpose)
    if known is None or known[0] != urls:
        known = _own.nodes[purpose] = urls, Nodes.of(urls, timeout=TIMEOUT_SECONDS)
    return known[1]


def ask(nodes: Nodes, question: Callable[[Node], Told], now: datetime) -> Told:
    """Put a question to one node, and to another where it gives no answer that counts.

    Raises:
        NodesAway: none does.
    """
    for _ in range(TRIES):
        try:
            node = nodes.pick(now)
        except (NoNode, Halted) as exc:
            raise NodesAway from exc
        try:
            told = question(node)
        except NodeError as exc:
            logger.warning("%s: %s", type(exc).__name__, exc)
            nodes.failed(node, exc, now)
        else:
            nodes.worked(node, now)
            return told
    raise NodesAway

"""Which node to ask: health, a circuit breaker each, and one at a time.

A unit of work asks one node from its beginning to its end, and stays with it as long as it does
well: two nodes may be on two branches. Times are the caller's `now`; nothing here waits.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chain import errors
from chain.errors import NodeError
from chain.rpc import TIMEOUT_SECONDS, Node

logger = logging.getLogger(__name__)

# So many failures one after the other open the circuit: for a second, then twice as long each time.
FAILURES_MAX = 3
BACKOFF_SECONDS_MIN = 1.0
BACKOFF_SECONDS_MAX = 60.0
# Of Retry-After: one question after so long costs less than to believe a day.
RETRY_AFTER_SECONDS_MAX = 600.0
# A node with another chain or another history is looked at again now and then.
OTHER_HISTORY_SECONDS = 60.0
# So far behind the best known head another node is preferred.
LAG_BLOCKS_MAX = 5
# A node that fails more often than that is asked after the others.
ERROR_RATE_MAX = 0.5
# How often the heads of nodes that are not in use are asked for.
PROBE_SECONDS = 15.0
# The weight of the newest call in a node's error rate.
_SMOOTHING = 0.1


@dataclass(slots=True)
class Health:
    """What one node did lately."""

    failures: int = 0  # one after the other
    waits: int = 0  # what is no failure and takes time, one after the other
    error_rate: float = 0.0  # 0 to 1, the newest calls weigh most
    head: int | None = None
    asked_at: datetime | None = None
    closed_until: datetime | None = None
    # Set by the listener once chain id and deployment are found right; any failure unsets it.
    is_known: bool = False
    # Why its history is not ours; empty: it is, as far as known.
    other_history: str = ""

    def wait_seconds(self, now: datetime) -> float:
        """Return for how long to leave it alone. A clock that was set back doesn't prolong it."""
        if self.closed_until is None:
            return 0.0
        left = (self.closed_until - now).total_seconds()
        return left if 0.0 < left <= RETRY_AFTER_SECONDS_MAX else 0.0


class Nodes:
    """The endpoints, the preferred one first."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        assert nodes, "a chain without a node is none"
        self._nodes = list(nodes)
        self._health = {id(node): Health() for node in nodes}
        self._pinned: Node | None = None

    @classmethod
    def of(cls, urls: Iterable[str], *, timeout: float = TIMEOUT_SECONDS) -> "Nodes":
        """Make the nodes of these URLs; two on one host are told apart by a number."""
        nodes: list[Node] = []
        for url in urls:
            node = Node(url, timeout=timeout)
            alike = sum(other.name.partition("#")[0] == node.name for other in nodes)
            if alike:
                node.name = f"{node.name}#{alike + 1}"
            nodes.append(node)
        return cls(nodes)

    def health(self, node: Node) -> Health:
        """Return what is known of a node."""
        return self._health[id(node)]

    def pick(self, now: datetime) -> Node:
        """Return the node to ask: the one asked last while it does well, else the best of others.

        Raises:
            NoNode: each has to be left alone for a while.
            Halted: the nodes that answer all have another chain, or another history.
        """
        open_ones = [node for node in self._nodes if not self.health(node).wait_seconds(now)]
        if not open_ones:
            self._pinned = None
            self._raise_other_history()
            raise errors.NoNode(min(self.health(n).wait_seconds(now) for n in self._nodes))
        if self._pinned not in open_ones or self._lags(self._pinned):
            self._pinned = min(open_ones, key=self._rank)
        return self._pinned

    def other(self, node: Node, now: datetime) -> Node:
        """Return another node that may be asked now, or the same where there is none."""
        for other in sorted(self._nodes, key=self._rank):
            if other is not node and not self.health(other).wait_seconds(now):
                return other
        return node

    def to_probe(self, now: datetime) -> Node | None:
        """Return a node not in use whose head nobody asked for lately."""
        for node in self._nodes:
            health = self.health(node)
            age = None if health.asked_at is None else (now - health.asked_at).total_seconds()
            is_due = age is None or not 0 <= age < PROBE_SECONDS
            if node is not self._pinned and is_due and not health.wait_seconds(now):
                return node
        return None

    @property
    def head(self) -> int | None:
        """The highest block that a node says it has."""
        heads = [h.head for h in self._health.values() if h.head is not None]
        return max(heads, default=None)

    def worked(self, node: Node, now: datetime, *, head: int | None = None) -> None:
        """Note that a node answered as it should."""
        health = self.health(node)
        health.failures = health.waits = 0
        health.other_history = ""
        health.closed_until = None
        health.error_rate *= 1 - _SMOOTHING
        health.asked_at = now
        if head is not None:
            health.head = head

    def failed(self, node: Node, exc: NodeError, now: datetime) -> None:
        """Note what a node did, and leave it alone for as long as that deserves."""
        health = self.health(node)
        health.asked_at = now
        health.closed_until = now + timedelta(seconds=self._pause(health, exc))
        if isinstance(exc, errors.RangeTooLarge | errors.RateLimited):
            # No fault of its own.
            return
        # What it said of its head is worth nothing now.
        health.head = None
        if isinstance(exc, errors.Behind):
            return
        health.error_rate += _SMOOTHING * (1 - health.error_rate)
        health.is_known = False
        if self._pinned is node:
            self._pinned = None

    def _pause(self, health: Health, exc: NodeError) -> float:
        """Return for how many seconds to leave a node alone."""
        match exc:
            case errors.RangeTooLarge():
                return 0.0
            case errors.Behind():
                health.waits += 1
                return _backoff(health.waits) / 2
            case errors.RateLimited():
                health.waits += 1
                told = exc.retry_after
                wait = _backoff(health.waits) if told is None else told
                return min(wait, RETRY_AFTER_SECONDS_MAX)
            case errors.OtherHistory():
                health.other_history = str(exc)
                return OTHER_HISTORY_SECONDS
            case _:
                health.failures += 1
                return _backoff(health.failures - FAILURES_MAX + 1)

    def _raise_other_history(self) -> None:
        """Halt where no node is left but those with another history and those that are away.

        Raises:
            Halted: it is so. The next pick looks at all of them anew.
        """
        reasons = [h.other_history for h in self._health.values() if h.other_history]
        others = [h for h in self._health.values() if not h.other_history]
        if not reasons or any(not health.failures for health in others):
            return
        for health in self._health.values():
            health.other_history, health.closed_until = "", None
        raise errors.Halted(errors.Halt.OTHER_HISTORY, " ".join(reasons))

    def _lags(self, node: Node | None) -> bool:
        if node is None:
            return True
        head, best = self.health(node).head, self.head
        return head is not None and best is not None and best - head > LAG_BLOCKS_MAX

    def _rank(self, node: Node) -> tuple[bool, bool, bool, int]:
        health = self.health(node)
        return (
            self._lags(node),
            bool(health.failures or health.waits),
            health.error_rate > ERROR_RATE_MAX,
            self._nodes.index(node),
        )


def _backoff(attempt: int) -> float:
    """Return a second at the first attempt, twice as long at each further one; none before."""
    if attempt < 1:
        return 0.0
    return min(BACKOFF_SECONDS_MIN * 2.0 ** min(attempt - 1, 10), BACKOFF_SECONDS_MAX)

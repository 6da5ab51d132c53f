"""What nodes do to us, and what stops the listener.

A `NodeError` is one node's doing: another node, or the same one later, may answer. `Halted` is
everybody's: nothing is stored any more until its reason is gone. What clients and operators are
refused stands at the end.
"""

from django.db.models import TextChoices

from kmarket.errors import DomainError


class NodeError(Exception):
    """A node gave no answer that counts."""


class Away(NodeError):
    """It cannot be reached, or what answers is not a node: 5xx, HTML, JSON that ends early."""


class TimedOut(NodeError):
    """It took too long, by our patience or by its own."""


class RateLimited(NodeError):
    """It wants to be asked less often."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        # Seconds, as the node says; None: it doesn't.
        self.retry_after = retry_after


class RangeTooLarge(NodeError):
    """It will not tell the logs of so many blocks, or so many logs, at once."""


class Refused(NodeError):
    """It answered with an error of its own."""

    def __init__(self, message: str, code: int = 0, *, words: str = "") -> None:
        super().__init__(message)
        # JSON-RPC's; 0: it named none.
        self.code = code
        # Its own, without its name.
        self.words = words


class Reverted(Refused):
    """It did as it was asked, and the contract refused."""

    def __init__(self, message: str, code: int = 0, data: str = "", *, words: str = "") -> None:
        super().__init__(message, code, words=words)
        # What the contract said, in hex; empty: nothing, or nobody told.
        self.data = data


class Behind(NodeError):
    """It does not have a block that we ask for: not yet, or not any more."""


class BadAnswer(NodeError):
    """It answered, and the answer does not count: malformed, or against itself."""


class OtherHistory(NodeError):
    """It has another chain, or another block below one that was final."""


class NoNode(Exception):
    """No node may be asked now."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(f"No node can be asked for {wait_seconds:.1f} s.")
        self.wait_seconds = wait_seconds


class Halt(TextChoices):
    """Why the listener stopped, as anybody may hear it."""

    OTHER_HISTORY = "OTHER_HISTORY"  # of all nodes: another chain, or another final block
    OTHER_START = "OTHER_START"  # the settings begin elsewhere than the logs that are stored
    UNREADABLE_LOG = "UNREADABLE_LOG"  # one that was projected: the profile was changed


class Halted(Exception):
    """The listener must not go on. The message says to operators why, and what to do: it may name
    nodes."""

    def __init__(self, halt: Halt, message: str) -> None:
        super().__init__(message)
        self.halt = halt


class ChainNotConfigured(DomainError):
    status = 404
    reason = "CHAIN_NOT_CONFIGURED"
    message = "This house follows no chain."


class NodesAway(DomainError):
    status = 503
    reason = "CHAIN_AWAY"
    message = "No node of the chain answers now. Try again in a moment."


class FindingResolved(DomainError):
    status = 409
    reason = "FINDING_RESOLVED"
    message = "The finding is resolved already."

"""Who is told what happened on the chain: called inside the listener's transaction.

The app that projects a contract's events registers itself in AppConfig.ready; a module with these
functions will do:

    handlers.register(projection, Family.MARKETS)

There is one for each family. A log that two apps judged differently would be in quarantine and out
of it.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from chain.events import Family
from chain.logs import Placed


class Refused(NamedTuple):
    """An event that makes no sense to the handler: it goes to quarantine, unapplied."""

    placed: Placed
    reason: str  # a sentence


class Handler(Protocol):
    """Keeps what the events come to. A pure function of the canonical logs: the same events in
    the same order, applied in whatever portions, with whatever undone and applied anew in
    between, leave the same rows. What a handler raises rolls the whole portion back.

    Events are those of one contract at a time, and say which; the others are told.
    """

    def apply(self, events: Sequence[Placed], /, *, is_replay: bool = False) -> Sequence[Refused]:
        """Project events, oldest first. Returns those that make no sense; the others count.

        In a replay none of it is news.
        """
        ...

    def undo(self, events: Sequence[Placed], /) -> None:
        """Take back the newest events that were applied, newest first: a reorganisation."""
        ...

    def finalize(self, block_number: int, /) -> None:
        """Hear that all events up to this block were told and that none will be undone: it is
        final. Called each time that it moves, and after a replay."""
        ...

    def pause(self, contract: str, market_id: int, reason: str, /) -> None:
        """Stop trading in a market, known or not: one of its logs went to quarantine."""
        ...

    def resume(self, contract: str, market_id: int, /) -> None:
        """Take back all pauses of a market: none of its logs is in quarantine any more."""
        ...

    def reset(self, contract: str, /) -> None:
        """Forget everything of a contract: a replay of all canonical events follows."""
        ...

    def replayed(self, contract: str, /) -> None:
        """Hear that the replay is over, with its pauses: what came of it may be told."""
        ...


class Nobody:
    """The handler where no app registered: logs are stored, and mean nothing."""

    def apply(self, events: Sequence[Placed], /, *, is_replay: bool = False) -> Sequence[Refused]:
        return ()

    def undo(self, events: Sequence[Placed], /) -> None: ...

    def finalize(self, block_number: int, /) -> None: ...

    def pause(self, contract: str, market_id: int, reason: str, /) -> None: ...

    def resume(self, contract: str, market_id: int, /) -> None: ...

    def reset(self, contract: str, /) -> None: ...

    def replayed(self, contract: str, /) -> None: ...


_registered: dict[Family, Handler] = {}


def register(handler: Handler, family: Family) -> None:
    """Have the listener of this process tell `handler` what happened to such a contract."""
    assert family not in _registered, f"There is a handler already: {_registered[family]!r}."
    _registered[family] = handler


def registered(family: Family) -> Handler:
    """Return the family's handler, or one that does nothing."""
    return _registered.get(family) or Nobody()

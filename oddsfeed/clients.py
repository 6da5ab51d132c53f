"""Who is connected to this process, whatever they speak, and with which sessions."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings

from oddsfeed import protocol, stats


class Client(Protocol):
    """One client's way out, as hub, topics and rooms see it. Everything but `drained` returns at
    once. Frames are those of /ws/odds; a client of Socket.IO gets them as its events."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will be sent."""

    @property
    def wants_events(self) -> bool:
        """Whether it gets what is told of its markets besides odds."""

    @property
    def sent(self) -> int:
        """How many messages were handed to the server."""

    @property
    def too_slow(self) -> bool:
        """Whether it was closed because it read too slowly."""

    def odds(self, market_id: int, seq: int, frame: str, data: bytes) -> None:
        """Send an update, or let a newer one take its place. `data` is `wires.framed(frame)`."""

    def whole(self, market_id: int, seq: int, frame: str, write: Callable[[str], str]) -> None:
        """Send a market's whole state, which `write` makes of its frame."""

    def post(self, text: str) -> None:
        """Send a frame, after everything that came before it; never dropped while it is here."""

    def post_all(self, texts: Sequence[str]) -> None:
        """Send several, in one piece if that can be."""

    def forget(self, market_id: int) -> None:
        """Drop what is pending about a market's odds."""

    def close(self, code: protocol.Close, reason: str) -> None:
        """Close after what is pending."""

    async def drained(self) -> None:
        """Wait until the client has taken everything, or is gone."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Who has a connection: a user (None: a guest), at an address or a network."""

    user_id: int | None
    address: str


class Clients:
    """All of them, by session."""

    def __init__(self) -> None:
        self.all: set[Client] = set()
        self._whose: dict[Client, Whose] = {}
        self._of_user: Counter[int] = Counter()
        self._of_address: Counter[str] = Counter()
        self.tally = stats.Tally()
        self._sessions: dict[str, set[Client]] = {}

    def full(self, whose: Whose) -> str:
        """Return why one more of theirs may not enter, "" where it may."""
        if not settings.RATE_LIMIT:
            return ""
        address_max, user_max = settings.WS_PER_ADDRESS_MAX, settings.WS_PER_USER_MAX
        if address_max and self._of_address[whose.address] >= address_max:
            return "too many connections from this address"
        if user_max and whose.user_id is not None and self._of_user[whose.user_id] >= user_max:
            return "too many connections of this user"
        return ""

    def enter(self, client: Client, session_id: str, whose: Whose) -> None:
        """Know a client; end it when its session ends."""
        self.all.add(client)
        self._whose[client] = whose
        self._of_address[whose.address] += 1
        if whose.user_id is not None:
            self._of_user[whose.user_id] += 1
        self._sessions.setdefault(session_id, set()).add(client)

    def leave(self, client: Client, session_id: str) -> None:
        """Forget a client. It has parted from its topics and rooms."""
        if client not in self.all:
            return
        self.all.discard(client)
        whose = self._whose.pop(client)
        _less(self._of_address, whose.address)
        _less(self._of_user, whose.user_id)
        self.tally.sent += client.sent
        self.tally.slow_closes += client.too_slow
        of_session = self._sessions[session_id]
        of_session.discard(client)
        if not of_session:
            del self._sessions[session_id]

    def sign_out(self, session_ids: Collection[str]) -> None:
        """Close the clients of sessions that have ended."""
        for session_id in session_ids:
            for client in tuple(self._sessions.get(session_id, ())):
                client.close(protocol.Close.BAD_TOKEN, "signed out")

    def numbers(self, *, topics: int) -> stats.Numbers:
        """Return this process's part of ws/health."""
        clients = list(self.all)
        return stats.Numbers(
            connections=len(clients),
            topics=topics,
            sent=self.tally.sent + sum(client.sent for client in clients),
            healed=self.tally.healed,
            slow_closes=self.tally.slow_closes + sum(client.too_slow for client in clients),
        )


def _less(counts: Counter[Any], of: Any) -> None:
    """Count one less; who has none is forgotten."""
    if counts[of] > 1:
        counts[of] -= 1
    else:
        counts.pop(of, None)

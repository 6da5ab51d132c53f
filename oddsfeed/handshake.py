"""Who connects, by either protocol, and why not."""

from accounts import access
from kmarket import draining
from kmarket.errors import DomainError
from oddsfeed import reads
from oddsfeed.hub import Hub
from oddsfeed.protocol import Close


class Refused(Exception):
    """Nobody is let in with this token now. `code` and `reason` are those of the close."""

    def __init__(self, code: Close, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


async def caller_of(hub: Hub, token: str) -> access.Caller:
    """Return whom a socket's token speaks for. A ws token is used up by this.

    Raises:
        Refused: a bad token or none, the session cannot be looked up, or this process stops.
    """
    if draining.started():
        raise Refused(Close.RESTART, "restart")
    if not token:
        raise Refused(Close.BAD_TOKEN, "token missing")
    try:
        return await hub.ask(access.caller_of, token)
    except reads.DATABASE_AWAY as exc:
        raise Refused(Close.RESTART, "unavailable") from exc
    except DomainError as exc:
        if exc.status == 401:  # noqa: PLR2004
            raise Refused(Close.BAD_TOKEN, "token refused") from exc
        raise Refused(Close.RESTART, "unavailable") from exc

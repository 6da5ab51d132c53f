"""Counts requests, outside of everything that answers them."""

import time
from typing import Any

from kmarket.distribution import Distribution
from kmarket.limits import Receive, Scope, Send
from kmarket.requests import ROUTE, UNKNOWN

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SOCKETIO = "socket.io/"
# Anybody may send another word.
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
# The client left before it had an answer, as nginx says it.
LEFT = 499

# Of this process, written in its event loop alone: by (method, route, status), and by route. As
# many as there are of those.
answered: dict[tuple[str, str, int], int] = {}
durations: dict[str, Distribution] = {}


class Counted:
    """ASGI wrapper."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        status = LEFT

        async def seen(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, seen)
        finally:
            _note(scope, status, time.perf_counter() - began)


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = scope.get(ROUTE) or _elsewhere(scope["path"])
    method = scope["method"]
    key = (method if method in METHODS else "other", route, status)
    answered[key] = answered.get(key, 0) + 1
    # A poll lasts as long as there is nothing to say.
    if route != SOCKETIO:
        if route not in durations:
            durations[route] = Distribution(SECONDS)
        durations[route].note(seconds)


def _elsewhere(path: str) -> str:
    """Return what stands for the pattern of an address that Django was not asked about."""
    return SOCKETIO if path.startswith("/socket.io") else UNKNOWN

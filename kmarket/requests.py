"""What a request is called, and whom and what it is about: in every log line.

X-Request-ID is taken from the client or made, and answered. User and market are noted by whoever
finds them out.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")

# In a request's scope: the pattern of its address, for whoever counts.
ROUTE = "kmarket.route"
UNKNOWN = "unknown"
# They change nothing, and there are thousands: metrics count them.
_QUIET = frozenset({"GET", "HEAD", "OPTIONS"})

# The request, user and market that this code runs for. Context variables follow a request through
# threads and tasks.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="-")
current_user: ContextVar[int | None] = ContextVar("current_user", default=None)
current_market: ContextVar[int | None] = ContextVar("current_market", default=None)


class RequestId:
    """Middleware. What a client sends is taken if it cannot forge a log line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = sane_or_new(request.headers.get(HEADER, ""))
        with about(request_id):
            began = time.perf_counter()
            response = self.get_response(request)
            if request.method not in _QUIET:
                _tell(request, response, time.perf_counter() - began)
        response[HEADER] = request_id
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: dict[str, Any]
    ) -> None:
        """Note where the address leads."""
        if (market_id := kwargs.get("market_id")) is not None:
            current_market.set(market_id)
        # A test's client has no scope.
        scope = getattr(request, "scope", None)
        if scope is not None and request.resolver_match is not None:
            scope[ROUTE] = request.resolver_match.route


@contextmanager
def about(request_id: str = "-") -> Iterator[None]:
    """Run the block for a request, or for none. User and market are not known yet, and are
    forgotten afterwards."""
    before = current_request_id.set(request_id), current_user.set(None), current_market.set(None)
    try:
        yield
    finally:
        current_request_id.reset(before[0])
        current_user.reset(before[1])
        current_market.reset(before[2])


def sane_or_new(asked: str) -> str:
    """Return the id that a client sent if it is one, else a new one."""
    return asked if _SANE.fullmatch(asked) else uuid.uuid4().hex


def _tell(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    """Log a request that may have changed something. Without its query, which may hold a token."""
    said = {"status": response.status_code, "ms": round(seconds * 1000, 1)}
    # Quoted: a path that holds the end of a line could forge another.
    path = quote(request.path)
    logger.info("%s %s %s", request.method, path, response.status_code, extra=said)

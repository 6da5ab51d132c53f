"""Who may ask how often, and how much a request may carry."""

import ipaddress
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.state import token_backend

from kmarket.errors import refusal

CLIENTS_MAX = 50_000
# What the ASGI wrappers found out, in the scope: that a body is too large, and how many seconds a
# client has to wait.
TOO_LARGE = "kmarket.body_too_large"
WAIT = "kmarket.wait"

# Batches of prices, and the console's files of matches.
LARGE_BODIES = frozenset({"/api/v1/admin/odds/bulk", "/admin/console/import/"})
METERED = ("/api/", "/admin/", "/socket.io")
# A client of Socket.IO that polls asks again and again; beginning a session counts.
POLLS = "/socket.io"
# Each password that is tried costs a tenth of a second of a processor.
LOGIN = "/admin/login/"
PASSWORDS_PER_SECOND = 0.2
PASSWORDS_BURST = 5
# Load balancers ask these all the time, and must get an answer.
UNLIMITED = frozenset({"/api/v1/healthz", "/api/v1/readyz"})

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(slots=True)
class Buckets:
    """A token bucket per client: `burst` requests at once, refilled at `rate` per second."""

    rate: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _levels: dict[str, tuple[float, float]] = field(default_factory=dict)

    def wait(self, client: str) -> float:
        """Take one token and return 0, or take none and return the seconds until there is one."""
        now = self.clock()
        level, since = self._levels.pop(client, (self.burst, now))
        level = min(self.burst, level + (now - since) * self.rate)
        # Whoever waited as long as told has a token, whatever the rounding of the clock says.
        wait = 0.0 if level >= 1 - 1e-6 else (1 - level) / self.rate
        # Put back last: the dictionary's order is the order of use, so the front is the idlest.
        self._levels[client] = (level if wait else max(0.0, level - 1), now)
        if len(self._levels) > CLIENTS_MAX:
            del self._levels[next(iter(self._levels))]
        return wait


class Meter:
    """ASGI wrapper: takes each request's token, in the one thread of the event loop.

    And puts right what a proxy hid of the way here.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.buckets = Buckets(rate=settings.RATE_PER_SECOND, burst=settings.RATE_BURST)
        self.passwords = Buckets(rate=PASSWORDS_PER_SECOND, burst=PASSWORDS_BURST)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if settings.RATE_LIMIT and _is_metered(path, scope["query_string"]):
            wait = self.buckets.wait(client_of(scope))
            if path == LOGIN and scope["method"] == "POST" and not wait:
                wait = self.passwords.wait(client_ip(scope))
            scope[WAIT] = wait
        scope["scheme"] = client_scheme(scope)
        await self.app(scope, receive, send)


def _is_metered(path: str, query: bytes) -> bool:
    if path in UNLIMITED or (path.startswith(POLLS) and b"sid=" in query):
        return False
    return path.startswith(METERED)


class Limits:
    """Middleware that answers what the wrappers found, inside CORS: a browser may read it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scope: Scope = getattr(request, "scope", {})
        if wait := scope.get(WAIT):
            return too_many(request.path, wait)
        length = request.META.get("CONTENT_LENGTH") or "0"
        limit = body_max(request.path)
        if TOO_LARGE in scope or (length.isdecimal() and int(length) > limit):
            return refusal(413, f"A body may hold {limit} bytes at most.")
        return self.get_response(request)


class BodyCap:
    """ASGI wrapper: Django would store a body of any size before it looks at the request.

    A body over the limit is cut off here and marked in the scope; `Limits` then answers, where
    the answer gets the headers of all answers.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        limit = body_max(scope["path"])
        read = 0

        async def capped() -> MutableMapping[str, Any]:
            nonlocal read
            while True:
                message = await receive()
                read += len(message.get("body", b""))
                if message["type"] != "http.request" or read <= limit:
                    return message
                if TOO_LARGE not in scope:
                    scope[TOO_LARGE] = True
                    return {"type": "http.request", "body": b"", "more_body": False}
                # Django has what it gets and now waits for the client to leave.

        await self.app(scope, capped, send)


def body_max(path: str) -> int:
    """Return how many bytes a request to this path may carry."""
    is_bulk = path in LARGE_BODIES
    return settings.BULK_MAX_BYTES if is_bulk else settings.BODY_MAX_BYTES


def client_of(scope: Scope) -> str:
    """Name the client: the subject of a token that we signed, else the IP address."""
    authorization = header(scope, b"authorization")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer" and (subject := _subject(token.strip())):
        return subject
    return client_ip(scope)


def client_ip(scope: Scope) -> str:
    """Return the caller's address. X-Forwarded-For counts as far as trusted proxies wrote it."""
    address: str = (scope.get("client") or ("local",))[0]
    if not settings.TRUSTED_PROXIES:
        return address
    hops = header(scope, b"x-forwarded-for").split(",")
    while hops and _is_trusted(address):
        hop = hops.pop().strip()
        if not _is_address(hop):
            break
        address = hop
    return address


def client_scheme(scope: Scope) -> str:
    """Return "http" or "https": how the caller reached us, or the trusted proxy before us.

    A form of the console is compared with it: its origin is https where the page was.
    """
    scheme: str = scope.get("scheme", "http")
    peer = (scope.get("client") or ("local",))[0]
    if not settings.TRUSTED_PROXIES or not _is_trusted(peer):
        return scheme
    # The last one is that of the proxy that we know.
    said = header(scope, b"x-forwarded-proto").rpartition(",")[2].strip().lower()
    return said if said in {"http", "https"} else scheme


def header(scope: Scope, name: bytes) -> str:
    """Return a header of a request, its name in lower case; "" where it is not there.

    Sent several times, it is one list, as HTTP says.
    """
    return ",".join(value.decode("latin-1") for key, value in scope["headers"] if key == name)


@lru_cache(maxsize=10_000)
def _subject(token: str) -> str:
    # Only a signature that we made names a client; else anyone could make up names and never
    # be limited. An expired token answers 401 further in, at the rate of its IP address.
    try:
        subject = str(token_backend.decode(cast(Any, token))["sub"])
    except (TokenBackendError, KeyError):
        return ""
    # Nor does a guest's: anyone may have as many of those as they like.
    return "" if subject.startswith("guest:") else f"sub:{subject}"


def _is_trusted(address: str) -> bool:
    return _is_address(address) and any(
        ipaddress.ip_address(address) in net for net in settings.TRUSTED_PROXIES
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def too_many(path: str, wait: float) -> HttpResponse:
    """Return the refusal of a request that came too soon by so many seconds."""
    seconds = str(math.ceil(wait))
    too_many = f"At most {settings.RATE_PER_SECOND} requests a second"
    if path == LOGIN:
        too_many = "Too many passwords were tried"
    return refusal(
        429,
        f"{too_many}: wait {seconds} s.",
        headers={
            "Retry-After": seconds,
            "RateLimit-Limit": str(settings.RATE_BURST),
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": seconds,
        },
    )

"""Who may ask how often, and how much a request may carry."""

import asyncio
import ipaddress
import math
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework_simplejwt.exceptions import TokenBackendError
from rest_framework_simplejwt.state import token_backend

from kmarket.buckets import Buckets, Counted, Ledger, Limit
from kmarket.errors import refusal

# What the ASGI wrappers found out, in the scope: that a body is too large, that a client has to
# wait, and that all processes' count is to be asked before the request goes on.
TOO_LARGE = "kmarket.body_too_large"
WAIT = "kmarket.wait"
ASK = "kmarket.ask"

# Batches of prices, and the console's files of matches.
LARGE_BODIES = frozenset({"/api/v1/admin/odds/bulk", "/admin/console/import/"})
METERED = ("/api/", "/admin/", "/socket.io")
# A client of Socket.IO that polls asks again and again; beginning a session counts.
POLLS = "/socket.io"
OPERATORS = ("/admin/", "/api/v1/admin/")
# Without a token, and each opens a session or begins to.
DOORS = frozenset({"/api/v1/auth/nonce", "/api/v1/auth/verify-sig", "/api/v1/session"})
LOGIN = "/admin/login/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# In so long, as many sockets of an address may begin as may be connected.
HANDSHAKES_SPREAD_SECONDS = 10
# ASGI's extension for an answer instead of a handshake.
DENIAL = "websocket.http.response"
# Load balancers ask these all the time, and must get an answer.
UNLIMITED = frozenset({"/api/v1/healthz", "/api/v1/readyz"})

READ = Limit("read", settings.RATE_PER_SECOND, settings.RATE_BURST)
SIGNED_IN = Limit("signed-in", settings.RATE_PER_SECOND, settings.RATE_BURST)
WRITE = Limit("write", settings.RATE_PER_SECOND, settings.RATE_BURST)
SIGN_IN = Limit("sign-in", settings.RATE_PER_SECOND / 2, settings.RATE_BURST)
# A page of the console asks for several things at once.
OPERATOR = Limit("operator", 2 * settings.RATE_PER_SECOND, 3 * settings.RATE_BURST)
# Each password that is tried costs a tenth of a second of a processor.
PASSWORD = Limit("password", 0.2, 5)
CLASSES = (READ, SIGNED_IN, WRITE, SIGN_IN, OPERATOR, PASSWORD)
# How often processes tell each other, through Redis, what they let through without asking.
SETTLE_SECONDS = 0.5
# All of a home's or a host's IPv6 addresses are one client's.
IPV6_PREFIX = 64
# Before the subject of a token, where that names a client.
SUBJECT = "sub:"
TRUST_KNOWN_MAX = 10_000

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Wait:
    """A request came too soon by so many seconds."""

    limit: Limit
    seconds: float


class Meter:
    """ASGI wrapper: takes each request's token, in the one thread of the event loop.

    Reads are counted here, and twice a second together with what other processes let through: a
    client that asks several processes at once gets a burst from each, and then waits for all of
    them. What changes something, signs in or tries a password is also counted in Redis before it
    goes on, by `Limits`. And the way here is put right where a proxy hid it.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.counted = {limit: Counted(limit) for limit in CLASSES}
        self._settling: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if settings.RATE_LIMIT and _is_metered(scope["path"], scope["query_string"]):
            self._take(scope)
        scope["scheme"] = client_scheme(scope)
        await self.app(scope, receive, send)

    def _take(self, scope: Scope) -> None:
        limit, client = _class_of(scope)
        asks = _is_asked_about(limit, scope)
        if wait := self.counted[limit].wait(client, told=asks):
            scope[WAIT] = Wait(limit, wait)
        elif asks:
            scope[ASK] = limit, client
        elif self._settling is None or self._settling.done():
            self._settling = asyncio.get_running_loop().create_task(self._settle_soon())

    async def _settle_soon(self) -> None:
        await asyncio.sleep(SETTLE_SECONDS)
        await self.settle()

    async def settle(self) -> None:
        """Tell Redis what was let through since the last time, and learn what others did."""
        for counted in self.counted.values():
            if taken := counted.taken():
                levels = await asyncio.to_thread(ledger().settle, counted.limit, taken)
                counted.learn(levels)


def _is_metered(path: str, query: bytes) -> bool:
    if path in UNLIMITED or (path.startswith(POLLS) and b"sid=" in query):
        return False
    return path.startswith(METERED)


def _class_of(scope: Scope) -> tuple[Limit, str]:
    """Return which limit a request falls under, and whose it is."""
    path, method = scope["path"], scope["method"]
    if path == LOGIN and method == "POST":
        return PASSWORD, client_address(scope)
    if path in DOORS:
        return SIGN_IN, client_address(scope)
    client = client_of(scope)
    if path.startswith(OPERATORS):
        return OPERATOR, client
    if method not in SAFE_METHODS and not path.startswith(POLLS):
        return WRITE, client
    return (SIGNED_IN if client.startswith(SUBJECT) else READ), client


def _is_asked_about(limit: Limit, scope: Scope) -> bool:
    if limit is READ or limit is SIGNED_IN:
        return False
    return limit is not OPERATOR or scope["method"] not in SAFE_METHODS


@lru_cache(maxsize=1)
def ledger() -> Ledger:
    """Return this process's way to the shared count."""
    return Ledger()


class Limits:
    """Middleware that answers what the wrappers found, inside CORS: a browser may read it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        scope: Scope = getattr(request, "scope", {})
        if wait := scope.get(WAIT) or _shared_wait(scope):
            return too_many(wait)
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


class Handshakes:
    """ASGI wrapper of sockets: how often one address may begin one, each process for itself.

    As many at once as may be connected, for all of them come back when a process has ended; then a
    tenth of that a second. What is refused here costs no thread, and no question to the database.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        most = settings.WS_PER_ADDRESS_MAX
        self._limit = Limit("handshake", most / HANDSHAKES_SPREAD_SECONDS, most)
        self._begun = Buckets(self._limit.rate, self._limit.burst) if most else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        seconds = 0.0
        if self._begun is not None and settings.RATE_LIMIT:
            seconds = self._begun.wait(client_address(scope))
        if not seconds:
            await self.app(scope, receive, send)
            return
        await receive()
        if DENIAL not in scope.get("extensions", {}):
            await send({"type": "websocket.close"})
            return
        answer = too_many(Wait(self._limit, seconds))
        headers = [(name.lower().encode(), text.encode()) for name, text in answer.items()]
        start = {"status": answer.status_code, "headers": headers}
        await send({"type": f"{DENIAL}.start", **start})
        await send({"type": f"{DENIAL}.body", "body": answer.content})


def _shared_wait(scope: Scope) -> Wait | None:
    if ASK not in scope:
        return None
    limit, client = scope[ASK]
    seconds = ledger().take(limit, client)
    return Wait(limit, seconds) if seconds else None


def body_max(path: str) -> int:
    """Return how many bytes a request to this path may carry."""
    is_bulk = path in LARGE_BODIES
    return settings.BULK_MAX_BYTES if is_bulk else settings.BODY_MAX_BYTES


def client_of(scope: Scope) -> str:
    """Name the client: the subject of a token that we signed, else the IP address."""
    if authorization := header(scope, b"authorization"):
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() == "bearer" and (subject := _subject(token.strip())):
            return subject
    return client_address(scope)


def client_address(scope: Scope) -> str:
    """Name the client by its IP address alone, or by its network where it has many."""
    return _network(client_ip(scope))


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
    values = [value for key, value in scope["headers"] if key == name]
    return b",".join(values).decode("latin-1") if values else ""


@lru_cache(maxsize=10_000)
def _subject(token: str) -> str:
    # Only a signature that we made names a client; else anyone could make up names and never
    # be limited. A token whose session is over answers 401 further in.
    try:
        subject = str(token_backend.decode(cast(Any, token))["sub"])
    except (TokenBackendError, KeyError):
        return ""
    # Nor does a guest's: anyone may have as many of those as they like.
    return "" if subject.startswith("guest:") else f"{SUBJECT}{subject}"


@lru_cache(maxsize=TRUST_KNOWN_MAX)
def _network(address: str) -> str:
    if not _is_address(address):
        return address
    ip = ipaddress.ip_address(address)
    if ip.version == 4:  # noqa: PLR2004
        return address
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip), IPV6_PREFIX), strict=False))


def _is_trusted(address: str) -> bool:
    return _is_in(address, settings.TRUSTED_PROXIES)


@lru_cache(maxsize=TRUST_KNOWN_MAX)
def _is_in(address: str, networks: tuple[Network, ...]) -> bool:
    if not _is_address(address):
        return False
    ip = ipaddress.ip_address(address)
    # A socket for both kinds of addresses tells the old kind in the new one's form.
    if ip.version == 6 and ip.ipv4_mapped:  # noqa: PLR2004
        ip = ip.ipv4_mapped
    return any(ip in network for network in networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def too_many(wait: Wait) -> HttpResponse:
    """Return the refusal of a request that came too soon."""
    seconds = str(math.ceil(wait.seconds))
    said = f"At most {wait.limit.rate:g} requests a second"
    if wait.limit is PASSWORD:
        said = "Too many passwords were tried"
    return refusal(
        429,
        f"{said}: wait {seconds} s.",
        headers={
            "Retry-After": seconds,
            "RateLimit-Limit": f"{wait.limit.burst:g}",
            "RateLimit-Remaining": "0",
            "RateLimit-Reset": seconds,
        },
    )

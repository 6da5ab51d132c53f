"""What this process tells Prometheus: one registry, and /metrics on a port of its own.

A number belongs to the process that counted it; Prometheus asks each and adds them up. So there is
no /metrics on the public port, where a load balancer would ask any of them. What is counted is
declared in `telemetry.catalogue`.
"""

import hmac
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.dispatch import Signal
from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder

from kmarket.listening import CannotListen

PATH = "/metrics"
# One who asks and then says nothing holds a thread for so long.
TIMEOUT_SECONDS = 10.0

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

# A process is about to be asked. process: "web", "clock" or "chain".
exposed = Signal()

Start = Callable[..., Any]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = TIMEOUT_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class' name)
        """Say nothing: it is asked every few seconds."""


def expose(process: str) -> None:
    """Answer /metrics on METRICS_ADDR:METRICS_PORT from now on; not where that port is 0.

    Raises:
        CannotListen: something else has the port, or the address isn't this machine's.
    """
    if not settings.METRICS_PORT:
        return
    exposed.send(sender=None, process=process)
    address, port = settings.METRICS_ADDR, settings.METRICS_PORT
    try:
        server = make_server(address, port, answer, server_class=_Server, handler_class=_Handler)
    except OSError as exc:
        raise CannotListen(
            f"Metrics cannot be told on {address}:{port} ({exc.strerror}):"
            " set METRICS_ADDR or METRICS_PORT, the latter to 0 for none."
        ) from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """WSGI application: the registry, to whoever has METRICS_TOKEN if there is one."""
    if environ["PATH_INFO"] != PATH or environ["REQUEST_METHOD"] != "GET":
        return _refused(start, HTTPStatus.NOT_FOUND)
    if not _is_known(environ.get("HTTP_AUTHORIZATION", "")):
        return _refused(start, HTTPStatus.UNAUTHORIZED, ("WWW-Authenticate", "Bearer"))
    encode, content_type = choose_encoder(environ.get("HTTP_ACCEPT", ""))
    body: bytes = encode(REGISTRY)
    start("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]


def _is_known(authorization: str) -> bool:
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    return not settings.METRICS_TOKEN or hmac.compare_digest(
        authorization.encode("latin-1"), wanted.encode()
    )


def _refused(start: Start, status: HTTPStatus, *headers: tuple[str, str]) -> Iterable[bytes]:
    body = f"{status.phrase}\n".encode()
    start(f"{status} {status.phrase}", [*headers, ("Content-Length", str(len(body)))])
    return [body]

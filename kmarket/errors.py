"""The one error shape of the API, and the only place that knows HTTP status codes.

Apps raise small subclasses of `DomainError` (see `betting/errors.py`). `exception_handler` turns
them, and what Django and REST framework raise, into {"code", "message"[, "reason", "details"]}.
"""

import logging
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from psycopg_pool import PoolTimeout
from rest_framework import exceptions as drf
from rest_framework.response import Response

logger = logging.getLogger(__name__)

CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
    503: "SERVICE_UNAVAILABLE",
}
RETRY_AFTER_SECONDS = "2"
# What a query raises when the database is gone, full or overloaded.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
# Reason and words of what is wrong with a request's form; its fields are in the details.
INVALID = "INVALID"
INVALID_MESSAGE = "The request is not valid."
NOTHING_HERE = "Nothing is at this address."
BUG = "Something went wrong on our side."


class DomainError(Exception):
    """A refusal we expected: the rules do not allow this now. Subclasses fill the three fields."""

    status: int
    reason: str
    message: str
    # What `details` may look like, for the schema. Empty: they only name what was asked for.
    sample: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, **details: Any) -> None:
        super().__init__(self.message)
        self.details = details


class Unavailable(DomainError):
    status = 503
    reason = "UNAVAILABLE"
    message = "A part of the service is away. Try again in a moment."


class NotReady(DomainError):
    status = 503
    reason = "NOT_READY"
    message = "This process takes no traffic now: `details` says what is missing."
    sample = {"database": "the database is away (OperationalError)"}


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Answer an exception with the envelope. Registered as EXCEPTION_HANDLER."""
    status, body = _answer_to(exc)
    if status == 500:  # noqa: PLR2004
        # A bug. Django logs it with its traceback and answers with `server_error`.
        return None
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": RETRY_AFTER_SECONDS}}
    return Response(body, status=status, headers=headers.get(status))


def refusal(
    status: int, message: str, reason: str = "", headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """Return the envelope as an answer of Django's own, for middleware and URL handlers."""
    return JsonResponse(envelope(status, message, reason), status=status, headers=headers)


def bad_request(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Answer what Django itself finds malformed. Registered as handler400."""
    return refusal(400, INVALID_MESSAGE)


def permission_denied(request: HttpRequest, exception: Exception) -> JsonResponse:
    """Registered as handler403."""
    return refusal(403, "You may not do this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> JsonResponse:
    """Answer a path that leads nowhere. Registered as handler404."""
    return refusal(404, NOTHING_HERE)


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer a bug, or outside the API a database that is away. Registered as handler500."""
    if isinstance(sys.exception(), DATABASE_AWAY):
        retry = {"Retry-After": RETRY_AFTER_SECONDS}
        return refusal(503, Unavailable.message, Unavailable.reason, retry)
    return refusal(500, BUG)


def envelope(
    status: int, message: str, reason: str = "", details: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return {"code", "message"} and, where they say something, "reason" and "details"."""
    body: dict[str, Any] = {"code": CODES[status], "message": message}
    if reason:
        body["reason"] = reason
    if details:
        body["details"] = dict(details)
    return body


def _answer_to(exc: Exception) -> tuple[int, dict[str, Any]]:
    match exc:
        case DomainError():
            answer = exc.status, envelope(exc.status, exc.message, exc.reason, exc.details)
        case drf.ValidationError():
            fields = {"fields": exc.get_full_details()}
            answer = 400, envelope(400, INVALID_MESSAGE, INVALID, fields)
        case drf.APIException():
            answer = exc.status_code, envelope(exc.status_code, str(exc.detail))
        case Http404():
            answer = 404, envelope(404, "Not found.")
        case PermissionDenied():
            answer = 403, envelope(403, "You may not do this.")
        case SuspiciousOperation():
            answer = 400, envelope(400, INVALID_MESSAGE)
        case OperationalError() | InterfaceError() | PoolTimeout():
            # The database is away or overloaded. Where it went away while it committed, the
            # work may be done: a client that sends its Idempotency-Key again finds out.
            logger.error("database away", exc_info=exc)
            answer = 503, envelope(503, Unavailable.message, Unavailable.reason)
        case _:
            answer = 500, {}
    return answer

"""X-Request-ID: taken from the client or made, answered, and in every log line."""

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_SANE = re.compile(r"[A-Za-z0-9._:-]{1,64}")

# The request this code runs for. Context variables follow a request through threads and tasks.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="-")


class RequestId:
    """Middleware. What a client sends is taken if it cannot forge a log line."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = sane_or_new(request.headers.get(HEADER, ""))
        token = current_request_id.set(request_id)
        try:
            response = self.get_response(request)
        finally:
            current_request_id.reset(token)
        response[HEADER] = request_id
        return response


def sane_or_new(asked: str) -> str:
    """Return the id that a client sent if it is one, else a new one."""
    return asked if _SANE.fullmatch(asked) else uuid.uuid4().hex


class RequestIdFilter(logging.Filter):
    """Gives each log record its `request_id`."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        return True

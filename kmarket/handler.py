"""Django's HTTP side under ASGI, with each request in one thread from its first middleware on.

Django itself would run the middleware in the event loop and go to a thread and back for each of
them: twice the processor time of the request. Everything here is synchronous code, so it is
called as such, in a few threads: as many as may use the database at once.
"""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.db import close_old_connections
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase

from kmarket.errors import refusal


class ThreadedHandler(ASGIHandler):
    """An ASGI application like Django's own; requests wait for a thread when all are busy."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(settings.REQUEST_THREADS, thread_name_prefix="request")

    async def run_get_response(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in a thread, which gives its database connection back afterwards."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(self.threads, context.run, self._answer, request)
        response._handler_class = self.__class__  # type: ignore[attr-defined]  # noqa: SLF001 (as Django's own handler)
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        return response

    def create_request(self, scope: Any, body_file: Any) -> Any:
        """Read the request line; one that is no text gets the answer that every error gets."""
        request, error = super().create_request(scope, body_file)
        return request, error and refusal(error.status_code, "The request is not valid.")

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            close_old_connections()


def get_asgi_application() -> ThreadedHandler:
    """Return the application, with Django set up."""
    django.setup(set_prefix=False)
    return ThreadedHandler()

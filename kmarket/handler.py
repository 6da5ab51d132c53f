"""Django's HTTP side under ASGI, with each request in one thread from its first signal to its last.

Django itself would run signals and middleware in the event loop, go to a thread and back for each
of them, and start and join a thread for each request: twice the processor time. Everything here is
synchronous code, so it is called as such, in a few threads that stay: as many as may use the
database at once.
"""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.core.signals import request_started
from django.db import close_old_connections
from django.http import FileResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

from kmarket.errors import refusal

# What is made while it is read, at once in one process; others wait.
STREAMS_MAX = 4


class ThreadedHandler(ASGIHandler):
    """An ASGI application like Django's own; requests wait for a thread when all are busy."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        self.threads = ThreadPoolExecutor(settings.REQUEST_THREADS, thread_name_prefix="request")
        # A stream has its thread for as long as the client reads. It must not be one of those.
        self.streams = ThreadPoolExecutor(STREAMS_MAX, thread_name_prefix="stream")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request. A client that leaves early is found out when the answer is sent."""
        assert scope["type"] == "http", scope["type"]
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            response = await self._in_thread(self._answer, scope, body)
        if isinstance(response, FileResponse):
            await self._send_file(response, send)
        elif response.streaming:
            await self._stream(response, receive, send)
        else:
            await self.send_response(response, send)

    def create_request(self, scope: Any, body_file: Any) -> Any:
        """Read the request line; one that is no text gets the answer that every error gets."""
        request, error = super().create_request(scope, body_file)
        return request, error and refusal(error.status_code, "The request is not valid.")

    async def _in_thread(self, work: Any, *args: Any, of: ThreadPoolExecutor | None = None) -> Any:
        run, threads = contextvars.copy_context().run, of or self.threads
        return await asyncio.get_running_loop().run_in_executor(threads, run, work, *args)

    async def _send_file(self, response: FileResponse, send: Any) -> None:
        """Send a file of ours, all of it from memory: who reads it slowly takes no thread."""

        def read() -> bytes:
            try:
                return b"".join(response)
            finally:
                response.close()

        content = await self._in_thread(read)
        await send(_start(response))
        await send({"type": "http.response.body", "body": content})

    def _answer(self, scope: Any, body: Any) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        request_started.send(sender=self.__class__, scope=scope)
        request, error = self.create_request(scope, body)
        response = error or self.get_response(request)
        response._handler_class = self.__class__  # type: ignore[union-attr]  # noqa: SLF001 (as Django's own handler)
        # What is streamed is still to come, and stays open until it is sent.
        if not response.streaming:
            response.close()
        else:
            # Whoever makes it has a connection of their own.
            close_old_connections()
        return response

    async def _stream(self, response: Any, receive: Any, send: Any) -> None:
        """Send what a response yields as it comes, all of it made in one thread.

        Django would collect a synchronous iterator first, whatever its size. A client that reads
        slowly slows the making, one that leaves ends it; what breaks it breaks the answer off.
        """
        loop, gone = asyncio.get_running_loop(), threading.Event()

        def pour() -> None:
            try:
                for chunk in response.streaming_content:
                    if gone.is_set():
                        return
                    part = {"type": "http.response.body", "body": chunk, "more_body": True}
                    asyncio.run_coroutine_threadsafe(send(part), loop).result()
            finally:
                response.close()

        async def watch() -> None:
            await receive()
            gone.set()

        await send(_start(response))
        watching = asyncio.ensure_future(watch())
        try:
            await self._in_thread(pour, of=self.streams)
        finally:
            watching.cancel()
        await send({"type": "http.response.body", "body": b""})


def _start(response: HttpResponseBase) -> dict[str, Any]:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in response.items()]
    cookies = [cookie.OutputString().encode() for cookie in response.cookies.values()]
    headers += [(b"Set-Cookie", cookie) for cookie in cookies]
    return {
        "type": "http.response.start",
        "status": response.status_code,
        "headers": headers,
    }


def get_asgi_application() -> ThreadedHandler:
    """Return the application, with Django set up."""
    django.setup(set_prefix=False)
    return ThreadedHandler()

"""What may stand before a request's body: how long its line and its headers may be, together.

uvicorn's httptools protocol keeps whatever comes, for as long as it comes.
"""

import json
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from kmarket.errors import envelope

# A token, cookies and a page's referrer are a few KB; nginx takes 32 by default.
HEAD_BYTES_MAX = 32 * 1024
HEADERS_MAX = 100
TOO_LONG = "The head of a request may hold 32 KiB and 100 headers."
NO_HTTP = "This is no HTTP request that can be read."


class BoundedHeads(HttpToolsProtocol):
    """uvicorn's protocol, which refuses a head that is too long, in the one shape of errors."""

    # Of the head that is coming: what was counted, and what came of it so far, whole or not.
    _head_bytes = 0
    _came = 0
    _is_coming = False

    def data_received(self, data: bytes) -> None:
        """Take what came, unless the connection was refused."""
        if self.transport.is_closing():
            return
        # A header is told when it is whole. Until then the parser keeps it.
        self._came = self._came + len(data) if self._is_coming else 0
        if self._came > HEAD_BYTES_MAX:
            self._head_bytes = self._came
            self.send_400_response(TOO_LONG)
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._head_bytes = self._came = 0
        self._is_coming = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._is_coming = False
        super().on_headers_complete()

    def on_url(self, url: bytes) -> None:
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._grow(len(name) + len(value) + 4)
        if len(self.headers) >= HEADERS_MAX:
            raise HeadTooLong
        super().on_header(name, value)

    def _grow(self, count: int) -> None:
        self._head_bytes += count
        if self._head_bytes > HEAD_BYTES_MAX:
            raise HeadTooLong

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong, in JSON, and close."""
        said = TOO_LONG if self._head_bytes > HEAD_BYTES_MAX or self._has_many() else NO_HTTP
        body = json.dumps(envelope(400, said)).encode()
        headers = {"content-type": "application/json", "content-length": len(body)}
        lines = [f"{name}: {value}\r\n".encode() for name, value in headers.items()]
        self.transport.write(
            b"".join([STATUS_LINE[400], *lines, b"connection: close\r\n\r\n", body])
        )
        self.transport.close()

    def _has_many(self) -> bool:
        headers: list[Any] | None = self.headers
        return headers is not None and len(headers) >= HEADERS_MAX


class HeadTooLong(Exception):
    """Raised out of the parser, which makes an HttpParserError of it."""

"""Requests over plain HTTP. To get ready for TLS takes httpx 30 ms each time."""

import ssl
from functools import partial

import httpx

_UNUSED = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

get = partial(httpx.get, verify=_UNUSED)
post = partial(httpx.post, verify=_UNUSED)
put = partial(httpx.put, verify=_UNUSED)

"""Answers that are streamed: as they are made, in one thread, and to an end."""

import asyncio
import threading

import httpx
import pytest
from django.http import StreamingHttpResponse
from django.urls import path

from kmarket.handler import ThreadedHandler

pytestmark = pytest.mark.urls(__name__)

seen: dict[str, object] = {}


def counted(request):
    """Yields while it is asked to; notes who made how much, and that it was ended."""
    seen.update(made=0, threads=set(), ended=threading.Event())

    def rows():
        try:
            for number in range(int(request.GET["rows"])):
                if number == int(request.GET.get("breaks", -1)):
                    raise RuntimeError("the table is gone")
                seen["made"] += 1
                seen["threads"].add(threading.get_ident())
                yield f"{number}\n"
        finally:
            seen["ended"].set()

    response = StreamingHttpResponse(rows(), content_type="text/csv")
    response.set_cookie("seen", "yes")
    return response


urlpatterns = [path("rows", counted)]


async def ask(query):
    transport = httpx.ASGITransport(app=ThreadedHandler())
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.get(f"/rows?{query}")


def test_every_row_comes_and_one_thread_made_them():
    answer = asyncio.run(ask("rows=1000"))
    assert answer.text == "".join(f"{number}\n" for number in range(1000))
    assert answer.headers["content-type"] == "text/csv"
    assert answer.headers["set-cookie"].startswith("seen=yes")
    assert len(seen["threads"]) == 1
    assert seen["ended"].is_set()


def test_what_breaks_on_the_way_is_no_whole_answer():
    with pytest.raises(RuntimeError, match="the table is gone"):
        asyncio.run(ask("rows=10&breaks=5"))
    assert seen["made"] == 5


def test_a_client_that_leaves_ends_the_making():
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/rows",
        "query_string": b"rows=1000000",
        "headers": [(b"host", b"testserver")],
    }
    sent = []

    async def left_after_three():
        left = asyncio.Event()
        asked = iter([{"type": "http.request", "body": b""}])

        async def receive():
            if (first := next(asked, None)) is not None:
                return first
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)
            if len(sent) == 4:
                left.set()
            # As a server does that writes to the network.
            await asyncio.sleep(0)

        await ThreadedHandler()(scope, receive, send)

    asyncio.run(left_after_three())
    assert sent[0]["status"] == 200
    assert seen["made"] < 1000
    assert seen["ended"].is_set()

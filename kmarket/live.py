"""The live page: one page for several addresses, which asks for the rest as a front end does.

Its source is clients/live. What is served is built from it and checked in.
"""

from functools import cache
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from kmarket.errors import refusal
from kmarket.policy import LIVE_POLICY

# Where the build puts it. Not a template: nothing is filled in.
PAGE = settings.LIVE_DIR / "index.html"
SAFE_METHODS = ("GET", "HEAD")


@csrf_exempt
def page(request: HttpRequest, **place: int) -> HttpResponse:
    """Answer with the page, wherever in it the address leads."""
    if request.method not in SAFE_METHODS:
        headers = {"Allow": ", ".join(SAFE_METHODS)}
        message = f"{request.method} is not answered here."
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, message, headers=headers)
    return HttpResponse(
        _written(),
        headers={
            # It names the files of one build: each visit asks whether there is another.
            "Cache-Control": "no-cache",
            "Content-Security-Policy": LIVE_POLICY,
            # Some wallets answer from a window of their own.
            "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
        },
    )


def urls() -> list[URLPattern]:
    """Return the page's addresses; none where it is off."""
    places = ("", "market/<id:market_id>", "bets", "shares") if settings.LIVE_PAGE else ()
    return [path(place, page) for place in places]


@cache
def _written() -> bytes:
    return PAGE.read_bytes()

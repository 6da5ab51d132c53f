"""The Content-Security-Policy of pages, and of what is none."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

# Everything comes from here; nothing runs that stands in a page itself.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
# Of the live page, which knows all that it needs. Pictures in the page itself are wallets' icons.
LIVE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
# An answer of the API that a browser is made to show as a page loads and runs nothing.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADER = "Content-Security-Policy"


class ApiPolicy:
    """Middleware: whatever has no policy of its own gets the one that allows nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A page that has not changed keeps the policy that it came with: what a 304 says would take
        # that one's place.
        if response.status_code != HTTPStatus.NOT_MODIFIED:
            response.headers.setdefault(HEADER, NOTHING)
        return response

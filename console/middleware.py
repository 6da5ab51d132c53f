"""What pages under /admin/ get beside the API's answers: a language, a sign-out, a policy."""

from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from accounts import operators

PREFIX = "/admin/"
API_LANGUAGE = "en"
# Everything comes from here; nothing runs that stands in a page itself.
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)


class ConsoleLanguage(LocaleMiddleware):
    """The operator's language. The API has one, whatever a browser or LANGUAGE_CODE says."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith(PREFIX):
            super().process_request(request)
        else:
            translation.activate(API_LANGUAGE)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path.startswith(PREFIX):
            return super().process_response(request, response)
        return response


class ConsoleSession:
    """Signs out whoever's session was ended elsewhere: the cookie alone would not know."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_ours = request.path.startswith(PREFIX) and request.user.is_authenticated
        if is_ours and not operators.is_live(request):
            logout(request)
        return self.get_response(request)


class ConsolePolicy:
    """Content-Security-Policy of the console's pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(PREFIX):
            response["Content-Security-Policy"] = POLICY
        return response

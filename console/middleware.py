"""What pages under /admin/ get beside the API's answers: a language, a sign-out, a policy, and
pages where something is refused."""

import json
from collections.abc import Callable

from django.contrib import admin
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.translation import activate, get_language_from_request, gettext, override
from django.utils.translation import gettext_lazy as _

from accounts import operators
from kmarket.errors import Unavailable, refusal
from kmarket.limits import body_max
from kmarket.policy import POLICY
from kmarket.requests import current_request_id, current_user

PREFIX = "/admin/"
API_LANGUAGE = "en"
# What kmarket.errors says to programs.
REFUSALS = {
    400: _("The request is not valid."),
    403: _("You may not do this."),
    404: _("Nothing is at this address."),
    500: _("Something went wrong on our side."),
    503: _(Unavailable.message),
}


STALE_FORM = "STALE_FORM"


def stale_form(request: HttpRequest, reason: str = "") -> JsonResponse:
    """Refuse a form without its session's token. Registered as CSRF_FAILURE_VIEW."""
    return refusal(403, "This form is not of this session: load the page again.", STALE_FORM)


class ConsoleLanguage(LocaleMiddleware):
    """The operator's language. The API has one, whatever a browser or LANGUAGE_CODE says."""

    def process_request(self, request: HttpRequest) -> None:
        if request.path.startswith(PREFIX):
            super().process_request(request)
        else:
            activate(API_LANGUAGE)

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
        elif is_ours:
            current_user.set(request.user.pk)
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


class ConsoleRefusals:
    """A person who is refused reads a page. Scripts get the answer that the API gives, too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_ours = request.path.startswith(PREFIX)
        # Lists filter by whatever an address says; no column holds such a character.
        if is_ours and "%00" in request.META.get("QUERY_STRING", ""):
            response: HttpResponse = refusal(400, "The request is not valid.")
        else:
            response = self.get_response(request)
        is_person = "text/html" in request.headers.get("Accept", "")
        if is_ours and is_person and _is_refusal(response):
            with override(get_language_from_request(request)):
                response.content = _page(request, response)
            response["Content-Type"] = "text/html; charset=utf-8"
            response["Content-Length"] = str(len(response.content))
        return response


def _is_refusal(response: HttpResponse) -> bool:
    return isinstance(response, JsonResponse) and response.status_code >= 400  # noqa: PLR2004


def _page(request: HttpRequest, response: HttpResponse) -> str:
    """Return the page. It asks neither database nor session: those may be what is missing."""
    site = admin.site
    context = {
        "site_title": site.site_title,
        "site_header": site.site_header,
        "title": _words(request, response),
        "status": response.status_code,
        "request_id": current_request_id.get(),
        "again": request.path if request.method == "POST" else "",
    }
    return render_to_string("console/refused.html", context)


def _words(request: HttpRequest, response: HttpResponse) -> str:
    said = json.loads(response.content)
    match response.status_code:
        case 403 if said.get("reason") == STALE_FORM:
            # Somebody has signed in or out in another tab.
            return gettext("This page is older than your sign-in: load it again.")
        case 413:
            limit = filesizeformat(body_max(request.path))
            return gettext("That is too large: %(limit)s at most.") % {"limit": limit}
        case 429:
            return gettext("Too many requests: wait %(seconds)s s.") % {
                "seconds": response["Retry-After"]
            }
        case status if status in REFUSALS:
            return str(REFUSALS[status])
        case _:
            return str(said["message"])

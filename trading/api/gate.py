"""Views that are loaded when there is a chain: without one, nothing that asks nodes is imported."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from chain.errors import ChainNotConfigured
from kmarket.errors import refusal


def on_chain(dotted: str) -> Any:
    """Return the view of this name, "trading.api.writing.Quote"; a 404 where there is no chain."""

    # As every view of the API: nobody is signed in by a cookie there.
    @csrf_exempt
    def view(request: HttpRequest, **path: Any) -> HttpResponseBase:
        if not settings.CHAIN_RPC_URLS:
            absent = ChainNotConfigured
            return refusal(absent.status, absent.message, absent.reason)
        answer: HttpResponseBase = load()(request, **path)
        return answer

    def load() -> Any:
        loaded = import_string(dotted).as_view()
        loaded.refuses = (ChainNotConfigured,)
        return loaded

    # For the API's document.
    view.load = load  # type: ignore[attr-defined]
    return view

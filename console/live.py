"""What lives on the console's pages: a token for their socket, and money beside the prices.

Prices and states come from /ws/odds. Stakes and liability are no business of that feed's listeners,
so that pages ask for them here every few seconds.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from accounts import operators, services
from accounts.errors import Unauthenticated
from console import market_rows
from console.deciding import operator
from kmarket import moments
from kmarket.errors import refusal
from markets.models import Market
from oddsfeed import protocol

# As many as one socket follows.
MARKETS_MAX = protocol.MARKETS_MAX
STAKES_EVERY_MS = 5000


def context() -> dict[str, Any]:
    """Return what console/live.html tells live.js; a page passes it to its template as `live`."""
    return {
        "socket": "/ws/odds",
        "token": reverse("admin:live-token"),
        "stakes": reverse("admin:live-stakes"),
        "stakesEveryMs": STAKES_EVERY_MS,
        "marketsMax": MARKETS_MAX,
        "nothing": market_rows.NOTHING,
        "status": {status: str(word) for status, word in market_rows.STATUS_WORDS.items()},
        "state": {
            "live": gettext("Live"),
            "catching-up": gettext("Catching up: what you see may be behind"),
            "offline": gettext("Offline: what you see is old"),
            "signed-out": gettext("Signed out: reload this page to sign in again"),
        },
    }


@require_POST
def token(request: HttpRequest) -> HttpResponse:
    """Give the page a token for one socket handshake. It ends with the operator's session."""
    operator(request, "markets.view_market")
    session_id = operators.session_id(request)
    if session_id is None:
        return _refused(Unauthenticated())
    try:
        issued = services.issue_ws_token(session_id=session_id, now=moments.present())
    except Unauthenticated as exc:
        return _refused(exc)
    return JsonResponse({"token": issued.token, "expiresIn": issued.expires_in})


@require_GET
def stakes(request: HttpRequest) -> HttpResponse:
    """Answer what is staked in these markets and what their worst scores cost, as it is shown."""
    operator(request, "markets.view_market")
    operator(request, "betting.view_order")
    words = request.GET.get("ids", "").split(",")
    if len(words) > MARKETS_MAX or not all(word.isascii() and word.isdecimal() for word in words):
        return refusal(400, f"`ids` are at most {MARKETS_MAX} ids of markets, by commas.")
    # What is longer is no id, and would be no number of the database either.
    ids = [int(word) for word in words if len(word) <= len(str(protocol.SAFE_MAX))]
    money = market_rows.money_of(list(Market.objects.filter(pk__in=ids)))
    return JsonResponse(
        {"markets": {pk: {**one.texts(), "near": one.is_near} for pk, one in money.items()}}
    )


def _refused(exc: Unauthenticated) -> HttpResponse:
    return refusal(exc.status, exc.message, reason=exc.reason)

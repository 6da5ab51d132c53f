"""A match becomes a market: one form, one service, one audit action. Another market may be its
model."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.models import User
from betting import services as betting_services
from console.deciding import operator
from console.decision_words import OPTIONS
from console.market_form import GROUPS, SIDES, TITLES, MarketForm, copied
from console.once import tried_once
from console.vocabulary import pair
from kmarket.ids import number_of
from markets import history
from markets import services as market_services
from markets.lifecycle import MarketStatus
from markets.limits import LIMITS
from markets.models import Market

PERMISSION = "markets.manage_market"
LIMIT_WORDS = {
    "stake_min": _("Least stake"),
    "stake_max": _("Greatest stake"),
    "user_stake_max": _("Greatest stake of one user in all"),
    "liability_cap": _("Most that the house may lose"),
}


@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """Show the form, with ?copy=<market> filled in like that market; sent, make the market."""
    actor = operator(request, PERMISSION)
    model = _model(request)
    now = timezone.now()
    if request.method == "POST":
        form = MarketForm(request.POST, now=now)
        if form.is_valid():
            made = tried_once(
                request, form.cleaned_data["key"], lambda: _made(form, model=model, actor=actor)
            )
            if made is not None:
                said = gettext("%(market)s was made.") % {"market": made}
                messages.success(request, said)
                return HttpResponseRedirect(reverse("admin:markets_market_change", args=[made.pk]))
    elif model is None:
        form = MarketForm(now=now)
    else:
        form = MarketForm(initial=_initial(model), now=now)
    return render(request, "console/create.html", _context(request, form, model))


def _model(request: HttpRequest) -> Market | None:
    """Return the market that is copied, if one is."""
    text = request.GET.get("copy", "")
    if not text:
        return None
    number = number_of(text)
    return get_object_or_404(Market, pk=number, kind=Market.Kind.BOOK)


def _initial(model: Market) -> dict[str, Any]:
    values = copied(model, history.present_prices(model))
    return values | {"copy_limits": True}


def _made(form: MarketForm, *, model: Market | None, actor: User) -> Market:
    """Make the market, and give it the limits of the one that it is like, if that is wanted."""
    values = form.cleaned_data
    market = market_services.create_market(
        league=values["league"],
        home_team=values["home_team"],
        away_team=values["away_team"],
        start_time=values["start_time"],
        status=MarketStatus(values["status"]),
        prices=form.prices(),
        reason=values["reason"],
        category=values["category"],
        description=values["description"],
        live=values["live"],
        actor=actor,
    )
    if model is not None and values["copy_limits"] and (_limits(model) or _option_limits(model)):
        offered = set(market.options.values_list("number", flat=True))
        betting_services.set_market_limits(
            market_id=market.pk,
            limits=_limits(model),
            option_stake_max={
                number: limit
                for number, limit in _option_limits(model).items()
                if number in offered
            },
            actor=actor,
            reason=values["reason"],
        )
    return market


def _limits(model: Market) -> dict[str, int]:
    return {name: limit for name in LIMITS if (limit := getattr(model, name)) is not None}


def _option_limits(model: Market) -> dict[int, int]:
    limited = model.options.filter(stake_max__isnull=False).order_by("number")
    return {option.number: option.stake_max for option in limited if option.stake_max is not None}


def _limits_shown(model: Market) -> list[tuple[str, int]]:
    """Return each limit with its name in the operator's language."""
    of_market = [(str(LIMIT_WORDS[name]), limit) for name, limit in _limits(model).items()]
    greatest = LIMIT_WORDS["stake_max"]
    return of_market + [
        (pair(greatest, OPTIONS[number]), limit) for number, limit in _option_limits(model).items()
    ]


def _context(request: HttpRequest, form: MarketForm, model: Market | None) -> dict[str, Any]:
    groups = [
        {
            "name": name,
            "title": TITLES[name],
            "sides": [(SIDES[side], form[f"{name}_{side}"]) for side in sides],
        }
        for name, sides in GROUPS.items()
    ]
    match = ["league", "home_team", "away_team", "start_time", "category", "description"]
    return {
        **admin.site.each_context(request),
        "title": gettext("Create a market"),
        "form": form,
        "match": [form[name] for name in match],
        "groups": groups,
        "terms": [form[name] for name in ("status", "live", "reason")],
        "model": model,
        "limits": _limits_shown(model) if model else [],
    }

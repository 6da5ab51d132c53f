"""A market's page: what is so, what may be done about it now, what was so before."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

import kmarket.converters  # noqa: F401  (makes <id:…> known)
from console import (
    live,
    market_actions,
    market_money,
    market_tabs,
    odds_history,
    pool_page,
    pricing,
    sides,
)
from console.deciding import operator
from console.market_actions import PRICE, SETTLE, Again
from console.market_forms import OddsForm, PricesForm
from console.odds_history import Span
from console.pricing import State
from kmarket.ids import number_of
from markets import lifecycle
from markets.admin import MarketAdmin
from markets.models import Market
from markets.odds import overround


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One input of the odds form beside what holds now."""

    label: str
    now: str
    input: Any
    column: str


@dataclass(frozen=True, slots=True)
class PriceGroup:
    """One group of the odds form."""

    name: str
    title: str | Promise
    overround: Any
    rows: list[PriceRow]
    off: Any


class MarketPage(MarketAdmin):
    """The page of one market. The list of markets is another class."""

    change_form_template = "console/market.html"

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("<id:market_id>/effect/", wrap(effect), name="markets_market_effect"),
            path("<id:market_id>/prices/", wrap(prices), name="markets_market_prices"),
        ]
        return own + super().get_urls()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the market; with a POST, do one thing to it first."""
        market: Market | None = self.get_object(request, unquote(object_id))
        if market is None:
            messages.warning(request, gettext("There is no such market."))
            return HttpResponseRedirect(reverse("admin:markets_market_changelist"))
        if not self.has_view_permission(request, market):
            raise PermissionDenied
        state, again = pricing.state_of(market), Again()
        if request.method == "POST":
            refused = market_actions.act(request, state)
            if refused is None:
                return HttpResponseRedirect(request.get_full_path())
            # What was refused may have been so because the market is another by now.
            market.refresh_from_db()
            state, again = pricing.state_of(market), refused
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": market,
            "has_view_permission": True,
            "title": market.title,
            **_context(request, state, again),
            "live": live.context(),
            **(extra_context or {}),
        }
        return render(request, "console/market.html", context)


@require_GET
def effect(request: HttpRequest, market_id: int) -> HttpResponse:
    """Answer what the prices that an operator is typing would do, as a piece of the page."""
    operator(request, PRICE)
    market = get_object_or_404(Market, pk=market_id, kind=Market.Kind.BOOK)
    state = pricing.state_of(market)
    form = PricesForm(
        request.GET, market=market, prices=state.prices, offered=state.offered, auto_id=False
    )
    context: dict[str, Any] = {
        "form": form,
        "has_moved": _has_moved(state, request.GET.get("seq", "")),
    }
    if form.is_valid():
        context["effect"] = pricing.effect(state, form.changes)
        context["changes"] = form.changes
    return render(request, "console/market_effect.html", context)


@require_GET
def prices(request: HttpRequest, market_id: int) -> HttpResponse:
    """Answer the history of a group's prices, for its chart."""
    operator(request, "markets.view_oddsupdate")
    market = get_object_or_404(Market, pk=market_id)
    group, span = request.GET.get("group", ""), Span.of_query(request.GET)
    return JsonResponse(odds_history.history(market=market, group=group, span=span))


def _has_moved(state: State, seen: str) -> bool:
    """Tell whether a form that was made from the prices of `seen` shows old ones."""
    seq = number_of(seen)
    if seq is None or seq == state.market.seq:
        return False
    return pricing.prices_at(state.market, seq) != state.prices


def _context(request: HttpRequest, state: State, again: Again) -> dict[str, Any]:
    market, may = state.market, request.user.has_perm
    if market.is_pool:
        return pool_page.context(request, state, again)
    is_priceable = market.status in lifecycle.PRICEABLE
    context = {
        "market": market,
        "options": [(sides.title(market, one.number), one) for one in state.options],
        "prices": _present(state),
        "charts": _charts(state) if may("markets.view_oddsupdate") else [],
        "money": market_money.money_of(state) if may("betting.view_order") else None,
        "acts": market_actions.acts(request, state, again),
        "may_settle": may(SETTLE),
        "tabs": market_tabs.readable(request, market),
        "page": market_tabs.chosen(request, market),
    }
    if may(PRICE) and is_priceable:
        form = again.get("odds") or market_actions.odds_form(state)
        assert isinstance(form, OddsForm), form
        context |= {"odds_form": form, "price_groups": _groups(state, form)}
    if may(market_actions.MANAGE) and is_priceable:
        context["limits_form"] = again.get("limits") or market_actions.limits_form(state)
    return context


def _present(state: State) -> list[PriceGroup]:
    """Return what is on offer now, to be looked at."""
    return [_group(state, name, None) for name in state.prices.groups()]


def _groups(state: State, form: OddsForm) -> list[PriceGroup]:
    return [_group(state, name, form) for name in sides.GROUP_TITLES]


def _group(state: State, name: str, form: OddsForm | None) -> PriceGroup:
    present = state.prices.groups().get(name)
    line = sides.line_of(present)
    rows = []
    if column := sides.LINES.get(name):
        text = gettext("Line (home side)") if name == "spread" else gettext("Line")
        shown = "" if line is None else str(line)
        rows.append(PriceRow(text, shown, form and form[column], column))
    for side in sides.sides_of(name):
        odds = sides.odds_in(state.prices, side)
        if (odds is None) if form is None else (side.field not in form.fields):
            continue
        rows.append(
            PriceRow(
                sides.title(state.market, side.number),
                "" if odds is None else str(odds),
                form and form[side.field],
                side.field,
            )
        )
    return PriceGroup(
        name=name,
        title=sides.GROUP_TITLES[name],
        overround=None if present is None else overround(present),
        rows=rows,
        off=form[f"{name}_off"] if form and present is not None else None,
    )


def _charts(state: State) -> list[dict[str, Any]]:
    """Return the groups that were ever offered, each with what its chart calls its sides."""
    url = reverse("admin:markets_market_prices", args=[state.market.pk])
    return [
        {
            "group": group,
            "title": title,
            "url": f"{url}?group={group}",
            "sides": [
                (side.name, sides.title(state.market, side.number))
                for side in sides.sides_of(group)
                if side.number in state.offered
            ],
        }
        for group, title in sides.GROUP_TITLES.items()
        if any(side.number in state.offered for side in sides.sides_of(group))
    ]

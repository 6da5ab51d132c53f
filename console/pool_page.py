"""The page of a pool: what the chain says of it, to be looked at; its words alone are ours."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from console import market_actions, market_rows, market_tabs
from console.market_actions import Again
from console.odds_history import OUTCOMES
from console.pricing import State
from markets.models import Market


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome as it is now, as texts, with the names of the fields that keep these up."""

    label: str
    price: str
    price_field: str
    odds: str
    odds_field: str
    wins: bool


def context(request: HttpRequest, state: State, again: Again) -> dict[str, Any]:
    """Return what market.html shows of a pool."""
    market = state.market
    return {
        "market": market,
        "outcomes": _outcomes(state),
        "charts": [_chart(market)] if request.user.has_perm("markets.view_oddsupdate") else [],
        "acts": market_actions.acts(request, state, again),
        "tabs": market_tabs.readable(request, market),
        "page": market_tabs.chosen(request, market),
    }


def _outcomes(state: State) -> list[Outcome]:
    market, update = state.market, state.update
    texts = market_rows.outcome_texts(market, update.outcome_prices if update else None)
    return [
        Outcome(
            label=label,
            price=texts[f"price_{option}"],
            price_field=f"price_{option}",
            odds=texts[f"outcome_{option}"],
            odds_field=f"outcome_{option}",
            wins=option == market.winning_option,
        )
        for option, label in enumerate(market.labels or (), start=1)
    ]


def _chart(market: Market) -> dict[str, Any]:
    url = reverse("admin:markets_market_prices", args=[market.pk])
    return {
        "title": gettext("Odds of the outcomes"),
        "url": f"{url}?group={OUTCOMES}",
        "sides": [
            (f"outcome_{option}", label) for option, label in enumerate(market.labels or (), 1)
        ],
    }

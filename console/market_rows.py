"""What the console shows of each market on a page, read in a constant number of queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from betting.liability import Standing
from betting.models import Settlement
from console import standings
from console.templatetags.console import odds, percent, share_price, tokens
from markets import outcomes
from markets.lifecycle import MarketStatus
from markets.models import Market
from markets.odds import Prices, overround

# From this share of its cap on, a market's liability wants somebody's eye.
NEAR_CAP_PERCENT = 80
STATUS_WORDS: dict[str, str | Promise] = {
    status.value: pgettext_lazy("word", status.value) for status in MarketStatus
}
DECIDED = (MarketStatus.SETTLED, MarketStatus.CANCELLED)
NOTHING = "-"


@dataclass(frozen=True, slots=True)
class Money:
    """What is staked in a market, and what the worst score would cost the house."""

    staked: int = 0
    worst: int = 0
    cap: int | None = None

    @property
    def used(self) -> Fraction | None:
        """The share of the cap that the worst score would take."""
        return Fraction(max(self.worst, 0), self.cap) if self.cap else None

    @property
    def is_near(self) -> bool:
        """Whether so much of the cap would be lost that somebody should look."""
        if self.cap is None or self.worst <= 0:
            return False
        return 100 * self.worst >= NEAR_CAP_PERCENT * self.cap

    def texts(self) -> dict[str, str]:
        """Return this as pages show it, by the name of the field."""
        return {
            "staked": tokens(self.staked),
            "worst": tokens(self.worst),
            "used": percent(self.used),
        }


def money_of(markets: Collection[Market]) -> dict[int, Money]:
    """Return each market's money; of one that is over, what was staked. Three queries at most."""
    decided = [market.pk for market in markets if market.status in DECIDED]
    open_ones = standings.of(market.pk for market in markets if market.pk not in decided)
    # The last one by which all orders got their result.
    kinds = (Settlement.Kind.SETTLE, Settlement.Kind.RESETTLE, Settlement.Kind.VOID)
    last = Settlement.objects.filter(market_id__in=decided, kind__in=kinds)
    last = last.order_by("market_id", "-version").distinct("market_id")
    staked = dict(last.values_list("market_id", "staked"))
    money = {}
    for market in markets:
        standing = open_ones.get(market.pk, Standing(staked.get(market.pk, 0)))
        cap = None if market.pk in decided else market.liability_cap
        money[market.pk] = Money(standing.staked, standing.worst, cap)
    return money


def price_texts(prices: Prices) -> dict[str, str]:
    """Return prices as pages show them, by the name of the field. live.js does the same."""
    winner, spread, total = prices.moneyline, prices.spread, prices.total
    first = winner or spread or total
    texts = {
        "home": winner and odds(winner.home),
        "draw": winner and odds(winner.draw),
        "away": winner and odds(winner.away),
        "spread_line": spread and str(spread.line),
        "spread_home": spread and odds(spread.home),
        "spread_away": spread and odds(spread.away),
        "total_line": total and str(total.line),
        "total_over": total and odds(total.over),
        "total_under": total and odds(total.under),
        "overround": first and percent(overround(first)),
        "spread": spread and f"{spread.line}: {spread.home} / {spread.away}",
        "total": total and f"{total.line}: {total.over} / {total.under}",
    }
    return {name: text or NOTHING for name, text in texts.items()}


def outcome_texts(market: Market, prices: Sequence[int] | None) -> dict[str, str]:
    """Return a pool's prices and odds as pages show them, by the name of the field: as above."""
    options = range(1, len(market.labels or ()) + 1)
    if prices is None:
        return dict.fromkeys(
            (f"{what}_{option}" for option in options for what in ("price", "outcome")), NOTHING
        )
    texts = {}
    for option, price in zip(options, prices, strict=True):
        texts[f"price_{option}"] = share_price(price)
        texts[f"outcome_{option}"] = odds(outcomes.odds_of(price))
    return texts


def start_text(start: datetime) -> str:
    """Return a start as pages show it: UTC, to the minute, the same in every language."""
    return start.strftime("%Y-%m-%d %H:%M")

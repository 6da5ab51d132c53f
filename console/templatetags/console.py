"""How the console writes numbers: exactly, in the form that people read."""

from fractions import Fraction

from django import template
from django.conf import settings

from betting.models import Order
from console import sides, vocabulary
from markets import outcomes
from markets.lines import Line
from markets.models import Market
from markets.odds import Odds

register = template.Library()

SHORT_MAX = 20


@register.filter
def tokens(amount: int | None) -> str:
    """Write an amount of the smallest unit in whole tokens, every digit of it: "-12.5 USDT"."""
    if amount is None:
        return ""
    whole, rest = divmod(abs(amount), 10**settings.TOKEN_DECIMALS)
    digits = f"{rest:0{settings.TOKEN_DECIMALS}}".rstrip("0") if rest else ""
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole}{'.' if digits else ''}{digits} {settings.TOKEN_SYMBOL}"


@register.filter
def odds(value: Odds | int | None) -> str:
    """Write a price, 185 or Odds(185), as 1.85."""
    if value is None:
        return ""
    return str(value if isinstance(value, Odds) else Odds(value))


@register.filter
def share_price(price: int) -> str:
    """Write what a share costs that would pay 1, of which `price` is 10^18ths: 0.6250, cut off."""
    whole, rest = divmod(price * 10_000 // outcomes.ONE, 10_000)
    return f"{whole}.{rest:04}"


@register.filter
def outcome_odds(price: int) -> str:
    """Write the odds that a share's price comes to: 1.60."""
    return odds(outcomes.odds_of(price))


@register.filter
def percent(share: Fraction | None) -> str:
    """Write a share, exact as it is, with one decimal: 1/30 as "3.3 %"."""
    return "" if share is None else f"{float(share * 100):.1f} %"


@register.filter
def line(quarters: int | None) -> str:
    """Write a line of quarter points: -2 as -0.5."""
    return "" if quarters is None else str(Line(quarters))


@register.filter
def magnitude(amount: int) -> int:
    """Leave the sign out: words say whether it is won or lost."""
    return abs(amount)


@register.filter
def short(person: object) -> str:
    """Name somebody by as much of the address as tells it from others."""
    name = str(person)
    return name if len(name) <= SHORT_MAX else f"{name[:6]}…{name[-4:]}"


@register.filter
def bet_on(order: Order, market: Market) -> str:
    """Name what an order of this market was placed on: "Warriors +3"."""
    return sides.title(market, order.option, order.line_q)


register.filter("action", vocabulary.action)
register.filter("reason", vocabulary.reason)


@register.filter
def phrase(text: object) -> str:
    """Say machine words, which may be none, in the operator's language."""
    return vocabulary.phrase(text or "")


@register.filter
def recorded(values: dict[str, object]) -> str:
    """Write what the audit has of a state before or after: "status: active, seq: 2"."""
    return vocabulary.listed(vocabulary.recorded(name, value) for name, value in values.items())

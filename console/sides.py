"""The seven things to bet on in a market, as the console names them in forms, tables and charts."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from markets.lines import Line
from markets.models import Market, Option
from markets.odds import Group, Moneyline, Odds, Prices, Spread, Total, odds_of

Number = Option.Number

GROUP_TITLES: dict[str, str | Promise] = {
    "moneyline": _("Moneyline"),
    "spread": _("Spread"),
    "total": _("Total"),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a group. Its field is the column of its odds, in forms and pages too."""

    group: str
    name: str
    number: int
    field: str


SIDES = (
    Side("moneyline", "home", Number.HOME, "home"),
    Side("moneyline", "draw", Number.DRAW, "draw"),
    Side("moneyline", "away", Number.AWAY, "away"),
    Side("spread", "home", Number.SPREAD_HOME, "spread_home"),
    Side("spread", "away", Number.SPREAD_AWAY, "spread_away"),
    Side("total", "over", Number.TOTAL_OVER, "total_over"),
    Side("total", "under", Number.TOTAL_UNDER, "total_under"),
)
LINES = {"spread": "spread_line", "total": "total_line"}


def sides_of(group: str) -> list[Side]:
    """Return a group's sides in the order in which they are shown."""
    return [side for side in SIDES if side.group == group]


def line_of(group: Group | None) -> Line | None:
    """Return the line of a spread or total."""
    return group.line if isinstance(group, Spread | Total) else None


def odds_in(prices: Prices, side: Side) -> Odds | None:
    """Return the price of a side, None where it has none."""
    group = prices.groups().get(side.group)
    return None if group is None else odds_of(group).get(side.name)


def group_of(name: str, line: Line | None, odds: Mapping[str, Odds]) -> Group:
    """Put a group together from its line and its odds by side.

    Raises:
        ValueError: a total's line is not above 0.
    """
    if name == "moneyline":
        return Moneyline(**odds)
    assert line is not None, name
    return Spread(line, **odds) if name == "spread" else Total(line, **odds)


def title(market: Market, number: int, line_q: int | None = None) -> str:
    """Name what is bet on: "Lakers", "Warriors +3", "Over 219.5". The line is the home side's."""
    home, away = market.home_team, market.away_team
    line = None if line_q is None else Line(line_q)
    away_line = None if line_q is None else Line(-line_q)
    names = {
        Number.HOME: home,
        Number.AWAY: away,
        Number.DRAW: gettext("Draw"),
        Number.SPREAD_HOME: f"{home} {_signed(line)}",
        Number.SPREAD_AWAY: f"{away} {_signed(away_line)}",
        Number.TOTAL_OVER: gettext("Over %(line)s") % {"line": line or ""},
        Number.TOTAL_UNDER: gettext("Under %(line)s") % {"line": line or ""},
    }
    return names[Number(number)].strip()


def _signed(line: Line | None) -> str:
    if line is None:
        return gettext("(spread)")
    return f"+{line}" if line.quarters > 0 else str(line)

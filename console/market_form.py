"""What is asked for before a market is made: the match, its lines and its opening prices."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import REASON_LENGTH_MAX
from console.moments import MomentField
from console.once import OnceField
from console.vocabulary import spoken
from markets.errors import NotPriced
from markets.lifecycle import MarketStatus
from markets.lines import Line
from markets.models import Market
from markets.odds import Group, Moneyline, Odds, Prices, Spread, Total, odds_of

DESCRIPTION_LENGTH_MAX = 5000  # as the API's

# Each group's fields: its line where it has one, then its sides. The draw may stay empty.
GROUPS: dict[str, tuple[str, ...]] = {
    "moneyline": ("home", "draw", "away"),
    "spread": ("line", "home", "away"),
    "total": ("line", "over", "under"),
}
TITLES = {"moneyline": _("Moneyline"), "spread": _("Spread"), "total": _("Total")}
SIDES = {
    "line": _("Line"),
    "home": pgettext_lazy("side", "Home"),
    "draw": _("Draw"),
    "away": pgettext_lazy("side", "Away"),
    "over": _("Over"),
    "under": _("Under"),
}


class PriceField(forms.CharField):
    """Odds or a line, read exactly by the type's own parser."""

    def __init__(self, parse: Callable[[str], Odds | Line], **kwargs: Any) -> None:
        self.parse = parse
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        widget = forms.TextInput(attrs=attrs)
        super().__init__(max_length=12, required=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return self.parse(text)
        except ValueError as exc:
            raise ValidationError(spoken(exc.args[0])) from exc


class MarketForm(forms.Form):
    """A match, and what it begins with. Times are UTC, like all of the console's."""

    league = forms.CharField(label=_("League"), max_length=80)
    home_team = forms.CharField(label=_("Home team"), max_length=80)
    away_team = forms.CharField(label=_("Away team"), max_length=80)
    start_time = MomentField(label=_("Start (UTC)"))
    category = forms.CharField(label=_("Category"), max_length=40, initial="sports")
    description = forms.CharField(
        label=_("Description"),
        max_length=DESCRIPTION_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    status = forms.ChoiceField(
        label=_("Begins as"),
        choices=[
            (MarketStatus.ACTIVE.value, _("open for bets")),
            (MarketStatus.DRAFT.value, _("a draft that only operators see")),
        ],
    )
    live = forms.BooleanField(
        label=_("Takes bets after its start, until somebody closes it"), required=False
    )
    copy_limits = forms.BooleanField(label=_("Copy its limits too"), required=False)
    reason = forms.CharField(
        label=_("Reason, if there is one"), max_length=REASON_LENGTH_MAX, required=False
    )
    key = OnceField()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        for group, sides in GROUPS.items():
            for side in sides:
                self.fields[f"{group}_{side}"] = _price_field(group, side)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("home_team") and values["home_team"] == values.get("away_team"):
            self.add_error("away_team", _("A team does not play against itself."))
        for name in GROUPS:
            values[name] = self._group(name)
        if self.errors or values["status"] == MarketStatus.DRAFT:
            return values
        if not values["live"] and values["start_time"] <= self.now:
            self.add_error("start_time", _("That start has passed: it would close at once."))
        if not any(values[name] for name in GROUPS):
            self.add_error(None, gettext(NotPriced.message))
        return values

    def prices(self) -> Prices:
        """Return what a valid form opens with."""
        return Prices(**{name: self.cleaned_data[name] for name in GROUPS})

    def _group(self, name: str) -> Group | None:
        """Return one group's prices, None where it is left empty or something is wrong with it."""
        fields = {side: f"{name}_{side}" for side in GROUPS[name]}
        given: dict[str, Any] = {
            side: self.cleaned_data.get(field) for side, field in fields.items()
        }
        if not any(self.data.get(field, "").strip() for field in fields.values()):
            return None
        missing = [side for side, value in given.items() if value is None and side != "draw"]
        for side in missing:
            if fields[side] not in self.errors:
                self.add_error(fields[side], _("Fill in the whole group, or leave it empty."))
        if missing or self.errors.keys() & set(fields.values()):
            return None
        try:
            return KINDS[name](**given)
        except ValueError as exc:
            self.add_error(fields["line"], spoken(exc.args[0]))
            return None


KINDS: dict[str, type[Moneyline | Spread | Total]] = {
    "moneyline": Moneyline,
    "spread": Spread,
    "total": Total,
}


def _price_field(group: str, side: str) -> PriceField:
    label = f"{TITLES[group]}: {SIDES[side]}"
    parse: Callable[[str], Odds | Line] = Line.parse if side == "line" else Odds.parse
    return PriceField(parse, label=label)


def copied(market: Market, prices: Prices) -> dict[str, Any]:
    """Return the form's values for a market like this one: all but its start."""
    values: dict[str, Any] = {
        "league": market.league,
        "home_team": market.home_team,
        "away_team": market.away_team,
        "category": market.category,
        "description": market.description,
        "live": market.live,
    }
    for name, group in prices.groups().items():
        sides: dict[str, Odds | Line] = dict(odds_of(group))
        if not isinstance(group, Moneyline):
            sides["line"] = group.line
        values |= {f"{name}_{side}": str(value) for side, value in sides.items()}
    return values

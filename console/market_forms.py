"""The forms of a market's page. They know how to read; what is allowed, the services say."""

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import REASON_LENGTH_MAX
from console import sides
from console.moments import MomentField
from kmarket.fields import AMOUNT_MAX
from markets.lines import Line
from markets.models import LABEL_CHARS_MAX, QUESTION_CHARS_MAX, Market, Option
from markets.odds import Group, Odds, Prices
from markets.pools import Words

LIMITS = {
    "stake_min": _("Least stake"),
    "stake_max": _("Greatest stake"),
    "user_stake_max": _("One user's stakes in all"),
    "liability_cap": _("Liability cap"),
}
# What the types' own parsers take beyond this is not what people write: 1e2, 1_0.
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,80}(\.[0-9]{1,80})?")


class ExactInput(forms.CharField):
    """Text that stands for a value: 1.5 and 1.50 are the same."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(self.prepare_value(initial)) != self.to_python(data))
        except ValidationError:
            return True


class OddsInput(ExactInput):
    """A price such as 1.85."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and (odds := _read(Odds.parse, text)) is None:
            raise ValidationError(
                gettext("Odds lie between 1.01 and 1000 and have at most two decimals.")
            )
        return odds if text else None


class LineInput(ExactInput):
    """A line such as -3.5."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if text and (line := _read(Line.parse, text)) is None:
            raise ValidationError(gettext("A line is a multiple of 0.25 between -1000 and 1000."))
        return line if text else None


class TokensInput(ExactInput):
    """An amount in whole tokens, exactly: 12.5. In Python it is an int of the smallest unit."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        whole, _point, rest = text.partition(".")
        if not _PLAIN_NUMBER.fullmatch(text) or whole.startswith("-"):
            raise ValidationError(gettext("Write a number of tokens, such as 12.5."))
        if len(rest) > settings.TOKEN_DECIMALS:
            raise ValidationError(
                gettext("A token has %(count)s decimals.") % {"count": settings.TOKEN_DECIMALS}
            )
        amount = int(whole + rest.ljust(settings.TOKEN_DECIMALS, "0"))
        if amount > AMOUNT_MAX:
            raise ValidationError(gettext("That is more than an amount can be."))
        return amount

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, int):
            return value
        whole, rest = divmod(value, 10**settings.TOKEN_DECIMALS)
        digits = f"{rest:0{settings.TOKEN_DECIMALS}}".rstrip("0") if rest else ""
        return f"{whole}.{digits}" if digits else str(whole)


class ReasonForm(forms.Form):
    """Why: asked for with everything that changes a market."""

    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)


class StartForm(ReasonForm):
    """Another start."""

    start_time = MomentField(label=_("Start (UTC)"))
    field_order = ("start_time", "reason")


class WordsForm(ReasonForm):
    """What a pool asks, and what its outcomes are called."""

    question = forms.CharField(label=_("Question"), max_length=QUESTION_CHARS_MAX)
    description = forms.CharField(
        label=_("Description"), max_length=2000, required=False, widget=forms.Textarea
    )
    category = forms.CharField(label=_("Category"), max_length=40)
    league = forms.CharField(label=_("League"), max_length=80)

    def __init__(self, *args: Any, market: Market, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("question", "description", "category", "league"):
            self.fields[name].initial = getattr(market, name)
        self._labels = [f"label_{option}" for option in range(1, len(market.labels or ()) + 1)]
        for option, (name, label) in enumerate(
            zip(self._labels, market.labels or (), strict=True), start=1
        ):
            self.fields[name] = forms.CharField(
                label=_("Outcome %(option)s") % {"option": option},
                max_length=LABEL_CHARS_MAX,
                initial=label,
            )
        self.order_fields(["question", *self._labels])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        labels = [cleaned[name] for name in self._labels if name in cleaned]
        if len(set(labels)) < len(labels):
            raise ValidationError(gettext("Two outcomes have the same name."))
        return cleaned

    def words(self) -> Words:
        """Return what was typed."""
        typed = self.cleaned_data
        return Words(
            question=typed["question"],
            labels=tuple(typed[name] for name in self._labels),
            description=typed["description"],
            category=typed["category"],
            league=typed["league"],
        )


class PricesForm(forms.Form):
    """Prices beside those that a market has: what differs from them is a change."""

    def __init__(
        self, *args: Any, market: Market, prices: Prices, offered: set[int], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.market = market
        self.prices = prices
        self.changes: dict[str, Group | None] = {}
        self._offered = offered
        for group in sides.GROUP_TITLES:
            self._add_fields(group)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for group in sides.GROUP_TITLES:
            if not any(field in self.errors for field in self._fields(group)):
                self._read(group, cleaned)
        return cleaned

    def _add_fields(self, group: str) -> None:
        present = self.prices.groups().get(group)
        if field := sides.LINES.get(group):
            line = sides.line_of(present)
            self.fields[field] = LineInput(
                label=_("Line"), required=False, initial=None if line is None else str(line)
            )
        for side in sides.sides_of(group):
            if side.name == "draw" and not self._may_draw():
                continue
            odds = sides.odds_in(self.prices, side)
            self.fields[side.field] = OddsInput(
                label=sides.title(self.market, side.number),
                required=False,
                initial=None if odds is None else str(odds),
            )
        self.fields[f"{group}_off"] = forms.BooleanField(label=_("Take off"), required=False)

    def _may_draw(self) -> bool:
        """Whether there is a draw, or nobody has decided yet: a moneyline keeps its ways."""
        numbers = Option.Number
        return numbers.DRAW in self._offered or numbers.HOME not in self._offered

    def _fields(self, group: str) -> list[str]:
        named = [sides.LINES.get(group), *(side.field for side in sides.sides_of(group))]
        return [field for field in named if field and field in self.fields]

    def _read(self, group: str, cleaned: dict[str, Any]) -> None:
        """Find out what is to become of a group, or what is missing."""
        present = self.prices.groups().get(group)
        if cleaned.get(f"{group}_off"):
            if present is not None:
                self.changes[group] = None
            return
        fields = self._fields(group)
        empty = [field for field in fields if cleaned.get(field) is None]
        if len(empty) == len(fields) and present is None:
            return
        if missing := [field for field in empty if self._is_needed(field)]:
            for field in missing:
                self.add_error(field, gettext("Fill this in, or take the group off."))
            return
        line_field = sides.LINES.get(group)
        odds = {
            side.name: cleaned[side.field]
            for side in sides.sides_of(group)
            if cleaned.get(side.field) is not None
        }
        try:
            wanted = sides.group_of(group, cleaned[line_field] if line_field else None, odds)
        except ValueError:
            assert line_field, group
            self.add_error(line_field, gettext("A total lies above 0."))
            return
        if wanted != present:
            self.changes[group] = wanted

    def _is_needed(self, field: str) -> bool:
        return field != "draw" or Option.Number.DRAW in self._offered


class OddsForm(PricesForm):
    """Prices by hand. `seq` says which prices it was made from."""

    seq = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    force = forms.BooleanField(
        label=_("I mean it: beyond the guard rails (a move of more than 25 %, a flipped line)"),
        required=False,
    )
    reason = forms.CharField(label=_("Reason"), max_length=REASON_LENGTH_MAX)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.changes:
            raise ValidationError(gettext("No price differs from the present ones."))
        return cleaned


class LimitsForm(ReasonForm):
    """What a market takes. Only what differs from what the page showed is changed."""

    def __init__(self, *args: Any, market: Market, options: list[Option], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LIMITS.items():
            self.fields[name] = _limit(label, getattr(market, name))
        for option in options:
            words = {"option": sides.title(market, option.number)}
            self.fields[f"option_{option.number}"] = _limit(
                gettext("Greatest stake: %(option)s") % words, option.stake_max
            )
        self.order_fields([name for name in self.fields if name != "reason"])

    def limits(self) -> dict[str, int | None]:
        """Return the limits of the market that changed."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in LIMITS}

    def option_stake_max(self) -> dict[int, int | None]:
        """Return the limits of options that changed, by number."""
        return {
            int(name.removeprefix("option_")): self.cleaned_data[name]
            for name in self.changed_data
            if name.startswith("option_")
        }


def _limit(label: Any, present: int | None) -> TokensInput:
    return TokensInput(
        label=label,
        required=False,
        initial=present,
        # What somebody else has set meanwhile is not set back.
        show_hidden_initial=True,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )


def _read(parse: Callable[[str], Any], text: str) -> Any:
    """Return what a text stands for, None where it is nothing that people write."""
    if not _PLAIN_NUMBER.fullmatch(text):
        return None
    try:
        return parse(text)
    except ValueError:
        return None

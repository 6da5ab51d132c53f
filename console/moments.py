"""Moments as people type them: UTC, in years that every calendar of ours holds."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from markets.matches import YEAR_MAX, YEAR_MIN


class MomentField(forms.DateTimeField):
    """A moment to the minute, chosen from a calendar or typed."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> datetime | None:
        moment: datetime | None = super().clean(value)
        if moment and not YEAR_MIN < moment.year < YEAR_MAX:
            raise ValidationError(
                _("That lies between %(least)d and %(most)d."),
                params={"least": YEAR_MIN, "most": YEAR_MAX},
            )
        return moment

"""Amounts as people type them: whole tokens, exactly."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from kmarket.fields import AMOUNT_MAX

_TOKENS = re.compile(r"([0-9]{1,78})(?:\.([0-9]{1,78}))?")


class TokensField(forms.CharField):
    """An amount above zero in whole tokens such as 12.5; an `int` of the smallest unit inside."""

    default_error_messages = {
        "invalid": _("Write the amount in digits, such as 12.5, without a sign or separators."),
        "decimals": _("The token has %(decimals)d decimals at most."),
        "range": _("The amount is above zero, and no more than a token amount can hold."),
    }

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "size": 30}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        return self._units(text)

    def _units(self, text: str) -> int:
        found = _TOKENS.fullmatch(text)
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        whole, fraction = found[1], (found[2] or "").rstrip("0")
        decimals = settings.TOKEN_DECIMALS
        if len(fraction) > decimals:
            raise ValidationError(
                self.error_messages["decimals"], code="decimals", params={"decimals": decimals}
            )
        units = int(whole + fraction.ljust(decimals, "0"))
        if not 0 < units <= AMOUNT_MAX:
            raise ValidationError(self.error_messages["range"], code="range")
        return units

"""A form that is sent twice, by a double click or by a reload, does its work once."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.access import signed_in
from console.deciding import words
from kmarket import idempotency
from kmarket.errors import DomainError

T = TypeVar("T")


class OnceField(forms.UUIDField):
    """Hidden: a new key each time the form is shown."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(initial=uuid.uuid4, label=_("This form"), **kwargs)


def tried_once(request: HttpRequest, key: uuid.UUID, change: Callable[[], T]) -> T | None:
    """Make a change unless this form made it before; say why not and return None.

    The key is used in the change's own transaction: a refusal leaves it unused.
    """
    scope = f"form {signed_in(request).pk} {request.path}"
    try:
        with transaction.atomic():
            if idempotency.use_up(scope=scope, key=str(key)):
                return change()
    except DomainError as refusal:
        messages.error(request, words(refusal))
    else:
        messages.warning(request, gettext("This form was sent before: it was done once."))
    return None

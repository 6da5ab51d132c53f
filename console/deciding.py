"""How pages change things: each change is one service, its refusal is shown in its own words."""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext

from accounts.access import signed_in
from accounts.models import User
from console import vocabulary
from kmarket.errors import DomainError

T = TypeVar("T")


def words(refusal: DomainError) -> str:
    """Return a refusal in the operator's language, with what would have been allowed."""
    text = gettext(refusal.message)
    if not refusal.details:
        return text
    return f"{text} ({vocabulary.details(refusal)})"


def tried(request: HttpRequest, change: Callable[[], T], *, done: str = "") -> T | None:
    """Make a change and say that it is done, or say why not and return None."""
    try:
        result = change()
    except DomainError as refusal:
        messages.error(request, words(refusal))
        return None
    if done:
        messages.success(request, done)
    return result


def complain(request: HttpRequest, form: forms.BaseForm) -> None:
    """Say what is wrong with a form, where the operator looks first."""
    for field, faults in form.errors.items():
        # A hidden field has none.
        label = form.fields[field].label if field in form.fields else ""
        for fault in faults:
            messages.error(request, vocabulary.pair(label, fault) if label else str(fault))


def operator(request: HttpRequest, permission: str) -> User:
    """Return whoever asks, if they may.

    Raises:
        PermissionDenied: they lack the permission, "markets.price_market" or the like.
    """
    user = signed_in(request)
    if not user.has_perm(permission):
        raise PermissionDenied
    return user

"""Operators at the console, each with a browser."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client

from accounts import services
from accounts.models import Role, User


def with_role(role: Role) -> Client:
    """Return the browser of somebody of a role, who has signed in."""
    user = User.objects.create_user(f"the {role}", password="a long password")
    services.set_role(user=user, role=role, actor=None, reason="test")
    client = Client()
    client.force_login(user)
    return client


def said(answer) -> list[str]:
    """Return what an operator is told: the page's messages, then the faults of what was sent."""
    told = [str(message) for message in answer.context["messages"]]
    faults = re.search(r'<div class="errornote".*?</div>', answer.content.decode(), re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", faults.group()) if faults else []
    return told + [unescape(re.sub(r"<.*?>", "", line)) for line in lines]


@pytest.fixture
def as_role(db) -> Callable[[Role], Client]:
    """Sign somebody of a role in: as_role(Role.AUDITOR)."""
    return with_role


@pytest.fixture
def console(trader) -> Client:
    """The browser of the operator who may do everything."""
    client = Client()
    client.force_login(trader)
    return client

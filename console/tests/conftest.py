"""Operators at the console, each with a browser."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts import services
from accounts.models import Role, User


@pytest.fixture
def as_role(db) -> Callable[[Role], Client]:
    """Sign somebody of a role in: as_role(Role.AUDITOR)."""

    def sign_in(role: Role) -> Client:
        user = User.objects.create_user(f"the {role}", password="a long password")
        services.set_role(user=user, role=role, actor=None, reason="test")
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def desk(trader) -> Client:
    """The browser of the operator who may do everything."""
    client = Client()
    client.force_login(trader)
    return client

"""What the database refuses to store about people and sessions."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError

from accounts.models import Role, Session, User

EXPIRES = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def guest(db) -> Session:
    return Session.objects.create(kind="guest", expires_at=EXPIRES)


def test_an_address_is_one_persons(alice, bob):
    with pytest.raises(IntegrityError, match="address"):
        User.objects.filter(pk=bob.pk).update(address=alice.address)


@pytest.mark.parametrize(
    "address", ["0x" + "A" * 40, "0x" + "g" * 40, "0x" + "a" * 39, "a" * 42, ""]
)
def test_an_address_is_lower_case_hex(bob, address):
    with pytest.raises(IntegrityError, match="user_address_lower_hex"):
        User.objects.filter(pk=bob.pk).update(address=address)


def test_a_role_is_one_of_ours(bob):
    with pytest.raises(IntegrityError, match="user_role_known"):
        User.objects.filter(pk=bob.pk).update(role="owner")


def test_a_users_session_has_a_user(bob):
    with pytest.raises(IntegrityError, match="session_has_user_unless_guest"):
        Session.objects.create(kind="user", expires_at=EXPIRES)


def test_a_guest_is_nobody(bob):
    with pytest.raises(IntegrityError, match="session_has_user_unless_guest"):
        Session.objects.create(kind="guest", user=bob, expires_at=EXPIRES)


def test_a_kind_is_one_of_ours(guest):
    with pytest.raises(IntegrityError, match=r"session_kind_known|session_has_user"):
        Session.objects.filter(pk=guest.pk).update(kind="root")


def test_a_sockets_token_has_a_parent(db):
    with pytest.raises(IntegrityError, match="session_has_parent_iff_ws"):
        Session.objects.create(kind="ws", expires_at=EXPIRES)


def test_nothing_else_has_a_parent(guest):
    with pytest.raises(IntegrityError, match="session_has_parent_iff_ws"):
        Session.objects.create(kind="guest", parent=guest, expires_at=EXPIRES)


def test_nothing_else_is_used_for_a_handshake(guest):
    with pytest.raises(IntegrityError, match="session_handshake_only_by_ws"):
        Session.objects.filter(pk=guest.pk).update(used_at=EXPIRES)


def test_names(alice, guest):
    assert str(alice) == alice.address
    assert str(User(username="operator")) == "operator"
    assert str(guest) == f"Guest session {guest.pk}"


def test_a_superuser_is_an_admin_with_a_password_and_without_a_wallet(trader):
    assert (trader.role, trader.address) == (Role.ADMIN, None)
    assert trader.check_password("a long password")

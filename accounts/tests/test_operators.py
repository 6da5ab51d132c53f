"""Operators sign in with a cookie; the session beside it ends with it, and it with the session."""

import pytest
from django.conf import settings
from django.test import Client

from accounts import services
from accounts.models import Role, Session

HOME = "/admin/"


@pytest.fixture
def console(trader) -> Client:
    client = Client()
    client.force_login(trader)
    return client


def test_whoever_signs_in_has_one_session_that_lasts_as_long_as_the_cookie(console, trader):
    session = trader.sessions.get()
    assert (session.kind, session.revoked_at) == ("user", None)
    lives = session.expires_at - session.created_at
    assert abs(lives.total_seconds() - settings.SESSION_COOKIE_AGE) < 10

    console.get(HOME)
    console.get(HOME)

    assert trader.sessions.get() == session


def test_signing_out_ends_the_session(console, trader):
    assert console.post("/admin/logout/").status_code == 200
    assert trader.sessions.get().revoked_at is not None


def test_signing_in_again_takes_the_place_of_the_session_before(console, trader):
    console.force_login(trader)
    assert Session.objects.live().get().user == trader
    assert trader.sessions.count() == 2


@pytest.mark.parametrize(
    "end",
    [
        lambda user: services.end_sessions(user=user, actor=None, reason="lost a laptop"),
        lambda user: services.set_active(user=user, active=False, actor=None, reason="left"),
        lambda user: services.set_role(user=user, role=Role.AUDITOR, actor=None, reason="moved"),
        lambda user: services.end_session(session=user.sessions.get(), actor=None, reason="old"),
    ],
    ids=["signed out everywhere", "disabled", "another role", "this session"],
)
def test_whatever_ends_the_session_ends_the_cookie(console, trader, end):
    assert console.get(HOME).status_code == 200

    end(trader)

    answer = console.get(HOME)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/login/?next=/admin/")
    assert not Session.objects.live().exists()


def test_whoever_is_enabled_again_signs_in_anew(console, trader):
    services.set_active(user=trader, active=False, actor=None, reason="left")
    services.set_active(user=trader, active=True, actor=None, reason="came back")
    assert console.get(HOME).status_code == 302


def test_one_operators_end_is_not_anothers(console, trader, bob):
    services.set_role(user=bob, role=Role.TRADER, actor=None, reason="new")
    other = Client()
    other.force_login(bob)

    services.end_sessions(user=bob, actor=None, reason="lost a laptop")

    assert console.get(HOME).status_code == 200
    assert other.get(HOME).status_code == 302


def test_a_cookie_without_a_session_signs_nobody_in(console):
    kept = console.session
    del kept["kmarket_session"]
    kept.save()
    assert console.get(HOME).status_code == 302

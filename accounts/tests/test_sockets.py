"""Who gets through a socket's handshake, and whom the hub is told to send away."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from unittest.mock import ANY

import pytest
from django.db import connection

from accounts import access, errors, services
from accounts.access import Caller, caller_of
from accounts.models import Role, Session
from accounts.tests.conftest import deep_json, disable, revoke, socket_token


def test_a_sockets_token_speaks_for_its_session_once(socket, session):
    spoken = caller_of(socket.token)

    assert spoken == Caller(
        kind="ws",
        user_id=session.session.user_id,
        role="user",
        is_staff=False,
        session_id=session.session.pk,
        expires_at=session.session.expires_at,
        left=ANY,
    )
    with pytest.raises(errors.Unauthenticated):
        caller_of(socket.token)


def test_a_guests_socket_token_speaks_for_the_guest(guest):
    spoken = caller_of(socket_token(guest.token).token)
    assert (spoken.user_id, spoken.role) == (None, "guest")
    assert spoken.session_id == guest.session.pk


def test_operators_are_known_on_sockets_too(owner, session):
    user = session.session.user
    services.set_role(user=user, role=Role.TRADER, actor=None, reason="test")
    again = owner.sign_in()
    spoken = caller_of(socket_token(again.token).token)
    assert (spoken.role, spoken.is_staff) == ("trader", True)


@pytest.mark.parametrize("end", [revoke, disable])
def test_a_sockets_token_ends_with_its_session(socket, session, end):
    end(session)

    with pytest.raises(errors.Unauthenticated):
        caller_of(socket.token)
    assert Session.objects.get(pk=socket.session.pk).used_at is None


def test_no_socket_token_is_made_from_an_ended_session(session):
    who = caller_of(session.token)
    revoke(session)
    with pytest.raises(errors.Unauthenticated):
        services.issue_ws_token(session_id=who.session_id, now=datetime.now(tz=UTC))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800", "é.é.é", deep_json()])
def test_whatever_a_socket_sends_as_a_token_is_refused(db, token):
    with pytest.raises(errors.Unauthenticated):
        caller_of(token)


def test_of_two_handshakes_at_once_one_gets_through(transactional_db, owner):
    token = socket_token(owner.sign_in().token).token

    def shake(_):
        try:
            return caller_of(token)
        except errors.Unauthenticated:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        spoken = list(pool.map(shake, range(4)))

    assert len([who for who in spoken if who]) == 1


def test_who_was_signed_out_since_a_moment(db, owner, session, guest):
    before = datetime.now(tz=UTC)
    assert access.revoked_since(before) == []
    revoke(session)

    assert access.revoked_since(before) == [session.session.pk]


def test_the_question_reaches_back_over_commits_that_came_late(session, guest):
    revoke(session)
    now = datetime.now(tz=UTC)
    Session.objects.filter(pk=session.session.pk).update(revoked_at=now - timedelta(seconds=50))
    Session.objects.filter(pk=guest.session.pk).update(revoked_at=now - timedelta(seconds=70))

    assert access.revoked_since(now) == [session.session.pk]


def test_a_clock_that_is_ahead_of_the_databases_hides_nothing(session):
    revoke(session)
    assert access.revoked_since(datetime.now(tz=UTC) + timedelta(days=1)) == [session.session.pk]

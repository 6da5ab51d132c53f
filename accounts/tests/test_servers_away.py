"""Sessions while Redis or the database is away, or has forgotten something."""

from datetime import UTC, datetime
from unittest.mock import ANY

import pytest
from django.db import OperationalError, transaction

from accounts import access, errors, services, tokens
from accounts.access import Caller, IsGuestOrUser, IsUser, caller_of, may
from accounts.tests.conftest import ask, revoke, socket_token
from kmarket import cache
from kmarket.errors import Unavailable


@pytest.fixture
def committed(transactional_db, owner):
    """A user's session that Redis has a copy of."""
    return owner.sign_in()


def test_with_redis_away_sessions_are_what_they_were(committed, owner, redis_away):
    other = owner.sign_in()
    with redis_away():
        revoke(other)

        assert ask(IsUser, committed.token).status_code == 200
        assert ask(IsUser, other.token).status_code == 401


def test_a_redis_that_lost_everything_signs_nobody_out_and_nobody_in(committed, owner):
    other = owner.sign_in()
    revoke(other)
    cache.redis().flushdb()

    assert ask(IsUser, committed.token).status_code == 200
    assert ask(IsUser, other.token).status_code == 401
    # The reader put the live one's copy back.
    assert tokens.read_copy(committed.session.pk).role == "user"
    with pytest.raises(KeyError):
        tokens.read_copy(other.session.pk)


def test_a_redis_that_came_back_with_an_old_copy_signs_nobody_in(committed):
    copied = cache.redis().get(tokens.key(committed.session.pk))
    revoke(committed)
    cache.redis().set(tokens.key(committed.session.pk), copied)

    assert ask(IsUser, committed.token).status_code == 401


def test_with_the_database_away_readers_are_known_by_their_copy(committed, database_away):
    with database_away():
        answer = ask(IsUser, committed.token)

    assert answer.status_code == 200
    user = committed.session.user
    assert answer.data == {
        "viewer": user.pk,
        "caller": Caller(
            kind="user",
            user_id=user.pk,
            role="user",
            is_staff=False,
            session_id=committed.session.pk,
            expires_at=committed.session.expires_at,
            left=ANY,
        ),
    }


def test_with_the_database_away_guests_are_known_too(transactional_db, database_away):
    guest = services.open_guest_session(now=datetime.now(tz=UTC))
    with database_away():
        assert ask(IsGuestOrUser, guest.token).data["caller"].session_id == guest.session.pk
        assert caller_of(guest.token).role == "guest"


def test_with_the_database_away_an_ended_session_stays_ended(committed, database_away):
    revoke(committed)
    with database_away():
        assert ask(IsUser, committed.token).status_code == 401
        with pytest.raises(errors.Unauthenticated):
            caller_of(committed.token)


def test_with_the_database_away_a_lost_copy_says_nothing(committed, database_away):
    cache.redis().flushdb()
    with database_away():
        answer = ask(IsUser, committed.token)
        with pytest.raises(Unavailable):
            caller_of(committed.token)

    assert (answer.status_code, answer.data["code"]) == (503, "SERVICE_UNAVAILABLE")


def test_with_both_away_nobody_is_told_to_sign_in_again(committed, database_away, redis_away):
    with redis_away(), database_away():
        assert ask(IsUser, committed.token).status_code == 503


def test_with_the_database_away_nobody_writes_and_no_operator_acts(committed, database_away):
    with database_away():
        assert ask(IsUser, committed.token, method="POST").status_code == 503
        assert ask(may("markets.price_market"), committed.token).status_code == 503


def test_with_the_database_away_no_socket_token_is_used_up(committed, database_away):
    token = socket_token(committed.token).token
    with database_away(), pytest.raises(Unavailable):
        caller_of(token)
    assert caller_of(token).session_id == committed.session.pk


def test_a_database_that_is_away_is_not_taken_for_a_bad_token(session, database_away):
    with database_away(), pytest.raises(OperationalError), transaction.atomic():
        access._from_database(tokens.SessionToken(session.token))

"""Hosts' clocks differ; how long a session lives is for the database's clock to say."""

from datetime import timedelta

import pytest

from accounts import errors, services, tokens
from accounts.access import IsGuestOrUser, caller_of
from accounts.tests.conftest import ask, bearer
from kmarket import moments
from kmarket.errors import Unavailable

LIVES = tokens.LIFETIMES[tokens.Kind.GUEST]
# What is over or yet to begin by so much is beyond doubt, however slow the machine.
HOUR = timedelta(hours=1)
MOMENT_SECONDS = 60


def begun(ago):
    """A guest's session, begun by a clock that is behind the database's by so much."""
    return services.open_guest_session(now=moments.present() - ago)


@pytest.mark.parametrize("ago", [-HOUR, timedelta(0)], ids=["in an hour", "just now"])
def test_a_token_is_good_though_its_moment_has_yet_to_come_on_this_host(db, ago):
    issued = begun(ago)

    assert ask(IsGuestOrUser, issued.token).status_code == 200
    lives = (LIVES + -ago).total_seconds()
    assert lives - MOMENT_SECONDS < caller_of(issued.token).left <= lives


def test_what_is_over_by_the_databases_clock_is_over(db):
    issued = begun(LIVES + timedelta(seconds=1))

    # By itself the token says nothing wrong.
    assert tokens.SessionToken(issued.token).session_id == issued.session.pk
    assert ask(IsGuestOrUser, issued.token).status_code == 401
    with pytest.raises(errors.Unauthenticated):
        caller_of(issued.token)


def test_a_sockets_token_says_how_long_its_parent_lives(db):
    parent = begun(timedelta(minutes=5)).session
    issued = services.issue_ws_token(session_id=parent.pk, now=moments.present())

    left = (LIVES - timedelta(minutes=5)).total_seconds()
    assert left - MOMENT_SECONDS < caller_of(issued.token).left <= left


def test_without_the_database_rediss_clock_decides(transactional_db, database_away):
    issued, over = begun(timedelta(0)), begun(LIVES + timedelta(seconds=1))
    with database_away():
        left = LIVES.total_seconds()
        assert left - MOMENT_SECONDS < caller_of(issued.token).left <= left
        # Its copy is gone: whether the session is over can be said when the database is back.
        with pytest.raises(Unavailable):
            caller_of(over.token)


def test_what_a_host_gives_out_begins_by_the_databases_clock(db, monkeypatch):
    there = moments.present() + HOUR
    monkeypatch.setattr(moments, "present", lambda: there)

    answer = bearer("").post("/api/v1/session")

    token = tokens.SessionToken(answer.json()["token"])
    assert token["iat"] == int(there.timestamp())
    assert token.ends_at(there + LIVES)

"""What ends sessions, who is told, and when their rows go."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import services, signals
from accounts.models import AdminAction, Session, User
from accounts.tests.conftest import Wallet


@pytest.fixture
def ended():
    """The sessions that were announced as ended."""
    heard = []

    def remember(session_ids, **_):
        heard.extend(session_ids)

    signals.session_ended.connect(remember)
    yield heard
    signals.session_ended.disconnect(remember)


def test_signing_out_ends_one_session_and_says_so_after_the_commit(
    db, owner, ended, django_capture_on_commit_callbacks
):
    session, other = owner.sign_in().session, owner.sign_in().session

    with django_capture_on_commit_callbacks(execute=True):
        services.sign_out(session_id=session.pk)
        assert ended == []

    session.refresh_from_db()
    other.refresh_from_db()
    assert session.revoked_at is not None
    assert other.revoked_at is None
    assert ended == [session.pk]


def test_signing_out_twice_changes_nothing(db, owner, ended, django_capture_on_commit_callbacks):
    session = owner.sign_in().session
    services.sign_out(session_id=session.pk)
    session.refresh_from_db()
    first = session.revoked_at

    with django_capture_on_commit_callbacks(execute=True):
        services.sign_out(session_id=session.pk)

    session.refresh_from_db()
    assert session.revoked_at == first
    assert ended == []


def test_signing_out_everywhere_ends_all_sessions_of_the_user(
    db, owner, ended, django_capture_on_commit_callbacks
):
    mine = [owner.sign_in().session.pk for _ in range(3)]
    theirs = Wallet().sign_in().session

    with django_capture_on_commit_callbacks(execute=True):
        count = services.sign_out_everywhere(user=theirs.user)
        assert count == 1
        count = services.sign_out_everywhere(user=User.objects.get(address=owner.address))

    assert count == 3
    assert set(ended) == {theirs.pk, *mine}
    assert not Session.objects.live().exists()


def test_a_listener_that_fails_does_not_undo_a_sign_out(
    db, owner, ended, django_capture_on_commit_callbacks
):
    def fail(**_):
        raise RuntimeError

    session = owner.sign_in().session
    signals.session_ended.connect(fail)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            services.sign_out(session_id=session.pk)
    finally:
        signals.session_ended.disconnect(fail)

    assert ended == [session.pk]


def test_an_operator_ends_sessions_and_the_audit_says_why(db, owner, trader):
    first, second = owner.sign_in().session, owner.sign_in().session

    services.end_session(session=first, actor=trader, reason="stolen phone")
    services.end_session(session=first, actor=trader, reason="once more")
    assert services.end_sessions(user=second.user, actor=trader, reason="stolen keys") == 1

    one, all_ = AdminAction.objects.filter(actor=trader).order_by("id")
    assert (one.action, one.target_id, one.reason) == (
        "session.end",
        str(first.pk),
        "stolen phone",
    )
    assert (all_.action, all_.target_id, all_.reason, all_.after) == (
        "user.end_sessions",
        str(second.user.pk),
        "stolen keys",
        {"ended": 1},
    )
    assert not Session.objects.live().exists()


def test_expired_sessions_are_pruned_a_day_later_with_the_tokens_made_from_them(
    db, owner, monkeypatch
):
    monkeypatch.setattr(services, "PRUNE_AT_ONCE", 2)
    present = datetime.now(tz=UTC)
    old, recent, live = (
        services.open_guest_session(now=present - ago).session
        for ago in (timedelta(days=2), timedelta(hours=20), timedelta())
    )
    for parent in (old, old, old, live):
        Session.objects.create(kind="ws", parent=parent, expires_at=parent.expires_at)

    assert services.prune_sessions() == 4

    assert set(Session.objects.exclude(kind="ws")) == {recent, live}
    assert Session.objects.get(kind="ws").parent == live
    assert services.prune_sessions() == 0

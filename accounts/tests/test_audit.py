"""Audit rows: written with what they record, and never changed, not even by SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import audit
from accounts.models import AdminAction
from kmarket.requests import current_request_id


@pytest.fixture
def action(bob, trader) -> AdminAction:
    return audit.record(
        actor=trader,
        action="test.act",
        target=bob,
        reason="because",
        before={"stake": "1"},
        after={"stake": "2"},
    )


def test_a_row_says_who_did_what_to_whom_and_why(action, bob, trader):
    action.refresh_from_db()

    assert (action.actor, action.action, action.reason) == (trader, "test.act", "because")
    assert (action.target_type.model_class(), action.target_id) == (type(bob), str(bob.pk))
    assert (action.before, action.after) == ({"stake": "1"}, {"stake": "2"})
    assert action.request_id == "-"
    assert action.at is not None
    assert str(action) == f"test.act {bob.pk}"


def test_a_row_names_the_request(bob):
    token = current_request_id.set("req-7")
    try:
        action = audit.record(actor=None, action="test.act", target=bob, reason="")
    finally:
        current_request_id.reset(token)
    assert (action.request_id, action.actor) == ("req-7", None)


def test_a_row_goes_with_the_transaction_of_what_it_records(bob):
    with transaction.atomic():
        audit.record(actor=None, action="test.act", target=bob, reason="")
        transaction.set_rollback(True)
    assert not AdminAction.objects.filter(action="test.act").exists()


def test_a_row_without_a_transaction_is_a_bug(transactional_db, django_user_model):
    user = django_user_model.objects.create_user("somebody")
    with pytest.raises(AssertionError, match="belongs to the transaction"):
        audit.record(actor=None, action="test.act", target=user, reason="")
    assert not AdminAction.objects.exists()


def test_a_target_without_a_number_is_a_bug(db, django_user_model):
    with pytest.raises(AssertionError):
        audit.record(actor=None, action="test.act", target=django_user_model(), reason="")


def test_a_reason_that_is_too_long_is_cut_rather_than_lost(bob):
    action = audit.record(actor=None, action="test.act", target=bob, reason="x" * 501)
    assert action.reason == "x" * 499 + "…"


CHANGES = {
    "update": "UPDATE accounts_adminaction SET reason = 'another' WHERE id = %s",
    "delete": "DELETE FROM accounts_adminaction WHERE id = %s",
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_the_database_refuses_to_change_a_row(action, change):
    with (
        pytest.raises(DatabaseError, match="accounts_adminaction is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(CHANGES[change], [action.pk])

    action.refresh_from_db()
    assert action.reason == "because"


def test_querysets_are_refused_too(action):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AdminAction.objects.update(reason="another")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AdminAction.objects.filter(pk=action.pk).delete()
    assert AdminAction.objects.get(pk=action.pk).reason == "because"

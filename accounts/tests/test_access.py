"""Who gets through with which token."""

import uuid
from unittest.mock import ANY

import pytest
from django.contrib.auth.models import AnonymousUser
from rest_framework import permissions
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts import access, errors, services
from accounts.access import Caller, IsGuestOrUser, IsUser, caller_of, may, viewer
from accounts.models import Role, Session, User
from accounts.tests.conftest import ask, deep_json, disable, revoke
from accounts.tests.test_tokens import FORGERIES, forged
from accounts.tokens import Kind


@pytest.mark.parametrize(
    ("permission", "nobody", "guests", "users"),
    [
        (permissions.AllowAny, 200, 200, 200),
        (IsGuestOrUser, 401, 200, 200),
        (IsUser, 401, 403, 200),
        (may("markets.price_market"), 401, 403, 403),
    ],
)
def test_whom_each_permission_lets_through(guest, session, permission, nobody, guests, users):
    assert ask(permission).status_code == nobody
    assert ask(permission, guest.token).status_code == guests
    assert ask(permission, session.token).status_code == users


def test_the_default_is_to_ask_for_a_user():
    assert APIView.permission_classes == [IsUser]
    assert APIView.authentication_classes == [access.SessionAuthentication]


def test_a_public_page_knows_who_looks(guest, session):
    user = session.session.user
    assert ask(permissions.AllowAny).data == {"viewer": None, "caller": None}
    assert ask(permissions.AllowAny, session.token).data == {
        "viewer": user.pk,
        "caller": Caller(
            kind="user",
            user_id=user.pk,
            role="user",
            is_staff=False,
            session_id=session.session.pk,
            expires_at=session.session.expires_at,
            left=ANY,
        ),
    }
    assert ask(permissions.AllowAny, guest.token).data == {
        "viewer": None,
        "caller": Caller(
            kind="guest",
            user_id=None,
            role="guest",
            is_staff=False,
            session_id=guest.session.pk,
            expires_at=guest.session.expires_at,
            left=ANY,
        ),
    }


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_known_in_any_case(session, scheme):
    assert ask(IsUser, authorization=f"{scheme} {session.token}").status_code == 200


BAD = {
    "no token": "Bearer",
    "an empty token": "Bearer  ",
    "two tokens": "Bearer a b",
    "no base64": "Bearer \x80",
    "deep JSON": f"Bearer {deep_json()}",
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("permission", [IsUser, permissions.AllowAny])
@pytest.mark.parametrize("why", [*BAD, *FORGERIES])
def test_a_bad_token_is_refused_on_public_pages_too(db, why, permission):
    authorization = BAD.get(why)
    if authorization is None:
        forgery = FORGERIES[why]()
        text = forgery.decode("latin-1") if isinstance(forgery, bytes) else forgery
        authorization = f"Bearer {text}"

    answer = ask(permission, authorization=authorization)

    assert answer.status_code == 401
    assert answer.data == {
        "code": "UNAUTHORIZED",
        "message": "This token signs nobody in: it is not valid, or its session has ended.",
    }
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("authorization", ["", "Basic eDp5", "Token abc"])
def test_other_schemes_are_no_token(db, authorization):
    assert ask(permissions.AllowAny, authorization=authorization).status_code == 200
    answer = ask(IsUser, authorization=authorization)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def forget(issued):
    Session.objects.all().delete()


def promote(issued):
    """Behind the service's back: the session lives on, the token's role is no longer true."""
    User.objects.update(role=Role.ADMIN, is_staff=True)


END = [revoke, forget, disable, promote]


@pytest.mark.parametrize("end", END)
def test_a_good_token_signs_nobody_in_any_more(session, end):
    assert ask(IsUser, session.token).status_code == 200

    end(session)

    assert ask(IsUser, session.token).status_code == 401
    assert ask(permissions.AllowAny, session.token).status_code == 401
    with pytest.raises(errors.Unauthenticated):
        caller_of(session.token)


def test_a_token_of_ours_that_says_something_else_than_the_row(session):
    row = session.session
    end = int(row.expires_at.timestamp())
    said = {"jti": str(row.pk), "sub": str(row.user_id), "roles": ["user"], "exp": end}
    assert ask(IsUser, forged(**said)).status_code == 200
    for lie in [
        {"roles": ["admin"]},
        {"roles": ["guest"]},
        {"sub": "1"},
        {"exp": end + 1},
        {"exp": end - 1},
    ]:
        assert ask(IsUser, forged(**said | lie)).status_code == 401, lie


def test_a_session_nobody_knows(db):
    assert ask(IsUser, forged(jti=str(uuid.uuid4()))).status_code == 401


def test_a_sockets_token_opens_no_page(socket):
    assert ask(IsGuestOrUser, socket.token).status_code == 401
    assert Session.objects.get(pk=socket.session.pk).used_at is None


def test_a_request_asks_the_database_once(session, django_assert_num_queries):
    with django_assert_num_queries(1):
        ask(IsUser, session.token)
    with django_assert_num_queries(1):
        caller_of(session.token)


def test_a_permission_comes_from_the_group_of_the_role(owner, session):
    permission = may("markets.price_market")
    for role, status in [(Role.TRADER, 200), (Role.SETTLER, 403), (Role.ADMIN, 200)]:
        user = services.person(address=owner.address)
        services.set_role(user=user, role=role, actor=None, reason="test")
        assert ask(permission, owner.sign_in().token).status_code == status


def test_someone_signed_in_to_the_console_is_nobody_to_the_api(trader, client):
    client.force_login(trader)
    assert client.get("/api/v1/auth/me").status_code == 401


def test_a_view_without_a_permission_class_is_a_bug(db):
    request = APIRequestFactory().get("/")
    request.user, request.auth = AnonymousUser(), None
    for function in (access.signed_in, access.caller):
        with pytest.raises(AssertionError, match="lacks a permission class"):
            function(request)
    assert viewer(request) is None
    assert Kind.WS not in Role.values

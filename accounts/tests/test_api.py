"""The endpoints of sign-in and sessions: JSON pinned whole, and whatever else a client sends."""

import json
from datetime import UTC, datetime

import jwt
import pytest
from django.test import Client

from accounts import services, tokens
from accounts.models import AdminAction, Session, User
from accounts.tests.conftest import Wallet, bearer
from accounts.tests.test_sign_in import upper_s
from kmarket import cache
from kmarket.api_fields import epoch_ms

API = "/api/v1/"
JSON = "application/json"


def post(path, body=None, *, client=None, content_type=JSON):
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    return (client or Client()).generic("POST", API + path, raw, content_type=content_type)


@pytest.fixture
def signed_in(db, owner):
    """What verify-sig answered to `owner`."""
    return post("auth/verify-sig", owner.answer()).json()


def nothing_stored() -> bool:
    return not (User.objects.exists() or Session.objects.exists() or AdminAction.objects.exists())


def test_a_nonce(db, owner):
    answer = Client().get(API + "auth/nonce", {"address": owner.account.address})

    assert answer.status_code == 200
    kept = cache.redis().get(f"nonce:{owner.address}").decode()
    assert answer.json() == {"nonce": kept, "expiresIn": 300}
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("spelling", [str.lower, lambda text: "0x" + text[2:].upper(), str])
def test_verify_sig_answers_a_token_and_the_user(db, owner, spelling):
    body = owner.answer() | {"address": spelling(owner.account.address)}

    answer = post("auth/verify-sig", body)

    assert answer.status_code == 200
    user = User.objects.get()
    token = answer.json()["token"]
    assert answer.json() == {
        "token": token,
        "expiresIn": 604_800,
        "user": {"id": user.pk, "address": owner.account.address, "role": "user"},
    }
    assert tokens.SessionToken(token).session_id == Session.objects.get().pk
    assert answer["Cache-Control"] == "no-store"


def test_me(signed_in, owner):
    answer = bearer(signed_in["token"]).get(API + "auth/me")

    assert answer.status_code == 200
    user = User.objects.get()
    assert answer.json() == {
        "id": user.pk,
        "address": owner.account.address,
        "role": "user",
        "last_login": epoch_ms(user.last_login),
    }
    assert 0 <= datetime.now(tz=UTC).timestamp() * 1000 - answer.json()["last_login"] < 60_000


def test_logout_ends_the_session(signed_in, owner):
    other = owner.sign_in()
    client = bearer(signed_in["token"])

    answer = post("auth/logout", client=client)

    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(API + "auth/me").status_code == 401
    assert post("auth/logout", client=client).status_code == 401
    assert bearer(other).get(API + "auth/me").status_code == 200


def test_logout_all_ends_every_session_of_the_user(signed_in, owner):
    others = [owner.sign_in(), owner.sign_in()]
    stranger = Wallet().sign_in()

    answer = post("auth/logout-all", client=bearer(signed_in["token"]))

    assert (answer.status_code, answer.content) == (204, b"")
    for token in [signed_in["token"], *others]:
        assert bearer(token).get(API + "auth/me").status_code == 401
    assert bearer(stranger).get(API + "auth/me").status_code == 200


def test_a_guest_session(db):
    answer = post("session")

    assert answer.status_code == 200
    token = answer.json()["token"]
    assert answer.json() == {"token": token, "expiresIn": 900, "role": "guest"}
    session = Session.objects.get()
    assert bearer(token).get(API + "session/me").json() == {
        "sessionId": str(session.pk),
        "role": "guest",
        "user": None,
        "expiresAt": epoch_ms(session.expires_at),
    }
    assert not User.objects.exists()


def test_a_users_session_data(signed_in):
    session = Session.objects.get()
    assert bearer(signed_in["token"]).get(API + "session/me").json() == {
        "sessionId": str(session.pk),
        "role": "user",
        "user": signed_in["user"],
        "expiresAt": epoch_ms(session.expires_at),
    }


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_for_a_socket(signed_in, method):
    answer = getattr(bearer(signed_in["token"]), method)(API + "ws/token")

    assert answer.status_code == 200
    assert set(answer.json()) == {"token", "expiresIn"}
    assert answer.json()["expiresIn"] == 60
    claims = jwt.decode(answer.json()["token"], options={"verify_signature": False})
    assert claims["roles"] == ["ws"]
    assert bearer(answer.json()["token"]).get(API + "session/me").status_code == 401


def test_guests_get_tokens_for_sockets_and_no_more(db):
    client = bearer(post("session").json()["token"])

    assert client.get(API + "ws/token").status_code == 200
    for method, path in [("get", "auth/me"), ("post", "auth/logout"), ("post", "auth/logout-all")]:
        answer = getattr(client, method)(API + path)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


def test_operators_see_their_role(owner, signed_in):
    services.set_role(user=User.objects.get(), role="trader", actor=None, reason="test")
    answer = post("auth/verify-sig", owner.answer())
    assert answer.json()["user"]["role"] == "trader"


@pytest.mark.parametrize("path", ["auth/nonce", "auth/verify-sig", "session"])
def test_a_token_that_ended_keeps_nobody_from_a_new_session(db, owner, path):
    client = Client(headers={"authorization": "Bearer a.b.c"})
    if path == "auth/nonce":
        answer = client.get(API + path, {"address": owner.address})
    else:
        answer = post(path, owner.answer(), client=client)
    assert answer.status_code == 200


def test_without_redis_there_is_no_nonce(db, owner, redis_away):
    body = owner.answer()
    with redis_away():
        answers = [
            Client().get(API + "auth/nonce", {"address": owner.address}),
            post("auth/verify-sig", body),
        ]

    for answer in answers:
        assert answer.status_code == 503
        assert answer.json()["code"] == "SERVICE_UNAVAILABLE"
        assert answer["Retry-After"] == "2"
    assert nothing_stored()


def test_with_the_database_away_people_still_see_who_they_are(
    transactional_db, owner, database_away
):
    signed_in = post("auth/verify-sig", owner.answer()).json()
    client = bearer(signed_in["token"])
    before = client.get(API + "auth/me").json()

    with database_away():
        assert client.get(API + "auth/me").json() == before
        assert client.get(API + "session/me").status_code == 200
        for method, path in [("post", "auth/logout"), ("get", "ws/token"), ("post", "ws/token")]:
            answer = getattr(client, method)(API + path)
            assert (answer.status_code, answer["Retry-After"]) == (503, "2")


def refused(answer, status, reason=None) -> dict:
    """Assert the envelope, and that nothing was stored."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == JSON
    body = answer.json()
    assert {"code", "message"} <= set(body) <= {"code", "message", "reason", "details"}
    assert body.get("reason") == reason
    assert nothing_stored()
    return body


GOOD = {"address": Wallet().address, "message": "x", "signature": "0x" + "11" * 65}
SHAPES = [
    None,
    True,
    7,
    "text",
    [],
    [GOOD],
    {},
    *({name: value for name, value in GOOD.items() if name != missing} for missing in GOOD),
    *(
        GOOD | {name: value}
        for name in GOOD
        for value in (None, True, 7, 1.5, [], {}, "", "\ud800")
    ),
    *(GOOD | {name: "nul\u0000"} for name in GOOD),
    GOOD | {"chainId": 56},
    GOOD | {"message": "x" * 4097},
    GOOD | {"signature": "0x" + "1" * 16_385},
    GOOD | {"address": "0x12"},
    GOOD | {"address": GOOD["address"] + "0"},
    GOOD | {"address": GOOD["address"][2:]},
    GOOD | {"address": "0xC02AaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"},
]


@pytest.mark.parametrize("body", SHAPES, ids=lambda body: json.dumps(body)[:60])
def test_bodies_of_the_wrong_shape(db, body):
    refused(post("auth/verify-sig", json.dumps(body)), 400, "INVALID")


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"\xff\xfe", b"null", b'{"address": NaN}', b"[" * 60_000, b"{}{}"]
)
def test_bodies_that_are_no_json_object(db, raw):
    answer = post("auth/verify-sig", raw)
    refused(answer, 400, answer.json().get("reason"))


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"],
)
def test_other_content_types(db, owner, content_type):
    answer = post("auth/verify-sig", json.dumps(owner.answer()), content_type=content_type)
    assert refused(answer, 415)["code"] == "UNSUPPORTED_MEDIA_TYPE"


def test_a_charset_may_be_named(db, owner):
    answer = post("auth/verify-sig", owner.answer(), content_type="application/json; charset=utf-8")
    assert answer.status_code == 200


METHODS = {
    "auth/nonce": {"GET"},
    "auth/verify-sig": {"POST"},
    "auth/me": {"GET"},
    "auth/logout": {"POST"},
    "auth/logout-all": {"POST"},
    "session": {"POST"},
    "session/me": {"GET"},
    "ws/token": {"GET", "POST"},
}


@pytest.mark.parametrize("path", list(METHODS))
def test_other_methods(db, owner, path):
    client = bearer(owner.sign_in())
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - METHODS[path]:
        answer = client.generic(method, API + path, "{}", content_type=JSON)
        assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert Session.objects.live().count() == 1


@pytest.mark.parametrize("path", list(METHODS))
def test_a_slash_at_the_end_leads_nowhere(db, path):
    assert Client().get(API + path + "/").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["", "?address=", "?address=0x12", "?address=0xC02AaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"],
)
def test_a_nonce_for_no_address(db, query):
    refused(Client().get(API + "auth/nonce" + query), 400, "INVALID")
    assert cache.redis().keys("nonce:*") == []


SPOILT = {
    "short": (lambda answer: answer["signature"][:-2], 400, "MALFORMED_SIGNATURE"),
    "long": (lambda answer: answer["signature"] + "00", 400, "MALFORMED_SIGNATURE"),
    "no prefix": (lambda answer: answer["signature"][2:], 400, "MALFORMED_SIGNATURE"),
    "high s": (lambda answer: upper_s(answer["signature"]), 400, "MALFORMED_SIGNATURE"),
    "v of 29": (lambda answer: answer["signature"][:-2] + "1d", 400, "MALFORMED_SIGNATURE"),
    "v of 37": (lambda answer: answer["signature"][:-2] + "25", 400, "MALFORMED_SIGNATURE"),
    "zeros": (lambda answer: "0x" + "00" * 65, 400, "MALFORMED_SIGNATURE"),
    "another's": (lambda answer: Wallet().sign(answer["message"]), 401, "BAD_SIGNATURE"),
}


@pytest.mark.parametrize("how", list(SPOILT))
def test_signatures_that_prove_nothing(db, owner, how):
    spoil, status, reason = SPOILT[how]
    answer = owner.answer()

    refused(post("auth/verify-sig", answer | {"signature": spoil(answer)}), status, reason)
    refused(post("auth/verify-sig", answer), 401, "NONCE_USED")


def test_another_address_than_the_one_that_signed(db, owner):
    other = Wallet()
    services.issue_nonce(address=other.address)
    body = owner.answer() | {"address": other.address}
    refused(post("auth/verify-sig", body), 401, "NONCE_USED")

    body = other.answer() | {"signature": owner.sign(other.answer()["message"])}
    refused(post("auth/verify-sig", body), 401, "NONCE_USED")


def test_a_used_nonce(db, owner):
    body = owner.answer()
    assert post("auth/verify-sig", body).status_code == 200

    answer = post("auth/verify-sig", body)

    assert (answer.status_code, answer.json()) == (
        401,
        {
            "code": "UNAUTHORIZED",
            "message": "This nonce is used, expired or not ours: ask for a new one and sign again.",
            "reason": "NONCE_USED",
        },
    )
    assert Session.objects.count() == 1


def test_an_expired_nonce(db, owner):
    body = owner.answer()
    cache.redis().delete(f"nonce:{owner.address}")
    refused(post("auth/verify-sig", body), 401, "NONCE_USED")


def test_a_message_that_is_neither_form(db, owner):
    services.issue_nonce(address=owner.address)
    body = {"address": owner.address, "message": "hello", "signature": owner.sign("hello")}
    refused(post("auth/verify-sig", body), 400, "MALFORMED_MESSAGE")


def test_a_message_is_taken_as_it_is_and_not_trimmed(db, owner):
    body = owner.answer()
    body |= {"message": body["message"] + " "}
    body |= {"signature": owner.sign(body["message"])}
    refused(post("auth/verify-sig", body), 400, "MALFORMED_MESSAGE")


def test_an_eip_4361_message_says_which_of_its_lines_is_wrong(db, owner, settings):
    nonce = services.issue_nonce(address=owner.address)
    message = (
        "evil.org wants you to sign in with your Ethereum account:\n"
        f"{owner.account.address}\n\n\nURI: https://evil.org\nVersion: 1\nChain ID: 56\n"
        f"Nonce: {nonce}\nIssued At: 2026-05-01T12:00:00Z"
    )
    body = {"address": owner.address, "message": message, "signature": owner.sign(message)}

    answer = refused(post("auth/verify-sig", body), 401, "MESSAGE_REFUSED")

    assert answer["details"] == {"check": "domain", "why": "It signs in to another site."}


def test_a_disabled_account_is_told_so(signed_in, owner):
    User.objects.update(is_active=False)

    answer = post("auth/verify-sig", owner.answer())

    assert (answer.status_code, answer.json()["reason"]) == (403, "ACCOUNT_DISABLED")
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("method", "path", "queries"),
    # Of the write, one asks what time it is, and two are the savepoint of the service in the test's
    # own transaction.
    [("get", "auth/me", 1), ("get", "session/me", 1), ("post", "ws/token", 6)],
)
def test_how_often_the_database_is_asked(
    signed_in, django_assert_num_queries, method, path, queries
):
    client = bearer(signed_in["token"])
    with django_assert_num_queries(queries):
        assert getattr(client, method)(API + path).status_code == 200

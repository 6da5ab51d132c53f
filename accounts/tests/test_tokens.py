"""What is in a token, and how Redis's copies of sessions come and go."""

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction
from rest_framework_simplejwt.exceptions import TokenError

from accounts import services, tokens
from accounts.models import Session
from accounts.tests.conftest import Wallet
from accounts.tokens import Kind, SessionToken
from kmarket import cache

WEEK = timedelta(days=7)
DAY = 24 * 3600


def claims(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def second(moment: datetime) -> int:
    return int(moment.timestamp())


@pytest.fixture
def now() -> datetime:
    return datetime.now(tz=UTC)


@pytest.fixture
def issue(now):
    """A builder of sessions, by default a guest's."""

    def build(**changes):
        with transaction.atomic():
            return tokens.issue(**{"kind": Kind.GUEST, "now": now} | changes)

    return build


def test_a_users_token_has_these_claims_and_no_others(alice, issue, now):
    issued = issue(kind=Kind.USER, user=alice)

    assert claims(issued.token) == {
        "sub": str(alice.pk),
        "iss": "kmarket",
        "aud": "kmarket",
        "iat": second(now),
        "exp": second(now) + 604_800,
        "jti": str(issued.session.pk),
        "roles": ["user"],
    }
    assert jwt.get_unverified_header(issued.token) == {"alg": "HS256", "typ": "JWT"}
    assert issued.expires_in == 604_800
    assert issued.session.expires_at == now.replace(microsecond=0) + WEEK


def test_a_guests_token_lives_for_a_quarter_of_an_hour(db, issue, now):
    issued = issue()

    said = claims(issued.token)
    assert said["sub"] == f"guest:{issued.session.pk}"
    assert said["roles"] == ["guest"]
    assert (said["exp"] - said["iat"], issued.expires_in) == (900, 900)
    assert issued.session.user is None


def test_a_sockets_token_lives_for_a_minute_and_names_its_parents_subject(alice, issue):
    parent = issue(kind=Kind.USER, user=alice)
    issued = issue(kind=Kind.WS, user=alice, parent=parent.session)

    said = claims(issued.token)
    assert (said["sub"], said["roles"]) == (str(alice.pk), ["ws"])
    assert (said["exp"] - said["iat"], issued.expires_in) == (60, 60)


def test_a_sockets_token_does_not_outlive_its_parent(db, issue, now):
    parent = issue()
    issued = issue(kind=Kind.WS, parent=parent.session, now=now + timedelta(seconds=890))

    assert issued.expires_in == 10
    assert issued.session.expires_at == parent.session.expires_at
    assert claims(issued.token)["sub"] == f"guest:{parent.session.pk}"


def test_a_token_reads_back(alice, issue):
    issued = issue(kind=Kind.USER, user=alice)

    token = SessionToken(issued.token)

    assert (token.session_id, token.role) == (issued.session.pk, "user")


def forged(key=None, algorithm="HS256", headers=None, **changes) -> str:
    """A token like ours, but for the changes; None takes a claim away."""
    present = second(datetime.now(tz=UTC))
    payload = {
        "sub": "1",
        "iss": "kmarket",
        "aud": "kmarket",
        "iat": present,
        "exp": present + 60,
        "jti": str(uuid.uuid4()),
        "roles": ["user"],
    } | changes
    payload = {name: value for name, value in payload.items() if value is not None}
    key = settings.JWT_SECRET if key is None else key
    return jwt.encode(payload, key, algorithm=algorithm, headers=headers)


# Of somebody who would have us check with it: named, pointed to, or brought along.
OWN_KEY = ec.generate_private_key(ec.SECP256R1())
OWN_SECRET = "a forger's own secret of thirty-two bytes"
OWN_JWK = {"kty": "oct", "k": base64.urlsafe_b64encode(OWN_SECRET.encode()).decode().rstrip("=")}


def test_the_forger_below_knows_how_to_make_a_good_one():
    assert SessionToken(forged()).role == "user"


FORGERIES = {
    "no algorithm": lambda: forged(key="", algorithm="none"),
    "HS384": lambda: forged(algorithm="HS384"),
    "HS512": lambda: forged(algorithm="HS512"),
    "another key": lambda: forged(key="some other secret of thirty-two bytes"),
    "a key of its own kind": lambda: forged(key=OWN_KEY, algorithm="ES256"),
    "a key that it brings along": lambda: forged(key=OWN_SECRET, headers={"jwk": OWN_JWK}),
    "a key at an address": lambda: forged(
        key=OWN_SECRET, headers={"jku": "https://evil.example/keys", "kid": "1"}
    ),
    "a key in a file": lambda: forged(key=OWN_SECRET, headers={"kid": "../../../../dev/null"}),
    "an algorithm that is none in other letters": lambda: (
        base64.urlsafe_b64encode(b'{"alg":"nOnE"}').decode().rstrip("=")
        + forged()[forged().index(".") :]
    ),
    "a header that must be understood": lambda: forged(headers={"crit": ["b64"], "b64": False}),
    "not valid yet": lambda: forged(nbf=second(datetime.now(tz=UTC)) + DAY + 60),
    "another issuer": lambda: forged(iss="somebody else"),
    "no issuer": lambda: forged(iss=None),
    "another audience": lambda: forged(aud="somebody else"),
    "no audience": lambda: forged(aud=None),
    "long expired": lambda: forged(exp=second(datetime.now(tz=UTC)) - DAY - 1),
    "no expiry": lambda: forged(exp=None),
    "issued in the far future": lambda: forged(iat=second(datetime.now(tz=UTC)) + DAY + 60),
    "no id": lambda: forged(jti=None),
    "an id that is no UUID": lambda: forged(jti="not-a-uuid"),
    "an id that is a number": lambda: forged(jti=7),
    "no subject": lambda: forged(sub=None),
    "a subject that is a number": lambda: forged(sub=7),
    "no roles": lambda: forged(roles=None),
    "an empty list of roles": lambda: forged(roles=[]),
    "roles that are no list": lambda: forged(roles="user"),
    "two roles": lambda: forged(roles=["user", "admin"]),
    "a cut signature": lambda: forged()[:-2],
    "no signature": lambda: forged().rpartition(".")[0] + ".",
    "nothing": lambda: "",
    "no base64": lambda: "a.b.c",
    "no text": lambda: b"\xff\xfe",
}


# The forger's HS512 needs no better key to be refused.
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("why", list(FORGERIES))
def test_any_other_token_is_refused(why):
    with pytest.raises(TokenError):
        SessionToken(FORGERIES[why]())


def kept(session) -> dict | None:
    found = cache.redis().get(f"session:{session.pk}")
    return None if found is None else json.loads(found)


def test_the_copy_is_written_when_the_session_is_committed(transactional_db, alice, now):
    with transaction.atomic():
        issued = tokens.issue(kind=Kind.USER, now=now, user=alice)
        assert kept(issued.session) is None

    assert kept(issued.session) == {
        "kind": "user",
        "role": "user",
        "expires": second(now) + 604_800,
        "userId": alice.pk,
        "user": {
            "username": alice.username,
            "address": alice.address,
            "isStaff": False,
            "lastLogin": None,
        },
    }
    assert cache.redis().expiretime(f"session:{issued.session.pk}") == second(now) + 604_800


def test_a_session_that_was_rolled_back_leaves_no_copy(transactional_db, now):
    with transaction.atomic():
        issued = tokens.issue(kind=Kind.GUEST, now=now)
        transaction.set_rollback(True)

    assert kept(issued.session) is None


def test_a_sockets_token_has_no_copy(transactional_db, issue):
    parent = issue()
    assert kept(issue(kind=Kind.WS, parent=parent.session).session) is None


def test_an_ended_sessions_copy_is_a_tombstone_that_nobody_can_replace(transactional_db, issue):
    session = issue().session
    services.sign_out(session_id=session.pk)
    assert kept(session) == {"ended": True}
    assert cache.redis().expiretime(tokens.key(session.pk)) == second(session.expires_at)

    # A reader who loaded the row while it was live, and comes late.
    tokens.copy(session)
    tokens.put_back(session)

    assert kept(session) == {"ended": True}
    assert tokens.read_copy(session.pk) is None


def test_a_session_is_made_and_ended_without_redis(transactional_db, issue, redis_away):
    with redis_away():
        session = issue().session
        services.sign_out(session_id=session.pk)

    assert Session.objects.get(pk=session.pk).revoked_at is not None


def test_a_lost_copy_is_put_back_once_a_minute(transactional_db, issue, monkeypatch):
    session = issue().session
    cache.redis().flushdb()

    tokens.put_back(session)
    assert kept(session)["kind"] == "guest"
    cache.redis().flushdb()
    tokens.put_back(session)
    assert kept(session) is None

    monkeypatch.setattr(tokens, "PUT_BACK_SECONDS", 0.000_001)
    tokens.put_back(session)
    assert kept(session)["kind"] == "guest"


def test_the_memory_of_who_was_looked_after_is_bounded(transactional_db, issue, monkeypatch):
    monkeypatch.setattr(tokens, "PUT_BACK_MAX", 2)
    for _ in range(5):
        tokens.put_back(issue().session)
        assert len(tokens._looked) <= 2


def revive(session):
    """What a Redis does that comes back without its last second."""
    cache.redis().set(tokens.key(session.pk), json.dumps({"kind": "guest"}))


def test_the_clock_buries_what_a_restarted_redis_revived(transactional_db, issue, now):
    session = issue().session
    services.sign_out(session_id=session.pk)
    tokens.bury_again(now)
    revive(session)

    tokens.bury_again(now + timedelta(seconds=1))

    assert kept(session) == {"ended": True}


def test_the_clock_buries_what_ended_while_redis_was_away(transactional_db, issue, now, redis_away):
    session = issue().session
    tokens.bury_again(now - timedelta(hours=1))
    with redis_away():
        services.sign_out(session_id=session.pk)
        Session.objects.update(revoked_at=now - timedelta(minutes=50))
        tokens.bury_again(now)
    assert kept(session)["kind"] == "guest"

    # Without the failed round before, this one would look back a minute only.
    tokens.bury_again(now)

    assert kept(session) == {"ended": True}


def test_the_clock_looks_back_a_minute_and_not_at_everything(transactional_db, issue, now):
    session = issue().session
    services.sign_out(session_id=session.pk)
    Session.objects.update(revoked_at=now - timedelta(minutes=5))
    tokens.bury_again(now)
    revive(session)

    tokens.bury_again(now)

    assert kept(session) == {"kind": "guest"}


def test_the_clock_lets_live_and_expired_sessions_be(transactional_db, issue, now):
    live = issue().session
    expired = issue(now=now - timedelta(minutes=20)).session
    services.sign_out(session_id=expired.pk)

    tokens.bury_again(now)

    assert kept(live)["kind"] == "guest"
    assert kept(expired) is None


def test_a_token_needs_a_transaction(transactional_db, now):
    with pytest.raises(AssertionError, match="belongs to a transaction"):
        tokens.issue(kind=Kind.GUEST, now=now)


def test_a_wallets_first_token_is_a_users(transactional_db):
    owner = Wallet()
    assert claims(owner.sign_in().token)["roles"] == ["user"]

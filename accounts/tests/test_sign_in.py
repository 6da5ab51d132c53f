"""Nonces and signing in: what opens a session, what does not, and races for it."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from accounts import errors, services, wallet
from accounts.models import Session, User
from accounts.tests.conftest import Wallet
from accounts.tokens import SessionToken
from kmarket import cache
from kmarket.errors import Unavailable

NOW = datetime.now(tz=UTC)


def siwe_message(owner: Wallet, **changes) -> str:
    """A message that signs in, but for the changes."""
    said = {
        "domain": "kmarket.com",
        "address": owner.account.address,
        "uri": "https://kmarket.com/login",
        "chain": 56,
        "nonce": services.issue_nonce(address=owner.address),
        "issued": datetime.now(tz=UTC).isoformat().replace("+00:00", "Z"),
    } | changes
    return (
        f"{said['domain']} wants you to sign in with your Ethereum account:\n{said['address']}\n"
        f"\n\nURI: {said['uri']}\nVersion: 1\nChain ID: {said['chain']}\nNonce: {said['nonce']}\n"
        f"Issued At: {said['issued']}"
    )


@pytest.fixture
def attempt(owner):
    """Sign in as `owner` with the right answer to a fresh nonce, but for the changes."""

    def sign_in(**changes):
        answer = owner.answer() | changes
        return services.sign_in(**{"now": NOW} | answer)

    return sign_in


def refused(error, attempt, **changes):
    """Assert that an attempt is refused like this, and that nobody and nothing was made."""
    with pytest.raises(error) as refusal:
        attempt(**changes)
    assert not User.objects.exists()
    assert not Session.objects.exists()
    return refusal.value


def test_a_nonce_is_a_uuid_kept_for_five_minutes(owner):
    nonce = services.issue_nonce(address=owner.address)

    assert str(uuid.UUID(nonce)) == nonce
    assert cache.redis().get(f"nonce:{owner.address}") == nonce.encode()
    assert cache.redis().ttl(f"nonce:{owner.address}") == 300


def test_the_first_sign_in_makes_the_user(db, owner, attempt):
    issued = attempt()

    user = User.objects.get()
    assert issued.session == Session.objects.get()
    assert issued.session.user == user
    assert (user.address, user.username, user.role) == (owner.address, owner.address, "user")
    assert (user.is_staff, user.is_superuser, user.has_usable_password()) == (False, False, False)
    assert user.last_login == NOW
    token = SessionToken(issued.token)
    assert (token.session_id, token.role, token["sub"]) == (issued.session.pk, "user", str(user.pk))


def test_the_next_sign_in_finds_the_user(db, owner, attempt):
    first = attempt()
    later = NOW + timedelta(hours=1)

    second = attempt(now=later)

    assert second.session.user == first.session.user
    assert User.objects.get().last_login == later
    assert Session.objects.count() == 2


def test_an_eip_4361_message_signs_in_too(db, owner, attempt):
    message = siwe_message(owner)
    issued = attempt_with(owner, message)
    assert issued.session.user.address == owner.address


def attempt_with(owner, message):
    return services.sign_in(
        address=owner.address,
        message=message,
        signature=owner.sign(message),
        now=datetime.now(tz=UTC),
    )


def test_an_eip_4361_nonce_may_lack_its_dashes(db, owner):
    nonce = services.issue_nonce(address=owner.address)
    message = siwe_message(owner, nonce=nonce.replace("-", ""))
    # The message above asked for another nonce: give the first one back.
    cache.redis().set(f"nonce:{owner.address}", nonce)
    assert attempt_with(owner, message).session.user.address == owner.address


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"domain": "evil.org"}, "domain"),
        ({"uri": "https://evil.org"}, "uri"),
        ({"chain": 1}, "chainId"),
        ({"address": Wallet().account.address}, "address"),
        ({"issued": "2100-01-01T00:00:00Z"}, "issuedAt"),
    ],
)
def test_an_eip_4361_message_that_says_something_else(db, owner, changes, check):
    message = siwe_message(owner, **changes)
    refusal = refused(errors.MessageRefused, lambda: attempt_with(owner, message))
    assert refusal.details["check"] == check


def test_an_eip_4361_message_with_another_nonce(db, owner):
    message = siwe_message(owner, nonce="0123456789abcdef")
    refused(errors.NonceUsed, lambda: attempt_with(owner, message))


def test_an_eip_4361_message_that_is_none(db, owner, attempt):
    message = siwe_message(owner) + "\n"
    refusal = refused(errors.MalformedMessage, lambda: attempt_with(owner, message))
    assert refusal.details == {"why": "There is no place for the line ''."}


@pytest.mark.parametrize("message", ["Login to KMarket: nonce=x", "hello", "\n", " "])
def test_other_texts_sign_nobody_in(db, owner, attempt, message):
    signature = owner.sign(message)
    refused(errors.MalformedMessage, attempt, message=message, signature=signature)


def test_another_nonce_than_the_one_that_was_given(db, owner, attempt):
    message = wallet.login_message(str(uuid.uuid4()))
    refused(errors.NonceUsed, attempt, message=message, signature=owner.sign(message))


def test_the_nonce_of_another_address(db, owner, attempt):
    message = wallet.login_message(services.issue_nonce(address=Wallet().address))
    refused(errors.NonceUsed, attempt, message=message, signature=owner.sign(message))


def test_a_nonce_that_expired(db, owner, attempt):
    answer = owner.answer()
    cache.redis().delete(f"nonce:{owner.address}")
    refused(errors.NonceUsed, lambda: services.sign_in(**answer, now=NOW))


def test_a_newer_nonce_takes_the_olders_place(db, owner, attempt):
    older = owner.answer()
    services.issue_nonce(address=owner.address)
    refused(errors.NonceUsed, lambda: services.sign_in(**older, now=NOW))


def test_a_nonce_signs_in_once(db, owner):
    answer = owner.answer()
    services.sign_in(**answer, now=NOW)

    with pytest.raises(errors.NonceUsed):
        services.sign_in(**answer, now=NOW)

    assert Session.objects.count() == 1


def test_anothers_signature(db, owner, attempt):
    message = owner.answer()["message"]
    refused(errors.BadSignature, lambda: attempt_as(owner, message, Wallet().sign(message)))


def attempt_as(owner, message, signature):
    return services.sign_in(address=owner.address, message=message, signature=signature, now=NOW)


def test_a_signature_of_another_text(db, owner, attempt):
    refused(errors.BadSignature, attempt, signature=owner.sign("something else"))


def upper_s(signature: str) -> str:
    """The same key's other signature of the same text."""
    r, s, v = signature[2:66], int(signature[66:130], 16), int(signature[130:], 16)
    return f"0x{r}{wallet.CURVE_ORDER - s:064x}{27 + 28 - v:02x}"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda signature: signature[:-2],
        lambda signature: signature + "00",
        lambda signature: signature[:-2] + "1d",
        upper_s,
        lambda signature: "0x" + "00" * 65,
    ],
    ids=["short", "long", "v of 29", "high s", "zeros"],
)
def test_a_malformed_signature(db, owner, attempt, spoil):
    answer = owner.answer()
    signature = spoil(answer["signature"])
    refused(errors.MalformedSignature, lambda: attempt_as(owner, answer["message"], signature))
    # It was an attempt all the same.
    refused(errors.NonceUsed, lambda: services.sign_in(**answer, now=NOW))


@pytest.mark.parametrize("spoil", ["signature", "message"])
def test_a_failed_attempt_uses_the_nonce_up(db, owner, spoil):
    answer = owner.answer()
    wrong = answer | ({"signature": owner.sign("x")} if spoil == "signature" else {"message": "x"})
    with pytest.raises((errors.BadSignature, errors.MalformedMessage)):
        services.sign_in(**wrong, now=NOW)

    refused(errors.NonceUsed, lambda: services.sign_in(**answer, now=NOW))


def test_a_disabled_account_stays_out(db, owner, attempt):
    user = attempt().session.user
    User.objects.update(is_active=False)

    with pytest.raises(errors.AccountDisabled):
        attempt(now=NOW + timedelta(hours=1))

    assert Session.objects.count() == 1
    assert User.objects.get(pk=user.pk).last_login == NOW


def test_without_redis_nobody_signs_in(db, owner, redis_away):
    answer = owner.answer()
    with redis_away():
        with pytest.raises(Unavailable):
            services.issue_nonce(address=owner.address)
        refused(Unavailable, lambda: services.sign_in(**answer, now=NOW))


def at_once(count, function):
    """Call `function` in so many threads at the same instant; return results and exceptions."""
    barrier = threading.Barrier(count)

    def call(_):
        barrier.wait()
        try:
            return function()
        except Exception as exc:
            return exc
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


@pytest.mark.parametrize("round_", range(5))
def test_of_two_attempts_with_one_nonce_one_succeeds(transactional_db, owner, round_):
    answer = owner.answer()

    outcomes = at_once(2, lambda: services.sign_in(**answer, now=NOW))

    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [type(refusal) for refusal in refusals] == [errors.NonceUsed]
    assert Session.objects.count() == 1
    assert User.objects.count() == 1


def test_two_first_sign_ins_at_once_make_one_user(transactional_db, owner):
    users = at_once(4, lambda: services.person(address=owner.address))

    assert {user.pk for user in users} == {User.objects.get().pk}


def test_signing_in_with_a_new_nonce_each_at_once_makes_one_user(transactional_db, owner):
    answers = iter([owner.answer() for _ in range(3)])
    cache.redis().delete(f"nonce:{owner.address}")
    lock = threading.Lock()

    def sign_in():
        # One nonce at a time is what Redis keeps; the users are made at once.
        with lock:
            answer = next(answers)
        return services._open_user_session(address=answer["address"], now=NOW)

    opened = at_once(3, sign_in)

    assert {issued.session.user.pk for issued in opened} == {User.objects.get().pk}
    assert Session.objects.count() == 3

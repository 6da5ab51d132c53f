"""Signing in and out, and changing what people may do."""

import uuid
from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models.functions import Now

from accounts import audit, contract_wallets, errors, signals, siwe, tokens, wallet
from accounts.models import Role, Session, SessionQuerySet, User
from accounts.tokens import Issued, Kind
from kmarket import cache
from kmarket.errors import Unavailable

NONCE_SECONDS = 300
PRUNE_AT_ONCE = 5000
KEYS_ONLY = (
    "A signature is 0x and 130 hex digits. A contract wallet's cannot be checked: this house has no"
    " chain to ask."
)


def issue_nonce(*, address: str) -> str:
    """Give an address the nonce to sign next. It takes the place of the one before.

    Raises:
        Unavailable: Redis is away, and nonces live nowhere else.
    """
    nonce = str(uuid.uuid4())
    try:
        cache.redis().set(_nonce_key(address), nonce, ex=NONCE_SECONDS)
    except cache.RedisAway as exc:
        raise Unavailable from exc
    return nonce


def sign_in(*, address: str, message: str, signature: str, now: datetime) -> Issued:
    """Open a session for whoever owns `address`, as a wallet's signature proves.

    The nonce is used up before anything is looked at: however an attempt ends, it was one.

    Raises:
        MalformedMessage: neither the login text nor an EIP-4361 message.
        MalformedSignature: not a signature that a wallet makes.
        NonceUsed: the message's nonce is not the one that this address was given last.
        MessageRefused: an EIP-4361 message for another site, chain, address or time.
        BadSignature: another key signed, and no contract at this address stands by it.
        AccountDisabled: an operator disabled the account.
        Unavailable: Redis is away; or a contract has to be asked and no node answers.
    """
    given = _take_nonce(address)
    if not (wallet.is_signature(signature) or contract_wallets.are_known()):
        raise errors.MalformedSignature(why=KEYS_ONLY)
    if given is None:
        raise errors.NonceUsed
    siwe_message = _read_message(message)
    if siwe_message is not None:
        _judge(siwe_message, nonce=given, address=address, now=now)
    elif message != wallet.login_message(given):
        raise errors.NonceUsed
    _prove(address=address, message=message, signature=signature, now=now)
    return _open_user_session(address=address, now=now)


@transaction.atomic
def open_guest_session(*, now: datetime) -> Issued:
    """Open a session for somebody without a wallet: to read and listen, for minutes."""
    return tokens.issue(kind=Kind.GUEST, now=now)


@transaction.atomic
def open_operator_session(*, user: User, now: datetime) -> Session:
    """Open the session beside an operator's cookie (`accounts.operators`). Nobody gets its token.

    Raises:
        AccountDisabled: an operator disabled the account.
    """
    # As below: what ends this user's sessions comes before this one or finds it.
    user = _lock(user)
    if not user.is_active:
        raise errors.AccountDisabled
    return tokens.issue(kind=Kind.USER, now=now, user=user).session


@transaction.atomic
def issue_ws_token(*, session_id: uuid.UUID, now: datetime) -> Issued:
    """Make a token for one socket handshake, which ends with this session.

    Raises:
        Unauthenticated: that session has ended, perhaps at this very moment.
    """
    parent = Session.objects.live().select_related("user").filter(pk=session_id).first()
    if parent is None:
        raise errors.Unauthenticated
    return tokens.issue(kind=Kind.WS, now=now, user=parent.user, parent=parent)


@transaction.atomic
def sign_out(*, session_id: uuid.UUID) -> None:
    """End one session. Once ended it stays as it is."""
    _end(Session.objects.filter(pk=session_id))


@transaction.atomic
def sign_out_everywhere(*, user: User) -> int:
    """End all sessions of a user, and return how many there were."""
    _lock(user)
    return _end(Session.objects.filter(user=user))


@transaction.atomic
def end_sessions(*, user: User, actor: User | None, reason: str) -> int:
    """End all sessions of a user on an operator's behalf, and return how many there were."""
    ended = sign_out_everywhere(user=user)
    audit.record(
        actor=actor,
        action="user.end_sessions",
        target=user,
        reason=reason,
        after={"ended": ended},
    )
    return ended


@transaction.atomic
def password_changed(*, user: User, actor: User) -> int:
    """End all sessions of somebody whose password is a new one, and return how many there were.

    Whoever knew the old one is out, with cookie, token and socket.
    """
    ended = sign_out_everywhere(user=user)
    audit.record(
        actor=actor,
        action="user.set_password",
        target=user,
        reason="a new password",
        after={"ended": ended},
    )
    return ended


@transaction.atomic
def end_session(*, session: Session, actor: User | None, reason: str) -> int:
    """End one session on an operator's behalf, and return 1, or 0 when it had ended."""
    ended = _end(Session.objects.filter(pk=session.pk))
    if ended:
        audit.record(actor=actor, action="session.end", target=session, reason=reason)
    return ended


def person(*, address: str) -> User:
    """Return the user with this address, made now if there is none. Two at once make one."""
    user, _ = User.objects.get_or_create(
        address=address, defaults={"username": address, "password": make_password(None)}
    )
    return user


@transaction.atomic
def set_role(*, user: User, role: Role, actor: User | None, reason: str) -> User:
    """Let a person do what a role may, and nothing else; their sessions end.

    A token says the role that it was made with, so whoever changes it signs in anew. The role
    that somebody has already changes nothing.
    """
    user = _lock(user)
    before = _powers(user)
    user.role = role
    user.is_staff = role != Role.USER
    # All powers at once are for operators with a password; a wallet's are those of its role.
    user.is_superuser = user.is_superuser and role == Role.ADMIN and user.address is None
    user.save(update_fields=["role", "is_staff", "is_superuser"])
    user.groups.set([] if role == Role.USER else [Group.objects.get(name=role)])
    after = _powers(user)
    if before == after:
        return user
    audit.record(
        actor=actor,
        action="user.set_role",
        target=user,
        before=before,
        after=after,
        reason=reason,
    )
    _end(Session.objects.filter(user=user))
    return user


@transaction.atomic
def set_active(*, user: User, active: bool, actor: User | None, reason: str) -> User:
    """Disable an account, whose sessions end, or enable it again."""
    user = _lock(user)
    if user.is_active == active:
        return user
    user.is_active = active
    user.save(update_fields=["is_active"])
    audit.record(
        actor=actor,
        action="user.set_active",
        target=user,
        before={"active": not active},
        after={"active": active},
        reason=reason,
    )
    _end(Session.objects.filter(user=user))
    return user


def prune_sessions() -> int:
    """Remove the rows of sessions that expired a day ago or more, and return how many."""
    old = Session.objects.long_expired()
    # A socket's token first: it refers to the session that it was made from.
    return _prune(old.filter(kind=Kind.WS)) + _prune(old.exclude(kind=Kind.WS))


def _prune(sessions: SessionQuerySet) -> int:
    """Remove rows in batches that commit one by one: anyone may open any number of sessions."""
    removed = 0
    while batch := list(sessions.values_list("pk", flat=True)[:PRUNE_AT_ONCE]):
        removed += Session.objects.filter(pk__in=batch).delete()[0]
    return removed


def _nonce_key(address: str) -> str:
    return f"nonce:{address}"


def _take_nonce(address: str) -> str | None:
    try:
        # Reads and removes at once: of two attempts at the same instant, one gets it.
        given = cache.redis().getdel(_nonce_key(address))
    except cache.RedisAway as exc:
        raise Unavailable from exc
    return None if given is None else given.decode()


def _prove(*, address: str, message: str, signature: str, now: datetime) -> None:
    """Let pass what the address's key signed, or the contract at that address stands by.

    The contract is asked last, when nothing else is wrong: the question costs a node's time.
    """
    refusal: errors.MalformedSignature | errors.BadSignature = errors.BadSignature()
    try:
        if wallet.recover(message, signature) == address:
            return
    except wallet.MalformedSignature as exc:
        refusal = errors.MalformedSignature(why=str(exc))
    octets = wallet.contract_signature(signature)
    if octets is None or not contract_wallets.are_known():
        raise refusal
    digest = wallet.personal_hash(message)
    if not contract_wallets.signed(address=address, digest=digest, signature=octets, now=now):
        raise refusal


def _read_message(text: str) -> siwe.Message | None:
    """Return what an EIP-4361 message says, None for the login text with whatever nonce."""
    if wallet.is_login_message(text):
        return None
    if not siwe.is_meant(text):
        raise errors.MalformedMessage
    try:
        return siwe.parse(text)
    except siwe.Malformed as exc:
        raise errors.MalformedMessage(why=str(exc)) from exc


def _judge(message: siwe.Message, *, nonce: str, address: str, now: datetime) -> None:
    try:
        siwe.judge(
            message,
            domains=settings.SIWE_DOMAINS,
            chain_id=settings.CHAIN_ID,
            nonce=nonce,
            address=address,
            now=now,
        )
    except siwe.Refused as exc:
        if exc.check == "nonce":
            raise errors.NonceUsed from exc
        raise errors.MessageRefused(check=exc.check, why=str(exc)) from exc


@transaction.atomic
def _open_user_session(*, address: str, now: datetime) -> Issued:
    # Held until the commit: a change of role or a sign-out everywhere comes before the session
    # or finds it.
    user = _lock(person(address=address))
    if not user.is_active:
        raise errors.AccountDisabled
    user.last_login = now
    user.save(update_fields=["last_login"])
    return tokens.issue(kind=Kind.USER, now=now, user=user)


def _lock(user: User) -> User:
    """Hold a user as they are until we commit. Others may refer to them meanwhile."""
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def _powers(user: User) -> dict[str, object]:
    return {
        "role": user.role,
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
    }


def _end(sessions: SessionQuerySet) -> int:
    """End what of these is live, bury its copies after the commit and say so."""
    ended = list(sessions.live().select_for_update(no_key=True).values_list("pk", "expires_at"))
    Session.objects.filter(pk__in=[pk for pk, _ in ended]).update(revoked_at=Now())
    if ended:
        transaction.on_commit(partial(_announce_end, ended))
    return len(ended)


def _announce_end(ended: list[tuple[uuid.UUID, datetime]]) -> None:
    tokens.bury(ended)
    session_ids = [pk for pk, _ in ended]
    signals.session_ended.send_robust(sender=Session, session_ids=session_ids)

"""Who is asking, over HTTP and over sockets, and whether they may."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models.functions import Now
from django.http import HttpRequest
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError

from accounts import errors, selectors, tokens
from accounts.models import Session, User
from accounts.tokens import Kind, SessionToken
from kmarket import cache
from kmarket.errors import Unavailable
from kmarket.requests import current_user


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a token speaks for. A ws token speaks for the session that it was issued from."""

    kind: str
    user_id: int | None  # None: a guest
    role: str
    is_staff: bool
    # What they live and end with.
    session_id: uuid.UUID
    expires_at: datetime
    # Until then, in seconds, by the clock that decides: the database's, or Redis' without it.
    left: float


class SessionAuthentication(JWTAuthentication):
    """Bearer tokens of users and guests. `request.user` is the User, or anonymous for a guest;
    `request.auth` is the Caller. No token: nobody. A bad one: 401, on public pages too."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        token = self.get_raw_token(self.get_header(request) or b"")
        if token is None:
            return None
        try:
            caller, user = _identified(_read(token), may_trust_copy=request.method in SAFE_METHODS)
        except errors.Unauthenticated as exc:
            # REST framework knows this one, and adds the challenge to the answer.
            raise AuthenticationFailed(exc.message) from exc
        current_user.set(caller.user_id)
        return user or AnonymousUser(), caller

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def get_raw_token(self, header: bytes) -> bytes | None:
        scheme, _, token = header.partition(b" ")
        return token.strip() if scheme.lower() == b"bearer" else None


class IsUser(BasePermission):
    """Lets signed-in users through. Guests may look at public pages, and nothing else."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.user, User)


class IsGuestOrUser(BasePermission):
    """Lets through whoever has a session."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return isinstance(request.auth, Caller)


def may(permission: str) -> type[BasePermission]:
    """Return a class that lets users with this permission through: "markets.price_market".

    The permission comes from the group of the user's role in the database, which at this point
    is known to be the token's role too.
    """

    class May(BasePermission):
        def __init__(self) -> None:
            self.permission = permission

        def has_permission(self, request: Request, view: Any) -> bool:
            return isinstance(request.user, User) and request.user.has_perm(permission)

    return May


def signed_in(request: HttpRequest | Request) -> User:
    """Return the user behind a request whose permission classes let only users through."""
    assert isinstance(request.user, User), "the view lacks a permission class"
    return request.user


def viewer(request: HttpRequest | Request) -> User | None:
    """Return the user behind a request that anyone may make, None for a guest or nobody."""
    return request.user if isinstance(request.user, User) else None


def caller(request: Request) -> Caller:
    """Return whose session a request came with."""
    assert isinstance(request.auth, Caller), "the view lacks a permission class"
    return request.auth


def caller_of(token: str) -> Caller:
    """Return whom a socket's token speaks for. A ws token is used up by this.

    Raises:
        Unauthenticated: a bad token, an ended session, or a ws token's second handshake.
        Unavailable: the database is away, and so is the copy of the session.
    """
    read = _read(token)
    if read.role != Kind.WS:
        return _identified(read, may_trust_copy=True)[0]
    try:
        who, _ = _from_database(read)
        handshakes = Session.objects.filter(pk=read.session_id, used_at__isnull=True)
        if not handshakes.update(used_at=Now()):
            raise errors.Unauthenticated
    except tokens.DatabaseAway as exc:
        raise Unavailable from exc
    return who


def revoked_since(moment: datetime) -> list[uuid.UUID]:
    """Return the sessions ended after `moment`, and perhaps some that ended a minute before."""
    return list(Session.objects.revoked_since(moment).values_list("pk", flat=True))


def _read(token: str | bytes) -> SessionToken:
    try:
        return SessionToken(token)
    # Half a surrogate pair, which JSON allows in a string, has no bytes to look at.
    except (TokenError, UnicodeEncodeError) as exc:
        raise errors.Unauthenticated from exc


def _identified(token: SessionToken, *, may_trust_copy: bool) -> tuple[Caller, User | None]:
    if token.role == Kind.WS:
        raise errors.Unauthenticated
    try:
        return _from_database(token)
    except tokens.DatabaseAway:
        if not may_trust_copy:
            raise
        return _from_copy(token)


def _from_database(token: SessionToken) -> tuple[Caller, User | None]:
    found = selectors.session(token.session_id)
    if found is None:
        raise errors.Unauthenticated
    session, left = found
    if left <= 0 or not _speaks(token, session):
        raise errors.Unauthenticated
    if session.kind != Kind.WS:
        tokens.put_back(session)
    user, lasting = session.user, session.parent or session
    return Caller(
        kind=session.kind,
        user_id=session.user_id,
        role=user.role if user else Kind.GUEST.value,
        is_staff=user is not None and user.is_staff,
        session_id=lasting.pk,
        expires_at=lasting.expires_at,
        left=left + (lasting.expires_at - session.expires_at).total_seconds(),
    ), user


def _speaks(token: SessionToken, session: Session) -> bool:
    """Tell whether the token may still speak for the session's user."""
    has_ended = session.revoked_at or (session.parent and session.parent.revoked_at)
    if has_ended or (session.user and not session.user.is_active):
        return False
    # Whoever's role changed signs in anew.
    is_of_it = token.role == tokens.role_of(session) and token["sub"] == tokens.subject(session)
    return is_of_it and token.ends_at(session.expires_at)


def _from_copy(token: SessionToken) -> tuple[Caller, User | None]:
    try:
        copy = tokens.read_copy(token.session_id)
    except (cache.RedisAway, KeyError) as exc:
        raise Unavailable from exc
    if copy is None or copy.role != token.role or not token.ends_at(copy.expires_at):
        raise errors.Unauthenticated
    user = copy.user
    return Caller(
        kind=copy.kind,
        user_id=user.pk if user else None,
        role=copy.role,
        is_staff=user is not None and user.is_staff,
        session_id=token.session_id,
        expires_at=copy.expires_at,
        left=copy.left,
    ), user

"""Tokens: how they are made and read, and the copies of their sessions in Redis.

A token is a signed name of a session (its `jti`). Whether that session still signs somebody in
is asked of the database at each request, together with the user whom the request needs anyway:
one query, exact on every process at once. Redis cannot be asked for it: one that was killed
comes back without its last second, in which a session may have ended.

So the copy, `session:{jti}`, is read only while the database is away, and only by those who read
(the rest needs the database and gets a 503). What it holds:

- written after the commit that made the session, to live as long as that;
- overwritten by a tombstone after the commit that ended it, and never removed: whoever puts a
  copy back does it with SET NX, so that a reader who was overtaken cannot revive a session;
- put back by readers who find it gone, and buried again by the clock, so that a Redis that was
  lost, away, or restarted with an older past is right again within a second of its return.
"""

import json
import logging
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now
from psycopg_pool import PoolTimeout
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import Session, User
from kmarket import cache

logger = logging.getLogger(__name__)

Kind = Session.Kind

LIFETIMES = {
    Kind.USER: timedelta(days=settings.JWT_EXP_DAYS),
    Kind.GUEST: timedelta(minutes=15),
    Kind.WS: timedelta(minutes=1),
}
# What a query raises when the database is gone or has no connection left.
DatabaseAway = (OperationalError, InterfaceError, PoolTimeout)

TOMBSTONE = b'{"ended": true}'
# How often one process looks whether a session in use still has its copy, and for how many.
PUT_BACK_SECONDS = 60
PUT_BACK_MAX = 10_000
BURIED_AT_ONCE = 1000


class SessionToken(AccessToken):
    """A JWT: sub, iss, aud, iat, exp, jti, roles. HS256, as settings.SIMPLE_JWT says.

    Raises:
        TokenError: on reading, a token that we did not sign, or that is over.
    """

    def __init__(self, token: Any = None, verify: bool = True) -> None:  # noqa: FBT001, FBT002 (simplejwt's signature)
        super().__init__(token, verify)
        # simplejwt writes a token's type under the claim that our settings leave nameless.
        self.payload.pop(None, None)  # type: ignore[call-overload]

    @classmethod
    def naming(cls, session: Session, *, now: datetime) -> Self:
        """Return the token of a session that is made now."""
        token = cls()
        token["jti"] = str(session.pk)
        token["sub"] = subject(session)
        token["roles"] = [role_of(session)]
        token.set_iat(at_time=now)
        token.set_exp(from_time=session.expires_at, lifetime=timedelta())
        return token

    def verify(self) -> None:
        """Refuse what has a good signature and is none of these tokens all the same."""
        super().verify()
        roles = self.get("roles")
        is_named = isinstance(self.get("sub"), str) and isinstance(self.get("jti"), str)
        if not (is_named and isinstance(roles, list) and len(roles) == 1):
            raise TokenError("Token has no subject, id or role")
        try:
            uuid.UUID(self["jti"])
        except ValueError as exc:
            raise TokenError("Token names no session") from exc

    @property
    def session_id(self) -> uuid.UUID:
        return uuid.UUID(self["jti"])

    def ends_at(self, moment: datetime) -> bool:
        """Tell whether the token says that its session ends then. It knows whole seconds."""
        return bool(self["exp"] == int(moment.timestamp()))

    @property
    def role(self) -> str:
        """What the token says its bearer is. For a socket's token that is `ws`."""
        return str(self["roles"][0])


@dataclass(frozen=True, slots=True)
class Issued:
    """A token on its way to the client. The only place where it exists in the clear."""

    token: str
    expires_in: int  # seconds
    session: Session


@dataclass(frozen=True, slots=True)
class Copy:
    """What Redis knows of a session: enough to tell who reads while the database is away."""

    kind: str
    role: str
    expires_at: datetime
    left: float  # seconds until then, by Redis' clock
    user: User | None  # with its name and role; never saved


def issue(
    *, kind: Kind, now: datetime, user: User | None = None, parent: Session | None = None
) -> Issued:
    """Make a session and its token, and copy the session to Redis after the commit.

    A token lives for whole seconds, because `exp` has no others, and not longer than its parent.
    """
    assert transaction.get_connection().in_atomic_block, "a session belongs to a transaction"
    begins = now.replace(microsecond=0)
    expires_at = begins + LIFETIMES[kind]
    if parent is not None:
        expires_at = min(expires_at, parent.expires_at)
    session = Session.objects.create(kind=kind, user=user, parent=parent, expires_at=expires_at)
    if kind != Kind.WS:
        transaction.on_commit(partial(copy, session))
    return Issued(
        token=str(SessionToken.naming(session, now=now)),
        expires_in=int((expires_at - begins).total_seconds()),
        session=session,
    )


def subject(session: Session) -> str:
    """Return whom a token is about: the user's number, or guest:<jti>."""
    if session.user_id is not None:
        return str(session.user_id)
    return f"guest:{session.parent_id or session.pk}"


def role_of(session: Session) -> str:
    """Return the role that the session's token carries."""
    if session.kind == Kind.USER:
        assert session.user is not None, session
        return session.user.role
    return session.kind


def key(session_id: uuid.UUID) -> str:
    """Return where Redis keeps the copy."""
    return f"session:{session_id}"


def copy(session: Session) -> None:
    """Copy a session to Redis, unless a copy or a tombstone is there already."""
    user = session.user
    written = {
        "kind": session.kind,
        "role": role_of(session),
        "expires": int(session.expires_at.timestamp()),
        "userId": session.user_id,
    }
    if user is not None:
        written["user"] = {
            "username": user.username,
            "address": user.address,
            "isStaff": user.is_staff,
            "lastLogin": user.last_login and user.last_login.isoformat(),
        }
    try:
        cache.redis().set(key(session.pk), json.dumps(written), exat=written["expires"], nx=True)
    except cache.RedisAway as exc:
        logger.warning("session not copied to Redis: %s", type(exc).__name__)


def bury(sessions: Iterable[tuple[uuid.UUID, datetime]]) -> bool:
    """Put a tombstone in the place of each copy; (id, expiry) each. False: Redis takes none."""
    try:
        pipeline = cache.redis().pipeline(transaction=False)
        for session_id, expires_at in sessions:
            # A full Redis takes no tombstone, but forgets the copy.
            pipeline.delete(key(session_id))
            pipeline.set(key(session_id), TOMBSTONE, exat=int(expires_at.timestamp()))
        pipeline.execute()
    except cache.RedisAway as exc:
        logger.warning("ended sessions not buried in Redis: %s", type(exc).__name__)
        return False
    return True


def read_copy(session_id: uuid.UUID) -> Copy | None:
    """Return what Redis knows of a session, None for one that ended.

    Raises:
        RedisAway: Redis is away.
        KeyError: it knows nothing, which says nothing about the session.
    """
    asked = cache.redis().pipeline(transaction=False)
    # Not GET: a Redis that takes no writes has not heard of a session's end.
    found, left_ms = asked.getex(key(session_id)).pttl(key(session_id)).execute()
    if found is None:
        raise KeyError(session_id)
    if found == TOMBSTONE:
        return None
    read = json.loads(found)
    user = None
    if known := read.get("user"):
        last_login = known["lastLogin"]
        user = User(
            pk=read["userId"],
            username=known["username"],
            address=known["address"],
            role=read["role"],
            is_staff=known["isStaff"],
            last_login=last_login and datetime.fromisoformat(last_login),
        )
    return Copy(
        kind=read["kind"],
        role=read["role"],
        expires_at=datetime.fromtimestamp(read["expires"], tz=UTC),
        left=left_ms / 1000,
        user=user,
    )


def put_back(session: Session) -> None:
    """See to it that a session in use has its copy: Redis may have lost it. Once a minute."""
    minute = int(time.monotonic() // PUT_BACK_SECONDS)
    if _looked.get(session.pk) == minute:
        return
    # Noted first: with Redis away, one request a minute pays for that, and not every one.
    _looked[session.pk] = minute
    if len(_looked) > PUT_BACK_MAX:
        _looked.clear()
    copy(session)


def bury_again(now: datetime) -> None:
    """Bury once more what ended of late; at first, and after Redis was away, all since then.

    The clock calls this every second. What one round looks back over is more than a Redis that
    was killed can have lost.
    """
    ended = Session.objects.filter(revoked_at__isnull=False, expires_at__gt=Now())
    if _buried.up_to is not None:
        ended = ended.revoked_since(_buried.up_to)
    rows = list(ended.exclude(kind=Kind.WS).values_list("pk", "expires_at"))
    starts = range(0, len(rows), BURIED_AT_ONCE)
    if all(bury(rows[start : start + BURIED_AT_ONCE]) for start in starts):
        _buried.up_to = now


@dataclass
class _Buried:
    """Up to when this process knows that Redis has all tombstones."""

    up_to: datetime | None = None


_buried = _Buried()
# In which minute this process last looked after a session's copy.
_looked: dict[uuid.UUID, int] = {}

"""Operators sign in with Django's cookie. Beside each cookie stands a session like everybody's.

So what ends somebody's sessions, a changed role, a disabled account, an operator, ends their cookie
and their sockets too; and a socket's token can be made for a page of the console.
"""

import uuid
from typing import Any

from django.http import HttpRequest

from accounts import services
from accounts.access import signed_in
from accounts.models import Session, User
from kmarket import moments

# In the cookie's data: which session stands beside it.
KEY = "kmarket_session"


def begin(*, request: HttpRequest, user: User, **_: Any) -> None:
    """Open a session for an operator who signs in. Listens to user_logged_in."""
    # Signed in again without having signed out: Django keeps the cookie's data.
    end(request=request)
    session = services.open_operator_session(user=user, now=moments.present())
    request.session[KEY] = str(session.pk)


def end(*, request: HttpRequest, **_: Any) -> None:
    """End the session beside a cookie that is given up. Listens to user_logged_out."""
    if (known := session_id(request)) is not None:
        services.sign_out(session_id=known)


def password_changed(*, request: HttpRequest, user: User) -> None:
    """End the sessions of somebody whose password the request changed, but for its own."""
    actor = signed_in(request)
    services.password_changed(user=user, actor=actor)
    if user == actor:
        begin(request=request, user=user)


def session_id(request: HttpRequest) -> uuid.UUID | None:
    """Return the session beside the request's cookie, None where there is none."""
    known = request.session.get(KEY)
    return None if known is None else uuid.UUID(known)


def is_live(request: HttpRequest) -> bool:
    """Tell whether the session beside the cookie still signs somebody in."""
    known = session_id(request)
    return known is not None and Session.objects.live().filter(pk=known).exists()

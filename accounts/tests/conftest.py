"""Wallets that sign, people signed in, and servers that are away."""

import base64
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client
from eth_account import Account
from eth_account.messages import encode_defunct
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from accounts import services, tokens, wallet
from accounts.access import caller_of, viewer
from accounts.models import User
from accounts.tokens import Issued
from kmarket import cache


@dataclass(frozen=True)
class Wallet:
    """A fresh key and what its owner's wallet does."""

    account: Any = field(default_factory=Account.create)

    @property
    def address(self) -> str:
        """Lower case, as inside the house."""
        return self.account.address.lower()

    def sign(self, text: str) -> str:
        return self.account.sign_message(encode_defunct(text=text)).signature.to_0x_hex()

    def answer(self) -> dict[str, str]:
        """Ask for a nonce and sign it."""
        message = wallet.login_message(services.issue_nonce(address=self.address))
        return {"address": self.address, "message": message, "signature": self.sign(message)}

    def sign_in(self) -> Issued:
        return services.sign_in(**self.answer(), now=datetime.now(tz=UTC))


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch):
    """No test goes by what another has seen of Redis."""
    monkeypatch.setattr(tokens, "_looked", {})
    monkeypatch.setattr(tokens, "_buried", tokens._Buried())


@pytest.fixture
def owner() -> Wallet:
    """Somebody who never signed in."""
    return Wallet()


@pytest.fixture
def redis_away(tmp_path):
    """A context in which nobody listens on Redis's socket."""

    @contextmanager
    def away():
        gone = redis.Redis(unix_socket_path=str(tmp_path / "gone"), retry=Retry(NoBackoff(), 0))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cache, "redis", lambda: gone)
            yield

    return away


@pytest.fixture
def database_away():
    """A context in which every query finds the database gone."""

    def refuse(execute, sql, params, many, context):
        raise OperationalError("the connection is lost")

    return lambda: connection.execute_wrapper(refuse)


@pytest.fixture
def session(db, owner) -> Issued:
    """A user's, just signed in."""
    return owner.sign_in()


@pytest.fixture
def guest(db) -> Issued:
    return services.open_guest_session(now=datetime.now(tz=UTC))


@pytest.fixture
def socket(session) -> Issued:
    """A token for one handshake, made from the user's session."""
    return socket_token(session.token)


def bearer(token: Issued | str) -> Client:
    """An HTTP client that sends this token."""
    text = token.token if isinstance(token, Issued) else token
    return Client(headers={"authorization": f"Bearer {text}"})


def ask(permission, token=None, *, method="GET", authorization=None):
    """Ask a view that this permission guards; it answers who it thinks is asking."""

    class Guarded(APIView):
        permission_classes = (permission,)

        def get(self, request):
            who = viewer(request)
            return Response({"viewer": who and who.pk, "caller": request.auth})

        post = get

    if authorization is None and token is not None:
        authorization = f"Bearer {token}"
    headers = {} if authorization is None else {"authorization": authorization}
    return Guarded.as_view()(APIRequestFactory().generic(method, "/", headers=headers))


def socket_token(token: str) -> Issued:
    """Make a token for one handshake from a session's."""
    session_id = caller_of(token).session_id
    return services.issue_ws_token(session_id=session_id, now=datetime.now(tz=UTC))


def deep_json() -> str:
    """A token whose header is no object but 20,000 brackets."""
    return base64.urlsafe_b64encode(b"[" * 20_000).decode() + ".e30.x"


def revoke(issued):
    """Sign this session out."""
    services.sign_out(session_id=issued.session.pk)


def disable(issued):
    """Disable every account."""
    User.objects.update(is_active=False)

"""Wallets that sign, people signed in, and servers that are away."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.db import OperationalError, connection
from django.test import Client
from eth_account import Account
from eth_account.messages import encode_defunct

from accounts import services, tokens, wallet
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
def redis_away(monkeypatch, tmp_path):
    """Call it, and nobody listens on Redis's socket."""

    def leave():
        gone = redis.Redis(unix_socket_path=str(tmp_path / "gone"))
        monkeypatch.setattr(cache, "redis", lambda: gone)

    return leave


@pytest.fixture
def database_away():
    """A context in which every query finds the database gone."""

    def refuse(execute, sql, params, many, context):
        raise OperationalError("the connection is lost")

    return lambda: connection.execute_wrapper(refuse)


def bearer(token: Issued | str) -> Client:
    """An HTTP client that sends this token."""
    text = token.token if isinstance(token, Issued) else token
    return Client(headers={"authorization": f"Bearer {text}"})

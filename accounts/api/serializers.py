"""The JSON of sign-in and sessions. Shapes and types only; what is allowed, services decide."""

from typing import Any

from rest_framework import serializers

from accounts import wallet
from accounts.access import Caller
from accounts.api.answers import MeAnswer, SessionAnswer, SocketTokenAnswer, UserAnswer
from accounts.models import User
from accounts.tokens import Issued
from kmarket.api_fields import AddressStringField, StrictSerializer, epoch_ms

# The longest message of EIP-4361 with a dozen resources is half of it.
MESSAGE_LENGTH_MAX = 4096
SIGNATURE_LENGTH_MAX = 2 + 2 * wallet.CONTRACT_SIGNATURE_BYTES_MAX


class ExactTextField(serializers.CharField):
    """Text as it was sent. Trimmed, a message would not be the one that was signed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NonceQuery(serializers.Serializer):
    example = {"address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"}

    address = AddressStringField()


class VerifySerializer(StrictSerializer):
    example = {
        "address": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "message": "Login to KMarket: nonce=2c1f7a52-6a0e-4a43-9f04-7a7f5c1d8e11",
        "signature": "0x" + "1f" * 64 + "1b",
    }

    address = AddressStringField()
    message = ExactTextField(max_length=MESSAGE_LENGTH_MAX)
    signature = ExactTextField(max_length=SIGNATURE_LENGTH_MAX)


def token_answer(issued: Issued) -> SocketTokenAnswer:
    """Return {token, expiresIn}, the latter in seconds."""
    return {"token": issued.token, "expiresIn": issued.expires_in}


def user_answer(user: User) -> UserAnswer:
    """Return {id, address, role}. An operator may have no address."""
    return {
        "id": user.pk,
        "address": user.address and wallet.checksum(user.address),
        "role": user.role,
    }


def me_answer(user: User) -> MeAnswer:
    """Return who is signed in, and when they last signed in."""
    last_login = None if user.last_login is None else epoch_ms(user.last_login)
    return {**user_answer(user), "last_login": last_login}


def session_answer(caller: Caller, user: User | None) -> SessionAnswer:
    """Return a session's data: {sessionId, role, user, expiresAt}; a guest's has no user."""
    return {
        "sessionId": str(caller.session_id),
        "role": caller.role,
        "user": None if user is None else user_answer(user),
        "expiresAt": epoch_ms(caller.expires_at),
    }

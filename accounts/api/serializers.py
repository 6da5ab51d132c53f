"""The JSON of sign-in and sessions. Shapes and types only; what is allowed, services decide."""

from typing import Any

from rest_framework import serializers

from accounts import wallet
from accounts.access import Caller
from accounts.models import User
from accounts.tokens import Issued
from kmarket.api_fields import AddressStringField, StrictSerializer, epoch_ms

# The longest message of EIP-4361 with a dozen resources is half of it.
MESSAGE_LENGTH_MAX = 4096
SIGNATURE_LENGTH_MAX = 1024


class ExactTextField(serializers.CharField):
    """Text as it was sent. Trimmed, a message would not be the one that was signed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NonceQuery(serializers.Serializer):
    address = AddressStringField()


class VerifySerializer(StrictSerializer):
    address = AddressStringField()
    message = ExactTextField(max_length=MESSAGE_LENGTH_MAX)
    signature = ExactTextField(max_length=SIGNATURE_LENGTH_MAX)


def token_answer(issued: Issued) -> dict[str, Any]:
    """Return {token, expiresIn}, the latter in seconds."""
    return {"token": issued.token, "expiresIn": issued.expires_in}


def user_answer(user: User) -> dict[str, Any]:
    """Return {id, address, role}. An operator may have no address."""
    return {
        "id": user.pk,
        "address": user.address and wallet.checksum(user.address),
        "role": user.role,
    }


def me_answer(user: User) -> dict[str, Any]:
    """Return who is signed in, and when they last signed in."""
    return user_answer(user) | {"last_login": user.last_login and epoch_ms(user.last_login)}


def session_answer(caller: Caller, user: User | None) -> dict[str, Any]:
    """Return a session's data: {sessionId, role, user, expiresAt}; a guest's has no user."""
    return {
        "sessionId": str(caller.session_id),
        "role": caller.role,
        "user": user and user_answer(user),
        "expiresAt": epoch_ms(caller.expires_at),
    }

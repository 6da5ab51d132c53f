"""The shapes of what `accounts` answers."""

from typing import Annotated, Literal, TypedDict

from accounts.models import Role
from kmarket.schema.shapes import Address, Count, Id, Ms, Says, eg, one_of

Token = Annotated[str, "Goes into `Authorization: Bearer …`.", eg("eyJhbGciOiJIUzI1NiIs…")]
Seconds = Annotated[Count, "Seconds that it lives."]
RoleName = Annotated[str, one_of(Role)]


class NonceAnswer(TypedDict):
    """What is to be signed, in `Login to KMarket: nonce=<nonce>` or an EIP-4361 message."""

    nonce: Annotated[str, Says(format="uuid"), eg("2c1f7a52-6a0e-4a43-9f04-7a7f5c1d8e11")]
    expiresIn: Annotated[Seconds, eg(300)]


class UserAnswer(TypedDict):
    """Somebody who has signed in. An operator may have no address."""

    id: Annotated[Id, eg(1)]
    address: Address | None
    role: RoleName


class MeAnswer(UserAnswer):
    """Who is signed in, and when they last signed in."""

    last_login: Ms | None


class SignedIn(TypedDict):
    token: Token
    expiresIn: Annotated[Seconds, eg(604_800)]
    user: UserAnswer


class SocketTokenAnswer(TypedDict):
    """Good for one handshake."""

    token: Token
    expiresIn: Annotated[Seconds, eg(60)]


class GuestAnswer(TypedDict):
    token: Token
    expiresIn: Annotated[Seconds, eg(900)]
    role: Literal["guest"]


class SessionAnswer(TypedDict):
    """A session's data; a guest's has no user."""

    sessionId: Annotated[str, Says(format="uuid"), eg("7d0c2b3a-55d2-4c1e-8a54-1d2f3b4c5d6e")]
    role: Annotated[str, one_of([*Role, "guest"])]
    user: UserAnswer | None
    expiresAt: Ms

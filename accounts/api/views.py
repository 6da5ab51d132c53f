"""HTTP in, one service call, HTTP out: signing in and out."""

from collections.abc import Mapping

from rest_framework import permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import errors, services
from accounts.access import IsGuestOrUser, caller, signed_in, viewer
from accounts.api.answers import (
    GuestAnswer,
    MeAnswer,
    NonceAnswer,
    SessionAnswer,
    SignedIn,
    SocketTokenAnswer,
)
from accounts.api.serializers import (
    NonceQuery,
    VerifySerializer,
    me_answer,
    session_answer,
    token_answer,
    user_answer,
)
from kmarket import moments
from kmarket.schema.operations import operation


class Door(APIView):
    """For whoever has no session yet. A token that ended must not keep them from a new one."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)


class Nonce(Door):
    @operation("nonce", NonceAnswer, query=NonceQuery, secret=True)
    def get(self, request: Request) -> Response:
        """Give an address a nonce to sign."""
        query = NonceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        nonce = services.issue_nonce(**query.validated_data)
        return _secret({"nonce": nonce, "expiresIn": services.NONCE_SECONDS})


class VerifySignature(Door):
    @operation(
        "verifySignature",
        SignedIn,
        body=VerifySerializer,
        refuses=[
            errors.MalformedSignature,
            errors.MalformedMessage,
            errors.NonceUsed,
            errors.MessageRefused,
            errors.BadSignature,
            errors.AccountDisabled,
        ],
    )
    def post(self, request: Request) -> Response:
        """Sign in with a signed nonce."""
        body = VerifySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        issued = services.sign_in(**body.validated_data, now=moments.present())
        user = issued.session.user
        assert user is not None, "a wallet signs in a user"
        return _secret({**token_answer(issued), "user": user_answer(user)})


class Me(APIView):
    @operation("me", MeAnswer, secret=True)
    def get(self, request: Request) -> Response:
        """Show who is signed in."""
        return _secret(me_answer(signed_in(request)))


class Logout(APIView):
    @operation("logout", None, status=204)
    def post(self, request: Request) -> Response:
        """End the session of this token."""
        services.sign_out(session_id=caller(request).session_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogoutAll(APIView):
    @operation("logoutAll", None, status=204)
    def post(self, request: Request) -> Response:
        """End every session of the user."""
        services.sign_out_everywhere(user=signed_in(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class GuestSession(Door):
    @operation("guestSession", GuestAnswer)
    def post(self, request: Request) -> Response:
        """Open a session without a wallet, to read and listen."""
        issued = services.open_guest_session(now=moments.present())
        return _secret({**token_answer(issued), "role": issued.session.kind})


class SessionMe(APIView):
    permission_classes = (IsGuestOrUser,)

    @operation("session", SessionAnswer, secret=True)
    def get(self, request: Request) -> Response:
        """Show the session of this token."""
        return _secret(session_answer(caller(request), viewer(request)))


class SocketToken(APIView):
    permission_classes = (IsGuestOrUser,)

    @operation("socketToken", SocketTokenAnswer, secret=True, refuses=[errors.Unauthenticated])
    def get(self, request: Request) -> Response:
        """Give out a token for one socket handshake."""
        session_id = caller(request).session_id
        issued = services.issue_ws_token(session_id=session_id, now=moments.present())
        return _secret(token_answer(issued))

    @operation("makeSocketToken", SocketTokenAnswer, refuses=[errors.Unauthenticated])
    def post(self, request: Request) -> Response:
        """Do the same: it makes something, so a client may rather POST."""
        return self.get(request)


def _secret(body: Mapping[str, object]) -> Response:
    # Neither a token nor whom it belongs to is for a cache between us and the client.
    return Response(body, headers={"Cache-Control": "no-store"})

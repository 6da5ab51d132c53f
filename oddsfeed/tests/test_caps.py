"""How many connections one user and one address may have to a process, by either protocol."""

from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts import tokens
from kmarket.asgi import application
from oddsfeed.clients import Clients, Whose
from oddsfeed.tests.conftest import PATIENCE, Socket, in_thread, open_session
from oddsfeed.tests.sio_sockets import enter, knock  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _capped(settings):
    settings.RATE_LIMIT = True
    settings.WS_PER_USER_MAX, settings.WS_PER_ADDRESS_MAX = 2, 4


def token_of(user):
    with transaction.atomic():
        return tokens.issue(kind=tokens.Kind.USER, user=user, now=datetime.now(tz=UTC)).token


async def refused(token):
    socket = Socket(application, f"/ws/odds?token={token}")
    assert await socket.connect(PATIENCE) == (True, None)
    closed = await socket.closed()
    await socket.disconnect(timeout=PATIENCE)
    return closed


async def test_one_more_is_closed_with_4429_and_one_less_makes_room(
    the_hub,
    connect,
    enter,  # noqa: F811
    knock,  # noqa: F811
    alice,
):
    token = await in_thread(token_of, alice)
    first = await connect(token)
    # Another session of the same user, over the other protocol.
    await enter(await in_thread(token_of, alice))
    assert await refused(token) == (4429, "too many connections of this user")

    third = await knock()
    await third.sign_in(token)
    code, _ = await third.closed()
    assert code == 4429

    for _ in range(2):
        await connect((await in_thread(open_session)).token)
    last = (await in_thread(open_session)).token
    assert await refused(last) == (4429, "too many connections from this address")

    await first.disconnect(timeout=PATIENCE)
    await connect(token)
    assert len(the_hub.clients) == 4


class Client:
    sent, too_slow = 0, False


def test_whoever_leaves_is_not_counted_any_more(settings):
    people, whose = Clients(), Whose(7, "203.0.113.7")
    first, second = Client(), Client()
    people.enter(first, "a", whose)
    people.enter(second, "b", whose)
    assert people.full(whose) == "too many connections of this user"
    assert people.full(Whose(None, "203.0.113.7")) == ""
    people.leave(second, "b")
    people.leave(second, "b")
    assert people.full(whose) == ""
    people.leave(first, "a")
    assert (people._of_user, people._of_address, people._whose) == ({}, {}, {})

    people.enter(first, "a", whose)
    people.enter(second, "b", whose)
    settings.RATE_LIMIT = False
    assert people.full(whose) == "", "as for load tests"
    settings.RATE_LIMIT, settings.WS_PER_USER_MAX, settings.WS_PER_ADDRESS_MAX = True, 0, 0
    assert people.full(whose) == "", "0 is any number"

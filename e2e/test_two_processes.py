"""Sessions, subscriptions and numbers, where two web processes serve the sockets."""

import asyncio
import json
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from django.db import transaction
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed

from accounts import services as account_services
from accounts import tokens
from accounts.models import Role
from e2e import plain
from kmarket import cache
from kmarket.tests.processes import eventually
from oddsfeed import line, protocol, stats
from oddsfeed.tests.conftest import (
    HEALED_SECONDS,
    PATIENCE,
    open_session,
    set_home,
    unannounced,  # noqa: F401  (a fixture)
)
from oddsfeed.tests.downpour import Downpour
from oddsfeed.tests.followers import Crowd, Follower
from oddsfeed.tests.test_outages import own_redis  # noqa: F401  (a fixture)
from oddsfeed.tests.webs import webs

pytestmark = [pytest.mark.django_db(transaction=True)]

# "Within a second", and the machine's share.
CLOSED_SECONDS = 1.0
SLACK_SECONDS = 0.4
# So many sessions end one after the other.
ENDINGS = 6
HANDSHAKES = 12


@pytest.fixture(scope="module")
def pair(django_db_setup):
    with webs() as processes:
        yield processes


def user_token(user) -> str:
    with transaction.atomic():
        return tokens.issue(kind=tokens.Kind.USER, user=user, now=datetime.now(tz=UTC)).token


def following(pair, token, market, *, each=2):
    """So many followers of the market at each process."""
    return [
        Follower(f"{pair.url}?token={token}", [market.pk], door=pair.door(pid))
        for pid in pair.pids
        for _ in range(each)
    ]


# --- Sessions ------------------------------------------------------------------------------------


def over_http(path):
    def end(pair, user, token):
        url = "http://{}:{}/api/v1/{}".format(*pair.address, path)
        answer = plain.post(url, headers={"Authorization": f"Bearer {token}"})
        assert answer.is_success, answer.text

    return end


def change_role(pair, user, token):
    account_services.set_role(user=user, role=Role.TRADER, actor=None, reason="hired")


def disable(pair, user, token):
    account_services.set_active(user=user, active=False, actor=None, reason="gone")


WAYS = {
    "logout": over_http("auth/logout"),
    "logout everywhere": over_http("auth/logout-all"),
    "another role": change_role,
    "disabled": disable,
}


@pytest.mark.parametrize("way", WAYS)
def test_who_is_signed_out_is_closed_on_both_processes_within_a_second(pair, market, way):
    people = [account_services.person(address=f"0x{number:040x}") for number in range(ENDINGS)]
    tokens_of = {user: user_token(user) for user in people}
    sockets = {user: following(pair, tokens_of[user], market) for user in people}
    others = following(pair, open_session().token, market)
    took = []
    with Crowd([*others, *(follower for mine in sockets.values() for follower in mine)]):
        for number, user in enumerate(people):
            # The former one was closed at one moment of the processes' second; now another one.
            time.sleep(number / ENDINGS)
            assert [follower.closes for follower in sockets[user]] == [[]] * 4
            WAYS[way](pair, user, tokens_of[user])
            ended_at = time.monotonic()
            eventually(lambda mine=sockets[user]: all(follower.closes for follower in mine))
            assert {end for follower in sockets[user] for end in follower.closes} == {
                (protocol.Close.BAD_TOKEN, "signed out")
            }
            took += [follower.closed_at[0] - ended_at for follower in sockets[user]]
        assert [follower.closes for follower in others] == [[]] * 4
    print(f"{way}: closed after at most {max(took):.2f} s")
    assert max(took) < CLOSED_SECONDS + SLACK_SECONDS


def test_a_token_that_expires_closes_its_sockets_at_its_time(pair, market):
    lives = 4.0
    begun = datetime.now(tz=UTC) - tokens.LIFETIMES[tokens.Kind.GUEST] + timedelta(seconds=lives)
    issued = account_services.open_guest_session(now=begun)
    followers = following(pair, issued.token, market)
    with Crowd(followers):
        eventually(lambda: all(follower.closes for follower in followers))
    assert {end for follower in followers for end in follower.closes} == {
        (protocol.Close.BAD_TOKEN, "token expired")
    }
    late = time.monotonic() - (datetime.now(tz=UTC) - issued.session.expires_at).total_seconds()
    for follower in followers:
        assert 0 <= follower.closed_at[0] - late < 1


async def knock(url, door):
    """Shake hands; return whether one is let in, or how one is closed."""
    async with dial(url, sock=door, proxy=None) as client:
        try:
            await client.send(json.dumps({"type": "ping"}))
            return json.loads(await asyncio.wait_for(client.recv(), PATIENCE))["type"]
        except ConnectionClosed as end:
            return end.rcvd.code


async def knock_at_once(url, doors):
    return await asyncio.gather(*(knock(url, door) for door in doors))


def test_of_many_handshakes_with_one_ws_token_one_succeeds_on_whichever_process(pair, alice):
    bearer = {"Authorization": f"Bearer {user_token(alice)}"}
    for _ in range(3):
        answer = plain.post("http://{}:{}/api/v1/ws/token".format(*pair.address), headers=bearer)
        url = f"{pair.url}?token={answer.json()['token']}"
        doors = [pair.door(pair.pids[number % 2]) for number in range(HANDSHAKES)]

        said = asyncio.run(knock_at_once(url, doors))

        assert sorted(map(str, said)) == ["4401"] * (HANDSHAKES - 1) + ["pong"]
        for pid in pair.pids:
            assert asyncio.run(knock(url, pair.door(pid))) == protocol.Close.BAD_TOKEN


# --- Subscriptions and healing -------------------------------------------------------------------


def listeners(*markets):
    """Return how many processes hear each of these markets."""
    channels = [line.channel_of(market.pk) for market in markets]
    return [count for _, count in cache.redis().pubsub_numsub(*channels)]


def test_each_process_hears_what_its_clients_follow_and_nothing_else(pair, open_market):
    both, here, nowhere = (open_market() for _ in range(3))
    token = open_session().token
    url = f"{pair.url}?token={token}"
    with ExitStack() as stack:
        first = Follower(url, [both.pk, here.pk], door=pair.door(pair.pids[0]))
        second = Follower(url, [both.pk], door=pair.door(pair.pids[1]))
        stack.enter_context(Crowd([first]))
        with Crowd([second]):
            eventually(lambda: listeners(both, here, nowhere) == [2, 1, 0])
            for market in (both, here, nowhere):
                set_home(market, 190)
            eventually(lambda: second.known.last == {both.pk: 2})
            eventually(lambda: first.known.last == {both.pk: 2, here.pk: 2})
        # Who left may come back; after a while nobody is waited for.
        eventually(lambda: listeners(both, here, nowhere) == [1, 1, 0])
        # It has been away, and goes on where it was.
        set_home(both, 180)
        second = Follower(url, [both.pk], door=pair.door(pair.pids[1]))
        stack.enter_context(Crowd([second]))
        set_home(both, 190)
        eventually(lambda: first.known.last[both.pk] == second.known.last[both.pk] == 4)
        assert first.known.complaints == second.known.complaints == []


def health(pair, pid):
    return pair.get(pid, "ws/health")


def follow_apart(pair, rain):
    """Three who follow both markets at one process, two who follow the first at the other."""
    url = f"{pair.url}?token={open_session().token}"
    first, second = pair.pids
    at_first = [Follower(url, rain.heads, door=pair.door(first)) for _ in range(3)]
    at_second = [Follower(url, list(rain.heads)[:1], door=pair.door(second)) for _ in range(2)]
    return Crowd([*at_first, *at_second])


@pytest.mark.usefixtures("own_redis")
def test_each_process_heals_for_itself_and_ws_health_adds_up(open_market, unannounced):  # noqa: F811
    rain = Downpour([open_market(), open_market()])
    with webs() as pair, follow_apart(pair, rain) as crowd:
        rain.move_all()
        eventually(lambda: crowd.has(rain.heads))
        with unannounced():
            rain.move_all()
        eventually(lambda: crowd.has(rain.heads))
        assert crowd.complaints() == []
        assert crowd.longest_wait(rain.stored_at) < HEALED_SECONDS

        # To each an ack, and for each market a snapshot and two updates.
        all_of_it = {"connections": 5, "topics": 3, "sent": 3 * 7 + 2 * 4, "slowCloses": 0}
        parts = [health(pair, pid)["process"] for pid in pair.pids]
        assert [part["connections"] for part in parts] == [3, 2]
        assert [part["topics"] for part in parts] == [2, 1]
        healed = [part["healed"] for part in parts]
        assert healed[0] >= 2
        assert healed[1] >= 1
        all_of_it |= {"healed": sum(healed), "processes": 2}
        for pid in pair.pids:
            eventually(lambda pid=pid: health(pair, pid)["total"] == all_of_it)
            assert health(pair, pid)["status"] == "ok"

        # One is killed, and counts no more after a while.
        psutil.Process(pair.pids[1]).kill()
        survivor = pair.pids[0]
        pair.pids = [survivor]
        for follower in crowd.followers[3:]:
            eventually(lambda one=follower: one.closes)
        eventually(lambda: health(pair, survivor)["process"]["connections"] == 5)
        eventually(
            lambda: health(pair, survivor)["total"]["processes"] == 1,
            seconds=stats.LIFE_SECONDS + 5,
        )
        # Its clients have resumed at the other.
        rain.move_all()
        eventually(lambda: crowd.has(rain.heads))
        assert crowd.complaints() == []

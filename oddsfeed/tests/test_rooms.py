"""What is told besides odds, by both protocols: of markets and of users."""

import asyncio
from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts import tokens
from betting import services as betting_services
from betting.settlement import Result, settle_market
from betting.signals import balance_changed
from markets import services as market_services
from markets.lifecycle import Event, MarketStatus
from oddsfeed import events, hub, line, outbox, publisher, reads, rooms
from oddsfeed.tests.conftest import in_thread, nowhere, tell, until
from oddsfeed.tests.sio_sockets import enter, knock  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)

BOTH = {"channels": ["markets", "user"]}


@pytest.fixture
def token_of(transactional_db):
    def sign_in(user):
        with transaction.atomic():
            now = datetime.now(tz=UTC)
            return tokens.issue(kind=tokens.Kind.USER, user=user, now=now).token

    return sign_in


@pytest.fixture
async def at_home(enter, alice, token_of, market):  # noqa: F811
    """A client of Alice's, in her room; the market was there before."""
    socket = await enter(await in_thread(token_of, alice))
    assert (await socket.ask("subscribe:user"))["ok"]
    return socket


def credit(user, amount):
    betting_services.credit(user=user, amount=amount, actor=None, reason="a gift")


def change(market, event, actor):
    market_services.change_status(market_id=market.pk, event=event, actor=actor, reason="x")


def settle(market, actor):
    settle_market(market_id=market.pk, result=Result(winning_option=1), actor=actor)


def balance_of(user, available, owed="0"):
    """Return the event without its time."""
    return {
        "type": "user:balance_update",
        "source": "ledger",
        "address": events.shown(user.address),
        "balance": available,
        "owed": owed,
    }


async def told(socket, name):
    """Return the next event, which has this name, without its time."""
    said, body = await socket.event()
    assert said == name
    assert abs(datetime.now(tz=UTC).timestamp() * 1000 - body.pop("ts")) < 20_000
    return body


# --- Markets ---------------------------------------------------------------------------------


async def test_everybody_hears_of_new_markets_and_followers_of_their_life(
    enter,  # noqa: F811
    connect,
    open_market,
    trader,
):
    watcher, over_ws, deaf = await enter(), await connect(), await connect()
    await over_ws.ask(type="subscribe", channels=["markets"])
    await deaf.ask(type="subscribe", markets=[])

    market = await in_thread(open_market)

    row = {
        "id": market.pk,
        "kind": "book",
        "category": "sports",
        "league": "NBA",
        "title": "Lakers vs Warriors",
        "home_team": "Lakers",
        "away_team": "Warriors",
        "status": "active",
        "start_time": int(market.start_time.timestamp() * 1000),
        "live": False,
        "description": "",
        "winning_option": None,
        "home_score": None,
        "away_score": None,
    }
    created = {"type": "market:created", "marketId": market.pk, "market": row}
    assert await told(watcher, "market:created") == created
    heard = await over_ws.next()
    assert heard.pop("ts")
    assert heard == created
    assert await deaf.is_quiet()

    follower = await enter()
    await follower.ask("subscribe:market", market.pk)
    await over_ws.follow(market)
    for event, status in ((Event.SUSPEND, "suspended"), (Event.CLOSE, "closed")):
        await in_thread(
            market_services.change_status,
            market_id=market.pk,
            event=event,
            actor=trader,
            reason="x",
        )
        name = "market:closed" if event == Event.CLOSE else "market:updated"
        said = {await follower_event(follower) for _ in range(2)}
        assert said == {(name, status), ("price:update", status)}
        assert {(await over_ws.next())["type"] for _ in range(2)} == {name, "odds_update"}
    await in_thread(settle, market, trader)
    names = {await follower_event(follower) for _ in range(2)}
    assert names == {("market:resolved", "settled"), ("price:update", "settled")}
    # Who follows nothing hears of nothing else.
    assert await watcher.is_quiet()


async def follower_event(socket):
    """Return an event's name, and the state of the market that it tells of."""
    name, body = await socket.event()
    return name, body["market"]["status"] if "market" in body else body["payload"]["status"]


async def test_a_draft_is_nobodys_affair_until_it_opens(enter, open_market, trader):  # noqa: F811
    socket = await enter()
    draft = await in_thread(open_market, status=MarketStatus.DRAFT)
    await in_thread(
        market_services.edit_market,
        market_id=draft.pk,
        actor=trader,
        reason="",
        description="soon",
    )
    assert await socket.is_quiet()

    await in_thread(change, draft, Event.OPEN, trader)

    created = await told(socket, "market:created")
    assert (created["marketId"], created["market"]["status"]) == (draft.pk, "active")


# --- Users -----------------------------------------------------------------------------------


async def test_users_hear_of_their_own_balance(at_home, enter, alice, bob, token_of, place):  # noqa: F811
    other = await enter(await in_thread(token_of, bob))
    answer = await other.ask("subscribe:user", bob.address.upper().replace("0X", "0x"))
    state = answer["state"]
    assert (answer["ok"], state.pop("ts") > 0) == (True, True)
    assert state == balance_of(bob, "0")

    await in_thread(credit, alice, 500)

    assert await told(at_home, "user:balance_update") == balance_of(alice, "1500")
    await in_thread(place, stake=100)
    assert await told(at_home, "user:balance_update") == balance_of(alice, "1400")
    assert await other.is_quiet()


async def test_nobody_listens_in_anothers_room(enter, alice, bob, token_of):  # noqa: F811
    socket = await enter(await in_thread(token_of, bob))

    refused = await socket.ask("subscribe:user", alice.address)

    assert refused == {
        "ok": False,
        "code": "FORBIDDEN",
        "message": "Everybody listens in their own room only.",
    }
    guest = await enter()
    assert (await guest.ask("subscribe:user"))["code"] == "FORBIDDEN"
    await in_thread(credit, alice, 5)
    assert await socket.is_quiet()
    assert await guest.is_quiet()


async def test_bettors_hear_what_a_result_gives_them(at_home, alice, market, place, trader):
    await in_thread(place, stake=100)
    assert (await told(at_home, "user:balance_update"))["balance"] == "900"
    await in_thread(change, market, Event.CLOSE, trader)

    await in_thread(settle, market, trader)

    assert await told(at_home, "user:balance_update") == balance_of(alice, "900", owed="185")


async def test_the_same_over_ws(connect, alice, token_of):
    socket = await connect(await in_thread(token_of, alice))

    ack = await socket.ask(type="subscribe", id=7, **BOTH)

    assert ack["channels"] == ["markets", "user"]
    now = await socket.next()
    assert now.pop("ts")
    assert now == balance_of(alice, "1000")
    await in_thread(credit, alice, 1)
    assert (await socket.next())["balance"] == "1001"
    left = await socket.ask(type="unsubscribe", channels=["user"])
    assert (left["subscribed"], left["channels"]) == ([], ["markets"])
    await in_thread(credit, alice, 1)
    assert await socket.is_quiet()


async def test_a_guest_is_told_that_there_is_nothing_for_it_over_ws(connect):
    socket = await connect()

    assert await socket.ask(type="subscribe", channels=["user"], id=1) == {
        "type": "error",
        "code": "FORBIDDEN",
        "message": "A guest has no user events: sign in.",
        "id": 1,
    }


async def test_a_lost_hint_costs_a_second(at_home, alice):
    balance_changed.disconnect(dispatch_uid="oddsfeed.tell_balances")
    try:
        await in_thread(credit, alice, 7)
    finally:
        publisher.connect()

    assert (await told(at_home, "user:balance_update"))["balance"] == "1007"


async def test_where_more_may_be_missing_users_are_told(at_home, alice, settings):
    caches = settings.CACHES
    settings.CACHES = nowhere(caches)
    await in_thread(publisher.tell_balances, user_ids=[alice.pk])
    settings.CACHES = caches

    # The next word that gets through says that others did not.
    await in_thread(publisher.tell_balances, user_ids=[5])

    assert await told(at_home, "user:resync") == {"type": "user:resync"}


async def test_a_line_that_was_down_may_have_missed_something(at_home, the_hub, alice):
    the_hub.rooms.confirmed(line.of_user(alice.pk))

    assert await told(at_home, "user:resync") == {"type": "user:resync"}
    # The balance is what it was.
    assert await at_home.is_quiet()


async def test_with_the_database_away_a_room_is_asked_for_again(
    enter,  # noqa: F811
    connect,
    alice,
    token_of,
    monkeypatch,
):
    def away(*args):
        raise reads.DATABASE_AWAY[0]

    token = await in_thread(token_of, alice)
    socket, over_ws = await enter(token), await connect(token)
    with monkeypatch.context() as outage:
        outage.setattr(reads, "standings", away)
        assert (await socket.ask("subscribe:user"))["code"] == hub.UNAVAILABLE
        refused = await over_ws.ask(type="subscribe", channels=["user"])
        assert refused["code"] == hub.UNAVAILABLE

    assert (await socket.ask("subscribe:user"))["ok"]
    assert (await over_ws.ask(type="subscribe", channels=["user"]))["channels"] == ["user"]


async def test_a_room_is_left_when_its_last_client_leaves(at_home, the_hub, alice):
    name = line.of_user(alice.pk)
    assert name in the_hub._line._wanted

    await at_home.disconnect()

    await until(lambda: name not in the_hub._line._wanted)
    assert the_hub.rooms._rooms == {}


async def test_what_nobody_understands_harms_nobody(at_home, alice, market, the_hub):
    for data in (rooms.POSITION + b"x", b"\xff"):
        await in_thread(tell, line.channel_of(line.of_user(alice.pk)), data)
    await in_thread(tell, line.channel_of(line.SETTLED), b"x")

    await in_thread(credit, alice, 1)

    assert (await told(at_home, "user:balance_update"))["balance"] == "1001"
    assert the_hub.hears


async def test_who_does_not_read_its_events_is_closed_and_never_skipped(at_home, the_hub, alice):
    (client,) = the_hub.clients

    # As if the connection took nothing any more.
    async def full(message):
        await asyncio.Event().wait()

    client._outbox.over(full)
    room = the_hub.rooms._rooms[alice.pk]
    for number in range(outbox.QUEUE_MAX + 1):
        assert not client.ended
        room.tell(f'{{"type":"user:balance_update","number":{number}}}')
    room.tell('{"type":"user:balance_update"}')

    assert (client.ended, client.too_slow) == (True, True)
    assert the_hub.clients == set()
    assert the_hub.rooms._rooms == {}

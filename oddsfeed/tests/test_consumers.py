"""What a client of /ws/odds gets for what it sends."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from channels.testing import WebsocketCommunicator

from accounts import access
from accounts import services as account_services
from kmarket import draining, epoch
from kmarket.asgi import application
from kmarket.errors import Unavailable
from markets import selectors, services, wire
from markets.lifecycle import MarketStatus
from markets.odds import Prices
from oddsfeed import farewell, protocol
from oddsfeed.tests.conftest import PATIENCE, Socket, in_thread, move, open_session

pytestmark = pytest.mark.django_db(transaction=True)

NOW_AND_THEN = 60_000


def snapshot_of(market):
    market.refresh_from_db()
    update = selectors.current_update(market)
    return wire.snapshot_message(market, update, epoch=epoch.current())


def as_update(update):
    return wire.update_message(update)


# --- Subscribing -----------------------------------------------------------------------------


async def test_a_subscriber_gets_an_ack_then_the_snapshot_then_each_change(connect, market):
    socket = await connect()

    assert await socket.ask(type="subscribe", markets=[str(market.pk)], id="a") == {
        "type": "ack",
        "ok": True,
        "subscribed": [market.pk],
        "rejected": [],
        "id": "a",
    }
    assert await socket.next() == await in_thread(snapshot_of, market)
    for home in (190, 188):
        update = await move(market, home)
        assert await socket.next() == as_update(update)


async def test_a_change_of_status_is_an_update_too(connect, market, trader):
    socket = await connect()
    await socket.follow(market)

    await in_thread(
        services.update_market,
        market_id=market.pk,
        actor=trader,
        reason="injury",
        status=MarketStatus.SUSPENDED,
    )

    update = await socket.next()
    assert (update["seq"], update["payload"]["status"]) == (2, "suspended")
    assert update["payload"]["reason"] == "injury"


async def test_each_market_comes_to_those_who_asked_for_it(connect, open_market):
    first, second = await in_thread(open_market), await in_thread(open_market)
    both, one = await connect(), await connect()
    await both.follow(first, second)
    await one.follow(second)

    await move(first)
    await move(second)

    assert [(await both.next())["marketId"] for _ in range(2)] == [first.pk, second.pk]
    assert (await one.next())["marketId"] == second.pk


async def test_a_market_without_prices_has_an_empty_snapshot_at_seq_0(connect, open_market):
    market = await in_thread(open_market, Prices())
    socket = await connect()

    _, snapshot = await socket.follow(market)

    assert snapshot == await in_thread(snapshot_of, market)
    assert (snapshot["seq"], snapshot["payload"]["moneyline"]) == (0, None)


async def test_unknown_and_hidden_markets_are_rejected_and_the_rest_is_subscribed(
    connect, market, open_market
):
    draft = await in_thread(open_market, status=MarketStatus.DRAFT)
    socket = await connect()

    ack = await socket.ask(type="subscribe", markets=[5, draft.pk, market.pk])

    assert ack["ok"] is True
    assert ack["subscribed"] == [market.pk]
    assert ack["rejected"] == [
        {"market": 5, "reason": "NOT_FOUND"},
        {"market": draft.pk, "reason": "NOT_FOUND"},
    ]
    assert (await socket.next())["type"] == "snapshot"


async def test_a_draft_that_opens_can_be_subscribed(connect, trader, open_market):
    draft = await in_thread(open_market, status=MarketStatus.DRAFT)
    socket = await connect()
    await socket.ask(type="subscribe", markets=[draft.pk])

    await in_thread(
        services.update_market,
        market_id=draft.pk,
        actor=trader,
        reason="",
        status=MarketStatus.ACTIVE,
    )

    _, snapshot = await socket.follow(draft)
    assert (snapshot["seq"], snapshot["payload"]["status"]) == (2, "active")


async def test_a_second_subscription_to_the_same_market_gets_only_the_ack(connect, market):
    socket = await connect()
    await socket.follow(market)

    ack = await socket.ask(type="subscribe", markets=[market.pk])

    assert ack["subscribed"] == [market.pk]
    assert await socket.is_quiet()
    await move(market)
    assert await socket.seqs(1) == [2]
    assert await socket.is_quiet()


async def test_unsubscribing_ends_the_updates(connect, market, open_market):
    other = await in_thread(open_market)
    socket = await connect()
    await socket.follow(market, other)

    ack = await socket.ask(type="unsubscribe", markets=[market.pk, 5])

    assert ack == {"type": "ack", "ok": True, "subscribed": [other.pk]}
    await move(market)
    assert (await move(other)).seq == 2
    assert (await socket.next())["marketId"] == other.pk


async def test_a_connection_follows_200_markets_at_most(connect, market, monkeypatch):
    monkeypatch.setattr(protocol, "MARKETS_MAX", 1)
    socket = await connect()
    await socket.follow(market)

    assert await socket.ask(type="subscribe", markets=[5], id=1) == {
        "type": "error",
        "code": "BAD_REQUEST",
        "message": "A connection follows 1 markets at most.",
        "id": 1,
    }
    assert (await socket.ask(type="resume", offsets={"5": 0}))["type"] == "error"
    assert (await socket.ask(type="unsubscribe", markets=[]))["subscribed"] == [market.pk]


# --- Resuming --------------------------------------------------------------------------------


async def test_what_was_missed_is_replayed_in_order_before_the_ack(connect, market):
    updates = [await move(market) for _ in range(3)]
    socket = await connect()

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 2}, "id": 7})

    assert [await socket.next() for _ in range(2)] == [as_update(u) for u in updates[1:]]
    assert await socket.next() == {
        "type": "ack",
        "ok": True,
        "subscribed": [market.pk],
        "rejected": [],
        "resumed": {str(market.pk): 4},
        "id": 7,
    }
    update = await move(market)
    assert await socket.next() == as_update(update)


async def test_who_missed_nothing_gets_only_the_ack_and_then_what_comes(connect, market):
    socket = await connect()

    ack = await socket.ask(type="resume", offsets={str(market.pk): 1})

    assert ack["resumed"] == {str(market.pk): 1}
    await move(market)
    assert await socket.seqs(1) == [2]


async def test_many_markets_are_resumed_at_once_and_unknown_ones_rejected(connect, open_market):
    first, second = await in_thread(open_market), await in_thread(open_market)
    await move(first)
    await move(second)
    socket = await connect()

    offsets = {str(first.pk): 0, str(second.pk): 1, "5": 3}
    await socket.send_json_to({"type": "resume", "offsets": offsets})

    got = [await socket.next() for _ in range(3)]
    assert [(m["marketId"], m["seq"]) for m in got] == [
        (first.pk, 1),
        (first.pk, 2),
        (second.pk, 2),
    ]
    ack = await socket.next()
    assert ack["rejected"] == [{"market": 5, "reason": "NOT_FOUND"}]
    assert ack["resumed"] == {str(first.pk): 2, str(second.pk): 2}


async def test_a_follower_may_resume_too(connect, market):
    socket = await connect()
    await socket.follow(market)
    await move(market)
    assert await socket.seqs(1) == [2]

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 0}})

    assert await socket.seqs(2) == [1, 2]
    assert (await socket.next())["type"] == "ack"
    await move(market)
    assert await socket.seqs(1) == [3]
    assert await socket.is_quiet()


async def resync_of(socket, market, **resume):
    """Resume, and return the resync and the ack."""
    await socket.send_json_to({"type": "resume", **resume})
    resync, ack = await socket.next(), await socket.next()
    expected = await in_thread(snapshot_of, market)
    assert resync == {**expected, "type": "resync", "reason": resync["reason"]}
    assert ack["resumed"] == {str(market.pk): resync["seq"]}
    await move(market)
    assert await socket.seqs(1) == [resync["seq"] + 1]
    return resync["reason"]


async def test_another_epoch_gets_a_resync(connect, market):
    socket = await connect()
    offsets = {str(market.pk): 1}

    assert await resync_of(socket, market, offsets=offsets, epoch="0") == "epoch_changed"


async def test_the_same_epoch_is_replayed(connect, market):
    socket = await connect()
    name = await in_thread(epoch.current)

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 0}, "epoch": name})

    assert await socket.seqs(1) == [1]


async def test_a_seq_that_never_was_gets_a_resync(connect, market):
    socket = await connect()

    assert await resync_of(socket, market, offsets={str(market.pk): 9}) == "epoch_changed"


async def test_a_seq_that_another_process_told_earlier_is_none_of_those(
    connect, market, the_hub, unannounced
):
    socket, other = await connect(), await connect()
    await other.follow(market)
    with unannounced():
        await move(market)
    assert the_hub.topics[market.pk].seq == 1

    ack = await socket.ask(type="resume", offsets={str(market.pk): 2})

    assert ack["resumed"] == {str(market.pk): 2}
    assert await other.seqs(1) == [2]


@pytest.mark.parametrize("followed", [False, True], ids=["by nobody", "by another"])
async def test_more_than_the_limit_gets_a_resync(connect, market, settings, followed):
    settings.WS_REPLAY_LIMIT = 3
    if followed:
        await (await connect()).follow(market)
    for _ in range(4):
        await move(market)
    socket = await connect()

    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 2}})
    assert await socket.seqs(3) == [3, 4, 5]
    await socket.next()
    assert await resync_of(socket, market, offsets={str(market.pk): 1}) == "limit"


async def test_updates_that_are_not_stored_any_more_get_a_resync(connect, market, lose_updates):
    for _ in range(3):
        await move(market)
    await in_thread(lose_updates, market, upto=2)
    socket = await connect()

    assert await resync_of(socket, market, offsets={str(market.pk): 1}) == "too_old"


async def test_a_resume_while_updates_pour_in_has_no_gap_and_no_repeat(connect, market):
    for _ in range(20):
        await move(market)
    socket = await connect()

    async def pour():
        for _ in range(20):
            await move(market)

    pouring = asyncio.create_task(pour())
    await socket.send_json_to({"type": "resume", "offsets": {str(market.pk): 1}})
    got, acks = [], 0
    while len(got) < 40:
        message = await socket.next()
        if message["type"] == "ack":
            acks += 1
        else:
            got.append(message["seq"])
    await pouring

    assert got == list(range(2, 42))
    assert acks == 1


# --- Options ---------------------------------------------------------------------------------


async def test_options_are_echoed_as_they_are_in_force(connect, market):
    socket = await connect()

    first = await socket.ask(type="subscribe", markets=[], options={"conflateMs": 250})
    second = await socket.ask(type="subscribe", markets=[], options={"heartbeat": True})
    third = await socket.ask(type="subscribe", markets=[])

    assert first["options"] == {"heartbeat": False, "batch": False, "conflateMs": 250}
    assert second["options"] == {"heartbeat": True, "batch": False, "conflateMs": 250}
    assert "options" not in third


async def test_batched_messages_come_as_arrays(connect, market):
    socket = await connect()
    await socket.send_json_to(
        {"type": "subscribe", "markets": [market.pk], "options": {"batch": True}}
    )

    ack, snapshot = await socket.next()

    assert (ack["type"], snapshot["type"]) == ("ack", "snapshot")
    await move(market)
    assert await socket.seqs(1) == [2]


async def test_conflated_updates_say_from_where_on(connect, market):
    socket = await connect()
    await socket.follow(market, options={"conflateMs": 300})
    for home in (181, 182, 183):
        await move(market, home)

    first, second = await socket.next(), await socket.next()

    assert (first["seq"], "from_seq" in first) == (2, False)
    assert (second["from_seq"], second["seq"], second["con"]) == (3, 4, "rate")
    assert second["payload"]["odds_a"] == 183


async def test_a_heartbeat_marks_what_the_client_has(connect, market, open_market, monkeypatch):
    monkeypatch.setattr(protocol, "HEARTBEAT_SECONDS", 0.2)
    held = await in_thread(open_market)
    socket = await connect()
    await socket.follow(market, held, options={"heartbeat": True, "conflateMs": NOW_AND_THEN})
    for _ in range(2):
        await move(held)
    assert await socket.seqs(1) == [2]

    heartbeat = await socket.next()

    ts = datetime.now(tz=UTC).timestamp() * 1000
    assert 0 <= ts - heartbeat.pop("ts") < 5000
    # The update to 3 is held back, so the client has 2.
    assert heartbeat == {
        "type": "heartbeat",
        "status": "ok",
        "marks": {str(market.pk): 1, str(held.pk): 2},
    }
    assert (await socket.next())["type"] == "heartbeat"
    await socket.ask(type="subscribe", markets=[], options={"heartbeat": False})
    await asyncio.sleep(0.3)
    assert await socket.is_quiet()


# --- Mistakes --------------------------------------------------------------------------------


async def test_a_ping_is_answered(connect):
    socket = await connect()

    assert await socket.ask(type="ping", ts=12.5, id="p") == {"type": "pong", "ts": 12.5, "id": "p"}


@pytest.mark.parametrize(
    ("frame", "code", "message"),
    [
        ({"text_data": "{"}, "BAD_REQUEST", "This is not JSON."),
        ({"text_data": " " * 70_000}, "PAYLOAD_TOO_LARGE", "A frame holds 65536 bytes."),
        (
            {"text_data": '{"type":"subscribe","channels":["user"]}'},
            "BAD_REQUEST",
            "There is no channel 'user'.",
        ),
        ({"bytes_data": b"{}"}, "BAD_REQUEST", "Messages are text frames, not binary ones."),
    ],
    ids=["no JSON", "too large", "unknown channel", "binary"],
)
async def test_a_bad_frame_costs_an_error_and_nothing_else(connect, market, frame, code, message):
    socket = await connect()
    await socket.follow(market)

    await socket.send_to(**frame)

    assert await socket.next() == {"type": "error", "code": code, "message": message}
    await move(market)
    assert await socket.seqs(1) == [2]


async def test_more_than_20_messages_a_second_are_errors_and_much_more_is_abuse(connect, settings):
    settings.RATE_LIMIT = True
    socket = await connect()

    for _ in range(60):
        await socket.send_json_to({"type": "ping"})

    answers = [await socket.next() for _ in range(22)]
    assert [answer["type"] for answer in answers[:20]] == ["pong"] * 20
    assert answers[21] == {
        "type": "error",
        "code": "RATE_LIMITED",
        "message": "At most 20 messages a second.",
    }
    assert await socket.closed() == (4429, "too many mistakes")


async def test_mistake_upon_mistake_is_abuse(connect, settings):
    settings.RATE_LIMIT = True
    socket = await connect()

    for _ in range(10):
        await socket.send_to(text_data="{")
    assert [(await socket.next())["type"] for _ in range(10)] == ["error"] * 10
    for _ in range(11):
        await asyncio.sleep(0.05)
        await socket.send_to(text_data="{")

    assert await socket.closed() == (4429, "too many mistakes")


async def test_load_tests_may_lift_the_limits(connect, settings):
    settings.RATE_LIMIT = False
    socket = await connect()

    for _ in range(100):
        await socket.send_to(text_data="{")

    assert [(await socket.next())["message"] for _ in range(100)] == ["This is not JSON."] * 100
    assert await socket.is_quiet()


# --- Who may ---------------------------------------------------------------------------------


async def refused(path="/ws/odds", **changes):
    """Connect where one is accepted and then sent away; return the code and the reason."""
    socket = Socket(application, path, **changes)
    connected, _ = await socket.connect(PATIENCE)
    assert connected
    closed = await socket.closed()
    await socket.disconnect(timeout=PATIENCE)
    return closed


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/ws/odds", "token missing"),
        ("/ws/odds?token=", "token missing"),
        ("/ws/odds?token=x", "token refused"),
        ("/ws/odds?token=a.b.c&token=%ff", "token refused"),
    ],
)
async def test_no_token_or_a_bad_one_is_accepted_and_closed_with_4401(the_hub, path, reason):
    assert await refused(path) == (4401, reason)
    assert the_hub.clients == set()


async def test_the_token_may_come_as_a_subprotocol_that_is_not_echoed(the_hub, session, market):
    offered = ["kmarket.v1", f"bearer.{session.token}"]
    socket = Socket(application, "/ws/odds", subprotocols=offered)

    assert await socket.connect(PATIENCE) == (True, "kmarket.v1")
    assert (await socket.follow(market))[1]["seq"] == 1
    await socket.disconnect(timeout=PATIENCE)


async def test_a_socket_token_is_good_for_one_handshake(connect, session, market):
    caller = await in_thread(access.caller_of, session.token)
    issued = await in_thread(
        account_services.issue_ws_token, caller=caller, now=datetime.now(tz=UTC)
    )

    socket = await connect(issued.token)

    assert (await socket.follow(market))[1]["seq"] == 1
    assert (await refused(f"/ws/odds?token={issued.token}"))[0] == 4401
    assert await socket.is_quiet()


async def test_a_token_that_expires_closes_with_4401_at_its_time(connect):
    begun = datetime.now(tz=UTC) - timedelta(minutes=15) + timedelta(seconds=2.5)
    issued = await in_thread(account_services.open_guest_session, now=begun)
    socket = await connect(issued.token)
    assert await socket.is_quiet()

    assert await socket.closed() == (4401, "token expired")
    assert datetime.now(tz=UTC) >= issued.session.expires_at


async def test_a_session_that_ends_closes_its_sockets_and_no_others(connect, session, the_hub):
    other = await in_thread(open_session)
    mine, too, theirs = await connect(), await connect(), await connect(other.token)
    assert len(the_hub.clients) == 3

    ended = asyncio.get_running_loop().time()
    await in_thread(account_services.sign_out, session_id=session.session.pk)

    assert await mine.closed() == (4401, "signed out")
    assert await too.closed() == (4401, "signed out")
    assert asyncio.get_running_loop().time() - ended < 2
    assert await theirs.is_quiet()
    assert len(the_hub.clients) == 1


async def test_with_the_database_away_one_is_asked_to_come_back(the_hub, session, monkeypatch):
    def away(token):
        raise Unavailable

    monkeypatch.setattr(access, "caller_of", away)

    assert await refused(f"/ws/odds?token={session.token}") == (1012, "unavailable")


async def test_any_other_path_is_accepted_and_closed_with_4404():
    socket = WebsocketCommunicator(application, "/ws/nothing")

    assert await socket.connect(PATIENCE) == (True, None)
    assert await socket.receive_output(PATIENCE) == {
        "type": "websocket.close",
        "code": 4404,
        "reason": "nothing is at this address",
    }
    await socket.disconnect(timeout=PATIENCE)


# --- The end ---------------------------------------------------------------------------------


async def test_before_a_restart_everybody_gets_a_bye_and_is_closed_with_1012(connect, monkeypatch):
    monkeypatch.setattr(farewell, "SLICE_MIN", 1)
    sockets = [await connect() for _ in range(3)]

    await farewell.drain()

    for socket in sockets:
        bye = await socket.next()
        assert 500 <= bye.pop("retryIn") <= 506
        assert bye == {"type": "bye", "reason": "restart"}
        assert await socket.closed() == (1012, "restart")


async def test_a_process_that_is_about_to_stop_sends_newcomers_away(the_hub, session, monkeypatch):
    monkeypatch.setattr(draining, "started", lambda: True)

    assert await refused(f"/ws/odds?token={session.token}") == (1012, "restart")


async def test_who_leaves_is_forgotten(connect, the_hub, market):
    socket = await connect()
    await socket.follow(market)

    await socket.disconnect(timeout=PATIENCE)

    assert the_hub.clients == set()
    assert the_hub.topics[market.pk].clients == {}

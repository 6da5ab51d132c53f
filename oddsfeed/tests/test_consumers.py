"""What a client of /ws/odds gets for what it sends."""

import asyncio
from datetime import UTC, datetime

import pytest

from markets import services, wire
from markets.lifecycle import MarketStatus
from markets.odds import Prices
from oddsfeed import protocol
from oddsfeed.tests.conftest import in_thread, move, snapshot_of

pytestmark = pytest.mark.django_db(transaction=True)

NOW_AND_THEN = 60_000


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
        assert await socket.next() == wire.update_message(update)


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
            {"text_data": '{"type":"subscribe","channels":["odds"]}'},
            "BAD_REQUEST",
            "There is no channel 'odds'.",
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

"""Socket.IO in this process: who gets in, what may be asked for, and which prices come."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest

from accounts import access
from accounts import services as account_services
from kmarket import draining
from kmarket.errors import Unavailable
from markets.lifecycle import MarketStatus
from oddsfeed import farewell, hub, protocol, sio, sio_client
from oddsfeed.tests.conftest import in_thread, move, open_session, set_home, snapshot_of, until
from oddsfeed.tests.sio_sockets import enter, knock  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db(transaction=True)

# What may not be asked for, and how the refusal begins.
MISTAKES = [
    (["subscribe:everything"], "An event is one of subscribe:market, unsubscribe:market, "),
    (["subscribe:market"], "A market's id is a whole number, or its digits."),
    (["subscribe:market", "-1"], "A market's id is a whole number, or its digits."),
    (["subscribe:market", {"marketId": 5, "lastSeq": -1}], "A seq is a whole number."),
    (["subscribe:market", {"marketId": 5, "epoch": 5}], "`epoch` is the text that a snapshot"),
    (["subscribe:market", [5, 5]], "A market is named once."),
    (["subscribe:user", "alice"], "An address is 0x and 40 hex digits; without one it is"),
]
# Packets of Engine.IO that are none of Socket.IO, or want what we have not.
NO_MESSAGES = ["4x", "42", "42{}", "42[]", "42[1]", "421", "47", "451-[]", "42[", '43["x"]']
NO_MESSAGES += ["42" + "[" * 2000, '42["x"]x']
# Nor of Engine.IO.
NO_PACKETS = [
    ({"bytes_data": b"42[]"}, 1007),
    ({"text_data": "x"}, 1007),
    ({"text_data": "4"}, 1007),
    ({"text_data": "42" + json.dumps(["x", " " * 70_000])}, 1009),
]
NO_SUCH_MARKET = {"ok": False, "code": "NOT_FOUND", "message": "There is no such market."}


@pytest.fixture
def slow_ticks(monkeypatch):
    """Ticks so long that all of a test falls into one."""
    monkeypatch.setattr(sio_client, "TICK_SECONDS", 0.6)


def bye(reason):
    return "42" + json.dumps(
        ["bye", {"type": "bye", "reason": reason, "retryIn": None}], separators=(",", ":")
    )


# --- Who gets in -----------------------------------------------------------------------------


async def test_the_handshake_names_a_session_and_its_terms(knock, the_hub):  # noqa: F811
    socket = await knock()

    assert the_hub.clients == set()
    await socket.disconnect()
    assert sio.current()._visits == {}


async def test_who_shows_a_token_is_in(knock, session, the_hub):  # noqa: F811
    socket = await knock()

    kind, told = await socket.sign_in(session.token)

    assert (kind, list(told)) == ("40", ["sid"])
    assert len(the_hub.clients) == 1
    await socket.disconnect()
    assert the_hub.clients == set()
    assert the_hub.rooms.everybody == {}


async def test_a_bad_token_is_refused_with_its_reason_and_then_the_end(
    knock,  # noqa: F811
    the_hub,
    monkeypatch,
):
    monkeypatch.setattr(sio, "REFUSED_SECONDS", 0.1)
    for token, why in ((None, "token missing"), (7, "token missing"), ("x", "token refused")):
        socket = await knock()

        refused = await socket.sign_in(token)

        assert refused == ("44", {"message": why, "data": {"code": "UNAUTHORIZED"}})
        assert await socket.closed() == (4401, [bye(why), "41"])
    assert the_hub.clients == set()


async def test_a_token_is_said_once(knock, session):  # noqa: F811
    socket = await knock()
    await socket.sign_in("x")

    await socket.say("40" + json.dumps({"token": session.token}))

    assert (await socket.closed())[0] == 4401


async def test_who_says_no_token_is_sent_away(knock, monkeypatch):  # noqa: F811
    monkeypatch.setattr(sio, "CONNECT_SECONDS", 0.1)
    socket = await knock()

    assert await socket.closed() == (4401, [bye("token missing"), "41"])


async def test_before_the_token_nothing_is_answered(knock, session, market):  # noqa: F811
    socket = await knock()

    await socket.say(f'421["subscribe:market",{market.pk}]')

    assert (await socket.sign_in(session.token))[0] == "40"
    assert await socket.is_quiet()


async def test_there_is_one_namespace(knock):  # noqa: F811
    socket = await knock()

    await socket.say("40/admin,")

    assert await socket.packet() == '44/admin,"Unable to connect"'


async def test_a_socket_token_is_good_for_one_handshake(knock, session):  # noqa: F811
    caller = await in_thread(access.caller_of, session.token)
    issued = await in_thread(
        account_services.issue_ws_token, session_id=caller.session_id, now=datetime.now(tz=UTC)
    )

    first, second = await knock(), await knock()

    assert (await first.sign_in(issued.token))[0] == "40"
    assert (await second.sign_in(issued.token))[0] == "44"


async def test_a_token_that_expires_closes_for_good_at_its_time(knock):  # noqa: F811
    begun = datetime.now(tz=UTC) - timedelta(minutes=15) + timedelta(seconds=2)
    issued = await in_thread(account_services.open_guest_session, now=begun)
    socket = await knock()
    await socket.sign_in(issued.token)

    assert await socket.closed() == (4401, [bye("token expired"), "41"])
    assert datetime.now(tz=UTC) >= issued.session.expires_at


async def test_a_session_that_ends_closes_its_clients_and_no_others(enter, session, the_hub):  # noqa: F811
    other = await in_thread(open_session)
    mine, theirs = await enter(), await enter(other.token)

    ended = asyncio.get_running_loop().time()
    await in_thread(account_services.sign_out, session_id=session.session.pk)

    assert await mine.closed() == (4401, [bye("signed out"), "41"])
    assert asyncio.get_running_loop().time() - ended < 2
    assert await theirs.is_quiet()
    assert len(the_hub.clients) == 1


async def test_with_the_database_away_one_is_asked_to_come_back(knock, session, monkeypatch):  # noqa: F811
    def away(token):
        raise Unavailable

    monkeypatch.setattr(access, "caller_of", away)
    socket = await knock()

    await socket.say("40" + json.dumps({"token": session.token}))

    # Without the packet that would keep its client away.
    assert await socket.closed() == (1012, [])


async def test_a_process_that_is_about_to_stop_sends_newcomers_away(knock, session, monkeypatch):  # noqa: F811
    monkeypatch.setattr(draining, "started", lambda: True)
    socket = await knock()

    await socket.say("40" + json.dumps({"token": session.token}))

    assert await socket.closed() == (1012, [])


async def test_before_a_restart_everybody_gets_a_bye_and_comes_back(enter):  # noqa: F811
    socket = await enter()

    await farewell.drain()

    name, body = await socket.event()
    assert (name, body["reason"]) == ("bye", "restart")
    assert 500 <= body["retryIn"] <= 510
    assert await socket.closed() == (1012, [])


# --- What may be asked for -------------------------------------------------------------------


async def test_a_subscriber_gets_the_state_then_each_change(enter, market):  # noqa: F811
    socket = await enter()

    answer = await socket.ask("subscribe:market", market.pk)

    state = await in_thread(snapshot_of, market)
    assert answer == {
        "ok": True,
        "marketId": market.pk,
        "seq": 1,
        "epoch": state["epoch"],
        "recovered": False,
        "state": state,
    }
    await move(market, 181)
    name, update = await socket.event()
    assert name == "price:update"
    assert (update["type"], update["marketId"], update["seq"]) == ("odds_update", market.pk, 2)
    assert update["payload"]["odds_a"] == 181
    assert "from_seq" not in update


async def test_unknown_and_hidden_markets_are_refused(enter, open_market):  # noqa: F811
    draft = await in_thread(open_market, status=MarketStatus.DRAFT)
    socket = await enter()

    assert await socket.ask("subscribe:market", 5) == NO_SUCH_MARKET | {"marketId": 5}
    refused = await socket.ask("subscribe:market", {"marketId": str(draft.pk)})
    assert refused == NO_SUCH_MARKET | {"marketId": draft.pk}


async def test_several_markets_are_asked_for_at_once(enter, market, open_market):  # noqa: F811
    other = await in_thread(open_market)
    socket = await enter()

    answer = await socket.ask("subscribe:market", [market.pk, 5, {"marketId": other.pk}])

    assert answer["ok"] is False
    assert [(one["marketId"], one["ok"]) for one in answer["markets"]] == [
        (market.pk, True),
        (5, False),
        (other.pk, True),
    ]
    left = await socket.ask("unsubscribe:market", [market.pk, 5])
    assert left == {
        "ok": True,
        "markets": [{"ok": True, "marketId": market.pk}, {"ok": True, "marketId": 5}],
    }


async def test_unsubscribing_ends_the_prices(enter, market, open_market):  # noqa: F811
    other = await in_thread(open_market)
    socket = await enter()
    await socket.ask("subscribe:market", [market.pk, other.pk])

    assert await socket.ask("unsubscribe:market", market.pk) == {"ok": True, "marketId": market.pk}

    await move(market)
    await move(other)
    name, update = await socket.event()
    assert (name, update["marketId"]) == ("price:update", other.pk)


async def test_a_client_follows_200_markets_at_most(enter, market, monkeypatch):  # noqa: F811
    monkeypatch.setattr(protocol, "MARKETS_MAX", 1)
    socket = await enter()
    await socket.ask("subscribe:market", market.pk)

    refused = await socket.ask("subscribe:market", 5)

    assert refused["message"] == "A connection follows 1 markets at most."
    too_many = await socket.ask("subscribe:market", [5, 6])
    assert too_many["message"] == "A message names 1 markets at most."


async def test_a_mistake_is_answered_with_its_reason(enter):  # noqa: F811
    socket = await enter()

    for said, message in MISTAKES:
        answer = await socket.ask(*said)

        assert (answer["ok"], answer["code"]) == (False, "BAD_REQUEST")
        assert answer["message"].startswith(message)


async def test_without_a_callback_nobody_is_told(enter, market):  # noqa: F811
    socket = await enter()

    await socket.say('42["subscribe:everything"]')
    await socket.say(f'42["subscribe:market",{market.pk}]')

    assert await socket.is_quiet()
    await move(market)
    assert (await socket.event())[1]["seq"] == 2


async def test_more_than_20_messages_a_second_are_refused_and_much_more_is_abuse(enter, settings):  # noqa: F811
    settings.RATE_LIMIT = True
    socket = await enter()
    for _ in range(60):
        await socket.say('421["unsubscribe:market",1]')

    code, packets = await socket.closed()

    answers = [json.loads(packet[3:])[0] for packet in packets if packet.startswith("431")]
    assert [answer["ok"] for answer in answers[:20]] == [True] * 20
    too_fast = {"code": "RATE_LIMITED", "message": "At most 20 messages a second.", "ok": False}
    assert answers[21] == too_fast
    assert (code, packets[-2:]) == (4429, [bye("too many mistakes"), "41"])


async def test_what_nobody_understands_ends_the_connection(enter, caplog):  # noqa: F811
    for packet in NO_MESSAGES:
        socket = await enter()
        await socket.say(packet)
        assert (await socket.closed())[0] == 4429, packet
    for frame, code in NO_PACKETS:
        socket = await enter()
        await socket.send_to(**frame)
        assert (await socket.closed())[0] == code, frame
    # Whatever a client sends, it is no news for the log.
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# --- Prices ----------------------------------------------------------------------------------


async def test_markets_that_move_within_a_tick_come_as_one(
    enter,  # noqa: F811
    market,
    open_market,
    slow_ticks,
):
    other, third = await in_thread(open_market), await in_thread(open_market)
    both, one = await enter(), await enter()
    await both.ask("subscribe:market", [market.pk, other.pk])
    await one.ask("subscribe:market", [other.pk, third.pk])

    for home in (181, 182):
        await move(market, home)
    await move(other, 183)

    name, batch = await both.event()
    assert name == "price:batch_update"
    first, second = batch["updates"]
    # The newest of each, and what it stands for.
    assert (first["marketId"], first["from_seq"], first["seq"]) == (market.pk, 2, 3)
    assert (first["con"], first["payload"]["odds_a"]) == ("rate", 182)
    assert (second["marketId"], second["seq"], "from_seq" in second) == (other.pk, 2, False)
    name, update = await one.event()
    assert (name, update["marketId"], update["seq"]) == ("price:update", other.pk, 2)
    assert await both.is_quiet()


async def test_what_is_told_or_left_within_the_tick_does_not_come(enter, market, slow_ticks):  # noqa: F811
    leaver, asker = await enter(), await enter()
    for socket in (leaver, asker):
        await socket.ask("subscribe:market", market.pk)
    await move(market)
    await until(lambda: hub.current().topics[market.pk].seq == 2)

    await leaver.ask("unsubscribe:market", market.pk)
    told = await asker.ask("subscribe:market", market.pk)

    assert told["seq"] == 2
    await asyncio.sleep(0.7)
    assert await leaver.is_quiet()
    assert await asker.is_quiet()


async def test_who_comes_back_gets_what_it_missed(enter, market):  # noqa: F811
    for home in (181, 182, 183):
        await move(market, home)
    socket = await enter()

    answer = await socket.ask("subscribe:market", {"marketId": market.pk, "lastSeq": 2})

    state = await in_thread(snapshot_of, market)
    assert answer == {
        "ok": True,
        "marketId": market.pk,
        "seq": 4,
        "epoch": state["epoch"],
        "recovered": True,
    }
    missed = [await socket.event() for _ in range(2)]
    assert [(name, update["seq"]) for name, update in missed] == [
        ("price:update", 3),
        ("price:update", 4),
    ]
    await move(market, 184)
    assert (await socket.event())[1]["seq"] == 5


@pytest.mark.parametrize(
    ("asked", "why"),
    [({"lastSeq": 1}, "limit"), ({"lastSeq": 2, "epoch": "another"}, "epoch_changed")],
)
async def test_or_the_whole_state_where_that_cannot_be(enter, market, settings, asked, why):  # noqa: F811
    settings.WS_REPLAY_LIMIT = 2
    for home in (181, 182, 183):
        await move(market, home)
    socket = await enter()

    answer = await socket.ask("subscribe:market", {"marketId": market.pk} | asked)

    assert (answer["recovered"], answer["seq"]) == (False, 4)
    state = answer["state"]
    assert (state["type"], state["reason"], state["seq"]) == ("resync", why, 4)
    assert await socket.is_quiet()


async def test_recovery_while_prices_move_on_has_no_gap_and_no_repeat(enter, market):  # noqa: F811
    def rise():
        for step in range(20):
            set_home(market, 181 + step % 2)

    await in_thread(rise)
    socket = await enter()
    rising = asyncio.create_task(in_thread(rise))

    answer = await socket.ask("subscribe:market", {"marketId": market.pk, "lastSeq": 1})

    await rising
    assert answer["recovered"]
    last = 1
    while last < 41:
        _, update = await socket.event()
        assert update.get("from_seq", update["seq"]) == last + 1
        last = update["seq"]

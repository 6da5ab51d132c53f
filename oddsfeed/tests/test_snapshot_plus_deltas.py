"""A client that applies what it gets knows the state, whatever happens on the way.

Clients come, go, follow, leave, resume and stall; updates are published, published late and out of
order, or not at all; histories change. All on the real hub, PostgreSQL and Valkey. What a client
gets must continue exactly where it was: no seq is missing and none comes twice.
"""

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kmarket import cache, epoch
from kmarket.asgi import application
from markets import selectors, wire
from markets.models import OddsUpdate
from oddsfeed import hub as hub_module
from oddsfeed import line, protocol, publisher
from oddsfeed.tests.conftest import in_thread, move, open_session, until

CLIENTS = 3
PAUSES = [0.0, 0.0, 0.001, 0.001, 0.01, 0.06]


@dataclass
class View:
    """What a client knows of one market."""

    seq: int
    payload: dict


@dataclass
class Client:
    """A client that believes what it is told, and complains when that doesn't fit together."""

    token: str
    # What it knows; kept when the connection goes.
    views: dict[int, View] = field(default_factory=dict)
    followed: set[int] = field(default_factory=set)
    # It asked for a replay of what it follows, or may follow by then: that comes once more.
    may_repeat: set[int] = field(default_factory=set)
    epoch: str | None = None
    asked: deque = field(default_factory=deque)
    task: asyncio.Task | None = None
    ended: list[asyncio.Task] = field(default_factory=list)
    complaints: list[Exception] = field(default_factory=list)

    def connect(self):
        if self.task is not None:
            return
        self.inbox, self.room = asyncio.Queue(), asyncio.Event()
        self.room.set()
        for forgotten in (self.followed, self.may_repeat, self.asked):
            forgotten.clear()
        scope = {
            "type": "websocket",
            "path": "/ws/odds",
            "query_string": f"token={self.token}".encode(),
            "headers": [],
            "subprotocols": [],
        }
        self.inbox.put_nowait({"type": "websocket.connect"})
        # One connection at a time: what is still said on the former one isn't heard any more.
        send = partial(self.send, self.inbox)
        self.task = asyncio.create_task(application(scope, self.inbox.get, send))

    def disconnect(self):
        if self.task is not None:
            self.inbox.put_nowait({"type": "websocket.disconnect", "code": 1001})
            self.room.set()
            self.ended.append(self.task)
            self.task = None

    def stall(self):
        if self.task is not None:
            self.room.clear()

    def read(self):
        if self.task is not None:
            self.room.set()

    async def send(self, inbox, message):
        """Take what the server sends; wait while there is no room, as a server does."""
        await self.room.wait()
        if inbox is not self.inbox or self.task is None:
            raise OSError("the client is gone")
        try:
            assert message["type"] != "websocket.close", message
            if message["type"] == "websocket.send":
                self.hear(json.loads(message["text"]))
        except Exception as exc:
            # To the server this is a client with a broken connection.
            self.complaints.append(exc)
            raise

    def ask(self, **message):
        if self.task is not None:
            self.asked.append(message)
            self.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def subscribe(self, market_id):
        self.ask(type="subscribe", markets=[market_id])

    def unsubscribe(self, market_id):
        self.ask(type="unsubscribe", markets=[market_id])

    def resume(self):
        if any(message["type"] == "resume" for message in self.asked):
            return
        self.may_repeat |= self.followed
        for message in self.asked:
            self.may_repeat |= set(message["markets"])
        offsets = {str(market_id): view.seq for market_id, view in self.views.items()}
        self.ask(type="resume", offsets=offsets, epoch=self.epoch)

    def hear(self, message):
        if message["type"] == "ack":
            self.hear_ack(message)
        elif message["type"] in {"snapshot", "resync"}:
            self.views[message["marketId"]] = View(message["seq"], message["payload"])
            self.followed.add(message["marketId"])
            self.epoch = message["epoch"]
        else:
            assert message["type"] == "odds_update", message
            self.hear_update(message)

    def hear_ack(self, ack):
        request = self.asked.popleft()
        assert ack["ok"], ack
        if request["type"] == "unsubscribe":
            self.followed -= set(request["markets"])
        for market, seq in ack.get("resumed", {}).items():
            view = self.views[int(market)]
            assert view.seq == seq, (view, ack)
            self.may_repeat.discard(int(market))
            self.followed.add(int(market))

    def hear_update(self, update):
        view = self.views[update["marketId"]]
        is_asked_for = any(message["type"] == "resume" for message in self.asked)
        assert update["marketId"] in self.followed or is_asked_for, update
        if update["seq"] <= view.seq and update["marketId"] in self.may_repeat:
            return
        first = update.get("from_seq", update["seq"])
        assert first == view.seq + 1, f"has {view.seq}, got {first} to {update['seq']}"
        view.seq, view.payload = update["seq"], update["payload"]


class House:
    """Where the prices are made."""

    def __init__(self, markets):
        self.markets = markets
        self.ids = [market.pk for market in markets]
        self.late = []

    async def update(self, market, times):
        for _ in range(times):
            await move(self.markets[market])

    async def lose(self, market, times):
        publisher.odds_changed.disconnect(dispatch_uid="oddsfeed.publish_odds")
        try:
            return [await move(self.markets[market]) for _ in range(times)]
        finally:
            publisher.connect()

    async def delay(self, market, times):
        self.late += await self.lose(market, times)

    async def tell_late_ones(self, order):
        """Publish what was kept back, in some order, the first of them twice."""
        late, self.late = self.late, []
        late.sort(key=lambda update: hash((update.seq, order)))
        for update in late + late[:1]:
            frame = protocol.update(wire.update_message(update))
            data = line.packed(update.seq, frame)
            await in_thread(cache.redis().publish, line.channel_of(update.market_id), data)

    async def pause(self, seconds):
        await asyncio.sleep(seconds)

    async def new_epoch(self):
        await in_thread(epoch.renew)


def current(market):
    update = OddsUpdate.objects.filter(market=market).order_by("-seq").first()
    assert selectors.heads([market.pk]) == {market.pk: update.seq}
    # As JSON, with what that does to numbers.
    return update.seq, json.loads(json.dumps(wire.payload(update)))


def client_step(*names):
    return st.tuples(st.sampled_from(names), st.integers(0, CLIENTS - 1))


def both_step(*names):
    return st.tuples(st.sampled_from(names), st.integers(0, CLIENTS - 1), st.integers(0, 1))


steps = st.one_of(
    both_step("subscribe", "unsubscribe"),
    client_step("stall", "stall", "read"),
    client_step("connect", "disconnect", "resume", "resume"),
    st.tuples(st.sampled_from(["update", "lose", "delay"]), st.integers(0, 1), st.integers(1, 4)),
    st.tuples(st.just("update"), st.integers(0, 1), st.integers(1, 4)),
    st.tuples(st.just("tell_late_ones"), st.integers(0, 9)),
    st.sampled_from([*(("pause", seconds) for seconds in PAUSES), ("new_epoch",)]),
)


async def take(step, house, people):
    """Let one thing happen. What it leads to goes on while the next ones happen."""
    name, *details = step
    if hasattr(house, name):
        await getattr(house, name)(*details)
    else:
        getattr(people[details[0]], name)(*(house.ids[market] for market in details[1:]))


async def live_through(story, markets, token):
    house, people = House(markets), [Client(token) for _ in range(CLIENTS)]
    for client in people[:-1]:
        client.connect()
        client.ask(type="subscribe", markets=house.ids)
    try:
        await come_to_rest(house, people)
        for step in story:
            await take(step, house, people)
        await come_to_rest(house, people)
    finally:
        for client in people:
            client.disconnect()
            for ended in client.ended:
                # It may have gone during the handshake.
                with suppress(OSError):
                    await ended
        await hub_module.current().close()


async def come_to_rest(house, people):
    """Let everybody read on: in the end each follower knows the present state."""
    truth = {market.pk: await in_thread(current, market) for market in house.markets}
    connected = [client for client in people if client.task is not None]
    for client in connected:
        client.room.set()

    def is_settled():
        for client in people:
            assert client.complaints == []
        return all(
            not client.asked
            and all(
                (client.views[pk].seq, client.views[pk].payload) == truth[pk]
                for pk in client.followed
            )
            for client in connected
        )

    try:
        await until(is_settled, seconds=5.0)
    except TimeoutError:
        pytest.fail(f"{people} don't come to {truth}")


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(story=st.lists(steps, min_size=15, max_size=60))
def test_snapshot_plus_updates_is_the_state(open_market, monkeypatch, story):
    monkeypatch.setattr(hub_module, "CHECK_SECONDS", 0.1)
    markets = [open_market() for _ in range(2)]

    asyncio.run(live_through(story, markets, open_session().token))

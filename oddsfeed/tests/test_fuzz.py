"""Thousands of frames of any kind: the server serves on, and holds no more memory than before."""

import json
import socket
from contextlib import ExitStack, suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as dial

from kmarket.server import WS_MESSAGE_BYTES_MAX
from kmarket.tests.proof import cases, takes_its_time
from oddsfeed import protocol
from oddsfeed.tests.conftest import PATIENCE, open_session, set_home
from oddsfeed.tests.webs import resident_bytes, webs

pytestmark = [pytest.mark.django_db(transaction=True), takes_its_time]

FRAMES = 40
EXAMPLES = cases(100, 10_000)
# By then everything has been imported, compiled and allocated once.
WARM_UP = EXAMPLES // 5
GROWTH_BYTES_MAX = 4 * 1024 * 1024
# An answer that takes longer was delayed by somebody's nonsense.
ANSWER_SECONDS_MAX = 5.0
MARKETS = 3
NO_MARKET = 5
# The answers to requests, and the last request of each connection.
ANSWERS = {"ack", "error", "pong"}
LAST = "that was all"
# Why a WebSocket server itself ends a connection.
TOO_BIG, NO_UTF8 = 1009, 1007

# --- What clients may send -----------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5)
    ),
    max_leaves=10,
)
# The fixture's markets are filled in: -1 to -MARKETS.
ids = st.sampled_from([*range(-MARKETS, 0), NO_MARKET]) | st.integers(-MARKETS, 10)
numbers = st.integers(-1, 5) | st.sampled_from([2**53 - 1, 2**53, 2**64, -(2**63), 1.5, "3"])
odd = st.one_of(json_values, st.just([]), st.just({}))


def nearly(**members):
    """A message of this type, whose members are right, wrong or missing."""
    return st.fixed_dictionaries(
        {"type": st.just(members.pop("type"))},
        optional={
            "id": st.integers() | st.text(max_size=70) | odd,
            **{name: right | odd for name, right in members.items()},
        },
    )


options = st.fixed_dictionaries(
    {},
    optional={
        "heartbeat": st.booleans() | odd,
        "batch": st.booleans() | odd,
        "conflateMs": numbers | odd,
        "else": odd,
    },
)
near_valid = st.one_of(
    nearly(
        type="subscribe",
        markets=st.lists(ids | st.integers(0, 9).map(str), max_size=9),
        options=options,
        channels=st.lists(st.sampled_from(["markets", "user", "x"])),
    ),
    nearly(type="unsubscribe", markets=st.lists(ids, max_size=9)),
    nearly(
        type="resume",
        offsets=st.dictionaries(ids.map(str) | st.text(max_size=5), numbers, max_size=5),
        epoch=st.text(max_size=70),
    ),
    nearly(type="ping", ts=numbers),
    st.fixed_dictionaries({"type": st.text(max_size=12) | json_values, "markets": odd}),
)
sizes = st.sampled_from(
    [100, 10_000, protocol.FRAME_BYTES_MAX - 1, protocol.FRAME_BYTES_MAX, 100_000]
)
# Made of a few draws, so that a large frame costs no more than a small one.
large = st.one_of(
    sizes.map(lambda size: "x" * size),
    sizes.map(lambda size: "€" * (size // 3)),
    sizes.map(lambda size: "[" * size),
    sizes.map(lambda size: '{"a":' * (size // 5)),
    sizes.map(lambda size: "[" * (size // 2) + "]" * (size // 2)),
    sizes.map(lambda size: json.dumps({"type": "ping", "ts": "y" * size})),
    sizes.map(lambda size: json.dumps({"type": "subscribe", "markets": list(range(size // 8))})),
    sizes.map(lambda size: json.dumps({"type": "ping", "id": 10 ** min(size, 4000)})),
)
texts = st.one_of(
    st.text(st.characters(codec="utf-8")),
    json_values.map(json.dumps),
    near_valid.map(json.dumps),
    near_valid.map(json.dumps),
    near_valid.map(json.dumps),
    st.tuples(near_valid.map(json.dumps), st.integers(0, 60)).map(lambda cut: cut[0][: cut[1]]),
    large,
)
frames = texts | st.binary()
# Each of these ends its connection: too large for the server, no UTF-8, no WebSocket.
endings = st.one_of(
    st.just(("text", b"z" * (WS_MESSAGE_BYTES_MAX + 1))),
    st.just(("binary", b"z" * (WS_MESSAGE_BYTES_MAX + 1))),
    st.just(("text", b"\xff\xfe{}")),
    st.binary(min_size=20, max_size=200).map(lambda data: ("raw", data)),
    st.just(("gone", b"")),
)


# --- The server under them -----------------------------------------------------------------------


class Stand:
    """A server in a process of its own, and a client that behaves."""

    def __init__(self, web, markets, good):
        self.url = f"{web.url}?token={open_session().token}"
        self.pid = web.pids[0]
        self.markets = markets
        self.good = good
        self.seqs = dict.fromkeys((market.pk for market in markets), 1)
        self.round = 0
        self.held = 0
        self.sent = 0
        good.send(json.dumps({"type": "subscribe", "markets": list(self.seqs)}))
        for _ in range(1 + len(markets)):
            good.recv(PATIENCE)

    def serves(self):
        """The client that behaves gets its update and its answer, and nothing else."""
        market = self.markets[self.round % len(self.markets)]
        set_home(market, 180 + 5 * (self.round // len(self.markets) % 2))
        self.seqs[market.pk] += 1
        update = json.loads(self.good.recv(ANSWER_SECONDS_MAX))
        assert update["type"] == "odds_update"
        assert (update["marketId"], update["seq"]) == (market.pk, self.seqs[market.pk])
        self.good.send(json.dumps({"type": "ping", "ts": self.round}))
        assert json.loads(self.good.recv(ANSWER_SECONDS_MAX)) == {"type": "pong", "ts": self.round}
        self.round += 1

    def weigh(self):
        """What it holds after all examples is what it held after the first ones."""
        if self.round == WARM_UP:
            self.held = resident_bytes(self.pid)

    def naming_markets(self, frame):
        """Put the real markets where a frame names one of ours."""
        if isinstance(frame, str):
            for number, market in enumerate(self.markets, start=1):
                frame = frame.replace(f"-{number}", str(market.pk))
        return frame


@pytest.fixture
def stand(open_market):
    markets = [open_market() for _ in range(MARKETS)]
    with ExitStack() as stack:
        web = stack.enter_context(webs(1))
        url = f"{web.url}?token={open_session().token}"
        # The client's own pings would take numbers from `random` while Hypothesis draws.
        good = stack.enter_context(dial(url, proxy=None, ping_interval=None))
        yield Stand(web, markets, good)


def answers_until(client, last_id):
    """Return the types of what the server says, up to the answer to the request of this id."""
    types = []
    while True:
        message = json.loads(client.recv(ANSWER_SECONDS_MAX))
        for each in message if isinstance(message, list) else [message]:
            types.append(each["type"])
            if last_id is not None and each.get("id") == last_id:
                return types


def end(client, how, data):
    """End the connection in this way, and see how the server takes it."""
    if how in {"text", "binary"}:
        client.send(data, text=how == "text")
        with pytest.raises(ConnectionClosed) as ended:
            answers_until(client, None)
        assert ended.value.rcvd.code == (TOO_BIG if len(data) > WS_MESSAGE_BYTES_MAX else NO_UTF8)
        return
    with suppress(OSError):
        client.socket.sendall(data)
        client.socket.shutdown(socket.SHUT_RDWR)


def test_thousands_of_frames_leave_the_server_serving_and_its_memory_flat(stand):
    @settings(
        max_examples=EXAMPLES,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
    )
    @given(frames=st.lists(frames, min_size=FRAMES, max_size=FRAMES), ending=endings)
    def send(frames, ending):
        with dial(stand.url, proxy=None, compression=None, ping_interval=None) as client:
            for frame in frames:
                client.send(stand.naming_markets(frame))
            client.send(json.dumps({"type": "ping", "id": LAST}))
            types = answers_until(client, LAST)
            # Each got its answer, and none cost the connection.
            assert sum(kind in ANSWERS for kind in types) == len(frames) + 1
            end(client, *ending)
        stand.sent += len(frames)
        stand.serves()
        stand.weigh()

    send()

    grown = resident_bytes(stand.pid) - stand.held
    assert stand.sent >= EXAMPLES * FRAMES
    assert grown < GROWTH_BYTES_MAX

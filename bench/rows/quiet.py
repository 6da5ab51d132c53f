"""From an operator's override to a socket on a quiet server, beside a bare Redis message.

The whole way: the POST leaves the client, the price is checked, stored with its audit, committed,
copied, published, heard by the hub, and arrives at the socket. Beside it one PUBLISH to one bare
subscriber. Both are timed in this process, which waits for nothing else.
"""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from statistics import median, quantiles

import redis
from django.conf import settings

from bench import bulk, harness, serving
from bench.crowd import TEXT, frame_at
from bench.harness import Options, Result
from bench.serving import Target

PER_SECOND = 20
P50_MAX = 10.0
P99_MAX = 30.0
PAUSE_SECONDS = 0.02
WARM_UP = 20
READ_BYTES = 65536
WAIT_SECONDS_MAX = 10.0


def run(options: Options) -> Iterator[Result]:
    # Milliseconds, those of all rounds together.
    ours: list[float] = []
    bare: list[float] = []
    times = max(10, round(options.seconds * PER_SECOND))
    cpu = []
    with harness.servers(), serving.ours() as target:
        market_id = bulk.open_market().pk
        token = serving.operator().token
        overrides(target, market_id, token, times=WARM_UP)
        for _ in range(options.rounds):
            before = target.cpu_seconds()
            ours += overrides(target, market_id, token, times=times)
            cpu.append(1000 * (target.cpu_seconds() - before) / times)
            bare += messages(times=times)
    percent = quantiles(ours, n=100, method="inclusive")
    bare_percent = quantiles(bare, n=100, method="inclusive")
    for name, at, most in (("p50", 49, P50_MAX), ("p99", 98, P99_MAX)):
        yield Result(
            row=f"override to socket on a quiet server, {name}",
            figure=percent[at],
            unit="ms",
            yardstick=bare_percent[at],
            ratio=percent[at] / bare_percent[at],
            bar=f"≤ {most:.0f} ms",
            met=percent[at] <= most,
            seen={"times": len(ours), "max ms": max(ours), "ms of the server's CPU": median(cpu)},
        )


def overrides(target: Target, market_id: int, token: str, *, times: int) -> list[float]:
    """Override a price again and again; return how many ms later each was at the socket."""
    took = []
    http = HTTPConnection(target.host, timeout=WAIT_SECONDS_MAX)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with following(target, market_id) as updates, closing(http):
        for number in range(times):
            time.sleep(PAUSE_SECONDS)
            moneyline = {"home": (240 + number % 2) / 100, "away": 2.9, "draw": 3.3}
            body = {"market_id": market_id, "payload": {"moneyline": moneyline}, "reason": "bench"}
            text = json.dumps(body)
            begin = time.perf_counter()
            http.request("POST", "/api/v1/admin/odds/override", text, headers)
            try:
                next(updates)
                took.append(1000 * (time.perf_counter() - begin))
            finally:
                answer = http.getresponse()
                said = answer.read()
            assert answer.status == HTTPStatus.CREATED, said
    return took


def messages(*, times: int) -> list[float]:
    """Publish bare messages; return how many ms later each was with a subscriber."""
    took = []
    valkey = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=None)
    with valkey.pubsub(ignore_subscribe_messages=True) as subscriber:
        subscriber.subscribe("bench:bare")
        subscriber.get_message(timeout=1.0)
        for _ in range(times):
            time.sleep(PAUSE_SECONDS)
            begin = time.perf_counter()
            valkey.publish("bench:bare", "x" * 330)
            assert next(subscriber.listen())
            took.append(1000 * (time.perf_counter() - begin))
    return took


@contextmanager
def following(target: Target, market_id: int) -> Iterator[Iterator[bytes]]:
    """Follow a market by a blocking socket; yield its updates as they come."""
    with _connected(target) as ws:
        ws.sendall(
            f"GET {target.paths[0]} HTTP/1.1\r\nHost: {target.host}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        received = b""
        while b"\r\n\r\n" not in received:
            received += ws.recv(READ_BYTES)
        head, _, rest = received.partition(b"\r\n\r\n")
        assert b" 101 " in head, head
        words = json.dumps({"type": "subscribe", "markets": [market_id]}).encode()
        # The mask is zero.
        ws.sendall(bytes([0x80 | TEXT, 0x80 | len(words)]) + bytes(4) + words)
        texts = _texts(ws, rest)
        assert next(texts).startswith(b'{"type":"ack"')
        assert next(texts).startswith(b'{"type":"snapshot"')
        yield texts


def _texts(ws: socket.socket, received: bytes) -> Iterator[bytes]:
    while True:
        while (frame := frame_at(received, 0)) is None:
            received += ws.recv(READ_BYTES)
        opcode, payload, end = frame
        received = received[end:]
        if opcode == TEXT:
            yield payload


def _connected(target: Target) -> socket.socket:
    host, port = target.host.split(":")
    return socket.create_connection((host, int(port)), WAIT_SECONDS_MAX)

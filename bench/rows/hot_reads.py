"""Reads that every client repeats, one process, beside Node's HTTP server and a plain DRF view.

Both of those answer with the very bytes that ours does, out of Valkey. All are asked over a few
connections with several requests under way on each, without a token and without a rate limit.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

import httpx
import redis
from django.conf import settings

from bench import bulk, harness, serving
from bench.harness import Options, Result
from bench.serving import Target

MARKETS = 500
ACTIVE = 50
CONNECTIONS = 8
DEPTH = 8
DRF_MIN = 10.0
NODE_MIN = 0.4
WARM_UP_SECONDS = 0.5
# A first answer may be what makes a process ready to know the next one by itself.
ASKED_FIRST = 2
KEY = "bench:answer:"


@dataclass(slots=True)
class Reads:
    """The rounds of one road on one server."""

    per_second: list[float] = field(default_factory=list)
    # µs of the server's CPU a request.
    cost: list[float] = field(default_factory=list)
    # What the load generator took of its core.
    share: list[float] = field(default_factory=list)


# What a server is asked for.
Asked = tuple[Target, list[str]]


def run(options: Options) -> Iterator[Result]:
    with harness.servers(), ExitStack() as stack:
        ours = stack.enter_context(serving.ours())
        peers = [
            stack.enter_context(serving.node("http")),
            stack.enter_context(serving.python("drf_view")),
        ]
        markets = [bulk.open_market().pk for _ in range(ACTIVE)]
        for road, paths in roads(markets).items():
            copies = copied(ours, paths)
            seen = compared([(ours, paths), *((peer, copies) for peer in peers)], options)
            yield from lines(road, seen)
        few = compared([(ours, roads(markets)["odds/{id}"])], options)
        markets += [bulk.open_market().pk for _ in range(MARKETS - ACTIVE)]
        many = compared([(ours, roads(markets)["odds/{id}"])], options)
        yield harness.growth(
            f"reads of odds/{{id}}, markets {ACTIVE} and {MARKETS}",
            small=median(few[ours.name].cost),
            large=median(many[ours.name].cost),
            unit="µs of CPU",
        )


def roads(markets: list[int]) -> dict[str, list[str]]:
    """Return the paths of each kind of hot read."""
    return {
        "odds/{id}": [f"/api/v1/odds/{pk}" for pk in markets],
        "odds/snapshot": [f"/api/v1/markets/{pk}/odds/snapshot" for pk in markets],
        "markets/active": ["/api/v1/markets/active"],
    }


def copied(ours: Target, paths: list[str]) -> list[str]:
    """Put what we answer where the peers find it; return the paths at which they have it."""
    valkey = redis.Redis.from_url(settings.REDIS_URL)
    found = []
    for path in paths:
        answer = httpx.get(ours.url + path).raise_for_status()
        assert answer.json(), path
        key = f"{KEY}{path.replace('/', '.')}"
        valkey.set(key, answer.content)
        found.append(f"/{key}")
    return found


def compared(asked: list[Asked], options: Options) -> dict[str, Reads]:
    """Ask these servers in turns."""
    seen = {target.name: Reads() for target, _ in asked}
    for target, paths in asked:
        know(target, paths)
        read(target, paths, seconds=WARM_UP_SECONDS)
    for number in range(options.rounds):
        for target, paths in asked if number % 2 else reversed(asked):
            before = target.cpu_seconds()
            done = read(target, paths, seconds=options.seconds)
            used = target.cpu_seconds() - before
            reads = seen[target.name]
            reads.per_second.append(done["count"] / done["seconds"])
            reads.cost.append(1e6 * used / done["count"])
            reads.share.append(done["cpu_seconds"] / done["seconds"])
    return seen


def know(target: Target, paths: list[str]) -> None:
    """Ask for each path a few times, one after the other: what is learned from that is learned."""
    with httpx.Client(base_url=target.url) as client:
        for path in ASKED_FIRST * paths:
            client.get(path).raise_for_status()


def read(target: Target, paths: list[str], *, seconds: float) -> dict[str, Any]:
    """Run the load generator (bench/reading.py) against a server."""
    wish = {
        "host": target.host,
        "paths": paths,
        "connections": CONNECTIONS,
        "depth": DEPTH,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.reading"],
        input=json.dumps(wish).encode() + b"\n",
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def lines(road: str, seen: dict[str, Reads]) -> Iterator[Result]:
    ours = seen["kmarket"]
    for peer, words, least in (
        ("http", "Node http", NODE_MIN),
        ("drf_view", "a DRF view", DRF_MIN),
    ):
        per_second = seen[peer].per_second
        ratio = median(a / b for a, b in zip(ours.per_second, per_second, strict=True))
        yield Result(
            row=f"reads of {road}, beside {words}",
            figure=median(ours.per_second),
            unit="/s",
            yardstick=median(per_second),
            ratio=ratio,
            bar=f"≥ {least:g} x",
            met=ratio >= least,
            seen={name: asdict(reads) for name, reads in seen.items()} if peer == "http" else {},
        )

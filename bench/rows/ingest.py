"""A feed's ten thousand prices over five hundred markets, beside a bare COPY of the same rows.

By the command `ingest_odds` in this process, and by `POST /api/v1/admin/odds/bulk` to a web
process. Both store each price under its seq, copy it to Redis and publish it.
"""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from io import StringIO
from statistics import median
from typing import Any

import httpx
from django.core.management import call_command
from django.db import connection, transaction

from bench import bulk, harness, serving
from bench.harness import Options, Result, seconds_of
from bench.serving import Target
from markets import selectors
from markets.models import OddsUpdate

# As many updates for each market, whatever the size.
EACH = 20
PER_SECOND_MIN = 2000
ANSWER_SECONDS_MAX = 120.0

_COPY = (
    "DROP TABLE IF EXISTS bare",
    "CREATE TABLE bare (LIKE markets_oddsupdate INCLUDING ALL)",
)


@dataclass(slots=True)
class Rounds:
    """Seconds, a figure for each round."""

    command: list[float] = field(default_factory=list)
    request: list[float] = field(default_factory=list)
    copy: list[float] = field(default_factory=list)
    # Of CPU, of all processes that have to do with it: what others do here counts less.
    command_cpu: list[float] = field(default_factory=list)
    request_cpu: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Book:
    """Markets, and a feed that gives each of them other prices than they have."""

    markets: list[int]
    turn: int = 0

    def rows(self) -> list[dict[str, Any]]:
        """Return the next EACH prices of every market, all markets moving side by side."""
        rows = []
        for _ in range(EACH):
            self.turn += 1
            home = (200 + self.turn % 50) / 100
            rows += [
                {
                    "market_id": pk,
                    "moneyline": {"home": home, "away": 2.9, "draw": 3.3},
                    "spread": {"line": -0.25, "home": 1.95, "away": 1.87},
                    "total": {"line": 2.5, "over": 1.9, "under": 1.9},
                }
                for pk in self.markets
            ]
        return rows


def run(options: Options) -> Iterator[Result]:
    with harness.servers(), serving.ours() as target:
        token = serving.operator().token
        tenth = measured(options.updates // 10, target, token, rounds=options.rounds)
        full = measured(options.updates, target, token, rounds=options.rounds)
    for name, words in (("command", "ingest_odds"), ("request", "POST admin/odds/bulk")):
        per_second = options.updates / median(asdict(full)[name])
        bare = options.updates / median(full.copy)
        yield Result(
            row=f"{options.updates:,} prices by {words}, beside bare COPY",
            figure=per_second,
            unit="/s",
            yardstick=bare,
            ratio=per_second / bare,
            bar=f"≥ {PER_SECOND_MIN:,}/s",
            met=per_second >= PER_SECOND_MIN,
            seen=asdict(full) if name == "command" else {},
        )
        yield harness.growth(
            f"{words}, prices {options.updates // 10:,} and {options.updates:,}",
            small=1e6 * median(asdict(tenth)[f"{name}_cpu"]) / (options.updates // 10),
            large=1e6 * median(asdict(full)[f"{name}_cpu"]) / options.updates,
            unit="µs of CPU a price",
            tenth=asdict(tenth),
        )


def measured(updates: int, target: Target, token: str, *, rounds: int) -> Rounds:
    """Ingest so many prices, over as many markets as get EACH of them."""
    book = Book([bulk.open_market().pk for _ in range(max(1, updates // EACH))])
    by_command(book)
    seen = Rounds()
    for number in range(rounds):
        turns = [
            (lambda: seen.command.append(by_command(book)), seen.command_cpu),
            (lambda: seen.request.append(by_request(book, target, token)), seen.request_cpu),
            (lambda: seen.copy.append(by_copy(book)), []),
        ]
        for turn, cpu in turns if number % 2 else reversed(turns):
            before = harness.cpu_seconds_here()
            turn()
            cpu.append(harness.cpu_seconds_here() - before)
    return seen


def by_command(book: Book) -> float:
    rows = book.rows()
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
        file.flush()
        said = StringIO()
        took = seconds_of(lambda: call_command("ingest_odds", file.name, stdout=said))
    assert said.getvalue().startswith(f"Applied {len(rows)}, "), said.getvalue()
    return took


def by_request(book: Book, target: Target, token: str) -> float:
    body = json.dumps({"feed": "bench", "updates": book.rows()}).encode()
    with httpx.Client(timeout=ANSWER_SECONDS_MAX) as client:
        answers: list[httpx.Response] = []
        took = seconds_of(
            lambda: answers.append(
                client.post(
                    f"{target.url}/api/v1/admin/odds/bulk",
                    content=body,
                    headers={
                        "Authorization": f"Bearer {token}",
                        "Content-Type": "application/json",
                    },
                )
            )
        )
    assert answers[0].status_code == HTTPStatus.OK, answers[0].text
    assert answers[0].json()["applied"] == EACH * len(book.markets), answers[0].text
    return took


def by_copy(book: Book) -> float:
    """COPY the latest prices into an empty table with the same indexes and checks, in one go."""
    heads = selectors.heads(book.markets)
    columns = [column.column for column in OddsUpdate._meta.concrete_fields]
    newest = OddsUpdate.objects.filter(
        market_id__in=book.markets, seq__gt=min(heads.values()) - EACH
    )
    rows = list(
        newest.values_list(*(column.attname for column in OddsUpdate._meta.concrete_fields))
    )
    assert len(rows) == EACH * len(book.markets), len(rows)
    for statement in _COPY:
        bulk.execute(statement)

    def copy() -> None:
        statement = f"COPY bare ({', '.join(columns)}) FROM STDIN"
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as into:
            for row in rows:
                into.write_row(row)

    return seconds_of(copy)

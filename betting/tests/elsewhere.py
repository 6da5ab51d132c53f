"""Processes of their own that work on this test's database."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.db import connection

HAMMERS = 4


def environment() -> dict[str, str]:
    """Return the variables with which kmarket works on the database of this test."""
    database = connection.settings_dict
    user = quote(database["USER"] or "")
    if database["PASSWORD"]:
        user += f":{quote(database['PASSWORD'], safe='')}"
    port = f":{database['PORT']}" if database["PORT"] else ""
    place = f"{quote(database['HOST'] or '', safe='')}{port}/{database['NAME']}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}@{place}",
        "REDIS_URL": settings.REDIS_URL,
        "JWT_SECRET": settings.JWT_SECRET,
        "DJANGO_SETTINGS_MODULE": "kmarket.settings",
    }


def python(*args: str) -> subprocess.Popen[str]:
    """Start Python on the project, with its words in pipes."""
    return subprocess.Popen(
        [sys.executable, *args],
        cwd=settings.BASE_DIR,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def manage(*args: str) -> subprocess.Popen[str]:
    """Start a management command."""
    return python("manage.py", *args)


@contextmanager
def hammering(market_id: int, user_ids: Sequence[int]) -> Iterator[Counter[str]]:
    """Have these users bet on the market, each waiting for nothing but its answer.

    Yields what they were answered, how often: it is filled after the block.
    """
    shares = [user_ids[number::HAMMERS] for number in range(HAMMERS)]
    processes = [
        python("-m", "betting.tests.hammer", str(market_id), *map(str, share)) for share in shares
    ]
    answers: Counter[str] = Counter()
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n", process.communicate()
        yield answers
    finally:
        for process in processes:
            said, _ = process.communicate()
            for word in said.split():
                answer, number = word.split("=")
                answers[answer] += int(number)

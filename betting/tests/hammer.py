"""A process that bets as fast as it can, for tests: python -m betting.tests.hammer market user…

One thread a user, each on a connection of its own. It says "ready" when every thread has been
answered once, goes on when it is told "go", and ends when its input does, with how many bets were
taken and refused.
`hammering` starts some.
"""

import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import django
from django.db import connection

from kmarket.tests import elsewhere

HAMMERS = 4


@contextmanager
def hammering(market_id: int, user_ids: Sequence[int]) -> Iterator[Counter[str]]:
    """Have these users bet on the market, each waiting for nothing but its answer.

    Yields what they were answered, how often: it is filled after the block.
    """
    shares = [user_ids[number::HAMMERS] for number in range(HAMMERS)]
    processes = [
        elsewhere.python("-m", "betting.tests.hammer", str(market_id), *map(str, share))
        for share in shares
    ]
    answers: Counter[str] = Counter()
    try:
        for process in processes:
            assert process.stdout.readline() == "ready\n", process.communicate()
        # Nobody bets while others are still starting, or ending.
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        yield answers
    finally:
        for process in processes:
            process.stdin.close()
            process.stdin = None
        for process in processes:
            said, _ = process.communicate()
            for word in said.split():
                answer, number = word.split("=")
                answers[answer] += int(number)


def main(market_id: int, user_ids: list[int]) -> None:
    django.setup()
    from accounts.models import User  # noqa: PLC0415 (needs what the line above does)
    from betting import services  # noqa: PLC0415
    from kmarket.errors import DomainError  # noqa: PLC0415
    from markets.odds import Odds  # noqa: PLC0415

    enough, begun = threading.Event(), threading.Barrier(len(user_ids) + 1)
    go = threading.Event()
    answers: Counter[str] = Counter()

    def bet(user: User) -> str:
        try:
            services.place_order(
                user=user,
                market_id=market_id,
                option=1,
                stake=1,
                seen_odds=Odds(185),
                accept_odds=services.AcceptOdds.ANY,
                now=datetime.now(tz=UTC),
            )
        except DomainError as refusal:
            return type(refusal).__name__
        return "taken"

    def bet_on(user: User) -> None:
        answers[bet(user)] += 1
        begun.wait()
        go.wait()
        while not enough.is_set():
            answers[bet(user)] += 1
        connection.close()

    users = User.objects.in_bulk(user_ids)
    threads = [threading.Thread(target=bet_on, args=[user]) for user in users.values()]
    for thread in threads:
        thread.start()
    begun.wait()
    print("ready", flush=True)  # noqa: T201 (whoever started it reads this)
    sys.stdin.readline()
    go.set()
    sys.stdin.read()
    enough.set()
    for thread in threads:
        thread.join()
    print(*(f"{answer}={number}" for answer, number in sorted(answers.items())))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(user_id) for user_id in sys.argv[2:]])

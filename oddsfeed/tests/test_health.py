"""ws/health: the numbers of this process and of all."""

import time

import pytest

from oddsfeed import stats
from oddsfeed.stats import Numbers
from oddsfeed.tests.conftest import in_thread, move, nowhere, until

pytestmark = pytest.mark.django_db(transaction=True)

URL = "/api/v1/ws/health"
NOTHING = {"connections": 0, "topics": 0, "sent": 0, "healed": 0, "slowCloses": 0}


def test_a_process_without_sockets_has_nothing_to_tell(client):
    answer = client.get(URL)

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "degraded": False,
        "process": NOTHING,
        "total": {**NOTHING, "processes": 1},
    }


async def test_the_numbers_are_what_happened(connect, market, the_hub, async_client, session):
    first, second = await connect(), await connect()
    await first.follow(market)
    await second.follow(market)
    await move(market)
    assert await first.seqs(1) == await second.seqs(1) == [2]
    await second.disconnect()

    answer = (await async_client.get(URL)).json()

    # To each an ack, a snapshot and an update. One has left.
    expected = {"connections": 1, "topics": 1, "sent": 6, "healed": 0, "slowCloses": 0}
    assert answer["process"] == expected
    assert answer["total"] == {**expected, "processes": 1}
    assert answer["status"] == "ok"


async def test_all_processes_are_added_up(connect, the_hub, async_client):
    await connect()
    # Twice the same one: what it told last counts.
    await in_thread(stats.share, "another", Numbers(connections=9))
    await in_thread(stats.share, "another", Numbers(connections=2, topics=3, sent=7))
    await in_thread(stats.share, "a third", Numbers(1, 1, 1, 1, 1))
    await until(lambda: len(stats.shared(but=())) == 3)

    answer = (await async_client.get(URL)).json()

    assert answer["process"]["connections"] == 1
    assert answer["total"] == {
        "connections": 4,
        "topics": 4,
        "sent": 8,
        "healed": 1,
        "slowCloses": 1,
        "processes": 3,
    }


async def test_a_process_that_is_silent_is_forgotten(async_client, monkeypatch):
    monkeypatch.setattr(stats, "LIFE_SECONDS", 1)
    await in_thread(stats.share, "another", Numbers(connections=9))

    await until(lambda: stats.shared(but=()) == [])


async def test_without_redis_we_know_only_ourselves(connect, the_hub, async_client, settings):
    await connect()
    await in_thread(stats.share, "another", Numbers(connections=9))
    settings.CACHES = nowhere(settings.CACHES)

    answer = (await async_client.get(URL)).json()

    assert (answer["status"], answer["degraded"]) == ("degraded", True)
    assert answer["total"] == {**answer["process"], "processes": 1}
    assert answer["process"]["connections"] == 1


async def test_a_process_whose_clock_is_fast_leaves_out_nobody(the_hub, monkeypatch):
    await in_thread(stats.share, "another", Numbers(connections=9))
    truth = time.time
    monkeypatch.setattr(time, "time", lambda: truth() + 3600)

    await in_thread(stats.share, "fast", Numbers(connections=2))

    assert {one.connections for one in await in_thread(lambda: stats.shared(but=()))} >= {9, 2}

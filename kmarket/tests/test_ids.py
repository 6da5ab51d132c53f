"""Ids: in the order of time, unique, below 2^53, and said in what they hold."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from kmarket.ids import EPOCH_MS, SAFE_MAX, SEQUENCE_BITS


def next_ids(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT kmarket_next_id() FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def test_an_id_leads_with_the_milliseconds(db):
    before = int(time.time() * 1000)
    (number,) = next_ids(1)
    assert before - 5 <= (number >> SEQUENCE_BITS) + EPOCH_MS <= int(time.time() * 1000) + 5
    assert 0 < number <= SAFE_MAX


@pytest.mark.django_db(transaction=True)
def test_ids_of_many_connections_at_once_differ():
    def batch(_):
        try:
            return next_ids(500)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        ids = [number for numbers in pool.map(batch, range(8)) for number in numbers]
    assert len(set(ids)) == 4000

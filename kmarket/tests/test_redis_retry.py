"""Redis that says nothing costs a process one wait, not one for each call."""

import socket

import pytest
import redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from kmarket import redis_retry
from kmarket.redis_retry import REST_SECONDS, OnceMore
from kmarket.resting import Rest


@pytest.fixture
def clock():
    return [100.0]


@pytest.fixture
def rest(clock, monkeypatch):
    rest = Rest(REST_SECONDS, lambda: clock[0])
    monkeypatch.setattr(redis_retry, "rest", rest)
    return rest


def test_one_call_tries_after_each_rest_and_the_others_wait_for_how_it_ends(rest, clock):
    assert not rest.refuses()
    rest.begin()
    assert rest.refuses()

    clock[0] += REST_SECONDS
    assert [rest.refuses() for _ in range(3)] == [False, True, True]

    assert rest.is_on
    rest.end()
    assert not rest.is_on
    assert not rest.refuses()


@pytest.fixture
def silent(tmp_path):
    """The client of a server that takes connections, and says nothing."""
    path = str(tmp_path / "silent.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with redis.Redis.from_url(f"unix://{path}", socket_timeout=0.05, retry=OnceMore()) as it:
            yield it


def test_a_server_that_says_nothing_is_asked_once_and_then_left_alone(rest, clock, silent):
    with pytest.raises(RedisTimeoutError):
        silent.get("a")
    for ask in (lambda: silent.get("b"), silent.pipeline().set("c", 1).execute):
        with pytest.raises(RedisConnectionError, match="a moment ago"):
            ask()

    clock[0] += REST_SECONDS
    with pytest.raises(RedisTimeoutError):
        silent.get("d")


def test_a_connection_that_has_broken_is_made_anew_once(rest):
    calls = []

    def break_once():
        calls.append(1)
        if len(calls) == 1:
            raise RedisConnectionError("gone")
        return "here"

    assert OnceMore().call_with_retry(break_once, lambda error: None) == "here"
    assert not rest.refuses()

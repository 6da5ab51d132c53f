import os
import signal
import threading
import time

import pytest

from kmarket.stopping import Stop


@pytest.fixture
def stop():
    with Stop() as stop:
        yield stop


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_wait_at_once(stop, number):
    assert not stop.is_set()
    timer = threading.Timer(0.05, os.kill, [os.getpid(), number])
    timer.start()
    begun = time.monotonic()

    assert stop.wait(60)

    assert time.monotonic() - begun < 30
    assert stop.is_set()
    timer.join()


def test_what_is_set_stays_set(stop):
    stop.set()
    stop.set()

    assert stop.wait(60)
    assert stop.wait(60)


def test_without_a_signal_the_wait_takes_its_time(stop):
    assert not stop.wait(0.01)
    assert not stop.is_set()


def test_the_handlers_of_before_are_back_afterwards():
    before = signal.getsignal(signal.SIGTERM)

    with Stop():
        assert signal.getsignal(signal.SIGTERM) is not before

    assert signal.getsignal(signal.SIGTERM) is before

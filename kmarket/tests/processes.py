"""What tests about processes need: waiting with a deadline, and knowing who is alive."""

import time
from collections.abc import Callable
from typing import Any

import psutil


def eventually(condition: Callable[[], Any], *, seconds: float = 20.0, every: float = 0.02) -> Any:
    """Return the condition's value as soon as it is true, asking `every` so many seconds.

    Raises:
        AssertionError: it wasn't in time.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(every)
    return value


def is_alive(pid: int) -> bool:
    """Return whether the process runs. One that only waits to be noticed by its parent doesn't."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

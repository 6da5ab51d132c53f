"""What tests about processes need: waiting with a deadline, and knowing who is alive."""

import time
from collections.abc import Callable
from typing import Any

import psutil

# To ask costs something, too, and a start is waited for longest on a busy machine.
ASK_SECONDS_MAX = 0.1


def eventually(condition: Callable[[], Any], *, seconds: float = 20.0, every: float = 0.02) -> Any:
    """Return the condition's value soon after it is true.

    It is asked `every` so many seconds, and by and by less often.

    Raises:
        AssertionError: it wasn't in time.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(every)
        every = max(every, min(1.2 * every, ASK_SECONDS_MAX))
    return value


def is_alive(pid: int) -> bool:
    """Return whether the process runs. One that only waits to be noticed by its parent doesn't."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False

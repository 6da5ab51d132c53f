"""Before a web process stops, those who hold connections let them go in good order.

`serve` begins it at SIGTERM, `readyz` reads it, and apps register what they have to do.
"""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

# What one process may take to send its clients away.
DRAIN_SECONDS_MAX = 6.0

_begun = threading.Event()
_hooks: list[Callable[[], Awaitable[None]]] = []


def started() -> bool:
    """Return whether this process is about to stop. From any thread."""
    return _begun.is_set()


def register(hook: Callable[[], Awaitable[None]]) -> None:
    """Run `hook` in the event loop when draining begins; new connections don't come any more."""
    _hooks.append(hook)


async def drain() -> None:
    """Run all hooks side by side. What fails is logged, what is late is cut off."""
    _begun.set()
    tasks = [asyncio.ensure_future(hook()) for hook in _hooks]
    if not tasks:
        return
    done, late = await asyncio.wait(tasks, timeout=DRAIN_SECONDS_MAX)
    for task in done:
        if not task.cancelled() and (bug := task.exception()):
            logger.error("A drain hook failed.", exc_info=bug)
    for task in late:
        task.cancel()
        logger.error("A drain hook took longer than %s s.", DRAIN_SECONDS_MAX)

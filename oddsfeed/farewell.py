"""Sends the clients of a process that stops to the others: not all at once."""

import asyncio
import random

from oddsfeed import hub, protocol

# The whole of it stays well within what draining may take.
SECONDS_MAX = 5.0
SLICE_SECONDS = 0.1
SLICE_MIN = 25
# When a client should come back: after its close, spread, so that they don't arrive together.
RETRY_MS_MIN = 500
RETRY_MS_PER_CLIENT = 2
RETRY_MS_MAX = 10_000


async def drain() -> None:
    """Say `bye` to every client, then close them slice by slice with 1012."""
    clients = [client for one in hub.running() for client in one.clients]
    spread = min(RETRY_MS_MIN + RETRY_MS_PER_CLIENT * len(clients), RETRY_MS_MAX)
    for client in clients:
        retry_in_ms = random.randint(RETRY_MS_MIN, spread)  # noqa: S311 (no secret)
        client.post(protocol.bye(reason="restart", retry_in_ms=retry_in_ms))
    size = max(SLICE_MIN, round(len(clients) * SLICE_SECONDS / SECONDS_MAX))
    for start in range(0, len(clients), size):
        for client in clients[start : start + size]:
            client.close(protocol.Close.RESTART, "restart")
        await asyncio.sleep(SLICE_SECONDS)

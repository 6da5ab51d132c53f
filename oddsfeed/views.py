"""ws/health: how the sockets are doing, here and in all processes."""

from dataclasses import asdict
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from kmarket import cache
from kmarket.health import Open
from kmarket.schema.operations import operation
from oddsfeed import hub, stats
from oddsfeed.answers import SocketHealth


class SocketsHealth(Open):
    @operation("socketsHealth", SocketHealth)
    def get(self, request: Request) -> Response:
        """Tell how the sockets do, here and in all processes.

        Without Redis, a process knows only itself.
        """
        hubs = hub.running()
        ours = sum((one.numbers() for one in hubs), start=stats.Numbers())
        degraded = any(one.status != "ok" for one in hubs)
        others: list[stats.Numbers] = []
        try:
            others = stats.shared(but={one.id for one in hubs})
        except cache.RedisAway:
            degraded = True
        return Response(
            {
                "status": "degraded" if degraded else "ok",
                "degraded": degraded,
                "process": _written(ours),
                "total": _written(sum(others, start=ours)) | {"processes": 1 + len(others)},
            }
        )


def _written(numbers: stats.Numbers) -> dict[str, Any]:
    written = asdict(numbers)
    written["slowCloses"] = written.pop("slow_closes")
    return written

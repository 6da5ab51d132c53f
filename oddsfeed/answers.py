"""The shapes of what the sockets' helpers answer over HTTP."""

from typing import Annotated, Literal, TypedDict

from kmarket.schema.shapes import Count, eg


class SocketNumbers(TypedDict):
    """What one process's sockets do."""

    connections: Count
    topics: Annotated[Count, "Markets that somebody follows."]
    sent: Annotated[Count, "Messages handed to clients."]
    healed: Annotated[Count, "Gaps filled from the database.", eg(0)]
    slowCloses: Annotated[Count, "Clients closed with 4408.", eg(0)]


class AllNumbers(SocketNumbers):
    """The same of all processes."""

    processes: Annotated[Count, eg(2)]


class SocketHealth(TypedDict):
    status: Literal["ok", "degraded"]
    degraded: bool
    process: SocketNumbers
    total: AllNumbers

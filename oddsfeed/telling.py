"""What those share who tell users of a chain: of which signals, whom to tell, what is published.

`chain_news` tells of pools, `vault_news` of deposits and withdrawals.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.dispatch import Signal

from accounts.models import User
from oddsfeed import events, line

# A channel and what is published on it.
Message = tuple[int | str, bytes]
Listeners = tuple[tuple[Signal, Callable[..., None]], ...]


def listen(listeners: Listeners) -> None:
    """Have each of these told of its signal from now on."""
    for signal, tell in listeners:
        signal.connect(tell, dispatch_uid=f"oddsfeed.{tell.__name__}")


def ignore(listeners: Listeners) -> None:
    """Have none of these told any more."""
    for signal, tell in listeners:
        signal.disconnect(dispatch_uid=f"oddsfeed.{tell.__name__}")


def of_user(user_id: int, kind: str, members: dict[str, Any]) -> Message:
    """Return the message that tells a user of an event."""
    return line.of_user(user_id), events.frame(kind, **members).encode()


def users(addresses: Iterable[str]) -> dict[str, int]:
    """Return who of these has an account here; nobody else can listen."""
    known = User.objects.filter(address__in=set(addresses)).values_list("address", "pk")
    return {address: pk for address, pk in known if address is not None}

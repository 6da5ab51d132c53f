"""What Socket.IO clients send, and how our frames become their events. Pure.

Whatever is sent as an event is a frame of /ws/odds too: {"type": T, …} is the event T with that
object. Odds have a name of their own: `price:update`, several at once `price:batch_update`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from oddsfeed import protocol
from oddsfeed.protocol import BadMessage

TICK_SECONDS = 0.05
PRICE, PRICES = "price:update", "price:batch_update"
# Prices of one tick: the clients of a process mostly have the same.
PRICES_KEPT = 4096

# Packets of Engine.IO that a client may send: close, ping (a probe), pong, message, upgrade.
_PACKET = re.compile(r"1|2probe|3(?:probe)?|5|4.+", re.DOTALL)
# Those of Socket.IO inside a message: connect (to another namespace too, which is refused),
# disconnect, event. Nothing of ours asks for an acknowledgement, and nothing binary is taken.
_MESSAGE = re.compile(r"0(?:[{/].*)?|1|2[0-9]{0,15}\[.*", re.DOTALL)
_ADDRESS = re.compile(r"0[xX][0-9a-fA-F]{40}")
_ODDS = frozenset({"odds_update", "snapshot", "resync"})
_TYPE = '{"type":"'


@dataclass(frozen=True, slots=True)
class Want:
    """A market that a client wants to follow. With the last seq that it has: from there on."""

    market_id: int
    last_seq: int | None = None
    epoch: str | None = None


@dataclass(frozen=True, slots=True)
class SubscribeMarket:
    wants: tuple[Want, ...]
    # Asked for as a list, and answered as one.
    many: bool


@dataclass(frozen=True, slots=True)
class UnsubscribeMarket:
    market_ids: tuple[int, ...]
    many: bool


@dataclass(frozen=True, slots=True)
class SubscribeUser:
    # In lower case. None: oneself.
    address: str | None


Request = SubscribeMarket | UnsubscribeMarket | SubscribeUser


def is_packet(text: str) -> bool:
    """Tell whether a client may send this to Engine.IO."""
    return _PACKET.fullmatch(text) is not None


def is_message(text: str) -> bool:
    """Tell whether a client may send this to Socket.IO."""
    return _MESSAGE.fullmatch(text) is not None


def request(name: str, args: Sequence[Any]) -> Request:
    """Read an event of a client.

    Raises:
        BadMessage: there is no such event, or it says what it may not.
    """
    reader = _READERS.get(name)
    if reader is None:
        raise BadMessage(f"An event is one of {', '.join(_READERS)}.")
    return reader(args[0] if args else None)


def _subscribe_market(body: Any) -> SubscribeMarket:
    many = isinstance(body, list)
    wants = tuple(map(_want, _listed(body)))
    if len({want.market_id for want in wants}) < len(wants):
        raise BadMessage("A market is named once.")
    return SubscribeMarket(wants, many)


def _unsubscribe_market(body: Any) -> UnsubscribeMarket:
    market_ids = dict.fromkeys(_want(item).market_id for item in _listed(body))
    return UnsubscribeMarket(tuple(market_ids), isinstance(body, list))


def _subscribe_user(body: Any) -> SubscribeUser:
    address = body.get("address") if isinstance(body, dict) else body
    if address is None:
        return SubscribeUser(None)
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise BadMessage("An address is 0x and 40 hex digits; without one it is your own.")
    return SubscribeUser(address.lower())


_READERS: dict[str, Callable[[Any], Request]] = {
    "subscribe:market": _subscribe_market,
    "unsubscribe:market": _unsubscribe_market,
    "subscribe:user": _subscribe_user,
}


def _listed(body: Any) -> list[Any]:
    listed = body if isinstance(body, list) else [body]
    if len(listed) > protocol.MARKETS_MAX:
        raise BadMessage(f"A message names {protocol.MARKETS_MAX} markets at most.")
    return listed


def _want(item: Any) -> Want:
    if not isinstance(item, dict):
        return Want(protocol.read_market_id(item))
    last_seq = item.get("lastSeq")
    return Want(
        protocol.read_market_id(item.get("marketId")),
        None if last_seq is None else protocol.read_seq(last_seq),
        protocol.read_epoch(item.get("epoch")),
    )


# --- To a client -----------------------------------------------------------------------------


def type_of(frame: str) -> str:
    """Return the `type` of a frame, which is its first member."""
    assert frame.startswith(_TYPE), frame
    return frame[len(_TYPE) : frame.index('"', len(_TYPE))]


@lru_cache(maxsize=PRICES_KEPT)
def event(frame: str) -> str:
    """Return the packet that carries a frame. The same text for all who get the same."""
    kind = type_of(frame)
    return f'42["{PRICE if kind in _ODDS else kind}",{frame}]'


@lru_cache(maxsize=PRICES_KEPT)
def collapsed(frame: str, from_seq: int, con: str) -> str:
    """Return a frame that stands for several updates, the same text for all who get the same."""
    return protocol.collapsed(frame, from_seq=from_seq, con=con)


def batch(frames: tuple[str, ...]) -> str:
    """Return the packet of several markets' prices, the newest of each."""
    return f'42["{PRICES}",{{"updates":[{",".join(frames)}]}}]'

"""Every message at /ws/odds, either way. Read this file to write a client.

Pure: text in, dataclasses out, and back. `parse` reads what a client sent; the functions below it
write what we send. Messages are JSON objects, one to a text frame (with the `batch` option also
several, as a JSON array). Members that we don't know are ignored; those that we know have their
types checked.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NoReturn

import orjson

FRAME_BYTES_MAX = 64 * 1024
# In one message, and on one connection in all.
MARKETS_MAX = 200
MESSAGES_PER_SECOND = 20
CONFLATE_MS_MAX = 60_000
HEARTBEAT_SECONDS = 15.0
# An id or an epoch that a client sends, in characters.
WORD_MAX = 64
SAFE_MAX = 2**53 - 1

SUBPROTOCOL = "kmarket.v1"
BEARER = "bearer."

# Kinds of messages besides odds that a client may ask for: what is told of markets, and what
# concerns the user who connects (`events.py` has both).
MARKETS, USER = "markets", "user"
CHANNELS = frozenset({MARKETS, USER})

Id = str | int


class Close(IntEnum):
    """Why we close. 4400 to 4449: mend something first; the others: come back."""

    BAD_TOKEN = 4401
    NOTHING_HERE = 4404
    TOO_SLOW = 4408
    ABUSE = 4429
    RESTART = 1012


class BadMessage(Exception):
    """The client sent something that this protocol doesn't know. `str()` of it is for the client.

    `id` is the request's, where it could be read.
    """

    def __init__(self, message: str, *, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.code = code
        self.id: Id | None = None


# --- From a client ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Options:
    """How a connection wants its messages. None: as before."""

    heartbeat: bool | None = None
    batch: bool | None = None
    conflate_ms: int | None = None

    def over(self, present: "Options") -> "Options":
        """Return these, and what is present where these say nothing."""
        return Options(
            heartbeat=present.heartbeat if self.heartbeat is None else self.heartbeat,
            batch=present.batch if self.batch is None else self.batch,
            conflate_ms=present.conflate_ms if self.conflate_ms is None else self.conflate_ms,
        )


@dataclass(frozen=True, slots=True)
class Subscribe:
    market_ids: tuple[int, ...]
    options: Options | None
    id: Id | None
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    market_ids: tuple[int, ...]
    id: Id | None
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resume:
    # The last seq that the client has, by market.
    offsets: Mapping[int, int]
    epoch: str | None
    id: Id | None


@dataclass(frozen=True, slots=True)
class Ping:
    ts: str | float | None
    id: Id | None


ClientMessage = Subscribe | Unsubscribe | Resume | Ping


def parse(text: str) -> ClientMessage:
    """Read one text frame, whatever is in it.

    Raises:
        BadMessage: too large, not JSON, no object, of no known type, or with a wrong member.
    """
    # A lone surrogate cannot come from a socket; here it becomes bytes that are no JSON.
    raw = text[: FRAME_BYTES_MAX + 1].encode(errors="surrogatepass")
    if len(raw) > FRAME_BYTES_MAX:
        raise BadMessage(f"A frame holds {FRAME_BYTES_MAX} bytes.", code="PAYLOAD_TOO_LARGE")
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadMessage("This is not JSON.") from None
    if not isinstance(body, dict):
        raise BadMessage("A message is a JSON object.")
    request_id = _request_id(body.get("id"))
    kind = body.get("type")
    try:
        return _PARSERS.get(kind if isinstance(kind, str) else "", _unknown)(body, request_id)
    except BadMessage as exc:
        exc.id = request_id
        raise


def _subscribe(body: dict[str, Any], request_id: Id | None) -> Subscribe:
    return Subscribe(
        market_ids=_market_ids(body.get("markets", [])),
        options=_options(body["options"]) if "options" in body else None,
        id=request_id,
        channels=_channels(body),
    )


def _unsubscribe(body: dict[str, Any], request_id: Id | None) -> Unsubscribe:
    channels = _channels(body)
    markets = body.get("markets", [] if channels else None)
    return Unsubscribe(_market_ids(markets), request_id, channels)


def _channels(body: dict[str, Any]) -> tuple[str, ...]:
    channels = body.get("channels", [])
    if not isinstance(channels, list) or not all(isinstance(name, str) for name in channels):
        raise BadMessage("`channels` is a list of names.")
    if unknown := [name for name in channels if name not in CHANNELS]:
        raise BadMessage(f"There is no channel {_shown(unknown[0])}.")
    return tuple(dict.fromkeys(channels))


def _resume(body: dict[str, Any], request_id: Id | None) -> Resume:
    offsets = body.get("offsets")
    if not isinstance(offsets, dict):
        raise BadMessage('`offsets` is an object such as {"1001": 10}.')
    _refuse_too_many(offsets)
    read = {read_market_id(market): read_seq(seq) for market, seq in offsets.items()}
    return Resume(read, read_epoch(body.get("epoch")), request_id)


def _ping(body: dict[str, Any], request_id: Id | None) -> Ping:
    ts = body.get("ts")
    if ts is not None and not _is_number(ts) and not (isinstance(ts, str) and len(ts) <= WORD_MAX):
        raise BadMessage("`ts` is a number.")
    return Ping(ts, request_id)


def _unknown(body: dict[str, Any], request_id: Id | None) -> NoReturn:
    raise BadMessage(f"`type` is one of {', '.join(_PARSERS)}.")


_PARSERS: dict[str, Callable[[dict[str, Any], Id | None], ClientMessage]] = {
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "resume": _resume,
    "ping": _ping,
}


def _options(value: Any) -> Options:
    if not isinstance(value, dict):
        raise BadMessage("`options` is an object.")
    if unknown := value.keys() - {"heartbeat", "batch", "conflateMs"}:
        raise BadMessage(f"There is no option {_shown(min(unknown))}.")
    heartbeat, batch = value.get("heartbeat"), value.get("batch")
    if not isinstance(heartbeat, bool | None) or not isinstance(batch, bool | None):
        raise BadMessage("`heartbeat` and `batch` are true or false.")
    interval = value.get("conflateMs")
    if interval is not None and not (_is_whole(interval) and 0 <= interval <= CONFLATE_MS_MAX):
        raise BadMessage(f"`conflateMs` is a whole number from 0 to {CONFLATE_MS_MAX}.")
    return Options(heartbeat, batch, interval)


def _market_ids(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise BadMessage("`markets` is a list of ids.")
    _refuse_too_many(value)
    return tuple(dict.fromkeys(read_market_id(item) for item in value))


_ID_DIGITS = re.compile(r"[1-9][0-9]{0,15}")


def read_market_id(value: Any) -> int:
    """Read a market's id: a number, or its digits.

    Raises:
        BadMessage: it is none.
    """
    if isinstance(value, str) and _ID_DIGITS.fullmatch(value):
        value = int(value)
    if not _is_whole(value) or not 0 < value <= SAFE_MAX:
        raise BadMessage("A market's id is a whole number, or its digits.")
    assert isinstance(value, int)
    return value


def read_seq(value: Any) -> int:
    """Read the seq that a client has.

    Raises:
        BadMessage: it is none.
    """
    if not _is_whole(value) or not 0 <= value <= SAFE_MAX:
        raise BadMessage("A seq is a whole number.")
    assert isinstance(value, int)
    return value


def read_epoch(value: Any) -> str | None:
    """Read the epoch that a client has, None where it says nothing of it.

    Raises:
        BadMessage: it is none.
    """
    if value is None or (isinstance(value, str) and len(value) <= WORD_MAX):
        return value
    raise BadMessage("`epoch` is the text that a snapshot gave.")


def _request_id(value: Any) -> Id | None:
    if value is None or _is_whole(value) or (isinstance(value, str) and len(value) <= WORD_MAX):
        return value  # type: ignore[no-any-return]
    raise BadMessage("`id` is a number or a short text.")


def _refuse_too_many(markets: list[Any] | dict[str, Any]) -> None:
    if len(markets) > MARKETS_MAX:
        raise BadMessage(f"A message names {MARKETS_MAX} markets at most.")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(word: str) -> str:
    return f"'{word[:WORD_MAX]}'"


# --- To a client -----------------------------------------------------------------------------

# An update's frame is made once and sent to everybody. Snapshots and collapsed updates are the same
# text with another head or a longer tail, so that nobody has to parse and write it again.
_UPDATE_HEAD = '{"type":"odds_update",'


def update(message: dict[str, Any]) -> str:
    """Return the frame of {"type": "odds_update", "marketId", "payload", "seq", "ts"}."""
    frame = orjson.dumps(message).decode()
    assert frame.startswith(_UPDATE_HEAD), frame
    return frame


def stored_at(frame: str) -> float:
    """Return when an update was stored, in seconds since the epoch: `ts`, the last member."""
    return int(frame[frame.rindex(":") + 1 : -1]) / 1000


def collapsed(frame: str, *, from_seq: int, con: str) -> str:
    """Let an update stand for all from `from_seq` on. `con`: "slow" or "rate"."""
    return f'{frame[:-1]},"from_seq":{from_seq},"con":"{con}"}}'


def snapshot(frame: str, *, epoch: str) -> str:
    """Return {"type": "snapshot", "marketId", "payload", "seq", "ts", "epoch"} of an update."""
    return f'{{"type":"snapshot",{frame[len(_UPDATE_HEAD) : -1]},"epoch":"{epoch}"}}'


def resync(frame: str, *, epoch: str, reason: str) -> str:
    """Return what replaces a replay. `reason`: "epoch_changed", "too_old" or "limit"."""
    middle = frame[len(_UPDATE_HEAD) : -1]
    return f'{{"type":"resync",{middle},"epoch":"{epoch}","reason":"{reason}"}}'


def ack(
    *,
    subscribed: Iterable[int],
    rejected: Mapping[int, str] | None = None,
    resumed: Mapping[int, int] | None = None,
    options: Options | None = None,
    channels: Collection[str] | None = None,
    request_id: Id | None = None,
) -> str:
    """Answer a request. What the request was not about is not there."""
    body: dict[str, Any] = {"type": "ack", "ok": True, "subscribed": sorted(subscribed)}
    if rejected is not None:
        body["rejected"] = [{"market": pk, "reason": why} for pk, why in rejected.items()]
    if resumed is not None:
        body["resumed"] = {str(pk): seq for pk, seq in resumed.items()}
    if options is not None:
        body["options"] = {
            "heartbeat": options.heartbeat,
            "batch": options.batch,
            "conflateMs": options.conflate_ms,
        }
    if channels is not None:
        body["channels"] = sorted(channels)
    return _dumped(body, request_id)


def pong(*, ts: str | float | None, request_id: Id | None = None) -> str:
    return _dumped({"type": "pong", "ts": ts}, request_id)


def error(*, code: str, message: str, request_id: Id | None = None) -> str:
    """Refuse a request; the connection lives on. `code` is one of the API's closed list."""
    return _dumped({"type": "error", "code": code, "message": message}, request_id)


def heartbeat(*, ts: int, status: str, marks: Mapping[int, int]) -> str:
    """Say that we are here. `marks`: what the client has, by market, once it has read this far."""
    by_market = {str(pk): seq for pk, seq in marks.items()}
    return _dumped({"type": "heartbeat", "ts": ts, "status": status, "marks": by_market})


def bye(*, reason: str, retry_in_ms: int | None) -> str:
    """Say that the connection ends, and when to come back. None: not before something is mended."""
    return _dumped({"type": "bye", "reason": reason, "retryIn": retry_in_ms})


def joined(frames: Sequence[str]) -> str:
    """Put several messages into one frame, as a JSON array. One stays as it is."""
    return frames[0] if len(frames) == 1 else f"[{','.join(frames)}]"


def _dumped(body: dict[str, Any], request_id: Id | None = None) -> str:
    if request_id is not None:
        body["id"] = request_id
    return orjson.dumps(body).decode()

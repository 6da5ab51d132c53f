"""The AsyncAPI document of both sockets, made of the messages' shapes and the protocol's numbers.

Only what writes docs/asyncapi.json imports this, and whoever checks messages against it.
"""

import inspect
from typing import Any

from django.conf import settings

from kmarket.schema.shapes import Components, Schema, example_of, schema_of
from oddsfeed import messages, protocol
from oddsfeed.protocol import Close

WS, SIO = "odds", "socketio"

# By the names that clients see. Of /ws/odds they are the messages' types; of Socket.IO its events.
FROM_WS: dict[str, Any] = {
    "subscribe": messages.Subscribe,
    "unsubscribe": messages.Unsubscribe,
    "resume": messages.Resume,
    "ping": messages.Ping,
}
TO_WS: dict[str, Any] = {
    "ack": messages.Ack,
    "snapshot": messages.Snapshot,
    "odds_update": messages.OddsUpdate,
    "resync": messages.Resync,
    "pong": messages.Pong,
    "heartbeat": messages.Heartbeat,
}
TO_BOTH: dict[str, Any] = {
    "market:created": messages.MarketChanged,
    "market:updated": messages.MarketChanged,
    "market:closed": messages.MarketChanged,
    "market:resolved": messages.MarketChanged,
    "market:result_proposed": messages.ResultProposed,
    "trade:shares_bought": messages.Traded,
    "trade:shares_sold": messages.Traded,
    "trade:taken_back": messages.TakenBack,
    "liquidity:added": messages.LiquidityMoved,
    "liquidity:removed": messages.LiquidityMoved,
    "liquidity:taken_back": messages.TakenBack,
    "user:balance_update": messages.LedgerBalance | messages.ChainBalance,
    "user:position_update": messages.PositionChanged,
    "user:transaction_update": messages.TransactionChanged,
    "user:deposit_update": messages.DepositChanged,
    "user:withdrawal_update": messages.WithdrawalChanged,
    "user:resync": messages.UserResync,
    "error": messages.Refused,
    "bye": messages.Bye,
}
FROM_SIO: dict[str, Any] = {
    "subscribe:market": messages.MarketsWanted,
    "unsubscribe:market": messages.MarketsWanted,
    "subscribe:user": messages.Oneself,
}
# What the acknowledgement of each of them says.
ANSWERS: dict[str, Any] = {
    "subscribe:market": messages.SubscribeAnswer,
    "unsubscribe:market": messages.UnsubscribeAnswer,
    "subscribe:user": messages.SubscribeUserAnswer,
}
TO_SIO: dict[str, Any] = {
    "price:update": messages.OddsUpdate | messages.Snapshot | messages.Resync,
    "price:batch_update": messages.Prices,
}

_DESCRIPTION = """\
Two ways to follow odds and what else happens, fed by the same hub and in the same words.

The rule for a client that has applied `last` of a market: `seq == last + 1` is applied;
`seq <= last` is ignored; `from_seq <= last + 1 <= seq` is applied; anything else is a gap, and the
market is resumed from `last`. `snapshot` and `resync` replace what the client has.

The token is a session's, a guest's (`POST /api/v1/session`), or a one-minute one for a single
handshake (`GET /api/v1/ws/token`). Clients ignore types and members that they don't know."""
_CLOSES = {
    Close.BAD_TOKEN: "The token is missing, bad, expired or signed out: get a new one.",
    Close.NOTHING_HERE: "There is no socket at this address.",
    Close.TOO_SLOW: "You read too slowly: come back and resume.",
    Close.ABUSE: "Too many messages or mistakes, or sockets of one user or address.",
    Close.RESTART: "This process restarts: come back after `bye.retryIn` ms and resume.",
}


def build() -> dict[str, Any]:
    """Return the document."""
    shapes = Components()
    to_ws, to_sio = {**TO_WS, **TO_BOTH}, {**TO_SIO, **TO_BOTH}
    told = {**FROM_WS, **FROM_SIO, **TO_WS, **TO_SIO, **TO_BOTH}
    answers = {f"{name}:answer": shape for name, shape in ANSWERS.items()}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "kmarket",
            "version": settings.VERSION,
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "servers": {
            "house": {"host": "localhost:8080", "protocol": "ws", "description": "`make run`."}
        },
        "channels": {WS: _ws({**FROM_WS, **to_ws}), SIO: _sio({**FROM_SIO, **to_sio, **answers})},
        "operations": {
            **{_key(name): _asked(WS, name, ["ack", "pong", "error"]) for name in FROM_WS},
            **{_key(name): _asked(SIO, name, [f"{name}:answer"]) for name in FROM_SIO},
            "tell": _told(WS, to_ws),
            "emit": _told(SIO, to_sio),
        },
        "components": {
            "messages": {
                _key(name): _message(name, shape, shapes)
                for name, shape in {**told, **answers}.items()
            },
            "schemas": dict(sorted(shapes.items())),
            "securitySchemes": {
                "token": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "token",
                    "description": f"Or the subprotocols `{protocol.SUBPROTOCOL}` and"
                    f" `{protocol.BEARER}<token>`, which keep it out of logs.",
                },
                "auth": {
                    "type": "userPassword",
                    "description": "Socket.IO's `auth`: `{token}`.",
                },
            },
        },
    }


def _ws(told: dict[str, Any]) -> Schema:
    closes = "\n".join(f"| {code.value} | {text} |" for code, text in _CLOSES.items())
    return {
        "address": "/ws/odds",
        "title": "/ws/odds",
        "description": (
            "JSON objects, one to a text frame; with the option `batch` also several, as an array."
            f" A frame holds {protocol.FRAME_BYTES_MAX} bytes, a connection follows"
            f" {protocol.MARKETS_MAX} markets and says {protocol.MESSAGES_PER_SECOND} messages a"
            f" second.\n\n| closed with | means |\n| --- | --- |\n{closes}"
        ),
        "messages": {_key(name): _reference(name) for name in told},
        "bindings": {
            "ws": {
                "method": "GET",
                "query": {"type": "object", "properties": {"token": {"type": "string"}}},
                "bindingVersion": "0.1.0",
            }
        },
    }


def _sio(told: dict[str, Any]) -> Schema:
    return {
        "address": "/socket.io/",
        "title": "Socket.IO",
        "description": (
            "Socket.IO v4, by websocket or polling, the token in `auth.token`. A message's name is"
            " the event's, its payload the event's one argument. What a client emits is answered"
            " through its acknowledgement. Prices of 50 ms come as one event."
        ),
        "messages": {_key(name): _reference(name) for name in told},
    }


def _asked(channel: str, name: str, answers: list[str]) -> Schema:
    return {
        "action": "receive",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [_of(channel, name)],
        "reply": {
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [_of(channel, answer) for answer in answers],
        },
        "security": [
            {"$ref": f"#/components/securitySchemes/{'token' if channel == WS else 'auth'}"}
        ],
    }


def _told(channel: str, told: dict[str, Any]) -> Schema:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [_of(channel, name) for name in told],
    }


def _message(name: str, shape: Any, shapes: Components) -> Schema:
    payload = schema_of(shape, shapes)
    example = example_of(payload, shapes)
    if isinstance(example, dict) and "type" in example and name in TO_BOTH:
        example["type"] = name
    message: Schema = {"name": name, "payload": payload, "examples": [{"payload": example}]}
    if inspect.isclass(shape) and (words := inspect.getdoc(shape)) != inspect.getdoc(dict):
        message["summary"] = words
    return message


def _key(name: str) -> str:
    """Return a message's name as a key may be: price:update → price.update."""
    return name.replace(":", ".")


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/messages/{_key(name)}"}


def _of(channel: str, name: str) -> Schema:
    return {"$ref": f"#/channels/{channel}/messages/{_key(name)}"}

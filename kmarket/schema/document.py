"""What the OpenAPI document says of the whole API: words, tags, headers, parameters."""

from typing import Annotated, Any

from kmarket.schema.shapes import AnyAddress, AnyHash, Components, Id, Schema, eg, schema_of

PREFIX = "/api/v1/"
VERSION_OF_OPENAPI = "3.1.1"
DESCRIPTION = """\
Sign in with a wallet, watch odds, bet, claim; for operators: markets, prices, results.

- **Time** is in whole milliseconds since 1970, UTC.
- **Money** is a string of digits: a whole number of the token's smallest unit (`GET config` tells
  its symbol and decimals). A JSON number is refused: JavaScript would round it.
- **Odds** are whole hundredths (`185` is 1.85) in `odds`, `odds_a` and `odds_b`, and JSON numbers
  with at most two decimals in `moneyline`, `spread` and `total`.
- **Ids** are below 2^53, so that every JSON parser reads them exactly.
- **Lists** come in pages: `page` from 1, `pageSize` up to 100.
- **Errors** have one shape, `Error`; `code` follows from the status, `reason` is for programs,
  `message` for people.
- **Limits**: 10 requests a second, bursts of 20; fewer to sign in. A 429 says in `Retry-After` how
  long to wait.
- `X-Request-ID` is taken (64 letters, digits and `._:-` at most) or made, and answered.

Odds are followed at the sockets: `GET schema/sockets` describes those."""

OPERATORS = "operators"
# Where the endpoints of an app stand.
TAG_OF = {
    "kmarket": "service",
    "accounts": "sign-in",
    "markets": "markets",
    "betting": "bets",
    "chain": "chain",
    "trading": "trading",
    "vault": "vault",
    "oddsfeed": "service",
}
TAGS = {
    "sign-in": "A wallet signs a nonce and gets a token; guests may look and listen.",
    "markets": "What can be bet on and at which price, with the numbered history of each market.",
    "bets": "Orders, claims, and the caller's money.",
    "trading": "Pools on the chain: quotes, transactions to sign, holdings. A 404 without a chain.",
    "vault": "Deposits from the chain, and withdrawals to it.",
    "chain": "How far the chain is read.",
    "service": "What this is, how it does, and the sockets' helpers.",
    OPERATORS: "For roles above `user`. Each call writes an audit row.",
}

SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "A session's token, from `auth/verify-sig`. A guest's (`POST session`) may read what"
            " is public and open sockets, and is a 403 elsewhere."
        ),
    }
}
PARAMETERS: dict[str, Schema] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": (
            "The same key with the same body gets the same answer, and the work is done once; with"
            " another body it is a 409. Kept for a day at least. Refusals are not remembered."
        ),
        "schema": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "pattern": "^[!-~]+$",
            "examples": ["2c1f7a52-first-bet"],
        },
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of what the client has: a 304 if it is still so.",
        "schema": {"type": "string", "examples": ['"5e1f0a4e9b7c2d35-1001-12"']},
    },
}
_SECONDS = {"type": "string", "pattern": "^[0-9]+$"}
HEADERS: dict[str, Schema] = {
    "XRequestID": {
        "description": "The id of this request, in our log too.",
        "required": True,
        "schema": {"type": "string", "maxLength": 64},
    },
    "ETag": {"description": "Names this state.", "required": True, "schema": {"type": "string"}},
    "IdempotencyReplayed": {
        "description": "`true` where this is the answer to an earlier request with the same key.",
        "schema": {"type": "string", "const": "true"},
    },
    "RetryAfter": {
        "description": "Seconds to wait before the next try.",
        "required": True,
        "schema": _SECONDS,
    },
    "RateLimitLimit": {"description": "Requests at once.", "schema": _SECONDS},
    "RateLimitRemaining": {"description": "How many are left.", "schema": _SECONDS},
    "RateLimitReset": {"description": "Seconds until there is one again.", "schema": _SECONDS},
    "WWWAuthenticate": {
        "description": "What to authenticate with.",
        "schema": {"type": "string", "const": "Bearer"},
    },
}
# What stands in a path, by its name there.
_IN_PATH: dict[str, tuple[str, Any]] = {
    "market_id": ("The market.", Id),
    "order_id": ("The order.", Annotated[Id, eg(900_001)]),
    "withdrawal_id": ("The withdrawal.", Annotated[Id, eg(5001)]),
    "proposal_id": ("The proposal.", Annotated[Id, eg(3)]),
    "address": ("The user's address.", AnyAddress),
    "tx_hash": ("The transaction's hash.", AnyHash),
}


def parameter(name: str) -> Schema:
    """Refer to a parameter that several endpoints take."""
    return {"$ref": f"#/components/parameters/{name}"}


def header(name: str) -> Schema:
    """Refer to a header that several answers have."""
    return {"$ref": f"#/components/headers/{name}"}


def path_parameter(name: str) -> Schema:
    """Return the parameter in a path.

    Raises:
        KeyError: nobody has said what it is.
    """
    about, shape = _IN_PATH[name]
    schema = schema_of(shape, Components())
    example = schema.pop("examples")[0]
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": about,
        "schema": schema,
        "example": example,
    }

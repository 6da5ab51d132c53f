"""What endpoints refuse, as OpenAPI responses: from the list of codes and the error classes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, Self, TypedDict

from kmarket import errors
from kmarket.errors import CODES, DomainError, envelope
from kmarket.schema.document import header
from kmarket.schema.shapes import COMPONENTS, Schema, eg, one_of

EXAMPLES = "#/components/examples/"


class Error(TypedDict):
    """What every answer has that is neither a 2xx nor a 304."""

    code: Annotated[str, "Follows from the status.", one_of(CODES.values())]
    message: Annotated[str, "For people; may change.", eg("The request is not valid.")]
    reason: NotRequired[Annotated[str, "For programs; stays.", eg("INVALID")]]
    details: NotRequired[
        Annotated[
            dict[str, Any],
            "By field what is wrong with it, or what would have been allowed.",
            eg({"fields": {"amount": [{"message": "Send a string.", "code": "invalid"}]}}),
        ]
    ]


# Of answers that many endpoints share: the component's name, and what a client is told.
_SHARED: dict[int, tuple[str, str, str]] = {
    400: ("BadRequest", errors.INVALID_MESSAGE, errors.INVALID),
    401: ("Unauthorized", "Authentication credentials were not provided.", ""),
    403: ("Forbidden", "You do not have permission to perform this action.", ""),
    404: ("NotFound", errors.NOTHING_HERE, ""),
    413: ("PayloadTooLarge", "A body may hold 65536 bytes at most.", ""),
    415: ("UnsupportedMediaType", 'Unsupported media type "text/plain" in request.', ""),
    429: ("RateLimited", "At most 10 requests a second: wait 1 s.", ""),
    500: ("InternalError", errors.BUG, ""),
    503: ("ServiceUnavailable", errors.Unavailable.message, errors.Unavailable.reason),
}
_MEANING = {
    400: "Malformed: `details.fields` says what is wrong with each member.",
    401: "No token where one is needed, or one that signs nobody in.",
    403: "Not for this caller.",
    404: "There is no such thing, or not for this caller.",
    409: "The state of things forbids it.",
    413: "The body is too large.",
    415: "The body is not `application/json`.",
    429: "Too many requests.",
    500: "A bug of ours.",
    503: "A part of the service is away; nothing was changed.",
}
_HEADERS = {
    401: {"WWW-Authenticate": "WWWAuthenticate"},
    429: {
        "Retry-After": "RetryAfter",
        "RateLimit-Limit": "RateLimitLimit",
        "RateLimit-Remaining": "RateLimitRemaining",
        "RateLimit-Reset": "RateLimitReset",
    },
    503: {"Retry-After": "RetryAfter"},
}


def shared() -> dict[str, Schema]:
    """Return the responses that endpoints refer to."""
    return {
        name: _response(status, [_Way.shared(status)]) for status, (name, *_) in _SHARED.items()
    }


def of_operation(
    statuses: Collection[int], refused: Iterable[type[DomainError]], examples: dict[str, Schema]
) -> dict[int, Schema]:
    """Return the responses to what an endpoint refuses for itself, and as others do.

    Each of its own reasons gets an example into `examples`.
    """
    own: dict[int, list[_Way]] = {}
    for error in sorted(refused, key=lambda error: error.reason):
        own.setdefault(error.status, []).append(_Way.of(error))
    responses = {}
    for status in {*statuses, *own}:
        ways = own.get(status, [])
        examples |= {way.name: way.example for way in ways}
        if not ways:
            responses[status] = {"$ref": f"#/components/responses/{_SHARED[status][0]}"}
        elif status in statuses:
            responses[status] = _response(status, [*ways, _Way.shared(status)])
        else:
            responses[status] = _response(status, ways)
    return responses


def examples() -> dict[str, Schema]:
    """Return the examples of what endpoints share."""
    return {way.name: way.example for way in map(_Way.shared, _SHARED)}


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to be refused."""

    name: str
    body: Schema

    @classmethod
    def of(cls, error: type[DomainError]) -> Self:
        return cls(error.reason, envelope(error.status, error.message, error.reason, error.sample))

    @classmethod
    def shared(cls, status: int) -> Self:
        name, message, reason = _SHARED[status]
        return cls(reason or name, envelope(status, message, reason))

    @property
    def example(self) -> Schema:
        return {"summary": self.body["message"], "value": self.body}


def _response(status: int, ways: list[_Way]) -> Schema:
    headers = {"X-Request-ID": "XRequestID"} | _HEADERS.get(status, {})
    said: Schema = {"code": {"const": CODES[status]}}
    narrowed: Schema = {"type": "object", "properties": said}
    if reasons := [way.body["reason"] for way in ways if "reason" in way.body]:
        said["reason"] = {"type": "string", "enum": reasons}
    if status == 409:  # noqa: PLR2004
        narrowed["required"] = ["reason"]
    return {
        "description": _MEANING[status],
        "headers": {name: header(component) for name, component in headers.items()},
        "content": {
            "application/json": {
                "schema": {"allOf": [{"$ref": f"{COMPONENTS}Error"}, narrowed]},
                "examples": {way.name: {"$ref": EXAMPLES + way.name} for way in ways},
            }
        },
    }

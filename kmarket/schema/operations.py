"""What an endpoint takes, answers and refuses, said at the method that does it.

    @operation("placeOrder", OrderAnswer, status=201, body=PlaceOrderSerializer, once=True,
               refuses=[errors.OddsChanged, …])
    def post(self, request: Request) -> Response:
        \"\"\"Place a bet, once per Idempotency-Key.\"\"\"

What follows from the view itself (who may call it, what its path holds) and what every endpoint may
answer (a 429, a 503 …) is not said here: `openapi.py` adds it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rest_framework.serializers import Serializer

from kmarket.errors import DomainError

Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one endpoint."""

    id: str
    # The shape of the answer; None: it has no body.
    answer: Any
    status: int = 200
    # The forms that the answer comes in.
    media: Sequence[str] = ("application/json",)
    # Other good answers than the usual one, by status.
    others: Mapping[int, Any] = field(default_factory=dict)
    query: type[Serializer] | None = None
    body: type[Serializer] | None = None
    # It takes an Idempotency-Key.
    once: bool = False
    # Nobody may keep a copy of the answer.
    secret: bool = False
    refuses: Sequence[type[DomainError]] = ()


def operation(id: str, answer: Any, **said: Any) -> Callable[[Method], Method]:  # noqa: A002
    """Say of a view's method what `Operation` holds."""

    def mark(method: Method) -> Method:
        method.operation = Operation(id=id, answer=answer, **said)  # type: ignore[attr-defined]
        return method

    return mark


def operation_of(view: Any, method: str) -> Operation:
    """Return what a view's method says of itself.

    Raises:
        AttributeError: nothing: it lacks the decorator.
    """
    said: Operation = getattr(view, method.lower()).operation
    return said

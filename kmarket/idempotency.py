"""The same Idempotency-Key gets the same answer, and the work is done once.

The key's row is written first, in the transaction of the work itself: requests with the same key
at the same moment wait for it at the unique index, and then find the answer. A refusal rolls the
row back with everything else, so refusals are not remembered.
"""

import hashlib
import json
from collections.abc import Callable

from django.db import connection, transaction
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from kmarket.errors import DomainError
from kmarket.models import IdempotencyKey

HEADERS = ("Idempotency-Key", "X-Idempotency-Key")
KEY_LENGTH_MAX = 200


class IdempotencyMismatch(DomainError):
    status = 409
    reason = "IDEMPOTENCY_MISMATCH"
    message = "This idempotency key was used for another request: choose a new one."


def once(*, request: Request, answer: Callable[[], Response]) -> Response:
    """Return `answer()`, or what it returned when this key was first used.

    `answer` must do all its writes in the database: they commit together with the key.

    Raises:
        ValidationError: the key is empty, longer than 200 characters or not printable ASCII.
        IdempotencyMismatch: the key came before with another body.
    """
    key = next((request.headers[name] for name in HEADERS if name in request.headers), None)
    if key is None:
        return answer()
    if not 0 < len(key.strip()) <= KEY_LENGTH_MAX or not (key.isascii() and key.isprintable()):
        raise ValidationError({"Idempotency-Key": ["Send 1 to 200 printable ASCII characters."]})
    scope = f"{request.user.pk} {request.method} {request.path}"
    body_hash = hashlib.sha256(_canonical(request.data)).digest()
    with transaction.atomic():
        if _first(scope=scope, key=key, body_hash=body_hash):
            response = answer()
            _keep(scope=scope, key=key, response=response)
            return response
        earlier = IdempotencyKey.objects.get(scope=scope, key=key)
    if bytes(earlier.body_hash) != body_hash:
        raise IdempotencyMismatch
    assert earlier.answer is not None, "a key without an answer was committed"
    return Response(
        json.loads(earlier.answer),
        status=earlier.status,
        headers={"Idempotency-Replayed": "true"},
    )


def use_up(*, scope: str, key: str) -> bool:
    """Tell whether a page's form comes for the first time. Its key is used if we commit.

    One that comes at the same moment waits for our commit. `scope` is none that `once` makes.
    """
    assert connection.in_atomic_block, "the key is used with what the form asks for"
    return _first(scope=scope, key=key, body_hash=hashlib.sha256().digest())


def _first(*, scope: str, key: str, body_hash: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kmarket_idempotencykey (scope, key, body_hash) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [scope, key, body_hash],
        )
        return bool(cursor.rowcount == 1)


def _keep(*, scope: str, key: str, response: Response) -> None:
    answer = JSONRenderer().render(response.data).decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kmarket_idempotencykey SET status = %s, answer = %s"
            " WHERE scope = %s AND key = %s",
            [response.status_code, answer, scope, key],
        )


def _canonical(data: object) -> bytes:
    return json.dumps(data, sort_keys=True, default=str).encode()

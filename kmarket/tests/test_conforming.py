"""The middleware of tests notices what the API's document doesn't say."""

import pytest
from django.http import HttpResponse, JsonResponse
from django.test import RequestFactory

from kmarket.tests.conforming import Conforms, NotAsDocumented

ID = {"X-Request-ID": "1", "ETag": '"1"'}
GOOD = {"balance": "10", "owed": "0"}
MISSING = {"code": "NOT_FOUND", "message": "There is no such market.", "reason": "NO_SUCH_MARKET"}


def answered(path, response, method="get"):
    request = getattr(RequestFactory(), method)(f"/api/v1/{path}")
    return Conforms(lambda request: response)(request)


@pytest.mark.parametrize(
    ("path", "response"),
    [
        ("balance", JsonResponse(GOOD, headers=ID)),
        ("markets/7", JsonResponse(MISSING, status=404, headers=ID)),
        ("nowhere", JsonResponse({"code": "NOT_FOUND", "message": "…"}, status=404)),
        ("docs", HttpResponse("<html>", headers=ID)),
    ],
)
def test_what_is_documented_passes(path, response):
    assert answered(path, response) is response


@pytest.mark.parametrize(
    ("path", "response"),
    [
        ("balance", JsonResponse(GOOD | {"secret": 1}, headers=ID)),
        ("balance", JsonResponse(GOOD | {"owed": 0}, headers=ID)),
        ("balance", JsonResponse({"balance": "10"}, headers=ID)),
        ("balance", JsonResponse(GOOD)),
        ("balance", JsonResponse(GOOD, status=202, headers=ID)),
        ("balance", HttpResponse("10", headers=ID)),
        ("balance", JsonResponse(MISSING, status=409, headers=ID)),
        ("markets/7", JsonResponse(MISSING | {"reason": "GONE"}, status=404, headers=ID)),
        ("nowhere", JsonResponse({}, status=404)),
        ("nowhere", JsonResponse(GOOD)),
        ("auth/logout", JsonResponse({}, status=405)),
    ],
)
def test_what_is_not_is_noticed(path, response):
    with pytest.raises(NotAsDocumented):
        answered(path, response)

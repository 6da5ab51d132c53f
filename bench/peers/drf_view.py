"""Yardstick: a plain view of Django REST framework, which answers with what Valkey holds.

No middleware, no authentication, no database; served by uvicorn with uvloop and httptools.
"""

import os
from typing import Any

import django
import orjson
import redis
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["rest_framework"],
    MIDDLEWARE=[],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "UNAUTHENTICATED_USER": None,
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="nothing is signed here",
)
django.setup()

# REST framework reads its settings as it is imported.
from rest_framework.request import Request  # noqa: E402 (see above)
from rest_framework.response import Response  # noqa: E402 (see above)
from rest_framework.views import APIView  # noqa: E402 (see above)

valkey = redis.Redis.from_url(os.environ["REDIS_URL"])


class Stored(APIView):
    def get(self, request: Request, key: str) -> Response:
        found: Any = valkey.get(key)
        return Response(orjson.loads(found))


urlpatterns = [path("<str:key>", Stored.as_view())]

if __name__ == "__main__":
    uvicorn.run(
        get_asgi_application(),
        port=int(os.environ["PORT"]),
        loop="uvloop",
        http="httptools",
        lifespan="off",
        log_level="warning",
        access_log=False,
    )

"""Puts HTTP and /ws/odds into one process."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path, re_path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmarket.settings")
http = get_asgi_application()

from oddsfeed.consumers import NoSocketHere, OddsConsumer  # noqa: E402

from kmarket.limits import BodyCap  # noqa: E402  (needs the app registry)

application = ProtocolTypeRouter(
    {
        "http": BodyCap(http),
        "websocket": URLRouter(
            [path("ws/odds", OddsConsumer.as_asgi()), re_path("", NoSocketHere.as_asgi())]
        ),
    }
)

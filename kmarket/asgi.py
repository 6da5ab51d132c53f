"""Puts HTTP and /ws/odds into one process."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmarket.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path, re_path

from kmarket.handler import get_asgi_application

http = get_asgi_application()

# What follows needs the app registry.
from kmarket.limits import BodyCap
from oddsfeed.consumers import NoSocketHere, OddsConsumer

application = ProtocolTypeRouter(
    {
        "http": BodyCap(http),
        "websocket": URLRouter(
            [path("ws/odds", OddsConsumer.as_asgi()), re_path("", NoSocketHere.as_asgi())]
        ),
    }
)

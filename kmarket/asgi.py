"""Puts HTTP, /ws/odds and Socket.IO into one process."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmarket.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import path, re_path

from kmarket.handler import get_asgi_application

http = get_asgi_application()

# What follows needs the app registry. The views are imported here, and not by the first request.
import kmarket.urls  # noqa: F401
from kmarket.limits import BodyCap, Handshakes, Meter
from oddsfeed.consumers import NoSocketHere, OddsConsumer
from oddsfeed.hot_reads import HotReads
from oddsfeed.sio_door import SocketIO
from telemetry.requests import Counted

django_app = BodyCap(http)

application = ProtocolTypeRouter(
    {
        "http": Counted(
            Meter(SocketIO(HotReads(django_app) if settings.HOT_READS else django_app))
        ),
        "websocket": Handshakes(
            SocketIO(
                URLRouter(
                    [path("ws/odds", OddsConsumer.as_asgi()), re_path("", NoSocketHere.as_asgi())]
                )
            )
        ),
    }
)

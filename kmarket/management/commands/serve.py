"""Serve HTTP and sockets: one web process, until SIGTERM."""

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from kmarket import listening, metrics, server


class Command(BaseCommand):
    help = (
        "Serve HTTP and sockets on BIND_ADDR:BIND_PORT, or on a listening socket that was"
        " inherited. At SIGTERM, clients are sent away in good order first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fd", type=int, help="descriptor of an inherited listening socket")

    def handle(self, *args: Any, fd: int | None, **options: Any) -> None:
        try:
            listener = (
                listening.bound(settings.BIND_ADDR, settings.BIND_PORT)
                if fd is None
                else socket.socket(fileno=fd)
            )
            metrics.expose("web")
        except (listening.CannotListen, OSError) as exc:
            raise CommandError(str(exc)) from None
        web = server.make("kmarket.asgi:application", deflate=settings.WS_DEFLATE)
        if fd is None:
            self.stdout.write(f"Serving on http://{listening.url_host(listener)}")
            self.stdout.flush()
        server.run(web, listener)

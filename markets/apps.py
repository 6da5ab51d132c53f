from django.apps import AppConfig
from django.conf import settings

from kmarket import clock


class MarketsConfig(AppConfig):
    name = "markets"

    def ready(self) -> None:
        from markets import caches, feeds, services

        clock.register(lambda now: services.close_due(), seconds=1, name="close markets")
        clock.register(lambda now: caches.heal(), seconds=1, name="heal copies of odds")
        clock.register(
            lambda now: feeds.suspend_silent(seconds=settings.FEED_SILENT_SECONDS),
            seconds=1,
            name="suspend markets of silent feeds",
        )

from django.apps import AppConfig

from kmarket import clock


class MarketsConfig(AppConfig):
    name = "markets"

    def ready(self) -> None:
        from markets import caches, services

        clock.register(lambda now: services.close_due(), seconds=1, name="close markets")
        clock.register(lambda now: caches.heal(), seconds=1, name="heal copies of odds")

from django.apps import AppConfig

from chain import handlers


class TradingConfig(AppConfig):
    name = "trading"

    def ready(self) -> None:
        from trading import projection

        handlers.register(projection)

from django.apps import AppConfig

from chain import handlers


class TradingConfig(AppConfig):
    name = "trading"

    def ready(self) -> None:
        from chain import checks
        from trading import on_chain, projection, reconciling

        handlers.register(projection)
        checks.register("rows", reconciling.rows)
        checks.register("pools", on_chain.pools)
        checks.register("holders", on_chain.holders)

from django.apps import AppConfig

from chain import handlers


class TradingConfig(AppConfig):
    name = "trading"

    def ready(self) -> None:
        from chain import checks
        from chain.events import Family
        from trading import on_chain, projection, reconciling

        handlers.register(projection, Family.MARKETS)
        checks.register("rows", reconciling.rows, Family.MARKETS)
        checks.register("pools", on_chain.pools, Family.MARKETS)
        checks.register("holders", on_chain.holders, Family.MARKETS)

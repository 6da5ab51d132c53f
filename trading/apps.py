from django.apps import AppConfig
from django.conf import settings

from chain import handlers
from kmarket import clock


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
        # Without a chain nothing that asks nodes is imported.
        if settings.CHAIN_RPC_URLS:
            from trading import following

            clock.register(following.start_due, seconds=1, name="follow submitted transactions")

from django.apps import AppConfig
from django.conf import settings

from kmarket import clock


class ChainAppConfig(AppConfig):
    name = "chain"

    def ready(self) -> None:
        # Without a chain nothing of it is imported.
        if settings.CHAIN_RPC_URLS:
            from chain import reconcile

            clock.register(
                reconcile.start_due,
                seconds=reconcile.LOOK_SECONDS,
                name="compare chain and database",
            )

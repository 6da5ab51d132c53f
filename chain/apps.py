from typing import Any

from django.apps import AppConfig
from django.conf import settings

from kmarket import clock


def _wallet_signed(**asked: Any) -> bool:
    from chain import wallets

    return wallets.signed(**asked)


class ChainAppConfig(AppConfig):
    name = "chain"

    def ready(self) -> None:
        from accounts import contract_wallets

        contract_wallets.register(_wallet_signed, is_on=lambda: bool(settings.CHAIN_RPC_URLS))
        # Without a chain nothing of it is imported.
        if settings.CHAIN_RPC_URLS:
            from chain import reconcile

            clock.register(
                reconcile.start_due,
                seconds=reconcile.LOOK_SECONDS,
                name="compare chain and database",
            )

from django.apps import AppConfig


class OddsfeedConfig(AppConfig):
    name = "oddsfeed"

    def ready(self) -> None:
        from django.conf import settings

        from kmarket import draining
        from oddsfeed import farewell, publisher

        publisher.connect()
        if settings.CHAIN_RPC_URLS:
            from oddsfeed import chain_news

            chain_news.connect()
        if settings.VAULT_CONTRACT:
            from oddsfeed import vault_news

            vault_news.connect()
        draining.register(farewell.drain)

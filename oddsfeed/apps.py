from django.apps import AppConfig


class OddsfeedConfig(AppConfig):
    name = "oddsfeed"

    def ready(self) -> None:
        from django.conf import settings

        from kmarket import draining
        from oddsfeed import farewell, publisher, telling

        publisher.connect()
        if settings.CHAIN_RPC_URLS:
            from oddsfeed import chain_news

            telling.listen(chain_news.LISTENERS)
        if settings.VAULT_CONTRACT:
            from oddsfeed import vault_news

            telling.listen(vault_news.LISTENERS)
        draining.register(farewell.drain)

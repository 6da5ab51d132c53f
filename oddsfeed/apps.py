from django.apps import AppConfig


class OddsfeedConfig(AppConfig):
    name = "oddsfeed"

    def ready(self) -> None:
        from kmarket import draining
        from oddsfeed import chain_news, farewell, publisher

        publisher.connect()
        chain_news.connect()
        draining.register(farewell.drain)

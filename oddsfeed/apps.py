from django.apps import AppConfig


class OddsfeedConfig(AppConfig):
    name = "oddsfeed"

    def ready(self) -> None:
        from kmarket import draining
        from oddsfeed import farewell, publisher

        publisher.connect()
        draining.register(farewell.drain)

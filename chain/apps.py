from django.apps import AppConfig


class ChainAppConfig(AppConfig):
    name = "chain"

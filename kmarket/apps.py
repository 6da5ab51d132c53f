from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class KmarketConfig(AppConfig):
    name = "kmarket"

    def ready(self) -> None:
        from kmarket import checks, tracking  # noqa: F401 (checks register themselves)

        tracking.start()
        post_migrate.connect(_name_the_lineage, sender=self, dispatch_uid="kmarket.lineage")


def _name_the_lineage(**_: Any) -> None:
    from kmarket import epoch

    epoch.begin()

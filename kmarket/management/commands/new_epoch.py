"""Begin a new epoch after a restore that changed the past."""

from typing import Any

from django.core.management.base import BaseCommand

from kmarket import epoch


class Command(BaseCommand):
    help = (
        "Begin a new epoch: clients that resume get whole snapshots. For use after a database was"
        " put back in place (a new database, a dump or a point-in-time recovery is noticed anyway)."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        return f"The epoch is now {epoch.renew()}."

"""Project all stored logs anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chain import config, handlers, rescanning, status
from chain.config import NotConfigured
from chain.profiles import BadProfile


class Command(BaseCommand):
    help = (
        "Forget what the contract's logs came to and project them anew, in one transaction, as they"
        " are stored. After a fix, what was in quarantine for it comes out. Asks no node; a running"
        " listener waits."
    )

    def handle(self, *args: Any, **options: Any) -> str:
        try:
            followed = config.from_settings()
        except (NotConfigured, BadProfile) as exc:
            raise CommandError(str(exc)) from exc
        now = timezone.now()
        count = rescanning.replay(followed, handlers.registered(), now)
        cursor = status.cursor_of(followed.chain_id, followed.contract)
        left = 0 if cursor is None else status.of(cursor, now).quarantined
        return f"Replayed {count} logs; {left} in quarantine."

"""Project all stored logs anew."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chain import config, handlers, rescanning, status
from chain.config import NotConfigured
from chain.events import Family
from chain.management.contracts import add_contract
from chain.profiles import BadProfile


class Command(BaseCommand):
    help = (
        "Forget what the contract's logs came to and project them anew, in one transaction, as they"
        " are stored. After a fix, what was in quarantine for it comes out. Asks no node; a running"
        " listener waits."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_contract(parser)

    def handle(self, *, contract: str, **options: Any) -> str:
        try:
            followed = config.from_settings(Family(contract))
        except (NotConfigured, BadProfile) as exc:
            raise CommandError(str(exc)) from exc
        now = timezone.now()
        count = rescanning.replay(followed, handlers.registered(followed.profile.family), now)
        cursor = status.cursor_of(followed.chain_id, followed.contract)
        left = 0 if cursor is None else status.of(cursor, now).quarantined
        return f"Replayed {count} logs; {left} in quarantine."

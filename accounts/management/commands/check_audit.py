"""manage.py check_audit: proves that no audit row was altered or removed since it was sealed."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import seals


class Command(BaseCommand):
    help = "Prove the hash chain over the audit, and name the rows that it does not cover yet."

    def handle(self, *args: Any, **options: Any) -> str:
        found = seals.verify()
        if found.damage_count:
            named = "; ".join(found.damaged)
            raise CommandError(f"The audit is damaged in {found.damage_count} places: {named}.")
        tail = "Nothing is unsealed."
        if found.unsealed_count:
            rows = ", ".join(map(str, found.unsealed))
            more = ", …" if found.unsealed_count > len(found.unsealed) else ""
            tail = f"Not sealed yet: {found.unsealed_count} ({rows}{more})."
        return f"The audit's {found.sealed} sealed rows are whole; the head is {found.head}. {tail}"

"""manage.py set_role 0x… trader: the way to the first admin, and out of a locked door."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from rest_framework.exceptions import ValidationError

from accounts import services, wallet
from accounts.models import Role
from kmarket import arguments
from kmarket.api_fields import AddressStringField


class Command(BaseCommand):
    help = "Give the owner of an address a role. Their sessions end: the role is in the token."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("address", help="0x and 40 hex digits; made a user if it is none yet")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--reason", type=arguments.reason, default="set by manage.py set_role")
        parser.add_argument("--dry-run", action="store_true", help="show it and keep nothing")

    def handle(self, *, address: str, role: str, reason: str, dry_run: bool, **options: Any) -> str:
        try:
            known_as = AddressStringField().run_validation(address)
        except ValidationError as exc:
            raise CommandError(" ".join(map(str, exc.detail))) from exc
        with transaction.atomic():
            user = services.person(address=known_as)
            before = user.role
            services.set_role(user=user, role=Role(role), actor=None, reason=reason)
            # A dry run does the real work and takes it back: it cannot show anything else than
            # what the command would do.
            transaction.set_rollback(dry_run)
        if before == role:
            return f"{wallet.checksum(known_as)} has the role {role} already."
        done = "Would change" if dry_run else "Changed"
        return f"{done} the role of {wallet.checksum(known_as)} from {before} to {role}."

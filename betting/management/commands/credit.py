"""Credit a user's balance."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from rest_framework.serializers import ValidationError

from accounts.models import User
from betting import services
from kmarket import arguments
from kmarket.api_fields import AddressStringField, AmountStringField
from kmarket.errors import DomainError


class Command(BaseCommand):
    help = "Credit a user's balance, in the token's smallest unit."
    move: Callable[..., int] = staticmethod(services.credit)
    # What was done, in which direction, and what a dry run would do.
    done = ("Credited", "to", "Would credit")

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the user's wallet, 0x…")
        parser.add_argument("amount", help="a whole number of the smallest unit")
        parser.add_argument("--reason", type=arguments.reason, required=True)
        parser.add_argument("--dry-run", action="store_true", help="show, keep nothing")

    def handle(self, *args: Any, address: str, amount: str, reason: str, **options: Any) -> str:
        dry_run = options["dry_run"]
        try:
            units = AmountStringField().to_internal_value(amount)
            user = User.objects.get(address=AddressStringField().to_internal_value(address))
            with transaction.atomic():
                balance = self.move(user=user, amount=units, actor=None, reason=reason)
                transaction.set_rollback(dry_run)
        except ValidationError as exc:
            raise CommandError(" ".join(map(str, exc.detail))) from exc
        except User.DoesNotExist as exc:
            raise CommandError(f"Nobody has signed in with {address} yet.") from exc
        except DomainError as exc:
            raise CommandError(str(exc)) from exc
        did, towards, would = self.done
        verb, now = (would, "would be") if dry_run else (did, "is")
        return f"{verb} {units} {towards} {address}: the balance {now} {balance}."

"""Read a part of the chain once more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from chain import config, handlers, rescanning
from chain.answers import NUMBER_MAX
from chain.config import NotConfigured
from chain.errors import Halted, NoNode
from chain.events import Family
from chain.management.contracts import add_contract
from chain.models import Cursor
from chain.nodes import Nodes
from chain.profiles import BadProfile
from chain.rescanning import Contradicted, Moved
from chain.store import OtherLog


class Command(BaseCommand):
    help = (
        "Compare the stored logs of some blocks with a node's, add what is missing and project all"
        " logs anew. Blocks that the listener has not reached are left to it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_contract(parser)
        parser.add_argument("--from", dest="first", type=int, required=True, help="first block")
        parser.add_argument("--to", dest="last", type=int, default=NUMBER_MAX, help="last block")
        parser.add_argument(
            "--accept",
            action="store_true",
            help="the node is right about blocks that were final, too: after a reorganisation"
            " that halted the listener",
        )

    def handle(self, *, contract: str, first: int, last: int, accept: bool, **options: Any) -> str:
        try:
            followed = config.from_settings(Family(contract))
            found = rescanning.rescan(
                followed,
                Nodes.of(followed.rpc_urls),
                handlers.registered(followed.profile.family),
                first=first,
                last=last,
                now=timezone.now(),
                accept=accept,
            )
        except Cursor.DoesNotExist:
            raise CommandError("Nothing is indexed yet: run run_chain_listener.") from None
        except Moved:
            raise CommandError("The chain changed while it was compared: try once more.") from None
        except (NotConfigured, BadProfile, Contradicted, NoNode, Halted, OtherLog) as exc:
            raise CommandError(str(exc)) from exc
        return (
            f"Read {found.read} logs: {len(found.missing)} were missing,"
            f" {len(found.extra)} are not on the chain."
        )

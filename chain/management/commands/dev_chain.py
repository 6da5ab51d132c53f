"""The development chain of `CHAIN=dev make run`, in its parts."""

import json
import logging
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, connections
from django.utils import timezone
from psycopg_pool import PoolTimeout

from accounts.models import Session, User
from chain import anvil, deploying, dev_vault
from chain.dev_market import Bazaar, Token, settled
from chain.errors import NodeError, Refused
from chain.rpc import Node
from kmarket import dev_chain
from kmarket.dev_chain import Deployment
from kmarket.programs import CannotStart
from kmarket.stopping import Stop

logger = logging.getLogger(__name__)

# So often somebody trades.
TRADE_SECONDS = 3.0
# So often the node saves the chain, beside its end: what is younger is lost with a killed node.
SAVED_SECONDS = 30
# Of those who signed in, so many are looked at.
NEWCOMERS_MAX = 20
# The blocks whose state it remembers.
STATES_MAX = 256
POLL_SECONDS = 0.1
NOBODY = "Nobody trades any more."


class Command(BaseCommand):
    help = (
        "The chain of `CHAIN=dev make run`. `install`: fetch the node's program, with npm."
        " `node`: become the node. `trade`: put the contract on it, unless it is there, open two"
        " markets and have people trade until SIGTERM."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("part", choices=list(PARTS))

    def handle(self, *, part: str, **options: Any) -> str:
        if settings.CHAIN != "dev":
            raise CommandError("There is no development chain: set CHAIN=dev.")
        try:
            return PARTS[part]()
        except (CannotStart, NodeError, deploying.NoDevelopment, deploying.Reverted) as exc:
            raise CommandError(str(exc)) from exc


def _install() -> str:
    anvil.install()
    anvil.program()
    # The node's own words about it would come five times, each time it is started.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((anvil.HOST, settings.CHAIN_DEV_PORT))
        except OSError as exc:
            raise CannotStart(
                f"Port {settings.CHAIN_DEV_PORT} on {anvil.HOST} cannot be used ({exc.strerror}):"
                " stop what uses it, or set CHAIN_DEV_PORT."
            ) from None
    return ""


def _become_node() -> str:
    folder = dev_chain.folder(settings.DATA_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder / "state.json"
    if not _is_json(state):
        # It was being saved when the machine went down.
        state.replace(folder / "state.broken.json")
        logger.warning("The chain that was saved cannot be read: a new one begins.")
    command = anvil.command(port=settings.CHAIN_DEV_PORT, chain_id=dev_chain.CHAIN_ID, state=state)
    command += ["--quiet", "--state-interval", str(SAVED_SECONDS)]
    # More than what anybody asks about: otherwise it keeps all of them, on the disk.
    command += ["--prune-history", str(STATES_MAX)]
    os.execv(command[0], command)  # noqa: S606 (our own program)


def _is_json(state: Path) -> bool:
    try:
        json.loads(state.read_bytes())
    except FileNotFoundError:
        return True
    except ValueError:
        return False
    return True


def _trade() -> str:
    node = Node(f"http://{anvil.HOST}:{settings.CHAIN_DEV_PORT}")
    token = Token(settings.TOKEN_SYMBOL, settings.TOKEN_DECIMALS)
    with Stop() as stop:
        if not _answers(node, stop):
            return NOBODY
        deployment = settled(node, settings.DATA_DIR, token, timezone.now())
        logger.info(
            "The contract %s is in block %s, the vault %s in block %s; both are in the token %s.",
            deployment.contract,
            deployment.block,
            deployment.vault,
            deployment.vault_block,
            deployment.token,
        )
        _go_on(Bazaar(node, deployment, token), Doorman(node, deployment), stop)
    return NOBODY


class Doorman:
    """Gives whoever signs in something to deposit, in the demo."""

    def __init__(self, node: Node, deployment: Deployment) -> None:
        self._node, self._deployment = node, deployment
        self._known: set[str] = set()

    def look(self) -> None:
        """See who came."""
        if not settings.DEMO:
            return
        recent = Session.objects.filter(kind=Session.Kind.USER, user__address__isnull=False)
        newest = recent.order_by("-created_at").values_list("user_id", flat=True)[:NEWCOMERS_MAX]
        addresses = set(User.objects.filter(pk__in=list(newest)).values_list("address", flat=True))
        # Until somebody comes the database isn't needed.
        connections.close_all()
        fresh = sorted(address for address in addresses - self._known if address is not None)
        for address in dev_vault.welcome(
            self._node, self._deployment, fresh, decimals=settings.TOKEN_DECIMALS
        ):
            logger.info("%s signed in and was given test tokens.", address)
        self._known |= set(fresh)


def _answers(node: Node, stop: Stop) -> bool:
    """Wait for the node; tell whether it came up before the end.

    Raises:
        NodeError: it doesn't.
    """
    deadline = time.monotonic() + anvil.READY_SECONDS_MAX
    while not stop.is_set():
        try:
            node.call("eth_chainId", [])
        except NodeError:
            if time.monotonic() > deadline:
                raise
            stop.wait(POLL_SECONDS)
        else:
            return True
    return False


def _go_on(bazaar: Bazaar, doorman: Doorman, stop: Stop) -> None:
    """Open markets, have people trade and welcome others, until the end."""
    chance = Random()  # noqa: S311 (no secret)
    is_away = False
    while not stop.is_set():
        try:
            doorman.look()
            markets = bazaar.open_markets(timezone.now())
            if settings.DEMO_FEED:
                logger.info(bazaar.trade(chance.choice(markets), chance))
            else:
                bazaar.settle()
            is_away = False
        except (Refused, deploying.Reverted) as exc:
            logger.debug("Somebody was quicker: %s", exc)
        except (NodeError, OperationalError, InterfaceError, PoolTimeout) as exc:
            if not is_away:
                # Once for each outage.
                logger.warning("Nobody trades: %s", exc)
            is_away = True
        stop.wait(TRADE_SECONDS)


PARTS: dict[str, Callable[[], str]] = {"install": _install, "node": _become_node, "trade": _trade}

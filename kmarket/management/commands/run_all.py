"""Start everything on this machine: `make run`."""

import asyncio
import http.client
import os
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from kmarket import dev_chain, embedded, listening, programs
from kmarket.draining import DRAIN_SECONDS_MAX
from kmarket.server import GRACE_SECONDS
from kmarket.supervisor import Child, Supervisor

ANSWER_SECONDS_MAX = 2.0
# The demo's operator, and where `seed --demo` keeps the password that it made.
ADMIN_NAME = "admin"
LOGIN_FILE = "demo_admin_password.txt"


class Command(BaseCommand):
    help = (
        "Start PostgreSQL, Valkey (unless DATABASE_URL and REDIS_URL name others), the web"
        " processes, the clock, the demo feed, where a chain is set its listener, and with"
        " CHAIN=dev the chain, too; restart what dies; stop all of it at Ctrl-C."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        # Until the supervisor listens: end the blocks below in order.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupt)
        try:
            with ExitStack() as stack:
                listener = stack.enter_context(
                    listening.bound(settings.BIND_ADDR, settings.BIND_PORT)
                )
                if settings.CHAIN:
                    # What it lacks is said before anything runs.
                    call_command("dev_chain", "install", stdout=self.stdout)
                servers = self._prepare(stack)
                failure = asyncio.run(self._run(servers, listener))
        except (listening.CannotListen, programs.CannotStart) as exc:
            raise CommandError(str(exc)) from None
        except KeyboardInterrupt:
            failure = ""
        if failure:
            raise CommandError(failure)
        self._say("Stopped.")

    def _prepare(self, stack: ExitStack) -> list[programs.Server]:
        """Have the database ready, migrated and seeded, and return the servers to supervise."""
        own = {
            "with_postgres": not settings.DATABASE_URL,
            "with_valkey": embedded.redis_url(settings.DATA_DIR) == settings.REDIS_URL,
        }
        if not any(own.values()):
            self._fill()
            return []
        stack.enter_context(embedded.claimed(settings.DATA_DIR))
        servers = embedded.prepared(settings.DATA_DIR, **own)
        # Outside the supervisor: what doesn't start here will not start a second time either.
        with embedded.running(settings.DATA_DIR, servers):
            self._fill()
        return servers

    def _fill(self) -> None:
        try:
            call_command("migrate", interactive=False, verbosity=0)
            if settings.DEMO:
                call_command("seed", "--demo", stdout=self.stdout)
        finally:
            # The supervisor itself needs no database.
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has it

    async def _run(self, servers: list[programs.Server], listener: socket.socket) -> str:
        """Supervise until the end, and return why it came if nobody wished it."""
        async with Supervisor(self._say) as supervisor:
            supervisor.listen_to_signals()
            if servers:
                supervisor.start(*map(_server_child, servers))
            for server in servers:
                await supervisor.wait_for(server.is_ready)
            if settings.CHAIN:
                before = dev_chain.stamp(settings.DATA_DIR)
                supervisor.start(_node_child(listener))
                supervisor.start(_child("traders", listener, "dev_chain", "trade"))
                # The others take their contract from what is written there.
                await supervisor.wait_for(lambda: dev_chain.stamp(settings.DATA_DIR) != before)
            supervisor.start(*_web_children(listener))
            supervisor.start(*_other_children(listener))
            if await supervisor.wait_for(lambda: _answers(listener)):
                self._say(_greeting(listener))
            await supervisor.ended()
            self._say("Stopping.")
            # From here on a client is refused at once instead of waiting in the queue.
            listener.close()
        return supervisor.failure

    def _say(self, line: str) -> None:
        # Whoever read our words may have left (`| head`): no reason to stop.
        with suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _server_child(server: programs.Server) -> Child:
    return Child(
        name=server.name,
        argv=server.command,
        env=programs.environment(),
        stop_signal=server.stop_signal,
        stop_seconds=programs.STOP_SECONDS_MAX,
        at_our_death=server.stop_signal,
        identity=server.identity,
        clear=server.clear,
    )


def _web_children(listener: socket.socket) -> list[Child]:
    names = ["web"] if settings.WORKERS == 1 else [f"web-{n + 1}" for n in range(settings.WORKERS)]
    return [
        Child(
            name=name,
            argv=_manage("serve", "--fd", str(listener.fileno())),
            env=_environment(listener, nth=n),
            stop_seconds=DRAIN_SECONDS_MAX + GRACE_SECONDS + 2,
            pass_fds=(listener.fileno(),),
        )
        for n, name in enumerate(names)
    ]


def _other_children(listener: socket.socket) -> list[Child]:
    children = [_child("clock", listener, "run_clock", nth=settings.WORKERS)]
    if settings.DEMO and settings.DEMO_FEED:
        children.append(_child("feed", listener, "demo_feed"))
    if settings.CHAIN or settings.CHAIN_RPC_URLS:
        # It ends where going on would be wrong, and bets go on without it.
        listening_for = {"nth": settings.WORKERS + 1, "is_needed": False}
        children.append(_child("chain", listener, "run_chain_listener", **listening_for))
    return children


def _node_child(listener: socket.socket) -> Child:
    """The development chain's node. It saves the chain when it is asked to end."""
    return _child("node", listener, "dev_chain", "node", at_our_death=signal.SIGTERM)


def _child(name: str, listener: socket.socket, *args: str, nth: int = 0, **how: Any) -> Child:
    return Child(name=name, argv=_manage(*args), env=_environment(listener, nth=nth), **how)


def _manage(*args: str) -> list[str]:
    # Python does nothing with it, but whoever lists processes sees whose this one is.
    whose = ["-X", f"data={settings.DATA_DIR}"]
    return [sys.executable, *whose, str(settings.BASE_DIR / "manage.py"), *args]


def _environment(listener: socket.socket, *, nth: int) -> dict[str, str]:
    """Return the environment of a child; its metrics have the `nth` port from METRICS_PORT on."""
    return {
        **os.environ,
        "KMARKET_DATA_DIR": str(settings.DATA_DIR),
        # The real one, where we were told to take any.
        "BIND_PORT": str(listener.getsockname()[1]),
        "PYTHONUNBUFFERED": "1",
        "METRICS_PORT": str(settings.METRICS_PORT and settings.METRICS_PORT + nth),
    }


def _answers(listener: socket.socket) -> bool:
    client = http.client.HTTPConnection(listening.url_host(listener), timeout=ANSWER_SECONDS_MAX)
    try:
        client.request("GET", "/api/v1/healthz")
        return client.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def _greeting(listener: socket.socket) -> str:
    host = listening.url_host(listener)
    lines = [
        "",
        f"kmarket runs on http://{host}",
        *([f"  Page    http://{host}/"] if settings.LIVE_PAGE else []),
        f"  API     http://{host}/api/v1/",
        f"  Odds    ws://{host}/ws/odds",
        f"  Admin   http://{host}/admin/",
        *_admin_login(),
        *_chain(host),
        "  Stop    Ctrl-C",
        "",
    ]
    return "\n".join(lines)


def _chain(host: str) -> list[str]:
    if not settings.CHAIN:
        return []
    return [
        f"  Chain   http://127.0.0.1:{settings.CHAIN_DEV_PORT}, chain {settings.CHAIN_ID}:"
        f" http://{host}/api/v1/chain/status tells how far it is read"
    ]


def _admin_login() -> list[str]:
    login_file = settings.DATA_DIR / LOGIN_FILE
    if not settings.DEMO or not login_file.exists():
        return []
    password = login_file.read_text(encoding="utf-8").strip()
    return [f"          sign in as {ADMIN_NAME} with the password {password}"]

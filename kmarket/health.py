"""healthz, readyz, config: what machines ask before they send traffic."""

from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from eth_utils.address import to_checksum_address
from psycopg_pool import PoolTimeout
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kmarket import answers, cache, draining, epoch
from kmarket.errors import NotReady
from kmarket.schema.operations import operation

# What this process has seen so far. A migration once applied stays applied, and a Redis that was
# there once may be away: requests are answered without it.
_seen: set[str] = set()


class Open(APIView):
    """For everybody, and at no price: no token is looked at."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)


class Healthz(Open):
    @operation("healthz", answers.Healthy)
    def get(self, request: Request) -> Response:
        """Say that the process answers. Asks nothing of the database."""
        return Response({"status": "ok"})


class Readyz(Open):
    @operation("readyz", answers.Ready, refuses=[NotReady])
    def get(self, request: Request) -> Response:
        """Say whether traffic should come here: 200, or 503 with the reasons."""
        failed, degraded = _check()
        if failed:
            raise NotReady(**failed)
        return Response({"status": "ready", "degraded": degraded})


class Config(Open):
    @operation("config", answers.ConfigAnswer)
    def get(self, request: Request) -> Response:
        """Tell a front end what it is connected to."""
        return Response(_config())


def _config() -> answers.ConfigAnswer:
    stake_max = settings.STAKE_MAX
    contracts: answers.Contracts = {}
    if settings.CHAIN_CONTRACT:
        contracts["market"] = to_checksum_address(settings.CHAIN_CONTRACT)
    if settings.VAULT_CONTRACT:
        contracts["vault"] = to_checksum_address(settings.VAULT_CONTRACT)
    return {
        "token": {"symbol": settings.TOKEN_SYMBOL, "decimals": settings.TOKEN_DECIMALS},
        "chainId": settings.CHAIN_ID,
        "contracts": contracts,
        "limits": {
            "stakeMin": str(settings.STAKE_MIN),
            "stakeMax": str(stake_max) if stake_max else None,
            "requestsPerSecond": settings.RATE_PER_SECOND if settings.RATE_LIMIT else None,
            "requestsBurst": settings.RATE_BURST if settings.RATE_LIMIT else None,
            "replay": settings.WS_REPLAY_LIMIT,
        },
        "demo": settings.DEMO,
        "epoch": epoch.current(),
        "version": settings.VERSION,
    }


def _check() -> tuple[dict[str, str], list[str]]:
    failed: dict[str, str] = {}
    degraded: list[str] = []
    if draining.started():
        failed["process"] = "this process is about to stop"
    if settings.READYZ_SKIP_PING:
        return failed, degraded
    if trouble := _database_trouble():
        failed["database"] = trouble
    try:
        cache.redis().ping()
        _seen.add("redis")
    except cache.RedisAway as exc:
        if "redis" in _seen:
            degraded.append("redis")
        else:
            failed["redis"] = f"Redis was never reached ({type(exc).__name__})"
    return failed, degraded


def _database_trouble() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if "migrations" not in _seen:
            if missing := _missing_migrations():
                return f"migrations are missing ({missing}): run manage.py migrate"
            _seen.add("migrations")
    except (DatabaseError, PoolTimeout) as exc:
        return f"the database is away ({type(exc).__name__})"
    return ""


def _missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    plan: list[Any] = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return len(plan)

"""How far the chain is read: for front ends, and whoever watches over us."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from eth_utils.address import to_checksum_address
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from chain import config, status
from chain.api.answers import ChainStatusAnswer, ReconciliationAnswer
from chain.errors import ChainNotConfigured
from chain.models import Cursor, Reconciliation
from kmarket.api_fields import epoch_ms
from kmarket.schema.operations import operation


class ChainStatus(APIView):
    permission_classes = (permissions.AllowAny,)

    @operation("chainStatus", ChainStatusAnswer, refuses=[ChainNotConfigured])
    def get(self, request: Request) -> Response:
        """Tell how far the listener is, and what the last comparison of chain and database found.

        Asks no node: `head` is the highest block that the listener heard of.
        """
        if not config.is_configured():
            raise ChainNotConfigured
        cursor = status.cursor_of(settings.CHAIN_ID, settings.CHAIN_CONTRACT)
        return Response(
            {
                "chainId": settings.CHAIN_ID,
                "contract": to_checksum_address(settings.CHAIN_CONTRACT),
                **(_unread() if cursor is None else _read(cursor)),
            }
        )


def _unread() -> dict[str, Any]:
    """Return what is so before the listener ran for the first time."""
    return {
        "head": None,
        "indexed": settings.CHAIN_START_BLOCK - 1,
        "finalized": None,
        "lag": None,
        "halted": None,
        "quarantined": 0,
        "reconciliation": None,
    }


def _read(cursor: Cursor) -> dict[str, Any]:
    told = status.of(cursor, timezone.now())
    last = cursor.reconciliations.exclude(ended_at=None).order_by("-pk").first()
    return {
        "head": told.head,
        "indexed": told.indexed,
        "finalized": told.finalized,
        "lag": told.lag,
        "halted": cursor.halt or None,
        "quarantined": told.quarantined,
        "reconciliation": last and _compared(last, findings=told.findings),
    }


def _compared(last: Reconciliation, *, findings: int) -> ReconciliationAnswer:
    """Return the last comparison that ended, and how many differences are open by now."""
    assert last.ended_at is not None, last
    return {
        "block": last.block_number,
        "endedAt": epoch_ms(last.ended_at),
        "completed": not last.trouble,
        "findings": findings,
    }

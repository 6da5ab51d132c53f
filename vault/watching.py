"""The vault looked at every few seconds, at the newest block that is final and read: who signs for
it, what it holds, which vouchers are over.

A voucher is over when the chain itself says so: a block that cannot be replaced any more is younger
than its deadline, and the contract, asked at that block, has not paid it. Our own rows must agree.
The machine's clock only says when it is worth asking.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections, connection

from chain import config, fetching
from chain.calls import Interface
from chain.config import ChainConfig
from chain.errors import BadAnswer, Halted, NodeError, NoNode
from chain.events import Family
from chain.models import Cursor
from chain.nodes import Nodes
from chain.rpc import Node
from chain.status import cursor_of
from chain.views import View
from kmarket.moments import one_moment
from vault import owed, services
from vault.models import Reading, Withdrawal
from vault.owed import Owed

logger = logging.getLogger(__name__)

# Asked about at once.
VOUCHERS_AT_ONCE = 100
FACTS = (
    *("token", "signer", "depositsPaused", "payoutsPaused"),
    *("dailyLimit", "payoutLeft"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One state of the database, and the block that it goes with."""

    cursor: Cursor
    block: int
    block_hash: str
    due: Owed
    # Vouchers that may be over, by this machine's clock.
    late: Sequence[tuple[int, int]]  # id, deadline


class NotYet(Exception):
    """Nothing is both final and read, or the listener halted: there is nothing to look at."""


def look(followed: ChainConfig, nodes: Nodes, now: datetime) -> int:
    """Note what the vault is and holds; credit back what can't be redeemed any more; return how
    many withdrawals that were.

    Raises:
        NotYet: the listener has not come so far.
        NoNode, NodeError, Halted: nobody tells.
    """
    moment = _moment(followed, now)
    node = nodes.pick(now)
    try:
        view, time = _view(followed, node, moment)
        reading = _read(view, moment, now)
        over = _over(view, moment.late, time)
    except NodeError as exc:
        nodes.failed(node, exc, now)
        raise
    _store(reading)
    return sum(_expired(number, time) for number in over)


def start_due(now: datetime) -> threading.Thread | None:
    """Look in a thread of its own, since it waits for a node; None where one runs. The clock calls
    this."""
    if _last.thread is not None and _last.thread.is_alive():
        return None
    _last.thread = threading.Thread(target=_look_apart, args=[now], name="vault", daemon=True)
    _last.thread.start()
    return _last.thread


@dataclass
class _Last:
    """The thread that this process began last, and what it complained of."""

    thread: threading.Thread | None = None
    trouble: str = ""


_last = _Last()


def _look_apart(now: datetime) -> None:
    close_old_connections()
    try:
        followed = config.from_settings(Family.VAULT)
        look(followed, Nodes.of(followed.rpc_urls), now)
        _complain("")
    except NotYet as exc:
        logger.info("The vault is not looked at: %s", exc)
    except (NoNode, NodeError, Halted) as exc:
        _complain(f"The vault could not be looked at: {exc}")
    except Exception:
        logger.exception("The vault could not be looked at.")
    finally:
        connection.close()


def _complain(trouble: str) -> None:
    """Log what is wrong, once for each time that it begins."""
    if trouble and trouble != _last.trouble:
        logger.warning("%s", trouble)
    _last.trouble = trouble


def _moment(followed: ChainConfig, now: datetime) -> Moment:
    with one_moment():
        cursor = cursor_of(followed.chain_id, followed.contract)
        if cursor is None or cursor.finalized_block is None or not cursor.last_hash:
            raise NotYet("nothing of it is read yet.")
        if cursor.halted_reason:
            raise NotYet(f"its listener halted: {cursor.halted_reason}")
        if cursor.finalized_block > cursor.last_block:
            raise NotYet(f"it is read up to block {cursor.last_block}.")
        late = Withdrawal.objects.of(cursor.chain_id, cursor.contract).unseen()
        return Moment(
            cursor=cursor,
            block=cursor.finalized_block,
            block_hash=cursor.finalized_hash,
            due=owed.now(),
            late=[
                (each.pk, each.deadline or 0)
                for each in late.filter(deadline__lt=int(now.timestamp())).order_by(
                    "deadline", "pk"
                )[:VOUCHERS_AT_ONCE]
            ],
        )


def _view(followed: ChainConfig, node: Node, moment: Moment) -> tuple[View, int]:
    """Return the contract at the block, and the block's time in seconds since 1970."""
    sight = fetching.look(node, followed)
    fetching.check_history(node, moment.cursor, sight)
    (header,) = fetching.headers(node, [moment.block])
    if header.hash != moment.block_hash:
        raise fetching.other_history(node, header, moment.block_hash)
    view = View(
        node=node,
        config=followed,
        sight=sight,
        block=moment.block,
        block_hash=moment.block_hash,
        functions=Interface(followed.profile.functions),
    )
    return view, int(header.time.timestamp())


def _read(view: View, moment: Moment, now: datetime) -> Reading:
    facts = dict(zip(FACTS, view.ask([(name, []) for name in FACTS]), strict=True))
    if None in facts.values():
        raise BadAnswer(f"VAULT_CONTRACT={view.config.contract} is no vault.")
    (held,) = view.balances([facts["token"]])
    decimals = view.decimals(facts["token"])
    if held is None or decimals is None:
        raise BadAnswer(f"{facts['token']} is no token.")
    return Reading(
        chain_id=view.config.chain_id,
        contract=view.config.contract,
        block_number=view.block,
        block_hash=view.block_hash,
        read_at=now,
        token=facts["token"].lower(),
        decimals=decimals,
        signer=facts["signer"].lower(),
        deposits_paused=facts["depositsPaused"],
        payouts_paused=facts["payoutsPaused"],
        daily_limit=facts["dailyLimit"],
        payout_left=facts["payoutLeft"],
        held=held,
        balances=moment.due.balances,
        claims=moment.due.claims,
        vouchers=moment.due.vouchers,
    )


def _over(view: View, late: Sequence[tuple[int, int]], time: int) -> list[int]:
    """Return the vouchers that were not paid up to the block and cannot be after it."""
    past = [number for number, deadline in late if deadline < time]
    told = view.ask([("used", [number]) for number in past]) if past else []
    if paid := [number for number, is_used in zip(past, told, strict=True) if is_used is not False]:
        logger.error("The vault has paid vouchers without a log that we know: %s", paid)
    return [number for number, is_used in zip(past, told, strict=True) if is_used is False]


def _expired(number: int, time: int) -> bool:
    is_back = services.expire(withdrawal_id=number)
    if is_back:
        logger.info("Withdrawal %s expired before %s: it is credited back.", number, time)
    return is_back


def _store(reading: Reading) -> None:
    known = ("chain_id", "contract")
    fields = [field.attname for field in Reading._meta.concrete_fields if not field.primary_key]
    Reading.objects.bulk_create(
        [reading],
        update_conflicts=True,
        unique_fields=known,
        update_fields=[name for name in fields if name not in known],
    )

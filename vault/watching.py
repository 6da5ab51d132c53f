"""The vault looked at every few seconds, at the newest block that is final and read: who signs for
it, what it holds, which vouchers are over.

A voucher is over when the chain itself says so: a block that cannot be replaced any more is younger
than its deadline, and the contract, asked at that block, has not paid it. Our own logs must agree,
and be as many as the contract has counted. Where there are several nodes, two must say all of it:
one that lies, or lags behind, has nothing credited back.
The machine's clock only says when it is worth asking.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections, connection

from chain import config, fetching, selectors
from chain.calls import Interface
from chain.config import ChainConfig
from chain.errors import BadAnswer, Behind, Halted, NodeError, NoNode
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

    followed: ChainConfig
    now: datetime
    cursor: Cursor
    block: int
    block_hash: str
    due: Owed
    # Vouchers that may be over, by this machine's clock.
    late: Sequence[tuple[int, int]]  # id, deadline
    # Of the contract, as many as we have; not counted where nothing is late.
    events: int


class NotYet(Exception):
    """Nothing is both final and read, or the listener halted: there is nothing to look at."""


class Doubtful(Exception):
    """Vouchers are past their deadline, and whether they were paid is not sure: none comes back."""


def look(followed: ChainConfig, nodes: Nodes, now: datetime) -> int:
    """Note what the vault is and holds; credit back what can't be redeemed any more; return how
    many withdrawals that were.

    Raises:
        NotYet: the listener has not come so far.
        NoNode, NodeError, Halted: nobody tells.
        Doubtful: nodes, or the contract and our logs, don't agree.
    """
    moment = _moment(followed, now)
    node = nodes.pick(now)
    with _judged(nodes, node, now):
        view, time = _view(node, moment)
        reading = _read(view, moment)
    _store(reading)
    past = [number for number, deadline in moment.late if deadline < time]
    if not past:
        return 0
    with _judged(nodes, node, now):
        over = _over(view, moment, past)
    if over and len(followed.rpc_urls) > 1:
        over = _confirmed(nodes, node, moment, over)
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
    """The thread that this process began last, whom it asked, and what it complained of."""

    thread: threading.Thread | None = None
    urls: tuple[str, ...] = ()
    # Kept as long as these are they: what failed before is asked last.
    nodes: Nodes | None = None
    trouble: str = ""


_last = _Last()


def _look_apart(now: datetime) -> None:
    close_old_connections()
    try:
        followed = config.from_settings(Family.VAULT)
        look(followed, _nodes(followed.rpc_urls), now)
        _complain("")
    except NotYet as exc:
        logger.info("The vault is not looked at: %s", exc)
    except Doubtful as exc:
        _complain(f"No voucher comes back: {exc}")
    except (NoNode, NodeError, Halted) as exc:
        _complain(f"The vault could not be looked at: {exc}")
    except Exception:
        logger.exception("The vault could not be looked at.")
    finally:
        connection.close()


def _nodes(urls: tuple[str, ...]) -> Nodes:
    if _last.nodes is None or _last.urls != urls:
        _last.urls, _last.nodes = urls, Nodes.of(urls)
    return _last.nodes


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
        late = _late(cursor, now)
        block, profile = cursor.finalized_block, followed.profile
        return Moment(
            followed=followed,
            now=now,
            cursor=cursor,
            block=block,
            block_hash=cursor.finalized_hash,
            due=owed.now(),
            late=late,
            events=selectors.count_of_events(cursor, profile, block) if late else 0,
        )


def _late(cursor: Cursor, now: datetime) -> list[tuple[int, int]]:
    unseen = Withdrawal.objects.of(cursor.chain_id, cursor.contract).unseen()
    late = unseen.filter(deadline__lt=int(now.timestamp())).order_by("deadline", "pk")
    return [(each.pk, each.deadline or 0) for each in late[:VOUCHERS_AT_ONCE]]


def _view(node: Node, moment: Moment) -> tuple[View, int]:
    """Return the contract at the block, and the block's time in seconds since 1970."""
    sight = fetching.look(node, moment.followed)
    fetching.check_history(node, moment.cursor, sight)
    (header,) = fetching.headers(node, [moment.block])
    if header.hash != moment.block_hash:
        raise fetching.other_history(node, header, moment.block_hash)
    view = View(
        node=node,
        config=moment.followed,
        sight=sight,
        block=moment.block,
        block_hash=moment.block_hash,
        functions=Interface(moment.followed.profile.functions),
    )
    return view, int(header.time.timestamp())


def _read(view: View, moment: Moment) -> Reading:
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
        read_at=moment.now,
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


def _over(view: View, moment: Moment, past: Sequence[int]) -> list[int]:
    """Return which of these vouchers, all past their deadline, were not paid up to the block.

    Raises:
        NodeError: the node gives no answer that counts; or the block is not final by its word.
        Doubtful: the contract has counted other events than we have: one may be a payment.
    """
    _check_final(view)
    seq, *told = view.ask([("seq", []), *(("used", [number]) for number in past)])
    if seq != moment.events:
        raise Doubtful(
            f"{view.node.name} says that the vault counted {seq} events up to block {view.block},"
            f" and {moment.events} are stored: chain_rescan --contract vault finds what is missing."
        )
    if paid := [number for number, is_used in zip(past, told, strict=True) if is_used is not False]:
        name = view.node.name
        logger.error("%s: the vault paid vouchers otherwise than we issued them: %s", name, paid)
    return [number for number, is_used in zip(past, told, strict=True) if is_used is False]


def _check_final(view: View) -> None:
    """Take no node's word for what may still be replaced by its own.

    Raises:
        Behind: the block is not final there, or it doesn't say.
    """
    sight, confirmations = view.sight, view.config.finality.confirmations
    if confirmations is not None:
        final: int | None = sight.head.number - confirmations
    else:
        final = None if sight.final is None else sight.final.number
    if final is None or final < view.block:
        raise Behind(f"{view.node.name} doesn't call block {view.block} final.")


def _confirmed(nodes: Nodes, first: Node, moment: Moment, over: Sequence[int]) -> list[int]:
    """Return which of these vouchers are over by a second node's word, too.

    Raises:
        NodeError: it gives no answer that counts.
        Doubtful: there is none now, or it contradicts.
    """
    second = nodes.other(first, moment.now)
    if second is first:
        raise Doubtful(f"only {first.name} answers, and two nodes must say that they are over.")
    with _judged(nodes, second, moment.now):
        view, time = _view(second, moment)
        late = dict(moment.late)
        return _over(view, moment, [number for number in over if late[number] < time])


@contextmanager
def _judged(nodes: Nodes, node: Node, now: datetime) -> Iterator[None]:
    """Note whether a node answers as it should."""
    try:
        yield
    except NodeError as exc:
        nodes.failed(node, exc, now)
        raise
    nodes.worked(node, now)


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

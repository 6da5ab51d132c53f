"""Transactions handed in by those who signed them: relayed, or only watched from then on.

Nothing is handed on but calls of our contract, on our chain, by the wallet that signed in. The same
one may come any number of times.
"""

import logging
import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from chain import asking, config, fetching, signed
from chain.calls import Interface
from chain.config import ChainConfig
from chain.errors import Refused
from chain.rpc import Node
from chain.signed import Malformed, Signed
from kmarket.errors import DomainError
from trading import errors, signals
from trading.models import Pool
from trading.submission import Submission

logger = logging.getLogger(__name__)

# Of one user, at a time.
OPEN_MAX = 200
# What nodes say of a transaction that they have already, and of one that they will not take.
_KNOWN = re.compile(r"already (known|imported|exists)|known transaction|ALREADY_EXISTS", re.I)
_REFUSALS: tuple[tuple[re.Pattern[str], type[DomainError]], ...] = (
    (re.compile(r"nonce.*(too low|already|expired)|OldNonce", re.I), errors.NonceSpent),
    (re.compile(r"insufficient (funds|balance)|not enough funds", re.I), errors.CannotPayGas),
    (
        re.compile(r"underpriced|(fee|price).*(too low|less than|below|cap)|gas too low", re.I),
        errors.Underpriced,
    ),
)


@dataclass(frozen=True, slots=True)
class Called:
    """What a transaction of our contract calls."""

    function: str
    # The contract's number of the market that it names; None: it names none.
    number: int | None


def submit_raw(*, user: User, raw: str, now: datetime) -> tuple[Submission, bool]:
    """Relay a signed transaction and watch it. Tells also whether it came for the first time.

    Raises:
        MalformedTransaction, WrongChain, WrongContract, UnknownCall: it is none to be relayed.
        NotTheSigner: somebody else signed it.
        TooManyPending: of the user's.
        NonceSpent, CannotPayGas, Underpriced, RelayRefused: the node doesn't take it.
        NodesAway: there is none. It may be handed in again.
    """
    followed = config.from_settings()
    told, called = _read(followed, raw)
    if told.sender != user.address:
        raise errors.NotTheSigner(signer=told.sender)
    known = Submission.objects.filter(user=user, hash=told.hash).first()
    if known is not None and known.state != Submission.State.PENDING:
        return known, False
    submission, is_new = _stored(
        user,
        followed,
        tx_hash=told.hash,
        from_block=_head(followed, now),
        raw=raw,
        function=called.function,
        nonce=told.nonce,
        market_id=market_of(followed, called),
    )
    try:
        relay(submission, now)
    except DomainError:
        if is_new:
            # Nothing was promised. Who hands it in again finds out what a node knows of it.
            Submission.objects.filter(pk=submission.pk, seen_at=None).delete()
        raise
    if is_new:
        announce(submission)
    return submission, is_new


def submit_hash(*, user: User, tx_hash: str, now: datetime) -> tuple[Submission, bool]:
    """Watch a transaction that the wallet has sent itself. Tells also whether it is new to us.

    No node needs to know it yet. One that turns out to be no call of our contract by this user is
    dropped.

    Raises:
        TooManyPending: of the user's.
        NodesAway: nobody can say how far the chain is.
    """
    followed = config.from_settings()
    head = _head(followed, now)
    submission, is_new = _stored(user, followed, tx_hash=tx_hash, from_block=head)
    if is_new:
        announce(submission)
    return submission, is_new


def relay(submission: Submission, now: datetime) -> None:
    """Send a transaction to a node. That it has it already is as good.

    Raises:
        NonceSpent, CannotPayGas, Underpriced, RelayRefused: the node doesn't take it.
        NodesAway: there is none.
    """
    assert submission.raw, submission
    refused = asking.ask(asking.own_nodes(), partial(send, submission), now)
    if refused is not None:
        raise _refusal(refused) from refused
    Submission.objects.filter(pk=submission.pk).update(relayed_at=Now())


def send(submission: Submission, node: Node) -> Refused | None:
    """Hand a transaction to a node; return why it doesn't take it, None where it has it."""
    try:
        node.call("eth_sendRawTransaction", [submission.raw])
    except Refused as exc:
        # A nonce that is too low may be its own: it was mined meanwhile.
        is_known = _KNOWN.search(exc.words) or (
            node.call("eth_getTransactionByHash", [submission.hash]) is not None
        )
        return None if is_known else exc
    return None


def announce(submission: Submission) -> None:
    """Tell whoever listens what has become of a transaction, once that is committed."""
    transaction.on_commit(
        partial(signals.transaction_changed.send_robust, sender=Submission, submission=submission)
    )


def read_call(followed: ChainConfig, data: str) -> Called | None:
    """Return what a call of our contract calls; None: nothing that it has."""
    called = Interface(followed.profile.functions).called(data)
    if called is None:
        return None
    function, arguments = called
    return Called(function, arguments.get("marketId"))


def market_of(followed: ChainConfig, called: Called) -> int | None:
    """Return the id of the market that a call names, where there is one."""
    if called.number is None:
        return None
    pools = Pool.objects.filter(contract=followed.contract, number=called.number)
    return pools.values_list("market_id", flat=True).first()


def _read(followed: ChainConfig, raw: str) -> tuple[Signed, Called]:
    try:
        told = signed.read(raw)
    except Malformed as exc:
        raise errors.MalformedTransaction(why=str(exc)) from exc
    if told.chain_id != followed.chain_id:
        raise errors.WrongChain(chainId=told.chain_id, expected=followed.chain_id)
    if told.to != followed.contract:
        raise errors.WrongContract(to=told.to, expected=followed.contract)
    called = read_call(followed, told.data)
    if called is None:
        raise errors.UnknownCall(data=told.data[:10])
    return told, called


@transaction.atomic
def _stored(
    user: User, followed: ChainConfig, *, tx_hash: str, from_block: int, **members: Any
) -> tuple[Submission, bool]:
    """Return the user's submission of this hash, and whether it was made for that."""
    assert user.address is not None, "only who has a wallet hands transactions in"
    # One after the other for each user: so many at a time, and each once.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    known = Submission.objects.filter(user=user, hash=tx_hash).first()
    if known is not None:
        if not known.raw and members:
            # It was only watched so far.
            Submission.objects.filter(pk=known.pk).update(**members)
            known.refresh_from_db()
        return known, False
    if Submission.objects.filter(user=user).open().count() >= OPEN_MAX:
        raise errors.TooManyPending(most=OPEN_MAX)
    submission = Submission.objects.create(
        user=user,
        sender=user.address,
        chain_id=followed.chain_id,
        contract=followed.contract,
        hash=tx_hash,
        from_block=from_block,
        **members,
    )
    submission.refresh_from_db()
    return submission, True


def _head(followed: ChainConfig, now: datetime) -> int:
    sight = asking.ask(asking.own_nodes(), lambda node: fetching.look(node, followed), now)
    return sight.head.number


def _refusal(exc: Refused) -> DomainError:
    for words, kind in _REFUSALS:
        if words.search(exc.words):
            return kind(said=exc.words)
    return errors.RelayRefused(said=exc.words)

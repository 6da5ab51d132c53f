"""The shapes of every message at the sockets, for their document and whoever checks against it.

What `protocol.py`, `events.py` and `trading.api.news` write, said once more as types: the frames
themselves are text that is made once for everybody.
"""

from typing import Annotated, Literal, NotRequired, TypedDict

from kmarket.answers import Epoch
from kmarket.errors import CODES
from kmarket.schema.shapes import (
    Address,
    Amount,
    Block,
    Count,
    Hash,
    Id,
    Ms,
    Says,
    Seq,
    SignedAmount,
    eg,
    one_of,
)
from markets.api.answers import MarketBase, OptionNumber, Payload
from oddsfeed.protocol import CHANNELS, CONFLATE_MS_MAX, MARKETS_MAX, WORD_MAX
from trading.api.answers import (
    Finality,
    OutcomeNumber,
    PositionAnswer,
    Price,
    PublicTradeAnswer,
    Shares,
    TransactionAnswer,
)
from vault.api.answers import DepositFacts, WithdrawalAnswer

AnyId = Annotated[int | str, "A market's id, or its digits.", eg("1001")]
AnyIds = Annotated[list[AnyId], Says(maxItems=MARKETS_MAX)]
Channels = Annotated[list[Annotated[str, one_of(sorted(CHANNELS))]], "What is told besides odds."]
RequestId = Annotated[int | str, "Repeated by the answer.", eg("r1")]
Code = Annotated[str, one_of(CODES.values())]
ByMarket = dict[str, Seq]


# --- From a client at /ws/odds ---------------------------------------------------------------


class OptionsMessage(TypedDict):
    """How this connection wants its messages. What is absent stays."""

    heartbeat: NotRequired[Annotated[bool | None, "A `heartbeat` each 15 s."]]
    batch: NotRequired[Annotated[bool | None, "Several messages in one frame, as an array."]]
    conflateMs: NotRequired[
        Annotated[
            int | None,
            "The newest of each market at most that often, in ms.",
            Says(minimum=0, maximum=CONFLATE_MS_MAX),
            eg(250),
        ]
    ]


class Subscribe(TypedDict):
    """Follow markets, and what is told besides odds."""

    type: Literal["subscribe"]
    markets: NotRequired[AnyIds]
    channels: NotRequired[Channels]
    options: NotRequired[OptionsMessage]
    id: NotRequired[RequestId | None]


class Unsubscribe(TypedDict):
    """Leave markets, or channels."""

    type: Literal["unsubscribe"]
    markets: NotRequired[AnyIds]
    channels: NotRequired[Channels]
    id: NotRequired[RequestId | None]


class Resume(TypedDict):
    """Follow markets from the last seq that the client has of each."""

    type: Literal["resume"]
    offsets: Annotated[ByMarket, Says(maxProperties=MARKETS_MAX), eg({"1001": 7})]
    epoch: NotRequired[Annotated[str | None, "As a snapshot gave it.", Says(maxLength=WORD_MAX)]]
    id: NotRequired[RequestId | None]


class Ping(TypedDict):
    """Ask whether the server is there."""

    type: Literal["ping"]
    ts: NotRequired[Annotated[float | str | None, eg(1_730_908_800_000)]]
    id: NotRequired[RequestId | None]


# --- To a client at /ws/odds -----------------------------------------------------------------


class Rejected(TypedDict):
    market: Id
    reason: Annotated[str, one_of(["NOT_FOUND", "SERVICE_UNAVAILABLE"])]


class OptionsInForce(TypedDict):
    heartbeat: bool
    batch: bool
    conflateMs: Annotated[int, eg(0)]


class Ack(TypedDict):
    """The answer to a request. What the request was not about is not there."""

    type: Literal["ack"]
    ok: Annotated[bool, Says(const=True)]
    subscribed: Annotated[list[Id], "All that this connection follows."]
    rejected: NotRequired[list[Rejected]]
    resumed: NotRequired[Annotated[ByMarket, "Where each stands now.", eg({"1001": 9})]]
    options: NotRequired[OptionsInForce]
    channels: NotRequired[Channels]
    id: NotRequired[RequestId]


class State(TypedDict):
    marketId: Id
    payload: Payload
    seq: Seq
    ts: Ms


class Snapshot(State):
    """A market's whole state; what follows has the next seq."""

    type: Literal["snapshot"]
    epoch: Epoch


class OddsUpdate(State):
    """A change of a market; with `from_seq` it stands for all changes from that one on."""

    type: Literal["odds_update"]
    from_seq: NotRequired[Seq]
    con: NotRequired[Annotated[str, "Why: too slow, or asked for.", one_of(["slow", "rate"])]]


class Resync(State):
    """A market's whole state, in place of changes that can't be given one by one."""

    type: Literal["resync"]
    epoch: Epoch
    reason: Annotated[str, one_of(["epoch_changed", "too_old", "limit"])]


class Pong(TypedDict):
    type: Literal["pong"]
    ts: Annotated[float | str | None, "The client's own.", eg(1_730_908_800_000)]
    id: NotRequired[RequestId]


class Heartbeat(TypedDict):
    """The server is there. `marks`: what the client has by now, if it has read all before this."""

    type: Literal["heartbeat"]
    ts: Ms
    status: Annotated[str, one_of(["ok", "degraded"])]
    marks: Annotated[ByMarket, eg({"1001": 9})]


class Refused(TypedDict):
    """A request was refused; the connection lives on."""

    type: Literal["error"]
    code: Code
    message: Annotated[str, eg("This is not JSON.")]
    id: NotRequired[RequestId]


class Bye(TypedDict):
    """The connection ends."""

    type: Literal["bye"]
    reason: Annotated[str, eg("restart")]
    retryIn: Annotated[
        Count | None, "Come back in so many ms; null: mend something first.", eg(1200)
    ]


# --- What is told besides odds ---------------------------------------------------------------


class MarketNow(MarketBase):
    """A market as it was when this was sent, without its odds."""

    description: Annotated[str, eg("")]
    winning_option: Annotated[OptionNumber | None, eg(None)]
    home_score: Annotated[Count | None, eg(None)]
    away_score: Annotated[Count | None, eg(None)]


class MarketChanged(TypedDict):
    """A market can be seen, was changed, takes no more bets, or has a result."""

    type: Annotated[
        str, one_of(f"market:{event}" for event in ("created", "updated", "closed", "resolved"))
    ]
    marketId: Id
    market: MarketNow
    ts: Ms


class OnChain(TypedDict):
    txHash: Hash
    blockNumber: Block
    logIndex: Annotated[Count, eg(3)]
    finality: Finality


class ResultProposed(OnChain):
    """Somebody proposed a pool's result."""

    type: Literal["market:result_proposed"]
    id: Annotated[Id, eg(80)]
    marketId: Id
    ts: Ms
    proposer: Address
    outcome: OutcomeNumber
    round: Annotated[Count, eg(1)]
    disputableUntil: Ms


class Traded(PublicTradeAnswer):
    """A trade in a pool."""

    type: Annotated[str, one_of(["trade:shares_bought", "trade:shares_sold"])]
    prices: Annotated[list[Price] | None, "That it left, by outcome."]


class LiquidityMoved(TypedDict):
    """Liquidity given to a pool, or taken back."""

    type: Annotated[str, one_of(["liquidity:added", "liquidity:removed"])]
    id: Annotated[Id, eg(76)]
    marketId: Id
    txHash: Hash
    blockNumber: Block
    logIndex: Count
    ts: Ms
    finality: Finality
    provider: Address
    kind: Annotated[str, one_of(["add", "remove"])]
    amount: Amount
    lp: Amount
    shares: list[Shares]
    fees: Amount


class TakenBack(OnChain):
    """A reorganisation took it back: drop the one with this id."""

    type: Annotated[str, one_of(["trade:taken_back", "liquidity:taken_back"])]
    id: Annotated[Id, eg(77)]
    marketId: Id
    kind: Annotated[str, one_of(["buy", "sell", "add", "remove"])]
    address: Address | None
    ts: Ms


class LedgerBalance(TypedDict):
    """What the user has in the house, whole."""

    type: Literal["user:balance_update"]
    source: Literal["ledger"]
    address: Address | None
    balance: Amount
    owed: Amount
    ts: Ms


class ChainBalance(OnChain):
    """Collateral that came to the user's wallet, or below 0 went from it."""

    type: Literal["user:balance_update"]
    source: Literal["chain"]
    address: Address
    marketId: Id
    collateral: Address
    amount: SignedAmount
    why: Annotated[str, one_of(["buy", "sell", "add", "remove", "claim"])]
    undone: Annotated[bool, "A reorganisation took that back."]
    ts: Ms


class PositionChanged(PositionAnswer):
    """The user's position in a pool, whole."""

    type: Literal["user:position_update"]
    address: Address
    ts: Ms


class TransactionChanged(TransactionAnswer):
    """What became of a transaction that the user handed in."""

    type: Literal["user:transaction_update"]
    ts: Ms


class DepositChanged(DepositFacts):
    """Tokens that came into the vault for the user."""

    type: Literal["user:deposit_update"]
    status: Annotated[
        str,
        "`gone`: a reorganisation took it back: drop the one with this id.",
        one_of(["pending", "credited", "gone"]),
    ]
    ts: Ms


class WithdrawalChanged(WithdrawalAnswer):
    """What became of a withdrawal of the user's."""

    type: Literal["user:withdrawal_update"]
    ts: Ms


class UserResync(TypedDict):
    """Something that concerns the user may be missing: read it anew."""

    type: Literal["user:resync"]
    ts: Ms


# --- Socket.IO's own -------------------------------------------------------------------------


class Want(TypedDict):
    """A market to follow; with the last seq that the client has, from there on."""

    marketId: AnyId
    lastSeq: NotRequired[Seq | None]
    epoch: NotRequired[Epoch | None]


MarketWanted = AnyId | Want
MarketsWanted = MarketWanted | list[MarketWanted]
Oneself = Annotated[str | None, "One's own address, or nothing.", eg(None)]


class Prices(TypedDict):
    """The newest of each market that changed within a tick."""

    updates: list[OddsUpdate | Snapshot | Resync]


class NotDone(TypedDict):
    """An event was refused."""

    ok: Annotated[bool, Says(const=False)]
    code: Code
    message: Annotated[str, eg("There is no such market.")]
    marketId: NotRequired[Id]


class MarketStands(TypedDict):
    """Where a market stands, and its state where the client hasn't got all before it."""

    ok: Annotated[bool, Says(const=True)]
    marketId: Id
    seq: Seq
    epoch: Epoch
    recovered: bool
    state: NotRequired[Snapshot | Resync]


class MarketLeft(TypedDict):
    ok: Annotated[bool, Says(const=True)]
    marketId: Id


class Several(TypedDict):
    """One answer for each, in the same order. `ok`: whether all went well."""

    ok: bool
    markets: list[MarketStands | MarketLeft | NotDone]


class AtHome(TypedDict):
    """The caller hears from now on what concerns them."""

    ok: Annotated[bool, Says(const=True)]
    state: LedgerBalance


SubscribeAnswer = MarketStands | Several | NotDone
UnsubscribeAnswer = MarketLeft | Several | NotDone
SubscribeUserAnswer = AtHome | NotDone

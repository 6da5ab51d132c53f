"""The shapes of what `betting` answers."""

from typing import Annotated, NotRequired, TypedDict

from betting.decisions import Kind
from betting.grading import Result
from betting.models import LedgerEntry, Order, Proposal, Settlement
from betting.public_status import PublicStatus
from kmarket.schema.shapes import (
    Address,
    Amount,
    Count,
    Digest,
    Hash,
    Id,
    Ms,
    Seq,
    SignedAmount,
    eg,
    one_of,
)
from markets.api.answers import Line, Odds, OptionNumber, Status

OrderId = Annotated[Id, eg(900_001)]
ResultName = Annotated[str, one_of(Result)]
Version = Annotated[Count, "Counts a market's decisions; 0 before the first.", eg(1)]
Quarters = Annotated[int, "In quarter points.", eg(-12)]
Score = Annotated[Count, eg(102)]
Stake = Annotated[Amount, eg("1000")]
Payout = Annotated[Amount, eg("1850")]


class OrderAnswer(PublicStatus):
    """One bet, at the price at which it was taken."""

    orderId: OrderId
    userAddress: Address | None
    marketId: Id
    amount: Stake
    odds: Odds
    option: OptionNumber
    txHash: Annotated[Hash | None, eg(None)]
    claimTxHash: Annotated[Hash | None, eg(None)]
    state: Annotated[str, one_of(Order.State)]
    result: Annotated[ResultName | None, eg(None)]
    maxPayout: Annotated[Payout, "What a full win pays."]
    line: Annotated[Line | None, eg(None)]
    oddsSeq: Annotated[Seq, "The market's change that the price is of."]
    settlementVersion: Annotated[Version, eg(0)]
    clientRef: Annotated[str, "The caller's own word for it.", eg("")]
    createdAt: Ms


class QuoteAnswer(TypedDict):
    """What a bet would be placed at now. Nothing is reserved."""

    odds: Odds
    oddsSeq: Seq
    maxStake: Stake
    maxPayout: Payout
    expiresAt: Annotated[Ms, "Ask again by then."]


class Explanation(TypedDict):
    """Every number between the score and the payout."""

    orderId: OrderId
    marketId: Id
    option: OptionNumber
    homeScore: Score | None
    awayScore: Annotated[Score | None, eg(99)]
    winningOption: Annotated[OptionNumber | None, eg(1)]
    lineQuarters: Annotated[Quarters | None, eg(None)]
    marginQuarters: Annotated[
        Quarters | None, "By how much the bet's side won, its line counted in.", eg(None)
    ]
    threeWay: Annotated[bool, "Whether a tie beats home and away."]
    result: ResultName
    amount: Stake
    odds: Odds
    numerator: Annotated[Count, "payout = amount * numerator div denominator.", eg(370)]
    denominator: Annotated[Count, eg(200)]
    payout: Payout
    oddsSeq: Seq
    settlementVersion: Version
    decision: Annotated[str, one_of(Settlement.Kind)]


class ClaimAnswer(TypedDict):
    orderId: OrderId
    claimed: Annotated[bool, eg(True)]
    claimAmount: Payout
    claimTxHash: Annotated[Hash | None, eg(None)]


class Claimed(TypedDict):
    orderId: OrderId
    claimAmount: Payout


class ClaimsAnswer(TypedDict):
    """All that was paid at once."""

    claimed: list[Claimed]
    total: Payout
    hasMore: Annotated[bool, "There may be more: claim again."]


class BalanceAnswer(TypedDict):
    """What may be staked."""

    balance: Amount


class OwnBalance(BalanceAnswer):
    owed: Annotated[Payout, "Settled, and not claimed yet."]


class EntryAnswer(TypedDict):
    """One entry of the caller's account."""

    id: Id
    cause: Annotated[str, one_of(LedgerEntry.Cause)]
    amount: Annotated[SignedAmount, "Negative where it left the account.", eg("-1000")]
    other: Annotated[str, "Where it came from or went.", one_of(LedgerEntry.Account), eg("escrow")]
    marketId: Id | None
    orderId: OrderId | None
    reason: Annotated[str, eg("")]
    createdAt: Ms


class OwnLimitsBase(TypedDict):
    """Null: no such limit."""

    dailyStake: Annotated[Amount | None, "What may be staked within 24 hours."]
    excludedUntil: Annotated[Ms | None, "No bets before.", eg(None)]


# A word of Python's is a member's name here.
Coming = TypedDict("Coming", {"from": Ms, "dailyStake": Amount | None, "excludedUntil": Ms | None})


class OwnLimitsAnswer(OwnLimitsBase):
    """The limits that a user has set, as they are and as they will be."""

    stakedToday: Annotated[Amount, "Within the last 24 hours.", eg("0")]
    coming: Annotated[Coming | None, "Looser ones, which wait for a day.", eg(None)]


class Vector(TypedDict):
    """One worked case."""

    option: OptionNumber
    lineQuarters: Annotated[Quarters | None, eg(None)]
    threeWay: bool
    homeScore: Score | None
    awayScore: Annotated[Score | None, eg(99)]
    amount: Stake
    odds: Odds
    result: ResultName
    payout: Payout


class Vectors(TypedDict):
    """Worked cases of settlement."""

    about: Annotated[str, eg("Worked cases of settlement. …")]
    version: Annotated[int, eg(1)]
    vectors: list[Vector]


class SettlementAnswer(TypedDict):
    """What a decision did, or with `dryRun` would do."""

    marketId: Id
    status: Annotated[Status, eg("settled")]
    decision: Annotated[str, one_of(Settlement.Kind)]
    void: bool
    winningOption: OptionNumber | None
    homeScore: Score | None
    awayScore: Annotated[Score | None, eg(99)]
    settlementVersion: Version
    orders: Count
    staked: Stake
    paidOut: Payout
    houseProfit: Annotated[SignedAmount, eg("-850")]
    changed: Annotated[bool, "False: it was so before.", eg(True)]
    dryRun: bool
    digest: NotRequired[Annotated[Digest, "Of a dry run: send it as `preview`."]]


class NothingToDo(TypedDict):
    """No order was left to void."""

    orders: Annotated[Count, eg(0)]
    staked: Annotated[Amount, eg("0")]
    changed: bool


class PaidRow(TypedDict):
    """Orders of one option with one result."""

    option: OptionNumber
    result: Annotated[ResultName | None, "Null: they would wait again."]
    orders: Count
    staked: Stake
    payout: Payout


class Paid(TypedDict):
    orders: Count
    staked: Stake
    paidOut: Payout
    houseProfit: Annotated[SignedAmount, eg("-850")]
    rows: list[PaidRow]


class Debtor(TypedDict):
    userId: Annotated[Id, eg(7)]
    owed: Stake


class AdjustmentsAnswer(TypedDict):
    """What a correction moves for users who have claimed."""

    usersGaining: Count
    gained: Stake
    usersLosing: Count
    lost: Stake
    usersOwing: Annotated[Count, "Their balance does not cover what they lose.", eg(1)]
    owed: Stake
    debtors: list[Debtor]


class PreviewAnswer(Paid):
    """What a decision would do, and what it would take back."""

    marketId: Id
    status: Status
    decision: Annotated[str, one_of(Kind)]
    settlementVersion: Annotated[Version, eg(0)]
    changed: Annotated[bool, "False: it is so already.", eg(True)]
    takenBack: Paid | None
    adjustments: AdjustmentsAnswer | None
    digest: Annotated[Digest, "Send it as `preview`: then it is done as shown, or refused."]


class ProposalAnswer(TypedDict):
    """What an operator proposed, and what became of it."""

    proposalId: Annotated[Id, eg(3)]
    marketId: Id
    state: Annotated[str, one_of(Proposal.State)]
    decision: Annotated[str, one_of(Kind)]
    winningOption: OptionNumber | None
    homeScore: Score | None
    awayScore: Annotated[Score | None, eg(99)]
    placedAfter: Annotated[Ms | None, eg(None)]
    orderId: Annotated[OrderId | None, eg(None)]
    digest: Digest
    reason: Annotated[str, eg("Final whistle")]
    proposer: Annotated[str, eg("settler")]
    createdAt: Ms
    decidedBy: Annotated[str | None, eg(None)]
    decidedAt: Annotated[Ms | None, eg(None)]
    settlement: Annotated[SettlementAnswer | None, eg(None)]


class MarketLimitsAnswer(TypedDict):
    """What a market takes; null: no such limit."""

    marketId: Id
    stakeMin: Annotated[Amount | None, eg("1")]
    stakeMax: Amount | None
    userStakeMax: Annotated[Amount | None, "Of one user, over all bets.", eg(None)]
    liabilityCap: Annotated[Amount | None, "What the house may lose.", eg(None)]
    optionStakeMax: Annotated[
        dict[str, Amount | None], "By option number.", eg({"1": None, "2": "500"})
    ]

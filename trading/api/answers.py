"""The shapes of what `trading` answers."""

from typing import Annotated, Any, NotRequired, TypedDict

from chain.models import RawLog
from kmarket.schema.shapes import (
    Address,
    Amount,
    Block,
    Count,
    Hash,
    Id,
    Ms,
    Says,
    SignedAmount,
    eg,
    one_of,
)
from markets.api.answers import Status
from trading.candles import INTERVALS
from trading.models import Liquidity, Pool, Trade
from trading.submission import Submission

# In the collateral's smallest unit, as amounts are.
Shares = Annotated[Amount, "A share pays 1 if its outcome comes true.", eg("2000000000000000000")]
Price = Annotated[Amount, "In 10^18ths.", eg("625000000000000000")]
Gain = Annotated[SignedAmount, "Below 0: lost.", eg("-120000000000000000")]
OutcomeNumber = Annotated[int, "From 1, as a market's options.", Says(minimum=1), eg(1)]
Label = Annotated[str, eg("Yes")]
Finality = Annotated[
    str,
    "`confirmed`: a reorganisation may still take it back.",
    one_of(RawLog.Finality),
    eg("final"),
]
CallData = Annotated[str, Says(pattern="^0x([0-9a-f]{2})*$"), eg("0x1f6b3a5c")]


class OfPool(TypedDict):
    marketId: Id
    question: Annotated[str, eg("Will it rain?")]
    status: Status


class SharesAnswer(TypedDict):
    """What is held of one outcome."""

    outcome: OutcomeNumber
    label: Label
    shares: Shares
    cost: Amount
    averagePrice: Price
    value: Annotated[Amount, "At the present price."]
    unrealized: Gain


class LiquiditySums(TypedDict):
    """Somebody's part of a pool."""

    lp: Amount
    poolShare: Annotated[Price, "The part of the whole, in 10^18ths.", eg("250000000000000000")]
    shares: Annotated[list[Shares], "What taking it back would give, by outcome."]
    cost: Amount
    value: Amount
    feesEarned: Amount
    feesDue: Amount
    impermanentDifference: Annotated[Gain, "Against having kept what was given."]
    unrealized: Gain
    realized: Gain


class Sums(TypedDict):
    """What was paid and received in all."""

    bought: Amount
    sold: Amount
    provided: Amount
    claimed: Amount
    feesPaid: Amount
    feesReceived: Amount
    realized: Gain
    liquidityRealized: Gain


class PositionAnswer(OfPool, Sums):
    """What is held, what it is worth, and what came of all that was done."""

    collateral: Address
    outcomes: list[SharesAnswer]
    liquidity: Annotated[LiquiditySums | None, "Null: none was ever provided."]
    cost: Amount
    value: Amount
    unrealized: Gain
    claimable: Annotated[Amount, "What a claim would pay now.", eg("0")]
    claimTxHash: Annotated[Hash | None, eg(None)]
    tradeCount: Count
    finality: Annotated[Finality | None, "Of the last event of it."]


class ProvidedAnswer(OfPool, LiquiditySums):
    """Somebody's part of a pool."""

    collateral: Address
    finality: Finality | None


class Happened(TypedDict):
    """Where an event stands on the chain."""

    id: Annotated[Id, eg(7)]
    marketId: Id
    txHash: Hash
    blockNumber: Block
    logIndex: Annotated[Count, eg(3)]
    ts: Ms
    finality: Finality


class PublicTradeAnswer(Happened):
    """A trade as everybody sees it."""

    trader: Address
    side: Annotated[str, one_of(Trade.Side)]
    outcome: OutcomeNumber
    label: Label
    amount: Annotated[Amount, "What was paid with the fee in it, or got with the fee off it."]
    fee: Amount
    shares: Shares
    priceAfter: Annotated[Price | None, "Of this outcome."]


class TradeAnswer(PublicTradeAnswer):
    """A trade as its trader sees it."""

    cost: Annotated[Amount, "What the shares had cost."]
    realized: Gain


class LiquidityChange(Happened):
    """Liquidity that was given or taken back."""

    kind: Annotated[str, one_of(Liquidity.Kind)]
    amount: Annotated[Amount, "What was given; taking back gives shares."]
    lp: Amount
    shares: Annotated[list[Shares], "By outcome."]
    fees: Amount
    cost: Amount
    shareCosts: list[Amount]
    realized: Gain


class ClaimedSharesAnswer(Happened):
    """Shares that were turned into what they pay."""

    recipient: Address
    shares: Annotated[list[Shares], "By outcome."]
    amount: Amount
    cost: Amount
    realized: Gain


class OutcomeCandle(TypedDict):
    outcome: OutcomeNumber
    open: Price
    high: Price
    low: Price
    close: Price
    volume: Amount
    tradeCount: Count


class Candle(TypedDict):
    """Prices within one interval. One without a trade is left out."""

    ts: Annotated[Ms, "When it begins."]
    outcomes: list[OutcomeCandle]
    finality: Finality


class Candles(TypedDict):
    marketId: Id
    interval: Annotated[str, one_of(INTERVALS), eg("1h")]
    candles: Annotated[list[Candle], "The oldest first."]
    hasMore: Annotated[bool, "There are older ones."]


class ProposedResult(Happened):
    """A result that may still be disputed."""

    proposer: Address
    outcome: OutcomeNumber
    round: Annotated[Count, eg(0)]
    disputableUntil: Ms
    evidenceHash: Hash


class FinalResult(Happened):
    """A pool's result. Of `payoutDenominator`, each outcome's share pays its numerator."""

    voided: bool
    outcome: OutcomeNumber | None
    payoutNumerators: Annotated[list[Amount], eg(["1", "0"])]
    payoutDenominator: Annotated[Amount, eg("1")]


class PoolAnswer(OfPool):
    """What the chain says of a market."""

    contract: Address
    number: Annotated[Amount, "The contract's own id of it.", eg("1")]
    collateral: Address
    creator: Address
    questionHash: Hash
    state: Annotated[str, one_of(Pool.Status)]
    paused: Annotated[bool, "Something of it could not be read: nobody enters it for now."]
    closesAt: Ms
    resolveBy: Ms
    disputeWindow: Annotated[Count, "In milliseconds.", eg(86_400_000)]
    fee: Annotated[Price, "Of what is traded, in 10^18ths.", eg("20000000000000000")]
    reserves: Annotated[list[Shares], "By outcome."]
    lpSupply: Amount
    backing: Amount
    fees: Amount
    volume: Amount
    volume24h: Amount
    tradeCount: Count
    proposal: Annotated[ProposedResult | None, eg(None)]
    result: Annotated[FinalResult | None, eg(None)]


class CollateralSums(Sums):
    """Sums over somebody's positions in one collateral."""

    collateral: Address
    marketCount: Count
    openCount: Annotated[Count, "Where something is held."]
    tradeCount: Count
    volume: Amount
    cost: Amount
    value: Amount
    unrealized: Gain
    feesEarned: Amount
    claimable: Amount


class StatsAnswer(TypedDict):
    address: Address
    collaterals: list[CollateralSums]


class QuoteBase(TypedDict):
    """What a trade comes to."""

    side: Annotated[str, one_of(Trade.Side)]
    outcome: OutcomeNumber
    amount: Annotated[Amount, "What a buy pays with the fee in it, a sale brings without."]
    shares: Shares
    fee: Amount
    averagePrice: Price
    priceBefore: Price
    priceAfter: Price
    priceImpact: Annotated[SignedAmount, "In 10^18ths.", eg("15000000000000000")]
    prices: Annotated[list[Price], "Afterwards, by outcome."]


class TradeQuote(QuoteBase):
    marketId: Id
    slippageBps: Annotated[Count, "In hundredths of a percent.", eg(50)]
    minShares: Annotated[Shares | None, "The bound of a buy."]
    maxShares: Annotated[Shares | None, "The bound of a sale.", eg(None)]
    blockNumber: Annotated[Block | None, "Up to which block the pool is known."]


class UnsignedCall(TypedDict):
    """A transaction without nonce, price and signature: the wallet adds those."""

    chainId: Annotated[Count, eg(56)]
    to: Address
    data: CallData
    value: Annotated[Amount, eg("0")]
    gas: Annotated[Count, eg(180_000)]


class ApprovalAnswer(TypedDict):
    """What the wallet has to allow first: these calls, in this order."""

    token: Address
    spender: Address
    allowance: Amount
    required: Amount
    transactions: list[UnsignedCall]


class CallBase(UnsignedCall):
    marketId: Id
    function: Annotated[str, eg("buy")]
    approval: Annotated[ApprovalAnswer | None, "Null: nothing is to be allowed first."]
    blockNumber: Annotated[Block, "The block in which it would go through."]


class TradeCall(CallBase):
    """A trade to be signed."""

    minShares: NotRequired[Annotated[Shares, "The bound of a buy."]]
    maxShares: NotRequired[Annotated[Shares, "The bound of a sale."]]
    deadline: Ms
    quote: QuoteBase


class Provision(TypedDict):
    lp: Amount
    shares: Annotated[list[Shares], "By outcome."]


class AddCall(CallBase):
    """A provision of liquidity to be signed."""

    minLp: Amount
    minShares: Annotated[list[Shares], "By outcome."]
    quote: Provision


class ProvisionBack(Provision):
    fees: Amount


class RemoveCall(CallBase):
    """A removal of liquidity to be signed."""

    minShares: Annotated[list[Shares], "By outcome."]
    quote: ProvisionBack


class Payment(TypedDict):
    amount: Amount


class ClaimCall(CallBase):
    """A claim to be signed."""

    quote: Payment


class ContractError(TypedDict):
    """Why the contract refused it, in its own words, or why it was dropped."""

    error: Annotated[str, eg("TooFewShares")]
    values: NotRequired[Annotated[dict[str, Any], eg({"shares": "1", "least": "2"})]]


# A word of Python's is a member's name here.
_From = TypedDict("_From", {"from": Address})


class TransactionAnswer(_From):
    """A transaction that was handed in, and what became of it."""

    txHash: Hash
    state: Annotated[str, one_of(Submission.State), eg("confirmed")]
    finality: Finality
    function: Annotated[str | None, eg("buy")]
    marketId: Id | None
    nonce: Annotated[Count | None, eg(12)]
    blockNumber: Block | None
    error: Annotated[ContractError | None, eg(None)]
    replacedBy: Annotated[Hash | None, eg(None)]
    submittedAt: Ms
    changedAt: Ms

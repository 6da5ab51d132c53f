"""The shapes of what `markets` answers, and of what its sockets and caches say of odds."""

from typing import Annotated, Literal, NotRequired, TypedDict

from kmarket.answers import Epoch
from kmarket.schema.shapes import Amount, Count, Id, Ms, Says, Seq, eg, one_of
from markets.lifecycle import MarketStatus
from markets.models import Market, OddsUpdate, Option
from markets.odds import HUNDREDTHS_MAX, HUNDREDTHS_MIN

Odds = Annotated[
    int,
    "In hundredths: 185 is 1.85.",
    Says(minimum=HUNDREDTHS_MIN, maximum=HUNDREDTHS_MAX),
    eg(185),
]
DecimalOdds = Annotated[
    float,
    "At most two decimals.",
    Says(minimum=HUNDREDTHS_MIN / 100, maximum=HUNDREDTHS_MAX / 100),
    eg(1.85),
]
Handicap = Annotated[
    float,
    "The home side's, in quarters of a point.",
    Says(minimum=-1000, maximum=1000, multipleOf=0.25),
    eg(-3),
]
Line = Annotated[Handicap, "The handicap or the total, in quarters of a point."]
OptionNumber = Annotated[
    int,
    "1 home, 2 away, 3 draw, 4 spread home, 5 spread away, 6 total over, 7 total under; of a"
    " pool, its outcomes from 1.",
    Says(minimum=1),
    eg(1),
]
Status = Annotated[str, one_of(MarketStatus), eg("active")]
Kind = Annotated[str, "Bet on at our prices, or traded on the chain.", one_of(Market.Kind)]
Source = Annotated[str, "Who set the price.", one_of(OddsUpdate.Source), eg("feed")]
FromWhere = Annotated[Literal["cache", "db"], "Where this answer came from."]


class MoneylineAnswer(TypedDict):
    """Who wins. A draw where it is offered; else a tie gives the stake back."""

    home: DecimalOdds
    away: Annotated[DecimalOdds, eg(2.1)]
    draw: NotRequired[Annotated[DecimalOdds, eg(3.3)]]


class SpreadAnswer(TypedDict):
    """Who wins once the home side's handicap is added to its score."""

    line: Handicap
    home: Annotated[DecimalOdds, eg(1.92)]
    away: Annotated[DecimalOdds, eg(1.88)]


class TotalAnswer(TypedDict):
    """Whether both scores add up to more than the line."""

    line: Annotated[Line, eg(219.5)]
    over: Annotated[DecimalOdds, eg(1.9)]
    under: Annotated[DecimalOdds, eg(1.9)]


class Outcome(TypedDict):
    """One answer to a pool's question; null while it has no liquidity."""

    option: OptionNumber
    label: Annotated[str, eg("Yes")]
    price: Annotated[
        Amount | None,
        "What a share costs that pays 1 if this comes true, in 10^18ths.",
        eg("625000000000000000"),
    ]
    odds: Annotated[Odds | None, "100 / price, rounded down.", eg(160)]


class Prices(TypedDict):
    """All prices of a market; null: not offered now."""

    moneyline: MoneylineAnswer | None
    spread: SpreadAnswer | None
    total: TotalAnswer | None
    odds_a: Annotated[Odds | None, "The moneyline's home side, for old clients."]
    odds_b: Annotated[Odds | None, "The moneyline's away side, for old clients.", eg(210)]
    # Of pools alone.
    outcomes: NotRequired[list[Outcome]]


class Payload(Prices):
    """The whole present state of a market as clients see it, never a difference."""

    market_id: Id
    status: Status
    start_time: Ms
    source: Source
    reason: NotRequired[Annotated[str, "Why it changed.", eg("Manual adjustment")]]


class OddsUpdateAnswer(TypedDict):
    """One change of a market, as sockets get it too."""

    type: Literal["odds_update"]
    marketId: Id
    payload: Payload
    seq: Seq
    ts: Ms


class SnapshotAnswer(TypedDict):
    """The state of a market after the change `seq`."""

    type: Literal["snapshot"]
    marketId: Id
    seq: Seq
    ts: Ms
    epoch: Epoch
    payload: Payload
    source: FromWhere


class ListedOdds(Prices):
    seq: Seq
    timestamp: Ms


class OddsAnswer(ListedOdds):
    status: Status
    source: FromWhere


class MarketOddsAnswer(OddsAnswer):
    """A market's prices, in the old shape and the new."""

    marketId: Id


class MarketBase(TypedDict):
    id: Id
    kind: Kind
    category: Annotated[str, eg("sports")]
    league: Annotated[str, eg("NBA")]
    title: Annotated[str, eg("Lakers vs Warriors")]
    home_team: Annotated[str, eg("Lakers")]
    away_team: Annotated[str, eg("Warriors")]
    status: Status
    start_time: Ms
    live: Annotated[bool, "It stays open after its start."]


class MarketRow(MarketBase):
    """One line of the list."""

    odds: Annotated[ListedOdds | None, "Null while nothing is priced."]


class OptionAnswer(TypedDict):
    """Something to bet on."""

    option: OptionNumber
    kind: Annotated[str, one_of(["moneyline", "spread", "total", "outcome"])]
    side: Annotated[str | None, one_of(["home", "away", "draw", "over", "under", None])]
    label: Annotated[str, eg("Lakers")]
    line: Annotated[Line | None, eg(None)]
    odds: Odds | None
    status: Annotated[str, "`off`: not offered now.", one_of([*Option.Status, "off"])]
    price: NotRequired[Annotated[Amount | None, "Of a pool's outcomes: in 10^18ths."]]


class MarketAnswer(MarketBase):
    """A market with its options and, once there is one, its result."""

    description: Annotated[str, eg("")]
    seq: Seq
    winning_option: Annotated[OptionNumber | None, eg(None)]
    home_score: Annotated[Count | None, eg(None)]
    away_score: Annotated[Count | None, eg(None)]
    options: list[OptionAnswer]


class MarketPage(TypedDict):
    market: MarketAnswer
    odds: OddsAnswer


class ActiveMarketAnswer(TypedDict):
    market_id: Id
    title: Annotated[str, eg("Lakers vs Warriors")]
    category: Annotated[str, eg("sports")]


class ActiveMarketsAnswer(TypedDict):
    """What takes bets now."""

    source: FromWhere
    data: list[ActiveMarketAnswer]


class UpdatesAnswer(TypedDict):
    """The changes after a seq, in order."""

    marketId: Id
    fromSeq: Annotated[Seq, "The first one given; `since_seq` where there is none."]
    toSeq: Annotated[Seq, "The last one given; `since_seq` where there is none."]
    updates: list[OddsUpdateAnswer]
    hasMore: Annotated[bool, "There are more: ask again from `toSeq`."]
    epoch: Epoch
    headSeq: Annotated[Seq, "The market's last."]
    oldestSeq: Annotated[Seq, "The first that can still be given."]


class Created(TypedDict):
    id: Id


class Released(TypedDict):
    id: Id
    pinned: Annotated[bool, "Whether feeds are kept from pricing it."]


class ProblemAnswer(TypedDict):
    """A row that could not be applied."""

    row: Annotated[int, "From 1.", Says(minimum=1), eg(1)]
    reason: Annotated[str, eg("BAD_ROW")]
    message: Annotated[str, eg("prices and lines are numbers")]


class BulkAnswer(TypedDict):
    """What became of a batch, in rows."""

    applied: Annotated[Count, eg(49_998)]
    unchanged: Annotated[Count, "They said what was so already.", eg(1)]
    held: Annotated[Count, "Of markets that an operator has priced by hand.", eg(0)]
    problems: list[ProblemAnswer]

"""The shapes of what `kmarket` itself answers."""

from typing import Annotated, Literal, NotRequired, TypedDict

from kmarket.schema.shapes import Address, Amount, Count, Says, eg

Epoch = Annotated[
    str,
    "Names the history that all seqs belong to: when it changes, forget what you have.",
    Says(pattern="^[0-9a-f]{16}$"),
    eg("6f1d0a4e9b7c2d35"),
]


class Healthy(TypedDict):
    status: Literal["ok"]


class Ready(TypedDict):
    status: Literal["ready"]
    degraded: Annotated[list[str], "What is away, and can be done without.", eg([])]


class TokenAnswer(TypedDict):
    """What stakes are in."""

    symbol: Annotated[str, eg("USDT")]
    decimals: Annotated[Count, eg(18)]


class Contracts(TypedDict):
    """Empty where no chain is followed."""

    market: NotRequired[Address]
    vault: NotRequired[Address]


class LimitsAnswer(TypedDict):
    """What one client may do; null: without a limit."""

    stakeMin: Annotated[Amount, eg("1")]
    stakeMax: Amount | None
    requestsPerSecond: Annotated[Count | None, eg(10)]
    requestsBurst: Annotated[Count | None, eg(20)]
    replay: Annotated[Count, "Updates that a socket replays at most.", eg(300)]


class ConfigAnswer(TypedDict):
    """What a front end is connected to."""

    token: TokenAnswer
    chainId: Annotated[Count, eg(56)]
    contracts: Contracts
    limits: LimitsAnswer
    demo: Annotated[bool, "The faucet flows.", eg(True)]
    epoch: Epoch
    version: Annotated[str, eg("0.1.0")]

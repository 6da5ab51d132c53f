"""The reference contract's bookkeeping, without a chain: calls change a world and emit events.

A world belongs to one block. The same call on another branch acts on another world: it may emit
other numbers there, or be refused and emit nothing, as it would on a real chain.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from eth_abi import encode
from eth_utils import keccak

from chain.artifacts import artifact

ONE = 10**18
UINT256_MAX = 2**256 - 1
# Of the result of a void market.
NO_OUTCOME = 255
CONTRACT = "0x" + "c0" * 20
STRANGER = "0x" + "bad0" * 10
COLLATERAL = "0x" + "70" * 20
ALICE, BOB, CAROL = ("0x" + each * 20 for each in ("a1", "b2", "c3"))

# Name → its fields in order: (name, type, is indexed).
EVENTS: dict[str, list[tuple[str, str, bool]]] = {
    entry["name"]: [(each["name"], each["type"], each["indexed"]) for each in entry["inputs"]]
    for contract in ("Vault", "OddsMarket")
    for entry in artifact(contract).abi
    if entry["type"] == "event"
}


@dataclass(frozen=True)
class Emitted:
    """What a log says, wherever it will be mined."""

    topics: tuple[str, ...]
    data: str
    address: str = CONTRACT
    # What it means, by the contract's own names: none where it means nothing.
    name: str = ""
    values: Mapping[str, Any] = field(default_factory=dict, compare=False)
    # Makes sense, and yet the world knows nothing of it.
    is_said: bool = False


def topic(name: str) -> str:
    """Return the first topic of an event."""
    types = ",".join(kind for _, kind, _ in EVENTS[name])
    return "0x" + keccak(text=f"{name}({types})").hex()


def event(name: str, **values: Any) -> Emitted:
    """Encode an event of the contract. The values go by the contract's own names."""
    fields = EVENTS[name]
    indexed = [
        encode([kind], [values[key]]).hex() for key, kind, is_indexed in fields if is_indexed
    ]
    rest = [(kind, values[key]) for key, kind, is_indexed in fields if not is_indexed]
    data = encode([kind for kind, _ in rest], [value for _, value in rest])
    topics = (topic(name), *(f"0x{each}" for each in indexed))
    return Emitted(topics, "0x" + data.hex(), name=name, values=values)


class Reverted(Exception):
    """The contract refuses the call; its transaction emits nothing."""


@dataclass(frozen=True)
class Market:
    """A market as the contract has it."""

    pools: tuple[int, ...]
    fee_wad: int
    lp_supply: int = 0
    # (owner, outcome) → shares; owner → liquidity.
    shares: Mapping[tuple[str, int], int] = field(default_factory=dict)
    liquidity: Mapping[str, int] = field(default_factory=dict)
    # Recipient → what was paid out in all.
    paid: Mapping[str, int] = field(default_factory=dict)
    rounds: int = 0
    # Payout per share of each outcome, and its denominator, once there is a result.
    numerators: tuple[int, ...] | None = None
    denominator: int = 0


def changed(amounts: Mapping[Any, int], changes: Mapping[Any, int]) -> dict[Any, int]:
    """Return the amounts with these added, without zeros. Reverts where one would be negative."""
    after = dict(amounts)
    for key, change in changes.items():
        after[key] = after.get(key, 0) + change
        if after[key] < 0:
            raise Reverted(key)
        if after[key] == 0:
            del after[key]
    return after


def ceildiv(one: int, other: int) -> int:
    return -(-one // other)


@dataclass
class World:
    """Everything the contract knows at the end of a block."""

    # Of the last event: they are counted 1, 2, 3 …
    seq: int = 0
    # Of the block that is being made.
    time: int = field(default=0, kw_only=True)
    markets: dict[int, Market] = field(default_factory=dict)

    def fork(self) -> "World":
        return World(self.seq, dict(self.markets))

    def create(self, *, market, creator=CAROL, outcomes=2, fee_wad=ONE // 50):
        if market in self.markets:
            raise Reverted(market)
        self.markets[market] = Market((0,) * outcomes, fee_wad)
        return self._emit(
            "MarketCreated",
            marketId=market,
            creator=creator,
            collateral=COLLATERAL,
            outcomeCount=outcomes,
            closesAt=2_000_000_000,
            resolveBy=2_000_086_400,
            disputeWindow=3600,
            feeWad=fee_wad,
            questionHash=sha256(str(market).encode()).digest(),
        )

    def add(self, *, market, provider=CAROL, amount=1_000_000):
        before = self._open(market)
        if before.lp_supply:
            deepest = max(before.pools)
            kept = [amount * pool // deepest for pool in before.pools]
            minted = amount * before.lp_supply // deepest
        else:
            kept, minted = [amount] * len(before.pools), amount
        if not minted:
            raise Reverted("mints nothing")
        returned = [amount - each for each in kept]
        after = replace(
            before,
            pools=tuple(map(sum, zip(before.pools, kept, strict=True))),
            lp_supply=before.lp_supply + minted,
            liquidity=changed(before.liquidity, {provider: minted}),
            shares=changed(before.shares, {(provider, i): n for i, n in enumerate(returned)}),
        )
        self.markets[market] = after
        return self._emit(
            "LiquidityAdded",
            marketId=market,
            provider=provider,
            collateralIn=amount,
            lpMinted=minted,
            sharesReturned=returned,
            poolsAfter=after.pools,
        )

    def remove(self, *, market, provider=CAROL, amount=1000):
        before = self._known(market)
        if not 0 < amount < before.lp_supply:
            raise Reverted(amount)
        out = [pool * amount // before.lp_supply for pool in before.pools]
        after = replace(
            before,
            pools=tuple(pool - each for pool, each in zip(before.pools, out, strict=True)),
            lp_supply=before.lp_supply - amount,
            liquidity=changed(before.liquidity, {provider: -amount}),
            shares=changed(before.shares, {(provider, i): n for i, n in enumerate(out)}),
        )
        self.markets[market] = after
        return self._emit(
            "LiquidityRemoved",
            marketId=market,
            provider=provider,
            lpBurned=amount,
            feesPaid=0,
            sharesOut=out,
            poolsAfter=after.pools,
        )

    def buy(self, *, market, trader=ALICE, outcome=0, amount=1000):
        before = self._open(market)
        fee = ceildiv(amount * before.fee_wad, ONE)
        net = amount - fee
        if not (before.lp_supply and 0 <= outcome < len(before.pools) and net > 0):
            raise Reverted((market, outcome, amount))
        own = before.pools[outcome] * ONE
        for each, pool in enumerate(before.pools):
            if each != outcome:
                own = ceildiv(own * pool, pool + net)
        left = ceildiv(own, ONE)
        out = before.pools[outcome] + net - left
        pools = [left if i == outcome else pool + net for i, pool in enumerate(before.pools)]
        shares = changed(before.shares, {(trader, outcome): out})
        self.markets[market] = replace(before, pools=tuple(pools), shares=shares)
        return self._emit(
            "SharesBought",
            marketId=market,
            trader=trader,
            outcome=outcome,
            collateralIn=amount,
            fee=fee,
            sharesOut=out,
            poolsAfter=pools,
        )

    def sell(self, *, market, trader=ALICE, outcome=0, amount=100):
        before = self._open(market)
        gross = ceildiv(amount * ONE, ONE - before.fee_wad)
        others = [pool for i, pool in enumerate(before.pools) if i != outcome]
        if not (0 <= outcome < len(before.pools) and gross < min(others)):
            raise Reverted((market, outcome, amount))
        own = before.pools[outcome] * ONE
        for pool in others:
            own = ceildiv(own * pool, pool - gross)
        left = ceildiv(own, ONE)
        paid_in = gross + left - before.pools[outcome]
        pools = [left if i == outcome else pool - gross for i, pool in enumerate(before.pools)]
        shares = changed(before.shares, {(trader, outcome): -paid_in})
        self.markets[market] = replace(before, pools=tuple(pools), shares=shares)
        return self._emit(
            "SharesSold",
            marketId=market,
            trader=trader,
            outcome=outcome,
            collateralOut=amount,
            fee=gross - amount,
            sharesIn=paid_in,
            poolsAfter=pools,
        )

    def propose(self, *, market, proposer=CAROL, outcome=0):
        before = self._open(market)
        self.markets[market] = replace(before, rounds=before.rounds + 1)
        return self._emit(
            "ResultProposed",
            marketId=market,
            proposer=proposer,
            outcome=outcome,
            round=before.rounds + 1,
            disputableUntil=2_000_100_000,
            evidenceHash=b"\x07" * 32,
        )

    def finalize(self, *, market, outcome=0, voided=False):
        before = self._open(market)
        count = len(before.pools)
        numerators = [1] * count if voided else [int(i == outcome) for i in range(count)]
        after = replace(before, numerators=tuple(numerators), denominator=sum(numerators))
        self.markets[market] = after
        return self._emit(
            "ResultFinalized",
            marketId=market,
            outcome=NO_OUTCOME if voided else outcome,
            voided=voided,
            payoutNumerators=numerators,
            payoutDenominator=after.denominator,
        )

    def claim(self, *, market, claimant=ALICE, recipient=None):
        before = self._known(market)
        if before.numerators is None:
            raise Reverted(market)
        burned = [before.shares.get((claimant, i), 0) for i in range(len(before.pools))]
        if not any(burned):
            raise Reverted(claimant)
        worth = sum(n * each for n, each in zip(burned, before.numerators, strict=True))
        recipient, payout = recipient or claimant, worth // before.denominator
        self.markets[market] = replace(
            before,
            shares=changed(before.shares, {(claimant, i): -n for i, n in enumerate(burned)}),
            paid=changed(before.paid, {recipient: payout}),
        )
        return self._emit(
            "WinningsClaimed",
            marketId=market,
            claimant=claimant,
            recipient=recipient,
            sharesBurned=burned,
            payout=payout,
        )

    def say(self, *, emitted: Callable[[int], Emitted], takes_seq: bool, is_sense: bool):
        """Emit anything at all; the function is given the next seq."""
        said = emitted(self.seq + 1)
        self.seq += takes_seq
        return replace(said, is_said=True) if is_sense else replace(said, name="", values={})

    def _known(self, market: int) -> Market:
        if market not in self.markets:
            raise Reverted(market)
        return self.markets[market]

    def _open(self, market: int) -> Market:
        found = self._known(market)
        if found.numerators is not None:
            raise Reverted(market)
        return found

    def _emit(self, name: str, **values: Any) -> Emitted:
        self.seq += 1
        return event(name, seq=self.seq, **values)


# --- Calls, to be put into transactions --------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """A call of the contract: a method of World and its arguments."""

    name: str
    arguments: Mapping[str, Any]

    def on(self, world: World) -> Emitted:
        return getattr(world, self.name)(**self.arguments)


def create(market: int = 1, **arguments: Any) -> Call:
    return Call("create", {"market": market, **arguments})


def add(market: int = 1, **arguments: Any) -> Call:
    return Call("add", {"market": market, **arguments})


def remove(market: int = 1, **arguments: Any) -> Call:
    return Call("remove", {"market": market, **arguments})


def buy(market: int = 1, **arguments: Any) -> Call:
    return Call("buy", {"market": market, **arguments})


def sell(market: int = 1, **arguments: Any) -> Call:
    return Call("sell", {"market": market, **arguments})


def propose(market: int = 1, **arguments: Any) -> Call:
    return Call("propose", {"market": market, **arguments})


def finalize(market: int = 1, **arguments: Any) -> Call:
    return Call("finalize", {"market": market, **arguments})


def claim(market: int = 1, **arguments: Any) -> Call:
    return Call("claim", {"market": market, **arguments})


def say(
    emitted: Callable[[int], Emitted], *, takes_seq: bool = True, is_sense: bool = False
) -> Call:
    """Emit what the function makes of the next seq; what `is_sense` is to be understood."""
    arguments = {"emitted": emitted, "takes_seq": takes_seq, "is_sense": is_sense}
    return Call("say", arguments)

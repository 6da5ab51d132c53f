"""A call of the contract, tried beside one node at its newest block, for a wallet to sign.

What the market is, what the wallet holds and lets the contract take, and whether the call would go
through: all of it is of the same block. What the contract would refuse is refused with its own
words.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from chain import asking, config, fetching
from chain.answers import quantity
from chain.calls import Interface
from chain.config import ChainConfig
from chain.errors import BadAnswer, NodeError, Refused, Reverted
from chain.rpc import Node
from chain.views import TOKEN, View
from trading import errors
from trading.maker import Provision, Revert
from trading.models import Pool
from trading.quotes import Quote, Standing

# What an estimate gets on top: state moves between now and the block.
HEADROOM_PERCENT = 25
# A call cannot be tried before the wallet lets the contract take its collateral. Until then: more
# than it ever takes.
GAS_UNTRIED = {"buy": 300_000, "addLiquidity": 400_000}
GAS_OF_APPROVAL = 100_000
# What is read off the contract's market.
_STATE = {"pools", "lpSupply", "backing", "fees", "feeWad"}
# What it says where the collateral refuses.
_OF_TOKENS = {"SafeERC20FailedOperation"}


@dataclass(frozen=True, slots=True)
class Plan:
    """A call to be tried, and what it is for."""

    function: str
    # After the market's number.
    args: tuple[Any, ...]
    # By their names as the contract's calls have them.
    bounds: dict[str, Any]
    # Of the collateral, that the contract takes from the wallet.
    spends: int = 0
    quote: Quote | None = None
    provision: Provision | None = None
    deadline: int | None = None


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A transaction without nonce, price and signature: those are the wallet's."""

    to: str
    data: str
    gas: int


@dataclass(frozen=True, slots=True)
class Approval:
    """What lets the contract take the collateral: to be mined before the call is sent."""

    token: str
    spender: str
    allowance: int
    required: int
    # More than one where the token wants its allowance taken back before it grants another.
    transactions: tuple[Unsigned, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A call as the wallet gets it."""

    chain_id: int
    transaction: Unsigned
    plan: Plan
    # None: none is needed, and the call went through when it was tried.
    approval: Approval | None
    # The block beside which all this was worked out.
    block_number: int
    # What the call returned when it was tried; None: it could not be yet.
    returned: Any = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One block of one node, as far as it concerns a call."""

    view: View
    contract: Interface
    owner: str
    pool: Pool
    # The market, as the contract has it.
    state: dict[str, Any]

    @property
    def standing(self) -> Standing:
        return Standing(
            reserves=self.state["pools"],
            lp_supply=self.state["lpSupply"],
            backing=self.state["backing"],
            fees=self.state["fees"],
            fee_wad=self.state["feeWad"],
        )

    @property
    def own_errors(self) -> set[str]:
        """What the contract refuses with by itself."""
        return {entry["name"] for entry in self.view.config.profile.errors} - _OF_TOKENS

    @property
    def seconds(self) -> int:
        """The chain's clock."""
        return int(self.view.sight.head.time.timestamp())


def prepared(
    *, owner: str, pool: Pool, function: str, plan: Callable[[Scene], Plan], now: datetime
) -> Prepared:
    """Have a call planned and tried.

    Raises:
        CallRefused: as its subclasses say.
        InsufficientCollateral: the wallet holds too little of it.
        UnknownCall: the contract is one that knows no such call.
        NodesAway: nobody could try it.
    """
    followed = config.from_settings()
    contract = Interface([*followed.profile.functions, *followed.profile.errors])
    if not contract.has(function) or not contract.members("getMarket") >= _STATE:
        raise errors.UnknownCall(function=function)
    question = partial(
        _tried, followed=followed, contract=contract, owner=owner, pool=pool, plan=plan
    )
    try:
        return asking.ask(asking.own_nodes(), question, now)
    except Revert as revert:
        raise errors.refused(revert.error, revert.values, function=function) from revert


def _tried(
    node: Node,
    *,
    followed: ChainConfig,
    contract: Interface,
    owner: str,
    pool: Pool,
    plan: Callable[[Scene], Plan],
) -> Prepared:
    """Try a call at the node's head.

    Raises:
        Revert: the contract refuses it.
        InsufficientCollateral: the wallet holds too little.
        NodeError: the node gives no answer that counts.
    """
    sight = fetching.look(node, followed)
    view = View(node, followed, sight, sight.head.number, sight.head.hash, contract)
    (state,) = view.ask([("getMarket", [pool.number])])
    if state is None:
        raise Revert("UnknownMarket", marketId=pool.number)
    scene = Scene(view=view, contract=contract, owner=owner, pool=pool, state=state)
    planned = plan(scene)
    call = {
        "from": owner,
        "to": followed.contract,
        "data": scene.contract.call(planned.function, pool.number, *planned.args),
    }
    tried, estimate = node.batch([("eth_call", [call, _at(scene)]), ("eth_estimateGas", [call])])
    held, allowed = _purse(scene, planned)
    lacks_approval = allowed < planned.spends
    _judge(scene, tried, may_lack=lacks_approval or held < planned.spends)
    if held < planned.spends:
        raise errors.InsufficientCollateral(
            token=pool.collateral, balance=str(held), required=str(planned.spends)
        )
    approval, gas, returned = None, GAS_UNTRIED.get(planned.function, 0), None
    if lacks_approval:
        approval = _approval(scene, allowed, planned.spends)
    else:
        _judge(scene, estimate)
        gas = _with_headroom(estimate)
        returned = _returned(contract, planned, tried)
    return Prepared(
        chain_id=followed.chain_id,
        transaction=Unsigned(call["to"], call["data"], gas),
        plan=planned,
        approval=approval,
        block_number=scene.view.block,
        returned=returned,
    )


def _returned(contract: Interface, planned: Plan, tried: Any) -> Any:
    try:
        return contract.answer(planned.function, tried)
    except (TypeError, ValueError, AttributeError) as exc:
        raise BadAnswer(f"{planned.function}: {exc}") from exc


def _purse(scene: Scene, planned: Plan) -> tuple[int, int]:
    """Return what the wallet holds of the collateral, and what of it the contract may take."""
    if not planned.spends:
        return 0, 0
    held, allowed = scene.view.purse(scene.pool.collateral, scene.owner)
    # A token that cannot even be asked refuses the call, too.
    return held or 0, allowed or 0


def _judge(scene: Scene, answer: Any, *, may_lack: bool = False) -> None:
    """Raise what a call was refused with, but for the collateral's refusal where the wallet lacks
    some, or its approval.

    The collateral moves last: who hears its refusal knows that the contract has none.
    """
    if isinstance(answer, Reverted):
        error, values = scene.contract.refusal(answer.data) or ("", {})
        if error in scene.own_errors or not (answer.data or may_lack):
            raise Revert(error, **values)
        if not may_lack:
            raise errors.CollateralRefused(**errors.contract_words(error, values))
    elif isinstance(answer, NodeError):
        raise answer


def _approval(scene: Scene, allowed: int, required: int) -> Approval:
    """Return what lets the contract take just so much."""
    spender, token = scene.view.config.contract, scene.pool.collateral

    def approve(amount: int) -> dict[str, str]:
        data = TOKEN.call("approve", spender, amount)
        return {"from": scene.owner, "to": token, "data": data}

    wanted = [approve(required)]
    estimates = scene.view.node.batch([("eth_estimateGas", [wanted[0]])])
    if allowed and isinstance(estimates[0], Reverted):
        # Some tokens change no allowance but to nothing, or from nothing.
        wanted = [approve(0), approve(required)]
        estimates = [*scene.view.node.batch([("eth_estimateGas", [wanted[0]])]), None]
    return Approval(
        token=token,
        spender=spender,
        allowance=allowed,
        required=required,
        transactions=tuple(
            Unsigned(token, call["data"], _gas_of_approval(estimate))
            for call, estimate in zip(wanted, estimates, strict=True)
        ),
    )


def _gas_of_approval(estimate: Any) -> int:
    if estimate is None or isinstance(estimate, Refused):
        return GAS_OF_APPROVAL
    return _with_headroom(estimate)


def _with_headroom(estimate: Any) -> int:
    return quantity(estimate) * (100 + HEADROOM_PERCENT) // 100


def _at(scene: Scene) -> dict[str, Any]:
    return {"blockHash": scene.view.block_hash, "requireCanonical": True}

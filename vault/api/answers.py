"""The shapes of what `vault` answers."""

from typing import Annotated, TypedDict

from kmarket.schema.shapes import Address, Amount, Block, Count, Hash, Id, Ms, Says, eg, one_of
from vault.models import Withdrawal


class Call(TypedDict):
    """A call for the user's wallet to make."""

    to: Address | None
    function: Annotated[str, eg("deposit(uint256)")]
    args: Annotated[list[str], eg(["amount"])]


class Domain(TypedDict):
    """The EIP-712 domain of vouchers."""

    name: Annotated[str, eg("kmarket vault")]
    version: Annotated[str, eg("1")]
    chainId: Annotated[Count, eg(56)]
    verifyingContract: Address


class VaultAnswer(TypedDict):
    """What a wallet needs to deposit and to redeem. Nulls: not seen on the chain yet."""

    chainId: Annotated[Count, eg(56)]
    contract: Address
    token: Address | None
    symbol: Annotated[str, eg("USDT")]
    decimals: Annotated[Count, eg(18)]
    depositsPaused: bool | None
    payoutsPaused: bool | None
    payoutLeft: Annotated[Amount | None, "What the vault still pays out in this period."]
    deposit: Annotated[list[Call], "In this order."]
    redeem: Call
    domain: Domain
    minWithdrawal: Amount
    dailyWithdrawal: Annotated[Amount | None, "Of one user in 24 hours; null: any."]
    releasedAbove: Annotated[
        Amount | None,
        "Above this, with what went out within 24 hours unseen, two operators release it; null:"
        " never.",
    ]
    voucherSeconds: Annotated[Count, "How long a voucher can be redeemed.", eg(3600)]


class DepositFacts(TypedDict):
    id: Annotated[Id, eg(7)]
    amount: Amount
    txHash: Hash
    block: Block
    createdAt: Ms
    creditedAt: Annotated[Ms | None, eg(None)]


class DepositAnswer(DepositFacts):
    """What came in; pending until its block is final."""

    status: Annotated[str, one_of(["pending", "credited"])]


class WithdrawalAnswer(TypedDict):
    """A withdrawal, with its voucher once it is out."""

    id: Annotated[Id, eg(5001)]
    state: Annotated[
        str,
        "`held`: two operators release it. `refused` and `expired`: credited back.",
        one_of(Withdrawal.State),
        eg("issued"),
    ]
    amount: Amount
    to: Address
    deadline: Annotated[
        int | None, "Seconds since 1970, as the contract takes it.", eg(1_730_912_400)
    ]
    nonce: Annotated[Amount, "The voucher's number, which redeeming uses up.", eg("5001")]
    signature: Annotated[str | None, Says(pattern="^0x[0-9a-f]{130}$"), eg("0x" + "1f" * 64 + "1b")]
    txHash: Annotated[
        Hash | None, "While it is `issued`, this block may still be replaced.", eg(None)
    ]
    createdAt: Ms
    endedAt: Annotated[Ms | None, eg(None)]


class SolvencyAnswer(TypedDict):
    """What the vault held at a final block and what was owed then; nulls before the first."""

    chainId: Annotated[Count, eg(56)]
    contract: Address
    block: Block | None
    blockHash: Hash | None
    at: Ms | None
    held: Amount | None
    owed: Amount | None
    balances: Amount | None
    claims: Annotated[Amount | None, "Settled, and not claimed."]
    vouchers: Annotated[Amount | None, "Out, and not redeemed."]
    ratio: Annotated[
        str | None, "held / owed, rounded down.", Says(pattern=r"^\d+\.\d{6}$"), eg("1.250000")
    ]
    solvent: bool | None

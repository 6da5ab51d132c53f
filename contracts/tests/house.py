"""A vault on the stage, people who may give it tokens, and a signer who signs vouchers for it.

house.deposit(alice, 100)
voucher = house.voucher(alice, 60)
house.redeem(voucher).event("Withdrawn").amount
"""

from dataclasses import astuple, dataclass, replace
from itertools import count
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data

from contracts.tests.stage import E18, UNLIMITED, Contract, Done, Stage

HOUR = 3600
DAY = 24 * HOUR
LIMIT_A_DAY = 1000 * E18
# Made by nobody else: whoever reads this may sign for these vaults.
SIGNER_KEY = "0x" + "51" * 32
OTHER_KEY = "0x" + "07" * 32
TYPES = {
    "Withdrawal": [
        {"name": "id", "type": "uint256"},
        {"name": "to", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ]
}


@dataclass(frozen=True)
class Voucher:
    """In the order of the contract's arguments."""

    id: int
    to: str
    amount: int
    deadline: int
    signature: bytes


class House:
    def __init__(self, stage: Stage, token: Contract | None = None) -> None:
        self.stage = stage
        self.token = token or stage.token
        self.signer = Account.from_key(SIGNER_KEY)
        self.vault = self.deploy()
        self._ids = count(1)
        for person in stage.people:
            stage.do(person, "approve", self.vault.address, UNLIMITED, to=self.token)

    def deploy(self, limit: int = LIMIT_A_DAY) -> Contract:
        """One more vault, with the same owner, token and signer."""
        owner = self.stage.owner
        return self.stage.deploy("Vault", self.token.address, owner, self.signer.address, limit)

    def do(self, by: str, function: str, *args: Any, at: int | None = None) -> Done:
        return self.stage.do(by, function, *args, to=self.vault, at=at)

    def read(self, function: str, *args: Any) -> Any:
        return self.stage.read(function, *args, to=self.vault)

    def deposit(self, by: str, amount: int) -> Done:
        return self.do(by, "deposit", amount)

    @property
    def held(self) -> int:
        return self.stage.balance(self.vault.address, self.token)

    def voucher(
        self, to: str, amount: int, *, key: str = SIGNER_KEY, seconds: int = DAY, **domain: Any
    ) -> Voucher:
        """A voucher for this vault on this chain, or with another domain for another one."""
        plain = Voucher(next(self._ids), to, amount, self.stage.now + seconds, b"")
        return self.signed(plain, key=key, **domain)

    def signed(self, voucher: Voucher, *, key: str = SIGNER_KEY, **changes: Any) -> Voucher:
        """The voucher with a signature that fits it, by an implementation that isn't ours."""
        domain = {
            "name": "kmarket vault",
            "version": "1",
            "chainId": int(self.stage.node.rpc("eth_chainId"), 16),
            "verifyingContract": self.vault.address,
        }
        message = dict(zip(("id", "to", "amount", "deadline"), astuple(voucher)[:4], strict=True))
        made = encode_typed_data(domain | changes, TYPES, message)
        return replace(voucher, signature=bytes(Account.from_key(key).sign_message(made).signature))

    def redeem(self, voucher: Voucher, *, by: str | None = None, at: int | None = None) -> Done:
        """Anybody sends it; here whom it pays."""
        return self.do(by or voucher.to, "withdraw", *astuple(voucher), at=at)

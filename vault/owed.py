"""What the house owes to people, by the ledger: what the vault must hold."""

from dataclasses import dataclass

from betting import books


@dataclass(frozen=True, slots=True)
class Owed:
    """Amounts in the token's smallest unit."""

    balances: int
    claims: int  # payouts that wait to be claimed
    vouchers: int  # what left balances and has not left the vault yet

    @property
    def all(self) -> int:
        return self.balances + self.claims + self.vouchers


def now() -> Owed:
    """Return what is owed, as the caller's transaction sees it."""
    totals = books.account_totals()
    return Owed(
        balances=totals.get("user", 0),
        claims=totals.get("claims", 0),
        vouchers=totals.get("vouchers", 0),
    )

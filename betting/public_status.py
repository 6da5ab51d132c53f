"""From our states to the contract's `status`, `settled` and `claimed`. Pure.

| state | status | settled | claimed | potentialPayout | claimAmount |
| --- | --- | --- | --- | --- | --- |
| accepted | pending | false | false | null | null |
| settled, payout above 0 | confirmed | true | false | the payout | null |
| settled, lost | confirmed | true | false | "0" | null |
| claimed | confirmed | true | true | the payout | the payout |
"""

from typing import Any

# The states that a filter by the contract's status means.
STATES = {"pending": ("accepted",), "confirmed": ("settled", "claimed")}


def public_status(*, state: str, payout: int | None) -> dict[str, Any]:
    """Return {status, settled, claimed, potentialPayout, claimAmount} of an order."""
    settled = state != "accepted"
    claimed = state == "claimed"
    amount = None if payout is None else str(payout)
    return {
        "status": "confirmed" if settled else "pending",
        "settled": settled,
        "claimed": claimed,
        "potentialPayout": amount,
        "claimAmount": amount if claimed else None,
    }

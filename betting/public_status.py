"""From our states to the contract's `status`, `settled` and `claimed`. Pure.

| state | status | settled | claimed | potentialPayout | claimAmount |
| --- | --- | --- | --- | --- | --- |
| accepted | pending | false | false | null | null |
| settled, payout above 0 | confirmed | true | false | the payout | null |
| settled, lost | confirmed | true | false | "0" | null |
| claimed | confirmed | true | true | the payout | the payout |
"""

from typing import Annotated, TypedDict

from kmarket.schema.shapes import Amount, eg, one_of

# The states that a filter by the contract's status means.
STATES = {"pending": ("accepted",), "confirmed": ("settled", "claimed")}


class PublicStatus(TypedDict):
    """Where an order stands, in the contract's words."""

    status: Annotated[str, one_of(STATES)]
    settled: bool
    claimed: bool
    potentialPayout: Annotated[
        Amount | None, 'What it pays; null until it is settled, "0" if it lost.', eg(None)
    ]
    claimAmount: Annotated[Amount | None, "What was paid; null until it is claimed.", eg(None)]


def public_status(*, state: str, payout: int | None) -> PublicStatus:
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

"""What the tables refuse, whoever writes to them."""

import pytest
from django.db import IntegrityError, transaction

from trading import projection
from trading.models import (
    Candle,
    Claim,
    Holding,
    Liquidity,
    LpHolding,
    Pool,
    Position,
    Resolution,
    Trade,
)
from trading.tests.logs import (
    UINT256_MAX,
    added,
    bought,
    claimed,
    created,
    finalized,
    stored,
)


@pytest.fixture
def filled(db):
    """One market with a row in every table."""
    events = [created(), bought(shares_out=60), added(), finalized(), claimed(shares_burned=(1, 0))]
    assert projection.apply(stored([*events, created(2), bought(2)], block=1)) == []


@pytest.mark.parametrize(
    ("model", "changes", "constraint"),
    [
        (Pool, {"number": 3}, "pool_once"),
        (Pool, {"outcome_count": 3}, "pool_outcomes_counted"),
        (Pool, {"outcome_count": 1, "reserves": [0]}, "pool_outcomes_counted"),
        (Pool, {"fees": -1}, "pool_amounts_in_range"),
        (Pool, {"backing": UINT256_MAX + 1}, "pool_amounts_in_range"),
        (Pool, {"status": "closed"}, "pool_status_known"),
        (Holding, {"owner": "0x" + "0" * 40, "outcome": 0, "pool": None}, "holding_once"),
        (Holding, {"shares": 0}, "holding_in_range"),
        (Holding, {"cost": -1}, "holding_in_range"),
        (LpHolding, {"amount": 0}, "lp_holding_in_range"),
        (LpHolding, {"cost": -1}, "lp_holding_in_range"),
        (Position, {"owner": "0x" + "0" * 40, "pool": None}, "position_once"),
        (Position, {"bought": -1}, "position_in_range"),
        (Position, {"realized": -UINT256_MAX - 1}, "position_in_range"),
        (Candle, {"seconds": 60, "begins": 0, "pool": None}, "candle_once"),
        (Candle, {"seconds": 61}, "candle_length_known"),
        (Trade, {"side": "swap"}, "trade_side_known"),
        (Trade, {"shares": -1}, "trade_amounts_in_range"),
        (Trade, {"cost": -1}, "trade_amounts_in_range"),
        (Liquidity, {"kind": "remove"}, "liquidity_kind_and_amounts_agree"),
        (Liquidity, {"fees_paid": 1}, "liquidity_kind_and_amounts_agree"),
        (Liquidity, {"lp": -1}, "liquidity_amounts_in_range"),
        (Resolution, {"denominator": 0}, "resolution_denominator_positive"),
        (Claim, {"payout": -1}, "claim_payout_in_range"),
    ],
)
def test_what_cannot_be_is_refused(filled, model, changes, constraint):
    if changes.get("pool", 0) is None:
        changes = changes | {"pool": Pool.objects.get(number=1)}
    with pytest.raises(IntegrityError, match=constraint):
        model.objects.update(**changes)


def test_one_row_for_each_holder_and_one_result_for_each_pool(filled):
    provided = LpHolding.objects.get()
    with pytest.raises(IntegrityError, match="lp_holding_once"), transaction.atomic():
        LpHolding.objects.create(
            pool=provided.pool, owner=provided.owner, amount=1, cost=0, given=[0, 0], fee_per_lp=0
        )
    assert projection.apply(stored([finalized(2)], block=2)) == []
    with pytest.raises(IntegrityError, match="resolution_once"):
        Resolution.objects.update(pool=provided.pool)

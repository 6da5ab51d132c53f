from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from chain.models import RawLog

LOG = {
    "chain_id": 56,
    "block_number": 1,
    "block_hash": "0x" + "1" * 64,
    "log_index": 0,
    "transaction_hash": "0x" + "2" * 64,
    "address": "0x" + "a" * 40,
    "topics": [],
    "block_time": datetime(2026, 1, 1, tzinfo=UTC),
    "data": "0x",
}


def test_a_log_is_stored_once_for_each_block_it_was_in(db):
    RawLog.objects.create(**LOG)
    with pytest.raises(IntegrityError, match="raw_log_once"), transaction.atomic():
        RawLog.objects.create(**LOG)
    RawLog.objects.create(**LOG | {"block_hash": "0x" + "3" * 64})
    assert RawLog.objects.count() == 2


@pytest.mark.parametrize(
    ("is_canonical", "finalized_block", "finality"),
    [
        (False, 7, "pending"),
        (True, None, "confirmed"),
        (True, 6, "confirmed"),
        (True, 7, "final"),
        (True, 8, "final"),
    ],
)
def test_a_log_is_as_sure_as_its_block(is_canonical, finalized_block, finality):
    log = RawLog(**LOG | {"block_number": 7, "is_canonical": is_canonical})
    assert log.finality(finalized_block) == finality


@pytest.mark.parametrize("changes", [{"address": "0x" + "A" * 40}, {"block_hash": "0x1"}])
def test_hashes_and_addresses_have_one_spelling(db, changes):
    with pytest.raises(IntegrityError, match="raw_log_hex"):
        RawLog.objects.create(**LOG | changes)

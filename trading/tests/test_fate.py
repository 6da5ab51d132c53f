"""What a node's word makes of a transaction, case by case."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from trading import fate
from trading.fate import CONFIRMED, DROPPED, FAILED, PENDING, Fate, Receipt, Standing, Told

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + fate.LOST_AFTER
NEW = Standing(nonce=7, block_number=None, submitted_at=NOW, seen_at=None)
MINED = replace(NEW, block_number=100, seen_at=NOW)
NOTHING = Told(
    head=100,
    receipt=None,
    is_waiting=False,
    is_mined=False,
    next_nonce=7,
    next_nonce_final=7,
)
WELL, BADLY = Receipt(True, 100, "0xb"), Receipt(False, 100, "0xb")
OLD = replace(WELL, block_number=98)
SPENT = {"next_nonce": 8}


@pytest.mark.parametrize(
    ("standing", "told", "now", "expected"),
    [
        # In a block, which may be final by now.
        (NEW, {"receipt": WELL}, NOW, Fate(CONFIRMED, WELL)),
        (NEW, {"receipt": BADLY}, NOW, Fate(FAILED, BADLY)),
        (NEW, {"receipt": WELL, **SPENT}, NOW, Fate(CONFIRMED, WELL)),
        (MINED, {"receipt": OLD}, NOW, Fate(CONFIRMED, OLD, is_settled=True)),
        # Waiting, however long, and whoever else wants its nonce.
        (NEW, {"is_waiting": True}, LATER, Fate(PENDING)),
        (NEW, {"is_waiting": True, **SPENT}, NOW, Fate(PENDING)),
        # Its block is gone.
        (MINED, {"is_waiting": True}, NOW, Fate(PENDING)),
        (MINED, {}, NOW, Fate(PENDING)),
        (MINED, SPENT, NOW, Fate(DROPPED, is_replaced=True)),
        # Another one took its nonce: for good once that is final.
        (NEW, SPENT, NOW, Fate(DROPPED, is_replaced=True)),
        (
            NEW,
            {"next_nonce": 9, "next_nonce_final": 8},
            NOW,
            Fate(DROPPED, is_replaced=True, is_settled=True),
        ),
        # Nobody knows it: for a while that may be.
        (NEW, {}, LATER - timedelta(seconds=1), Fate(PENDING)),
        (NEW, {}, LATER, Fate(DROPPED)),
        (replace(NEW, seen_at=NOW + timedelta(1)), {}, LATER, Fate(PENDING)),
        (NEW, {}, NOW + fate.FORGOTTEN_AFTER, Fate(DROPPED, is_settled=True)),
        (replace(NEW, nonce=None), SPENT, NOW, Fate(PENDING)),
        (NEW, {"next_nonce": None}, NOW, Fate(PENDING)),
        (NEW, SPENT | {"next_nonce_final": None}, NOW, Fate(DROPPED, is_replaced=True)),
        # A node that has not got there, or contradicts itself, says nothing.
        (replace(MINED, block_number=101), {}, LATER, None),
        (replace(MINED, block_number=101), SPENT, NOW, None),
        (NEW, {"is_mined": True}, LATER, None),
        (NEW, {"is_mined": True, **SPENT}, LATER, None),
    ],
)
def test_each_word(standing, told, now, expected):
    assert fate.judged(standing, replace(NOTHING, **told), final=98, now=now) == expected


def test_without_a_final_block_nothing_is_settled():
    told = replace(NOTHING, receipt=WELL)
    assert fate.judged(NEW, told, final=None, now=NOW) == Fate(CONFIRMED, WELL)

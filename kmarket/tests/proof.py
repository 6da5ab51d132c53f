"""How much the proofs try: enough for every day, and far more with KMARKET_PROOF=full."""

import os

import pytest

VARIABLE = "KMARKET_PROOF"
IS_FULL = os.environ.get(VARIABLE) == "full"

# For what takes long when it is asked for everything, or when it fails and looks for a short way
# to fail.
takes_its_time = pytest.mark.timeout(3600 if IS_FULL else 600)
# How much longer than it should a thing may take, on a machine that is busy with others.
SLACK = float(os.environ.get("KMARKET_SLACK", "1"))


def cases(every_day: int, full: int) -> int:
    """Return how many cases to try."""
    return full if IS_FULL else every_day

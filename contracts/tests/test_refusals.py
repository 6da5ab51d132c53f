"""Nothing is refused in words that no test has heard."""

import re
from pathlib import Path

from chain.artifacts import artifact

# A token that answers "false" instead of refusing: the library's matter.
OF_THE_LIBRARY = {"SafeERC20FailedOperation"}


def test_every_refusal_is_provoked_somewhere():
    errors = {one["name"] for one in artifact("OddsMarket").abi if one["type"] == "error"}
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    expected = {name for text in tests for name in re.findall(r'refused\(\s*"(\w+)"', text)}

    # The reentrant call's is compared by its selector.
    assert errors - expected - {"ReentrancyGuardReentrantCall"} == OF_THE_LIBRARY

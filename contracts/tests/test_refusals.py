"""Nothing is refused in words that no test has heard."""

import re
from pathlib import Path

import pytest

from chain.artifacts import artifact

# A token that answers "false" instead of refusing, a name of 32 characters, an owner 0: the
# library's matter.
OF_THE_LIBRARY = {
    "OddsMarket": {"SafeERC20FailedOperation"},
    "Vault": {
        "SafeERC20FailedOperation",
        "InvalidShortString",
        "StringTooLong",
        "OwnableInvalidOwner",
    },
}


@pytest.mark.parametrize("contract", ["OddsMarket", "Vault"])
def test_every_refusal_is_provoked_somewhere(contract):
    errors = {one["name"] for one in artifact(contract).abi if one["type"] == "error"}
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    expected = {name for text in tests for name in re.findall(r'refused\(\s*"(\w+)"', text)}

    # The reentrant call's is compared by its selector.
    assert errors - expected - {"ReentrancyGuardReentrantCall"} == OF_THE_LIBRARY[contract]

"""The committed artifacts are what the sources here compile to."""

import hashlib
import shutil
import subprocess

import pytest

from chain import anvil
from chain.artifacts import ARTIFACTS, CONTRACTS, artifact
from kmarket.tests.proof import takes_its_time

NAMES = [
    *("FeeToken", "HookToken", "OddsMarket", "SignatureCheck", "TestToken", "TestWallet"),
    *("TestWalletFactory", "Vault"),
]
# EIP-170: no chain takes more.
CODE_BYTES_MAX = 24_576
LINES_MAX = 400
# Ten, of a processor that has nothing else to do.
COMPILE_SECONDS_MAX = 500


def test_each_contract_has_one():
    assert sorted(path.stem for path in ARTIFACTS.glob("*.json")) == NAMES


def test_an_unknown_contract_is_refused_with_those_there_are():
    with pytest.raises(LookupError, match=r"No contract 'OddMarket'.*FeeToken, HookToken, OddsM"):
        artifact("OddMarket")


@pytest.mark.parametrize("name", NAMES)
def test_the_sources_have_not_changed_since(name):
    """Also where there is no compiler."""
    noted = {
        source: sha for source, sha in artifact(name).source_hashes.items() if source[0] != "@"
    }
    files = [
        path for folder in ("", "tokens", "wallets") for path in (CONTRACTS / folder).glob("*.sol")
    ]
    found = {
        path.relative_to(CONTRACTS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
    assert noted == found, "run `npm run build` in contracts/"


def test_each_source_has_one_subject():
    for pattern in ("*.sol", "tokens/*.sol", "wallets/*.sol", "*.mjs", "tests/*.py"):
        for path in CONTRACTS.glob(pattern):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= LINES_MAX, path


@pytest.mark.parametrize("name", ["OddsMarket", "Vault"])
def test_it_fits_a_block_chain(name):
    code = bytes.fromhex(artifact(name).deployed_bytecode[2:])
    assert len(code) <= CODE_BYTES_MAX


@takes_its_time
@pytest.mark.needs("node")
def test_compiling_again_gives_the_same_bytes(tmp_path):
    anvil.install()
    subprocess.run(
        [shutil.which("npm"), "run", "build", "--", tmp_path],
        cwd=CONTRACTS,
        check=True,
        capture_output=True,
        timeout=COMPILE_SECONDS_MAX,
    )

    assert sorted(path.stem for path in tmp_path.glob("*.json")) == NAMES
    for name in NAMES:
        fresh = (tmp_path / f"{name}.json").read_bytes()
        assert fresh == (ARTIFACTS / f"{name}.json").read_bytes(), name

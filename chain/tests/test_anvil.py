"""The development chain: found, started, asked, stopped."""

import shutil
from pathlib import Path

import pytest

from chain import anvil
from chain.anvil import Anvil, RpcError
from kmarket.programs import CannotStart

# Of the mnemonic, the first.
ACCOUNT = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A checkout where nothing is installed."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(anvil.CONTRACTS / name, tmp_path)
    monkeypatch.setattr(anvil, "CONTRACTS", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def node():
    anvil.install()
    with Anvil(chain_id=4242) as node:
        yield node


def test_without_npm_it_says_what_is_missing(elsewhere, monkeypatch):
    monkeypatch.setenv("PATH", str(elsewhere))
    with pytest.raises(CannotStart, match=r"npm, which is missing: install Node\.js 20 or later"):
        anvil.install()


def test_what_is_not_installed_is_named_with_the_remedy(elsewhere):
    with pytest.raises(CannotStart, match=r"There is no anvil-\w+-\w+ in .*: run `npm ci"):
        Anvil()


@pytest.mark.needs("node")
def test_npms_own_reason_is_told(elsewhere):
    lock = elsewhere / "package-lock.json"
    lock.write_text("{}", encoding="utf-8")
    with pytest.raises(CannotStart, match=r"npm could not install .*\(code EUSAGE; .*npm ci"):
        anvil.install()


@pytest.mark.needs("node")
def test_it_answers_and_its_accounts_are_known(node):
    assert int(node.rpc("eth_chainId"), 16) == 4242
    assert node.rpc("eth_accounts")[0] == ACCOUNT


@pytest.mark.needs("node")
def test_a_refusal_has_the_nodes_own_words(node):
    with pytest.raises(RpcError, match=r"eth_nonsense: .* \(-32601\)") as refusal:
        node.rpc("eth_nonsense")
    assert refusal.value.code == -32601
    assert node.rpc("eth_blockNumber") == "0x0"


@pytest.mark.needs("node")
def test_the_finalized_block_is_two_behind(node):
    node.rpc("anvil_mine", "0x5")
    head, finalized = [
        int(node.rpc("eth_getBlockByNumber", tag, False)["number"], 16)
        for tag in ("latest", "finalized")
    ]
    assert head - finalized == 2


@pytest.mark.needs("node")
def test_a_port_in_use_is_told(node):
    port = int(node.url.rpartition(":")[2])
    with pytest.raises(CannotStart, match=r"Address already in use.*CHAIN_DEV_PORT"), Anvil(port):
        pass


@pytest.mark.needs("node")
def test_a_chain_may_go_on_where_it_ended(tmp_path):
    state = tmp_path / "chain.json"
    with Anvil(state=state) as node:
        node.rpc("anvil_setBalance", ACCOUNT, "0x7")
        node.rpc("anvil_mine", "0x3")
    with Anvil(state=state) as node:
        assert node.rpc("eth_getBalance", ACCOUNT, "latest") == "0x7"
        assert node.rpc("eth_blockNumber") == "0x3"


@pytest.mark.needs("node")
def test_it_is_gone_when_the_block_ends():
    with Anvil() as node:
        port = int(node.url.rpartition(":")[2])
    with Anvil(port) as node:
        assert node.url.endswith(f":{port}")


def test_the_command_is_for_a_supervisor(monkeypatch):
    monkeypatch.setattr(anvil, "program", lambda: Path("anvil"))
    argv = anvil.command(port=8545, chain_id=56, block_time=0.5, state=Path("chain.json"))
    line = " ".join(argv)
    for part in ["--port 8545", "--chain-id 56", "--block-time 0.5", "--state chain.json"]:
        assert part in line

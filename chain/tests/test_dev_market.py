"""The development chain's market, on a real node."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

import pytest
from django.core.management import CommandError, call_command
from eth_keys.datatypes import PrivateKey

from chain import anvil, deploying, dev_vault
from chain.artifacts import artifact
from chain.calls import Interface
from chain.dev_market import Bazaar, Token, settled
from chain.models import Cursor
from chain.rpc import Node
from kmarket import dev_chain

pytestmark = pytest.mark.needs("node")

TOKEN = Token("USDT", 6)
MARKET, VAULT, MONEY = (
    Interface(artifact(name).abi) for name in ("OddsMarket", "Vault", "TestToken")
)
OTHER = "0x" + "07" * 32


@pytest.fixture(scope="module")
def node():
    anvil.install()
    with anvil.Anvil() as running:
        yield Node(running.url)


@pytest.fixture
def data_dir(tmp_path):
    dev_chain.folder(tmp_path).mkdir()
    return tmp_path


@pytest.fixture
def settle(db, node, data_dir):
    """settle() → the contract that the node has for this data folder."""
    return lambda: settled(node, data_dir, TOKEN, datetime.now(tz=UTC))


def test_a_deployment_says_which_settings_follow_it(node, capsys):
    url = f"http://{node.name}"
    call_command("deploy_contract", rpc=url)

    said = capsys.readouterr().out
    told = dict(re.findall(r"^(CHAIN_\w+)=(\S+)$", said, re.M))
    assert (told["CHAIN_RPC_URLS"], told["CHAIN_ID"]) == (url, "31337")
    owner, *_ = deploying.accounts(node)
    assert owner in said
    assert deploying.ask(node, MARKET, told["CHAIN_CONTRACT"], "marketCount") == 0
    logs = {"address": told["CHAIN_CONTRACT"], "fromBlock": "0x0", "toBlock": "latest"}
    first, *_ = node.call("eth_getLogs", [logs])
    assert int(first["blockNumber"], 16) == int(told["CHAIN_START_BLOCK"])


def test_a_vault_goes_with_it_where_somebody_signs_for_it(node, capsys):
    signer = "0x" + "51" * 20
    call_command("deploy_contract", rpc=f"http://{node.name}", signer=signer)

    told = dict(re.findall(r"^(VAULT_\w+)=(\S+)$", capsys.readouterr().out, re.M))
    assert deploying.ask(node, VAULT, told["VAULT_CONTRACT"], "signer") == signer
    assert int(told["VAULT_START_BLOCK"]) > 0


def test_a_chain_with_real_money_is_refused():
    with (
        anvil.Anvil(chain_id=56) as running,
        pytest.raises(CommandError, match="chain 56, which is no development chain"),
    ):
        call_command("deploy_contract", rpc=running.url)


def test_a_node_that_is_away_is_named():
    with pytest.raises(CommandError, match=r"127\.0\.0\.1:1"):
        call_command("deploy_contract", rpc="http://127.0.0.1:1")


def test_what_is_deployed_once_is_found_again(settle, data_dir):
    first = settle()
    assert settle() == first == dev_chain.deployed(data_dir)


def test_a_chain_that_was_lost_gets_a_contract_that_nobody_knows_yet(settle, data_dir):
    first = settle()
    dev_chain.remember(data_dir, dev_chain.Deployment(first.contract, first.token, 1, OTHER))
    assert settle().contract != first.contract


def test_so_does_one_that_lost_blocks_that_were_final(settle):
    first = settle()
    Cursor.objects.create(
        chain_id=dev_chain.CHAIN_ID,
        contract=first.contract,
        start_block=first.block,
        last_block=first.block,
        finalized_block=first.block,
        finalized_hash=OTHER,
    )
    assert settle().contract != first.contract


def test_the_vault_has_a_signer_of_its_own_and_more_than_the_demo_gives_away(
    settle, node, data_dir
):
    deployment = settle()
    path = dev_chain.signer_key(data_dir)
    assert path.stat().st_mode & 0o777 == 0o600
    signer = PrivateKey(bytes.fromhex(path.read_text())).public_key.to_address()
    assert deploying.ask(node, VAULT, deployment.vault, "signer") == signer
    assert deploying.ask(node, VAULT, deployment.vault, "token") == deployment.token
    assert held(node, deployment, deployment.vault) == dev_vault.FLOAT * 10**6


def test_a_chain_that_had_none_yet_gets_one(settle, data_dir):
    first = settle()
    dev_chain.remember(data_dir, replace(first, vault="", vault_block=0))
    again = settle()
    assert (again.contract, again.token) == (first.contract, first.token)
    assert again.vault not in {"", first.vault}


def test_newcomers_are_given_tokens_and_what_gas_costs_once(settle, node):
    deployment, newcomer = settle(), "0x" + "9e" * 20
    welcome = partial(dev_vault.welcome, node, deployment, decimals=6)
    assert welcome([newcomer]) == [newcomer]
    assert welcome([newcomer]) == []
    assert held(node, deployment, newcomer) == dev_vault.GIFT * 10**6
    assert int(node.call("eth_getBalance", [newcomer, "latest"]), 16) == dev_vault.GAS_MONEY


def held(node, deployment, owner):
    return deploying.ask(node, MONEY, deployment.token, "balanceOf", owner)


def test_people_trade_in_two_markets_and_provide_liquidity(settle, node):
    bazaar = Bazaar(node, contract := settle(), TOKEN)
    now = datetime.now(tz=UTC)
    markets = bazaar.open_markets(now)
    assert len(markets) == len(dev_chain.MARKETS) == 2
    assert bazaar.open_markets(now) == markets

    chance = Random(7)
    said = [bazaar.trade(chance.choice(markets), chance) for _ in range(40)]

    words = r"bought [\d.]+ of outcome|sold shares of outcome|gave \d+ USDT|took liquidity out"
    told = [re.match(rf"0x\w{{4}}…\w{{4}} ({words}).* \(block \d+\)", line)[1] for line in said]
    assert len({words.split()[0] for words in told}) == 4
    # Two markets with three events each, and one of each trade.
    assert deploying.ask(node, MARKET, contract.contract, "seq") == 2 * 3 + 40


def test_when_all_markets_are_closed_new_ones_open(settle, node):
    bazaar = Bazaar(node, settle(), TOKEN)
    now = datetime.now(tz=UTC)
    assert bazaar.open_markets(now) == [1, 2]
    assert bazaar.open_markets(now + timedelta(days=31)) == [3, 4]


def test_what_was_done_becomes_final_without_further_trades(settle, node):
    bazaar = Bazaar(node, contract := settle(), TOKEN)
    assert [bazaar.settle() for _ in range(3)] == [True, True, False]
    final = node.call("eth_getBlockByNumber", ["finalized", False])
    assert int(final["number"], 16) >= contract.block


def test_a_refused_transaction_is_no_success(settle, node):
    contract, (owner, *_) = settle(), deploying.accounts(node)
    with pytest.raises(deploying.Reverted, match="was refused"):
        deploying.send(node, owner, MARKET.call("finalizeResult", 99), to=contract.contract)

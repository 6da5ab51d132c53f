"""`CHAIN=dev make run`, as its user meets it: a chain, a contract, trades, events read."""

import json
import os
import re
import signal
import socket
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from chain import anvil, deploying
from chain.artifacts import artifact
from chain.calls import Interface
from chain.dev_vault import FLOAT
from chain.rpc import Node
from e2e.live.visitor import Visitor
from e2e.running import Running, with_tables
from e2e.test_watching import ON_CHAIN, ports_in_a_row, told
from kmarket import dev_chain
from kmarket.tests.processes import eventually, is_alive
from telemetry.tests.test_watching import asked, tell

# Starting twice on a machine that is busy with other tests.
pytestmark = [pytest.mark.needs("node", "chromium"), pytest.mark.timeout(400)]

# The chain comes first, one program after the other.
START_SECONDS_MAX = 150.0
# Well below what one client may ask (RATE_PER_SECOND).
POLL_SECONDS = 0.25
# The page looks once in 1½ s whether an approval is mined.
PATIENCE_MS = 60_000
MORE = {"DEMO": "off", "CHAIN": "dev"}
# Whose metrics come after whose.
WEB, CLOCK, LISTENER = range(3)
CONTRACTS = {"markets", "vault"}
TOKEN = 10**18
DEPOSIT = 25


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def status(running):
    with urllib.request.urlopen(f"http://{running.host}/api/v1/chain/status") as answer:
        return json.load(answer)


def read_beyond(running, block):
    """Wait until more than this is read, and return the status."""
    return eventually(
        lambda: (now := status(running))["indexed"] > block and now, seconds=60, every=POLL_SECONDS
    )


@pytest.fixture(scope="module")
def on_chain(tmp_path_factory):
    """A running kmarket with a chain of its own."""
    anvil.install()
    folder = with_tables(tmp_path_factory.mktemp("chain") / "data")
    first = ports_in_a_row(LISTENER + 1)
    running = Running(folder, CHAIN_DEV_PORT=free_port(), METRICS_PORT=str(first), **MORE)
    running.metrics_port = first
    try:
        yield running.wait_until_up(START_SECONDS_MAX)
    finally:
        running.end()


@pytest.fixture(scope="module")
def node(on_chain):
    """The chain's node."""
    return Node(re.search(r"Chain   (http://127\.0\.0\.1:\d+)", on_chain.said())[1])


@pytest.fixture(scope="module")
def deposited(on_chain, node):
    """The block in which somebody puts tokens into the vault. The first test has it done, so that
    it is final by the time that another one asks about it."""
    ours = dev_chain.deployed(on_chain.data_dir)
    money, vault = (Interface(artifact(name).abi) for name in ("TestToken", "Vault"))
    account, amount = deploying.accounts(node)[-1], DEPOSIT * TOKEN
    deploying.send(node, account, money.call("mint", account, amount), to=ours.token)
    deploying.send(node, account, money.call("approve", ours.vault, amount), to=ours.token)
    return deploying.send(node, account, vault.call("deposit", amount), to=ours.vault).block


@pytest.mark.usefixtures("deposited")
def test_events_arrive(on_chain):
    first = read_beyond(on_chain, 0)
    later = read_beyond(on_chain, first["indexed"])

    contract = dev_chain.deployed(on_chain.data_dir).contract
    assert (later["chainId"], later["contract"].lower()) == (31337, contract)
    assert (later["halted"], later["quarantined"]) == (None, 0)
    assert 0 <= later["finalized"] <= later["head"]
    told = r"^  Chain   http://127\.0\.0\.1:\d+, chain 31337: http://"
    assert re.search(told, on_chain.said(), re.M)
    # What somebody does first, and whether the listener has said so yet, is chance.
    for line in (r"^traders +\| .*0x\w{4}…\w{4} bought ", r"^chain +\| .* Read up to block \d+; "):
        eventually(lambda line=line: re.search(line, on_chain.said(), re.M), seconds=60)


def test_chain_and_database_are_compared_and_agree(on_chain):
    compared = eventually(
        lambda: status(on_chain)["reconciliation"], seconds=60, every=POLL_SECONDS
    )
    assert (compared["completed"], compared["findings"]) == (True, 0)


@pytest.fixture
def quiet(on_chain):
    """Nobody else trades: prices stay where they are."""
    traders = on_chain.child("trade")
    traders.suspend()
    yield
    traders.resume()


@pytest.mark.usefixtures("quiet")
def test_shares_are_bought_and_sold_with_a_browser_wallet(on_chain, node, browser):
    visitor = Visitor(browser, f"http://{on_chain.host}")
    pocket = visitor.has_pocket(node)
    endow(node, pocket.account.address, dev_chain.deployed(on_chain.data_dir).token)
    visitor.come()
    visitor.press("Sign in")
    visitor.press("Pocket")
    visitor.press("Close")

    rainy = visitor.page.locator(".row", has_text="Does it rain in Hanoi on New Year's Day?")
    rainy.get_by_role("button", name="Yes").click()
    visitor.slip.get_by_label("You pay").fill("25")
    visitor.press("Buy with my wallet")
    expect(visitor.said).to_have_text("The trade is mined.", timeout=PATIENCE_MS)
    assert pocket.asked.count("eth_sendTransaction") == 2, "an approval, and the trade"

    visitor.page.get_by_role("link", name="Shares").click()
    held = visitor.page.locator(".shares .card").first.locator("tbody tr").first
    expect(held).to_contain_text("Sell")
    held.get_by_role("button", name="Sell").click()
    visitor.slip.get_by_label("Shares to sell").fill("10")
    visitor.press("Sell with my wallet")
    expect(visitor.said).to_have_text("The trade is mined.", timeout=PATIENCE_MS)
    trades = visitor.page.locator(".shares .lines li")
    expect(trades).to_have_text([re.compile("sold"), re.compile("bought")], ignore_case=True)
    visitor.picture(os.environ.get("KMARKET_SCREENSHOTS", ""), "shares")
    visitor.close()


def endow(node, address, token):
    """Give somebody coins of the chain and tokens; have the node send for them."""
    node.call("anvil_impersonateAccount", [address])
    node.call("anvil_setBalance", [address, hex(10**20)])
    minting = Interface(artifact("TestToken").abi).call("mint", address, 1000 * 10**18)
    deploying.send(node, address, minting, to=token)


@pytest.mark.parametrize("word", ["run_chain_listener", "trade"])
def test_a_child_that_is_killed_is_started_again_and_goes_on(on_chain, word):
    victim = on_chain.child(word)
    before = status(on_chain)["indexed"]

    victim.kill()

    eventually(lambda: not is_alive(victim.pid))
    read_beyond(on_chain, before)
    assert on_chain.child(word)


def test_prometheus_is_told_how_chain_and_vault_are(on_chain, node, deposited):
    def numbers():
        """{name: {contract: number}}; a name without contracts has its number at ""."""
        found = {}
        for (name, *labels), number in told(on_chain, CLOCK).items():
            found.setdefault(name, {})["".join(labels)] = number
        return found

    before = status(on_chain)
    seen = eventually(
        lambda: (
            (now := numbers()).get("kmarket_vault_owed_tokens") == {"": DEPOSIT}
            and now["kmarket_chain_compared_timestamp_seconds"].keys() == CONTRACTS
            and now
        ),
        seconds=60,
        every=POLL_SECONDS,
    )
    after, head = status(on_chain), int(node.call("eth_blockNumber", []), 16)

    # All that dashboard and alerts ask for.
    assert {name for name in seen if name.startswith(ON_CHAIN)} == {
        name for name in asked() & tell() if name.startswith(ON_CHAIN)
    }
    assert seen["kmarket_vault_held_tokens"] == {"": FLOAT + DEPOSIT}
    of = {name.removeprefix(ON_CHAIN[0]): now for name, now in seen.items()}
    assert before["head"] <= of["head_block"]["markets"] <= after["head"]
    assert before["indexed"] <= of["indexed_block"]["markets"] <= after["indexed"]
    assert before["finalized"] <= of["finalized_block"]["markets"] <= after["finalized"]
    assert deposited <= of["finalized_block"]["vault"] <= of["indexed_block"]["vault"]
    assert of["indexed_block"]["vault"] <= of["head_block"]["vault"] <= head
    for name in ("halted", "quarantined_logs", "findings"):
        assert of[name] == dict.fromkeys(CONTRACTS, 0), name
    for name in ("reorganisations", "reorganisation_depth_blocks"):
        assert of[name] == dict.fromkeys(CONTRACTS, 0), name
    for name in ("progress_timestamp_seconds", "compared_timestamp_seconds"):
        assert of[name].keys() == CONTRACTS
        assert all(time.time() - 400 < at <= time.time() for at in of[name].values()), name


def test_a_busy_port_is_told_in_one_line(on_chain, run):
    port = re.search(r"Chain   http://127\.0\.0\.1:(\d+)", on_chain.said())[1]

    second = run(CHAIN_DEV_PORT=port, **MORE)

    assert second.wait_until_ended() == 1
    assert second.said() == (
        f"CommandError: Port {port} on 127.0.0.1 cannot be used (Address already in use):"
        " stop what uses it, or set CHAIN_DEV_PORT.\n"
    )


def test_the_next_start_finds_its_chain(on_chain, run):
    """The last one of the file: it stops what the others share."""
    port = re.search(r"Chain   http://127\.0\.0\.1:(\d+)", on_chain.said())[1]
    contract, reached = status(on_chain)["contract"], status(on_chain)["indexed"]

    assert on_chain.stop(signal.SIGINT) == []
    assert on_chain.process.returncode == 0

    second = run(on_chain.data_dir, CHAIN_DEV_PORT=port, **MORE).wait_until_up(START_SECONDS_MAX)
    later = read_beyond(second, reached)
    assert (later["contract"], later["halted"]) == (contract, None)

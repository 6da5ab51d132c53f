"""Signed transactions handed in through the API, relayed and followed on a node."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from eth_account import Account

from chain.nodes import Nodes
from contracts.tests.stage import E18
from kmarket.tests.crowd import all_at_once
from trading import fate, following, signals, submitting
from trading.following import Follower
from trading.submission import Submission
from trading.tests.floor import JSON
from trading.trying import config

pytestmark = pytest.mark.needs("node")

SUBMIT = "trades/submit"


@pytest.fixture
def market(floor):
    """A market that the first two wallets may enter."""
    for wallet in (floor.alice, floor.bob):
        floor.approve(wallet)
    return floor.open()


@pytest.fixture
def buy(floor, market):
    """buy(wallet, **how) → a raw transaction that buys."""

    def signed(wallet, amount=E18, **how):
        body = {"marketId": market, "outcome": 1, "amount": str(amount), "slippageBps": 5000}
        return floor.sign(wallet, floor.post(wallet, "trades/buy", body), **how)

    return signed


@pytest.fixture
def unmined(floor):
    """Nothing is mined until somebody says so; afterwards everything is again."""
    floor.node.rpc("evm_setAutomine", False)
    yield lambda: floor.node.rpc("evm_mine")
    floor.node.rpc("anvil_dropAllTransactions")
    floor.node.rpc("evm_setAutomine", True)


@pytest.fixture
def follow(floor, db):
    """follow(after=seconds) → the transactions that changed. Time only goes on."""
    followed = config.from_settings()
    follower = Follower(followed, Nodes.of(followed.rpc_urls))
    begun = datetime.now(tz=UTC)

    def step(after=60.0):
        floor.follow()
        return follower.step(begun + timedelta(seconds=after))

    return step


@pytest.fixture
def heard():
    """What listeners were told."""
    states = []

    def listen(*, submission, **_):
        states.append((submission.hash, submission.state))

    signals.transaction_changed.connect(listen)
    yield states
    signals.transaction_changed.disconnect(listen)


def state(floor, wallet, tx_hash):
    told = floor.get(wallet, f"transactions/{tx_hash}")
    return told["state"], told["finality"]


def test_a_relayed_transaction_in_full(
    floor, market, buy, unmined, follow, heard, django_capture_on_commit_callbacks
):
    raw = buy(floor.alice)
    nonce = floor.nonce(floor.alice)

    with django_capture_on_commit_callbacks(execute=True):
        told = floor.post(floor.alice, SUBMIT, {"rawTx": raw}, 201)

    tx_hash = told["txHash"]
    assert floor.node.rpc("eth_getTransactionByHash", tx_hash)["blockNumber"] is None
    assert told == {
        "txHash": tx_hash,
        "state": "pending",
        "finality": "pending",
        "function": "buy",
        "marketId": market,
        "from": floor.alice.address,
        "nonce": nonce,
        "blockNumber": None,
        "error": None,
        "replacedBy": None,
        "submittedAt": told["submittedAt"],
        "changedAt": told["changedAt"],
    }
    assert follow() == []
    unmined()
    with django_capture_on_commit_callbacks(execute=True):
        (changed,) = follow()
    assert (changed.state, changed.block_number) == ("confirmed", floor.head)
    assert state(floor, floor.alice, tx_hash) == ("confirmed", "confirmed")
    unmined()
    unmined()
    with django_capture_on_commit_callbacks(execute=True):
        assert [each.hash for each in follow(after=70)] == [tx_hash]
    assert state(floor, floor.alice, tx_hash) == ("confirmed", "final")
    assert Submission.objects.get().settled_at
    # Over and done with.
    assert follow(after=120) == []
    assert heard == [(tx_hash, "pending"), (tx_hash, "confirmed"), (tx_hash, "confirmed")]


def test_the_same_one_may_come_again_at_any_time(floor, buy, unmined, follow):
    raw = buy(floor.alice)
    first = floor.post(floor.alice, SUBMIT, {"rawTx": raw}, 201)
    assert floor.post(floor.alice, SUBMIT, {"rawTx": raw}) == first
    assert floor.post(floor.alice, SUBMIT, {"txHash": first["txHash"]}) == first
    unmined()
    # Mined, and we have not heard of it.
    assert floor.post(floor.alice, SUBMIT, {"rawTx": raw})["state"] == "pending"
    follow()
    assert floor.post(floor.alice, SUBMIT, {"rawTx": raw})["state"] == "confirmed"
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    "kind",
    [
        {"gasPrice": 10**11},
        {"type": 1, "gasPrice": 10**11, "accessList": []},
        {"type": 2, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 1},
    ],
    ids=["legacy", "EIP-2930", "EIP-1559"],
)
def test_every_kind_of_transaction_is_relayed(floor, buy, follow, kind):
    told = floor.post(floor.alice, SUBMIT, {"rawTx": buy(floor.alice, **kind)}, 201)
    (changed,) = follow()
    assert (changed.hash, changed.state) == (told["txHash"], "confirmed")


def test_one_that_the_wallet_sent_itself_is_watched(floor, market, buy, unmined, follow):
    raw = buy(floor.alice)
    tx_hash = submitting.signed.read(raw).hash
    told = floor.post(floor.alice, SUBMIT, {"txHash": tx_hash.upper().replace("X", "x")}, 201)
    assert (told["state"], told["function"], told["nonce"]) == ("pending", None, None)
    # No node knows it yet.
    assert follow() == []
    floor.node.rpc("eth_sendRawTransaction", raw)
    (seen,) = follow(after=61)
    assert (seen.state, seen.function, seen.market_id) == ("pending", "buy", market)
    assert seen.nonce == floor.nonce(floor.alice) - 1
    unmined()
    (mined,) = follow(after=62)
    assert mined.state == "confirmed"


def test_one_that_is_somebody_elses_or_no_call_of_ours_is_dropped(floor, buy, follow):
    foreign = floor.node.rpc("eth_sendRawTransactionSync", buy(floor.bob))["transactionHash"]
    data = "0x" + floor.stage.token.interface.call("approve", [floor.contract, 1]).hex()
    other = floor.send(floor.alice, floor.call(floor.stage.token.address, data))
    plain = floor.send(floor.alice, floor.call(floor.contract, "0x12345678"))
    for tx_hash in (foreign, other, plain):
        floor.post(floor.alice, SUBMIT, {"txHash": tx_hash}, 201)
    assert len(follow()) == 3
    for tx_hash in (foreign, other, plain):
        told = floor.get(floor.alice, f"transactions/{tx_hash}")
        assert (told["state"], told["error"]) == ("dropped", {"error": "NotOurs", "values": {}})
    # Whose it is, is not kept from handing it in.
    told = floor.post(floor.bob, SUBMIT, {"txHash": foreign}, 201)
    follow(after=70)
    assert state(floor, floor.bob, foreign)[0] == "confirmed"
    assert not Submission.objects.open().filter(user=floor.user(floor.alice)).exists()


def test_one_that_failed_says_why(floor, market, buy, unmined, follow):
    """Two at once; the second has bounds that the first one moves the price beyond."""
    first = buy(floor.bob, 50 * E18)
    body = {"marketId": market, "outcome": 1, "amount": str(E18), "slippageBps": 0}
    second = floor.sign(floor.alice, floor.post(floor.alice, "trades/buy", body))
    floor.node.rpc("eth_sendRawTransaction", first)
    unmined()
    tx_hash = floor.post(floor.alice, SUBMIT, {"rawTx": second}, 201)["txHash"]
    unmined()
    follow()
    told = floor.get(floor.alice, f"transactions/{tx_hash}")
    assert (told["state"], told["finality"]) == ("failed", "confirmed")
    assert (told["error"]["error"], told["error"]["values"]["outcome"]) == ("TooFewShares", "0")
    unmined()
    unmined()
    follow(after=120)
    assert state(floor, floor.alice, tx_hash) == ("failed", "final")


def test_one_that_ran_out_of_gas_says_so(floor, buy, follow):
    tx_hash = floor.post(floor.alice, SUBMIT, {"rawTx": buy(floor.alice, gas=60_000)}, 201)[
        "txHash"
    ]
    follow()
    told = floor.get(floor.alice, f"transactions/{tx_hash}")
    assert (told["state"], told["error"]["error"]) == ("failed", "OutOfGas")


def replacing(floor, buy, unmined):
    """Two of Alice's with one nonce; the second, dearer one is mined."""
    nonce = floor.nonce(floor.alice)
    cheap = buy(floor.alice, nonce=nonce)
    dear = buy(floor.alice, 2 * E18, nonce=nonce, maxFeePerGas=10**12, maxPriorityFeePerGas=10**10)
    first = floor.post(floor.alice, SUBMIT, {"rawTx": cheap}, 201)["txHash"]
    return first, dear


def test_one_that_was_replaced_says_by_which(floor, buy, unmined, follow):
    first, dear = replacing(floor, buy, unmined)
    # Not through us: it is looked for on the chain.
    second = floor.node.rpc("eth_sendRawTransaction", dear)
    for _ in range(3):
        unmined()
    (changed,) = follow()
    assert (changed.state, changed.replaced_by) == ("dropped", second)
    told = floor.get(floor.alice, f"transactions/{first}")
    assert (told["state"], told["replacedBy"], told["finality"]) == ("dropped", second, "pending")
    assert Submission.objects.get().settled_at, "the nonce is spent for good"


def test_one_that_was_replaced_through_us_too(floor, buy, unmined, follow):
    first, dear = replacing(floor, buy, unmined)
    second = floor.post(floor.alice, SUBMIT, {"rawTx": dear}, 201)["txHash"]
    unmined()
    follow()
    assert state(floor, floor.alice, second)[0] == "confirmed"
    told = floor.get(floor.alice, f"transactions/{first}")
    assert (told["state"], told["replacedBy"]) == ("dropped", second)
    everything = floor.get(floor.alice, "transactions")
    assert [each["txHash"] for each in everything["items"]] == [second, first]
    dropped = floor.get(floor.alice, "transactions", state="dropped")
    assert (dropped["total"], dropped["items"]) == (1, [told])


def test_one_that_no_node_knows_any_more_is_sent_again_and_given_up_in_the_end(
    floor, buy, unmined, follow
):
    raw = buy(floor.alice)
    tx_hash = floor.post(floor.alice, SUBMIT, {"rawTx": raw}, 201)["txHash"]
    follow(after=0)
    floor.node.rpc("anvil_dropTransaction", tx_hash)

    assert follow(after=20) == []

    # The node has it back.
    assert floor.node.rpc("eth_getTransactionByHash", tx_hash)["blockNumber"] is None
    floor.node.rpc("anvil_dropTransaction", tx_hash)
    Submission.objects.update(raw="")
    lost = fate.LOST_AFTER.total_seconds() + 60
    (changed,) = follow(after=lost)
    assert (changed.state, changed.replaced_by, changed.settled_at) == ("dropped", "", None)
    # And then it is mined after all.
    floor.node.rpc("eth_sendRawTransaction", raw)
    unmined()
    (changed,) = follow(after=lost + 60)
    assert changed.state == "confirmed"


def test_one_whose_block_is_gone_is_pending_again_and_sent_again(floor, buy, follow):
    tx_hash = floor.post(floor.alice, SUBMIT, {"rawTx": buy(floor.alice)}, 201)["txHash"]
    (mined,) = follow()
    first = mined.block_hash
    floor.node.rpc("anvil_reorg", 1, [])
    floor.node.rpc("anvil_dropTransaction", tx_hash)
    (changed,) = follow(after=120)
    assert (changed.state, changed.block_number, changed.settled_at) == ("pending", None, None)
    (again,) = follow(after=180)
    assert (again.state, again.block_hash == first) == ("confirmed", False)


def test_one_that_a_reorganisation_replaces(floor, buy, follow):
    nonce = floor.nonce(floor.alice)
    mined, other = buy(floor.alice), buy(floor.alice, 2 * E18, nonce=nonce)
    tx_hash = floor.post(floor.alice, SUBMIT, {"rawTx": mined}, 201)["txHash"]
    follow()
    floor.node.rpc("anvil_reorg", 1, [[other, 0]])
    (changed,) = follow(after=120)
    second = submitting.signed.read(other).hash
    assert (changed.hash, changed.state, changed.replaced_by) == (tx_hash, "dropped", second)


def test_one_that_was_taken_and_never_sent_is_sent(floor, buy, unmined, follow):
    """Whoever took it has died in between."""
    raw = buy(floor.alice)
    told = submitting.signed.read(raw)
    handed_in(floor, raw=raw, hash=told.hash, nonce=told.nonce, chain_id=told.chain_id)
    assert follow(after=4) == []
    assert floor.node.rpc("eth_getTransactionByHash", told.hash) is None
    assert follow(after=10) == []
    assert floor.node.rpc("eth_getTransactionByHash", told.hash)["blockNumber"] is None
    unmined()
    (changed,) = follow(after=20)
    assert (changed.hash, changed.state) == (told.hash, "confirmed")


def test_many_hand_the_same_one_in_at_once(busy_floor):
    floor = busy_floor
    market = floor.open()
    floor.approve(floor.alice)
    body = {"marketId": market, "outcome": 1, "amount": str(E18)}
    raw = floor.sign(floor.alice, floor.post(floor.alice, "trades/buy", body))
    client = floor.client(floor.alice)

    def hand_in():
        answer = client.post(f"/api/v1/{SUBMIT}", {"rawTx": raw}, content_type=JSON)
        return answer.status_code

    assert sorted(all_at_once(*[hand_in] * 6)) == [200] * 5 + [201]
    assert Submission.objects.get().hash == submitting.signed.read(raw).hash


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"chainId": 56}, "WRONG_CHAIN"),
        ({"chainId": None, "gasPrice": 10**11}, "WRONG_CHAIN"),
        ({"to": Account.from_key("0x" + "01" * 32).address}, "WRONG_CONTRACT"),
        ({"to": ""}, "WRONG_CONTRACT"),
        ({"data": "0x12345678"}, "UNKNOWN_CALL"),
        ({"data": "0x"}, "UNKNOWN_CALL"),
        ({"nonce": 0}, "NONCE_SPENT"),
        ({"gasPrice": 10**20}, "CANNOT_PAY_GAS"),
        ({"maxFeePerGas": 1}, "UNDERPRICED"),
        ({"gas": 10**9}, "RELAY_REFUSED"),
    ],
)
def test_what_is_not_relayed_leaves_nothing(floor, buy, how, reason):
    told = floor.refused(floor.alice, SUBMIT, {"rawTx": buy(floor.alice, **how)})
    assert told[1] == reason, told
    assert str(floor.node.url).partition("://")[2] not in str(told)
    assert not Submission.objects.exists()


def test_nobody_hands_in_what_somebody_else_signed(floor, buy):
    told = floor.refused(floor.alice, SUBMIT, {"rawTx": buy(floor.bob)})
    assert told == (403, "NOT_THE_SIGNER", {"signer": floor.bob.address.lower()})
    assert not Submission.objects.exists()


def test_what_is_no_transaction(floor):
    status, reason, details = floor.refused(floor.alice, SUBMIT, {"rawTx": "0x02c0"})
    assert (status, reason) == (400, "MALFORMED_TRANSACTION")
    assert details == {"why": "Its bytes are no list of 12."}


def test_a_replacement_that_pays_too_little(floor, buy, unmined):
    nonce = floor.nonce(floor.alice)
    floor.post(floor.alice, SUBMIT, {"rawTx": buy(floor.alice, nonce=nonce)}, 201)
    other = buy(floor.alice, 2 * E18, nonce=nonce)
    assert floor.refused(floor.alice, SUBMIT, {"rawTx": other})[:2] == (409, "UNDERPRICED")
    assert Submission.objects.count() == 1


def test_with_every_node_away_nothing_is_promised(floor, buy, settings):
    raw = buy(floor.alice)
    settings.CHAIN_RPC_URLS = ["http://127.0.0.1:1"]
    for body in ({"rawTx": raw}, {"txHash": "0x" + "1" * 64}):
        assert floor.refused(floor.alice, SUBMIT, body)[:2] == (503, "CHAIN_AWAY")
    assert not Submission.objects.exists()


def test_so_many_at_a_time(floor, monkeypatch):
    monkeypatch.setattr(submitting, "OPEN_MAX", 1)
    floor.post(floor.alice, SUBMIT, {"txHash": "0x" + "1" * 64}, 201)
    told = floor.refused(floor.alice, SUBMIT, {"txHash": "0x" + "2" * 64})
    assert told == (409, "TOO_MANY_PENDING", {"most": 1})
    # The first again, and somebody else's, are another matter.
    floor.post(floor.alice, SUBMIT, {"txHash": "0x" + "1" * 64})
    floor.post(floor.bob, SUBMIT, {"txHash": "0x" + "2" * 64}, 201)


def test_nobody_sees_somebody_elses(floor, buy):
    tx_hash = floor.post(floor.alice, SUBMIT, {"rawTx": buy(floor.alice)}, 201)["txHash"]
    assert floor.get(floor.bob, f"transactions/{tx_hash}", 404)["reason"] == "NO_SUCH_TRANSACTION"
    assert floor.get(floor.bob, "transactions")["total"] == 0


def test_the_clock_looks_where_something_is_open(floor, monkeypatch):
    now = datetime.now(tz=UTC)
    assert following.start_due(now) is None
    handed_in(floor)
    stepped = []
    monkeypatch.setattr(following._last, "follower", type("", (), {"step": stepped.append})())
    thread = following.start_due(now)
    thread.join(20)
    assert stepped == [now]


def handed_in(floor, **changes):
    fields = {
        "user": floor.user(floor.alice),
        "sender": floor.alice.address.lower(),
        "chain_id": 1,
        "contract": floor.contract,
        "hash": "0x" + "1" * 64,
        "from_block": 1,
    }
    return Submission.objects.create(**fields | changes)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"hash": "0x1"}, "submission_hex"),
        ({"sender": "0x" + "A" * 40}, "submission_hex"),
        ({"state": "lost"}, "submission_in_a_block_iff_mined"),
        ({"state": "confirmed"}, "submission_in_a_block_iff_mined"),
        ({"block_number": 5}, "submission_in_a_block_iff_mined"),
        ({"replaced_by": "0x" + "2" * 64}, "submission_replaced_only_if_dropped"),
        ({"error": {"error": "x"}}, "submission_error_only_where_it_ended_badly"),
        ({"settled_at": datetime(2026, 1, 1, tzinfo=UTC)}, "submission_pending_is_open"),
    ],
)
def test_what_cannot_be_is_not_stored(floor, changes, constraint):
    with pytest.raises(IntegrityError, match=constraint):
        handed_in(floor, **changes)


def test_each_is_there_once_for_each_user(floor):
    handed_in(floor)
    handed_in(floor, user=floor.user(floor.bob))
    with pytest.raises(IntegrityError, match="submission_once"):
        handed_in(floor)

"""Three wallets that sign for themselves, on a real EVM node: a market from its creation to its
last claim, and the same with a reorganisation in the middle.

All that they do goes through the API. After each step what it says is what the contract says.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client
from eth_utils import keccak

from chain import anvil, signed
from chain.config import from_settings
from chain.nodes import Nodes
from contracts.tests.stage import E18, EVIDENCE, FINALIZED, NO_OUTCOME, OPEN, Stage
from markets.models import Market
from trading import maker
from trading.following import Follower
from trading.models import Pool, Position
from trading.submission import Submission
from trading.tests.floor import Floor, configure, furnish

pytestmark = [pytest.mark.needs("node"), pytest.mark.timeout(300)]

FEE_WAD = E18 // 50
WEIGHTS = [1, 2, 4]
FUNDING = 1000 * E18


@pytest.fixture
def floor(settings, transactional_db, client_of):
    """A node of one's own: what is final cannot be taken back by a snapshot."""
    anvil.install()
    with anvil.Anvil(slots_in_an_epoch=1) as node:
        stage = Stage(node)
        furnish(stage)
        configure(settings, stage)
        yield Floor(stage, client_of)


class Day:
    """What the three do, each step followed and judged."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.stage = floor, floor.stage
        self.alice, self.bob, self.carol = floor.wallets
        self.market_id = 0
        self.handed_in: list[str] = []
        # Trades that nobody handed in.
        self.past_us: set[str] = set()
        followed = from_settings()
        self._follower = Follower(followed, Nodes.of(followed.rpc_urls))
        self._seconds = 0
        for role in ("CREATOR_ROLE", "RESOLVER_ROLE"):
            self.stage.do(self.stage.owner, "grantRole", keccak(text=role), self.carol.address)
        for wallet in floor.wallets:
            floor.approve(wallet)

    # --- Doing -------------------------------------------------------------------------------

    @property
    def number(self) -> int:
        return Pool.objects.get(market_id=self.market_id).number

    def do(self, wallet, path, **body):
        """Ask for a call, sign it, hand it in, and have it mined."""
        whole = {"marketId": self.market_id, **body}
        return self.hand_in(wallet, self.floor.post(wallet, path, whole))

    def call(self, wallet, function, *args):
        """Sign a call that the API doesn't prepare, and hand it in."""
        data = "0x" + self.stage.contract.interface.call(function, list(args)).hex()
        return self.hand_in(wallet, self.floor.call(self.floor.contract, data))

    def hand_in(self, wallet, call):
        told = self.floor.post(
            wallet, "trades/submit", {"rawTx": self.floor.sign(wallet, call)}, 201
        )
        assert told["state"] == "pending"
        self.handed_in.append(told["txHash"])
        self.follow()
        told = self.floor.get(wallet, f"transactions/{told['txHash']}")
        assert (told["state"], told["blockNumber"]) == ("confirmed", self.floor.head)
        return told["txHash"]

    def follow(self):
        self.floor.follow()
        self._seconds += 60
        self._follower.step(datetime.now(tz=UTC) + timedelta(seconds=self._seconds))

    def at(self, when):
        """Have the chain's clock say so in the next block."""
        self.stage.node.rpc("evm_setNextBlockTimestamp", when)

    # --- Steps -------------------------------------------------------------------------------

    def create(self):
        now = self.stage.now
        terms = (
            *(self.stage.token.address, len(WEIGHTS), now + 3600, now + 86_400, 600),
            *(FEE_WAD, b"\x01" * 32),
        )
        self.call(self.carol, "createMarket", terms, FUNDING, WEIGHTS)
        self.market_id = Market.objects.get(kind=Market.Kind.POOL).pk

    def trade(self):
        """Enter and leave in every way."""
        self.do(self.bob, "liquidity/add", amount=str(500 * E18))
        self.agree()
        self.do(self.alice, "trades/buy", outcome=1, amount=str(80 * E18))
        self.agree()
        self.do(self.bob, "trades/buy", outcome=3, amount=str(45 * E18 + 1))
        self.agree()
        self.do(self.alice, "trades/sell", outcome=1, amount=str(20 * E18))
        self.agree()
        held = self.stage.read("sharesOf", self.number, self.bob.address)[2]
        self.do(self.bob, "trades/sell", outcome=3, shares=str(held // 2))
        self.agree()
        lp, _ = self.stage.read("lpOf", self.number, self.bob.address)
        self.do(self.bob, "liquidity/remove", lp=str(lp // 3))
        self.agree()

    def finish(self):
        """Have a result, and everybody paid."""
        state = self.stage.market(self.number)
        self.at(state.closesAt)
        self.call(self.carol, "proposeResult", self.number, 0, EVIDENCE)
        self.agree()
        self.at(self.stage.market(self.number).disputableUntil)
        self.call(self.bob, "finalizeResult", self.number)
        self.agree()
        for wallet in self.floor.wallets:
            if self.stage.read("sharesOf", self.number, wallet.address)[0]:
                before = self.stage.balance(wallet.address)
                owed = self.stage.read("sharesOf", self.number, wallet.address)[0]
                self.do(wallet, "trades/claim")
                assert self.stage.balance(wallet.address) == before + owed
                self.agree()
        for wallet in (self.bob, self.carol):
            lp, _ = self.stage.read("lpOf", self.number, wallet.address)
            self.do(wallet, "liquidity/remove", lp=str(lp))
            self.do(wallet, "trades/claim")
            self.agree()

    def replay(self):
        """Nothing is otherwise afterwards."""
        before = self._rows()
        call_command("chain_replay")
        assert self._rows() == before
        self.agree()
        self.lists_agree()

    def _rows(self):
        keyed = ("Pool", "Trade", "Liquidity", "Proposal", "Resolution", "Claim")
        rows = [apps.get_model("trading", name).objects.order_by("pk").values() for name in keyed]
        # Numbered as they come to be written.
        positions = Position.objects.order_by("pool", "owner").values()
        return [*map(list, rows), [row | {"id": 0} for row in positions]]

    # --- Judging -----------------------------------------------------------------------------

    def agree(self):
        """Hold what the API says against what the contract says."""
        state = self.stage.market(self.number)
        self.market_agrees(state)
        self.pool_agrees(state)
        for wallet in self.floor.wallets:
            self.position_agrees(wallet, state)
        if state.status == OPEN:
            self.quotes_agree()

    def lists_agree(self):
        """Hold what the API lists against what the node has."""
        self.transactions_agree()
        self.trades_agree()

    def market_agrees(self, state):
        told = Client().get(f"/api/v1/markets/{self.market_id}").json()["market"]
        expected = {1: "active", 2: "closed", 3: "settled"}[state.status]
        assert told["status"] == expected
        if state.status == OPEN:
            prices = [str(price) for price in maker.prices(state.pools)]
            assert [each["price"] for each in told["options"]] == prices
        updates = Client().get(f"/api/v1/markets/{self.market_id}/odds/updates").json()
        seqs = [each["seq"] for each in updates["updates"]]
        assert all(after == before + 1 for before, after in pairwise(seqs))
        assert seqs[-1] == told["seq"]
        payload = updates["updates"][-1]["payload"]
        shown = [(each["price"], each["odds"]) for each in told["options"]]
        assert [(each["price"], each["odds"]) for each in payload["outcomes"]] == shown
        assert (payload["status"], payload["source"]) == (expected, "amm")

    def transactions_agree(self):
        told = {
            each["txHash"]: each
            for wallet in self.floor.wallets
            for each in self.floor.get(wallet, "transactions", pageSize=100)["items"]
        }
        assert set(told) == set(self.handed_in)
        for tx_hash in self.handed_in:
            receipt = self.floor.receipt(tx_hash)
            state, block = told[tx_hash]["state"], told[tx_hash]["blockNumber"]
            if receipt is None:
                assert (state in {"pending", "dropped"}, block) == (True, None)
            else:
                assert (state, block) == ("confirmed", int(receipt["blockNumber"], 16))

    def pool_agrees(self, state):
        told = Client().get(f"/api/v1/markets/{self.market_id}/pool").json()
        assert told["reserves"] == [str(each) for each in state.pools]
        assert (told["lpSupply"], told["backing"]) == (str(state.lpSupply), str(state.backing))
        assert (told["fees"], told["paused"]) == (str(state.fees), False)
        proposed = None if state.outcome == NO_OUTCOME else state.outcome + 1
        assert (told["proposal"] and told["proposal"]["outcome"]) == proposed
        result = told["result"]
        assert (result and result["outcome"]) == (proposed if state.status == FINALIZED else None)

    def position_agrees(self, wallet, state):
        told = self.floor.get(wallet, f"positions/{self.market_id}")
        shares = self.stage.read("sharesOf", self.number, wallet.address)
        held = {each["outcome"]: each["shares"] for each in told["outcomes"]}
        assert held == {number: str(each) for number, each in enumerate(shares, 1) if each}
        lp, due = self.stage.read("lpOf", self.number, wallet.address)
        provided = told["liquidity"] or {"lp": "0", "feesDue": "0"}
        assert (provided["lp"], provided["feesDue"]) == (str(lp), str(due))
        owed = shares[state.outcome] if state.status == FINALIZED else 0
        assert told["claimable"] == str(owed)

    def trades_agree(self):
        """Each trade that was handed in, and no other, is in its trader's history and in public."""
        told = {
            each["txHash"]
            for wallet in self.floor.wallets
            for each in self.floor.get(wallet, "trades", pageSize=100)["items"]
        }
        answer = Client().get(f"/api/v1/markets/{self.market_id}/trades?pageSize=100").json()
        assert told == {each["txHash"] for each in answer["items"]}
        ours = Submission.objects.filter(function__in=["buy", "sell"], state="confirmed")
        assert told == self.past_us.union(ours.values_list("hash", flat=True))

    def quotes_agree(self):
        for side, function, outcome in (("buy", "calcBuy", 2), ("sell", "calcSell", 0)):
            body = {"marketId": self.market_id, "outcome": outcome + 1, "side": side}
            told = self.floor.post(self.alice, "trades/quote", body | {"amount": str(3 * E18 + 1)})
            shares, fee = self.stage.read(function, self.number, outcome, 3 * E18 + 1)
            assert (told["shares"], told["fee"]) == (str(shares), str(fee))


@pytest.fixture
def day(floor):
    return Day(floor)


def test_a_market_from_its_creation_to_its_last_claim(day, floor):
    day.create()
    day.agree()
    day.trade()
    day.finish()

    # What stays is the locked LP's.
    state = day.stage.market(day.number)
    assert state.lpSupply == 1000
    assert state.backing < E18 // 10**12
    day.replay()
    assert {each.state for each in Submission.objects.all()} == {"confirmed"}


def test_the_same_with_a_reorganisation_in_the_middle(day, floor):
    day.create()
    day.do(day.bob, "liquidity/add", amount=str(500 * E18))
    for _ in range(3):
        floor.node.rpc("evm_mine")
    first = day.do(day.alice, "trades/buy", outcome=1, amount=str(80 * E18))
    second = day.do(day.bob, "trades/buy", outcome=3, amount=str(45 * E18))
    day.agree()
    seq = Market.objects.get(pk=day.market_id).seq

    # Both blocks go; in the first of the new ones Bob buys something else instead.
    body = {"marketId": day.market_id, "outcome": 2, "amount": str(11 * E18), "slippageBps": 5000}
    nonce = floor.get(day.bob, f"transactions/{second}")["nonce"]
    other = floor.sign(day.bob, floor.post(day.bob, "trades/buy", body), nonce=nonce)
    day.past_us = {signed.read(other).hash}
    floor.node.rpc("anvil_reorg", 2, [[other, 0]])
    floor.node.rpc("evm_setAutomine", False)
    day.follow()

    day.agree()
    day.lists_agree()
    told = floor.get(day.bob, f"transactions/{second}")
    assert (told["state"], bool(told["replacedBy"])) == ("dropped", True)
    assert floor.get(day.alice, f"transactions/{first}")["state"] == "pending"
    told = Client().get(f"/api/v1/markets/{day.market_id}/odds/updates?since_seq={seq}").json()
    assert "reorg" in {each["payload"].get("reason") for each in told["updates"]}

    # Alice's was sent again, and is mined after all.
    floor.node.rpc("evm_setAutomine", True)
    floor.node.rpc("evm_mine")
    day.follow()
    assert floor.get(day.alice, f"transactions/{first}")["state"] == "confirmed"
    day.agree()
    day.do(day.alice, "trades/sell", outcome=1, amount=str(20 * E18))
    day.finish()
    day.replay()

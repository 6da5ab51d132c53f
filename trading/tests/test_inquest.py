"""What is made of a node's word about transactions where it says little, or nonsense."""

from types import SimpleNamespace

import pytest
from django.conf import settings as house
from eth_utils.crypto import keccak

from chain import profiles
from chain.artifacts import artifact
from chain.calls import Interface
from chain.errors import BadAnswer, Behind, Refused, Reverted
from trading import fate, inquest
from trading.fate import Fate, Receipt
from trading.submission import Submission

CONTRACT, SENDER = "0x" + "c0" * 20, "0x" + "a1" * 20
HASH, OTHER = "0x" + "1" * 64, "0x" + "2" * 64
BLOCK = "0x" + "b" * 64
MARKET = Interface(artifact("OddsMarket").abi)
SHOWN = {
    "hash": HASH,
    "from": SENDER.upper().replace("X", "x"),
    "to": CONTRACT,
    "nonce": "0x7",
    "input": MARKET.call("finalizeResult", 1),
    "gas": "0x5208",
    "value": "0x0",
    "blockNumber": None,
}
RECEIPT = {"status": "0x1", "blockNumber": "0x64", "blockHash": BLOCK, "gasUsed": "0x10"}


class Node:
    """A node with an answer to each method; a function of the parameters, where there is one."""

    name = "memory"

    def __init__(self, **answers):
        self.answers = answers
        self.calls = []

    def batch(self, calls):
        return [self._said(*call) for call in calls]

    def call(self, method, params):
        said = self._said(method, params)
        if isinstance(said, Exception):
            raise said
        return said

    def _said(self, method, params):
        self.calls.append((method, params))
        answer = self.answers[method.removeprefix("eth_")]
        return answer(*params) if callable(answer) else answer


@pytest.fixture
def followed():
    return SimpleNamespace(contract=CONTRACT, profile=profiles.load(house.CHAIN_PROFILE))


def row(**changes):
    known = {"chain_id": 1, "sender": SENDER, "contract": CONTRACT, "hash": HASH}
    return Submission(**known, from_block=90, **changes)


def found(followed, shown, receipt):
    node = Node(getTransactionByHash=shown, getTransactionReceipt=receipt)
    (told,) = inquest.found(node, followed, [row()])
    return told


def test_a_transaction_is_read_with_what_it_calls(followed):
    told = found(followed, SHOWN, None)
    assert (told.nonce, told.called.function, told.called.number) == (7, "finalizeResult", 1)
    assert not told.is_foreign
    told = found(followed, SHOWN | {"blockNumber": "0x64"}, RECEIPT)
    assert told.receipt == Receipt(True, 100, BLOCK)


@pytest.mark.parametrize(
    "changes", [{"from": CONTRACT}, {"to": SENDER}, {"to": None}, {"input": "0x12345678"}]
)
def test_what_is_not_ours_is_known_by_it(followed, changes):
    assert found(followed, SHOWN | changes, None).is_foreign


@pytest.mark.parametrize(
    ("shown", "receipt"),
    [(Behind("no"), None), (SHOWN, Refused("no")), (None, RECEIPT)],
)
def test_what_a_node_cannot_say_is_left_open(followed, shown, receipt):
    assert found(followed, shown, receipt) is None


@pytest.mark.parametrize(
    ("shown", "receipt"),
    [
        (7, None),
        ({}, None),
        (SHOWN | {"nonce": "seven"}, None),
        (SHOWN | {"input": None}, None),
        (SHOWN | {"input": "0xzz"}, None),
        (SHOWN, {}),
        (SHOWN, RECEIPT | {"status": None}),
        (SHOWN, RECEIPT | {"blockHash": 7}),
    ],
)
def test_nonsense_is_no_answer(followed, shown, receipt):
    with pytest.raises(BadAnswer):
        found(followed, shown, receipt)


def test_where_a_nonce_cannot_be_told_the_others_are():
    def count(who, block):
        return Behind("no such state") if block == "0x5" else "0x7"

    node = Node(getTransactionCount=count)
    assert inquest.nonces(node, [SENDER], head=9, final=5) == {SENDER: (7, None)}
    assert inquest.nonces(node, [SENDER], head=9, final=None) == {SENDER: (7, None)}
    # A node that has not got to the final block is asked about its head.
    assert inquest.nonces(node, [SENDER], head=9, final=99) == {SENDER: (7, 7)}


def evidence(node, followed, judged, shown=SHOWN, receipt=RECEIPT, **of_row):
    told = found(followed, shown, receipt)
    return inquest.evidence(node, followed, row(**of_row), told, judged, head=100)


FAILED = Fate(fate.FAILED, Receipt(False, 100, BLOCK))
REPLACED = Fate(fate.DROPPED, is_replaced=True)
# What the contract says: TooEarly(5).
REFUSAL = f"0x{keccak(text='TooEarly(uint256)')[:4].hex()}{5:064x}"
REFUSED = Reverted("execution reverted", 3, REFUSAL)
WHY = {"error": "TooEarly", "values": {"from": "5"}}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"call": REFUSED}, WHY),
        # A node that takes no other time than its own.
        ({"call": lambda *p: REFUSED if len(p) == 2 else Refused("too many arguments")}, WHY),
        # It would go through by now; it refuses in words of no contract; nothing is left of it.
        ({"call": "0x"}, None),
        ({"call": Reverted("execution reverted", 3, "0x12345678")}, None),
        ({"call": Behind("missing trie node")}, None),
        ({"getBlockByNumber": None}, None),
        ({"getBlockByNumber": Behind("no such block")}, None),
    ],
)
def test_why_one_failed(followed, answers, why):
    node = Node(**{"getBlockByNumber": {"timestamp": "0x9"}} | answers)
    assert evidence(node, followed, FAILED).error == why


@pytest.mark.django_db
def test_why_one_failed_is_asked_once(followed):
    kept = {"state": fate.FAILED, "block_hash": BLOCK, "error": WHY}
    assert evidence(Node(), followed, FAILED, **kept).error == WHY


@pytest.mark.django_db
def test_one_that_used_all_its_gas(followed):
    receipt = RECEIPT | {"gasUsed": SHOWN["gas"]}
    told = evidence(Node(), followed, FAILED, receipt=receipt)
    assert told.error == {"error": "OutOfGas", "values": {}}


def counted(spent_in):
    """The count of a sender whose nonce 7 was spent in a block."""
    return lambda who, block: hex(8 if int(block, 16) >= spent_in else 7)


def block_with(tx_hash, **changes):
    return {"transactions": [SHOWN | {"nonce": "0x6"}, SHOWN | {"hash": tx_hash} | changes]}


@pytest.mark.django_db
@pytest.mark.parametrize("spent_in", [90, 91, 97, 100])
def test_who_took_a_nonce_is_looked_for(followed, spent_in):
    blocks = []

    def block(number, whole):
        blocks.append((int(number, 16), whole))
        return block_with(OTHER)

    node = Node(getTransactionCount=counted(spent_in), getBlockByNumber=block)
    told = evidence(node, followed, REPLACED, shown=None, receipt=None, nonce=7)
    assert told.replaced_by == OTHER
    assert blocks == [(spent_in, True)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "answers",
    [
        {"getTransactionCount": Behind("missing trie node")},
        {"getBlockByNumber": None},
        {"getBlockByNumber": {"transactions": []}},
        {"getBlockByNumber": {"transactions": ["0x1"]}},
    ],
)
def test_where_that_cannot_be_found_nobody_is_named(followed, answers):
    node = Node(
        **{"getTransactionCount": counted(95), "getBlockByNumber": block_with(OTHER)} | answers
    )
    told = evidence(node, followed, REPLACED, shown=None, receipt=None, nonce=7)
    assert told.replaced_by == ""


@pytest.mark.django_db
def test_one_that_took_its_nonce_itself_is_not_dropped(followed):
    """The node has its block, and has not got round to its receipt."""
    node = Node(getTransactionCount=counted(95), getBlockByNumber=block_with(HASH))
    assert evidence(node, followed, REPLACED, shown=None, receipt=None, nonce=7) is None

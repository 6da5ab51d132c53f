import pytest
from eth_utils.crypto import keccak

from chain.artifacts import artifact
from chain.calls import Interface

MARKET = Interface(artifact("OddsMarket").abi)
ALICE = "0x" + "a1" * 20


def word(number):
    return f"{number:064x}"


def test_a_call_is_its_selector_and_its_arguments():
    assert MARKET.call("sharesOf", 7, ALICE) == f"0xe78307ca{word(7)}{'0' * 24}{'a1' * 20}"


def test_a_struct_is_a_tuple_on_the_way_in():
    wanted = (ALICE, 2, 10, 20, 60, 10**16, b"\x07" * 32)
    data = MARKET.call("createMarket", wanted, 5, [1, 3])[10:]
    assert data[: 64 * 2] == "0" * 24 + "a1" * 20 + word(2)
    assert data.endswith(word(2) + word(1) + word(3))


@pytest.mark.parametrize(
    ("function", "words", "value"),
    [
        ("seq", [9], 9),
        ("sharesOf", [32, 2, 5, 6], [5, 6]),
        ("lpOf", [3, 4], (3, 4)),
        ("stateDigest", [255], "0x" + word(255)),
    ],
)
def test_an_answer_is_its_value_or_a_tuple_of_several(function, words, value):
    assert MARKET.answer(function, "0x" + "".join(map(word, words))) == value


def test_a_struct_is_a_dict_on_the_way_out():
    abi = [
        {
            "type": "function",
            "name": "both",
            "inputs": [],
            "outputs": [
                {
                    "type": "tuple",
                    "name": "",
                    "components": [
                        {"name": "owner", "type": "address"},
                        {"name": "amounts", "type": "uint256[]"},
                    ],
                }
            ],
        }
    ]
    both = Interface(abi)
    assert both.members("both") == {"owner", "amounts"}
    data = word(32) + "0" * 24 + "a1" * 20 + word(64) + word(1) + word(5)
    assert both.answer("both", "0x" + data) == {"owner": ALICE, "amounts": [5]}


@pytest.mark.parametrize("data", ["0x", "0x00", "0x" + word(32), "0x" + word(32) + word(2**64)])
def test_other_bytes_are_no_answer(data):
    with pytest.raises(ValueError, match="sharesOf is answered by"):
        MARKET.answer("sharesOf", data)


def test_what_a_contract_cannot_be_asked_is_known():
    assert MARKET.has("getMarket")
    assert "pools" in MARKET.members("getMarket")
    foreign = Interface([])
    assert not foreign.has("getMarket")
    assert foreign.members("getMarket") == foreign.members("seq") == set()


def test_a_call_tells_its_function_and_its_arguments():
    data = MARKET.call("buy", 7, 1, 500, 400, 99)
    arguments = {"marketId": 7, "outcome": 1, "collateralIn": 500, "minShares": 400, "deadline": 99}
    assert MARKET.called(data) == ("buy", arguments)
    # Wallets may append what they like; the contract does not read it.
    assert MARKET.called(data + "abcd") == ("buy", arguments)


def test_a_refusal_tells_its_name_and_its_values():
    selector = keccak(text="TooFewShares(uint256,uint256,uint256)")[:4].hex()
    too_few = f"0x{selector}{word(1)}{word(40)}{word(50)}"
    assert MARKET.refusal(too_few) == ("TooFewShares", {"outcome": 1, "shares": 40, "least": 50})


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("0x4e487b71" + word(17), ("Panic", {"code": 17})),
        ("0x08c379a0" + word(32) + word(2) + "6e6f" + "0" * 60, ("Error", {"message": "no"})),
        ("0x", None),
        ("0x12345678", None),
        # Cut, and no text.
        ("0x08c379a0" + word(32) + word(2), None),
        ("0x08c379a0" + word(32) + word(2) + "ffff" + "0" * 60, None),
    ],
)
def test_what_every_contract_may_refuse_with(data, told):
    assert MARKET.refusal(data) == told

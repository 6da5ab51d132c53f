"""Logs of the reference contract: decoded as eth_abi encodes them, and dirty ones refused."""

from dataclasses import fields

import eth_abi
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from chain import logs, profiles
from chain.abi import Undecodable
from chain.events import EVENTS, SharesBought
from chain.logs import Log
from chain.tests.fake_contract import CONTRACT
from chain.tests.fake_contract import EVENTS as WRITTEN
from chain.tests.fake_contract import event as emitted
from chain.tests.test_abi import VALUES, ours, uints

PROFILE = profiles.load(settings.CHAIN_PROFILE)
MORE = {"uint32": uints(32)}


def log(topics, data) -> Log:
    return Log(7, "0x" + "1" * 64, 3, "0x" + "2" * 64, CONTRACT, tuple(topics), data)


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


@st.composite
def said(draw):
    """An event's name and values, whatever they are."""
    name = draw(st.sampled_from([kind.__name__ for kind in EVENTS]))
    return name, {key: draw((VALUES | MORE)[kind]) for key, kind, _ in WRITTEN[name]}


@given(said())
def test_every_event_is_decoded_as_it_was_said(event):
    name, values = event
    told = emitted(name, **values)
    decoded = logs.decode(PROFILE, log(told.topics, told.data))
    assert type(decoded).__name__ == name
    for field in fields(decoded):
        assert getattr(decoded, field.name) == ours(values[camel_case(field.name)])


@given(said(), st.data())
def test_a_log_with_one_byte_changed_says_something_else_or_nothing(event, data):
    name, values = event
    told = emitted(name, **values)
    clean = logs.decode(PROFILE, log(told.topics, told.data))
    dirty = [bytearray.fromhex(text[2:]) for text in (*told.topics[1:], told.data)]
    part = data.draw(st.sampled_from([each for each in dirty if each]))
    part[data.draw(st.integers(0, len(part) - 1))] ^= data.draw(st.integers(1, 255))
    *topics, rest = ("0x" + bytes(each).hex() for each in dirty)
    try:
        found = logs.decode(PROFILE, log((told.topics[0], *topics), rest))
    except Undecodable:
        return
    assert found != clean


BOUGHT = {
    "marketId": 5,
    "trader": "0x" + "a1" * 20,
    "outcome": 1,
    "seq": 9,
    "collateralIn": 2**256 - 1,
    "fee": 0,
    "sharesOut": 3,
    "poolsAfter": [1, 2],
}


def bought() -> Log:
    told = emitted("SharesBought", **BOUGHT)
    return log(told.topics, told.data)


def test_the_extremes_of_an_amount_are_amounts():
    assert logs.decode(PROFILE, bought()) == SharesBought(
        market_id=5,
        trader="0x" + "a1" * 20,
        outcome=1,
        seq=9,
        collateral_in=2**256 - 1,
        fee=0,
        shares_out=3,
        pools_after=(1, 2),
    )


def test_an_ignored_event_means_nothing():
    paused = emitted("Paused", account="0x" + "a1" * 20)
    assert logs.decode(PROFILE, log(paused.topics, paused.data)) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"topics": ()}, "no event has the topic none"),
        ({"topics": ("0x" + "ee" * 32,)}, "no event has the topic 0xeeee"),
        ({"topics": bought().topics[:3]}, "SharesBought: 3 topics, not 4"),
        ({"data": "0x"}, "SharesBought: 0 words where at least 5 belong"),
        ({"data": bought().data[:-2]}, "SharesBought: 255 bytes are no whole number of words"),
        ({"data": bought().data + "00" * 32}, "SharesBought: 1 words too many"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_a_reason(changes, reason):
    strange = bought()
    for name, value in changes.items():
        setattr(strange, name, value)
    with pytest.raises(Undecodable) as refusal:
        logs.decode(PROFILE, strange)
    assert reason in str(refusal.value)


def test_the_market_is_found_where_the_data_is_broken():
    strange = bought()
    strange.data = "0x"
    assert logs.market_of(PROFILE, strange) == 5
    strange.topics = strange.topics[:1]
    assert logs.market_of(PROFILE, strange) is None
    strange.topics = ("0x" + "ee" * 32,)
    assert logs.market_of(PROFILE, strange) is None


def test_another_contract_is_a_profile():
    """Its own names, its own order, and more members than we have a use for."""
    entry = {
        "type": "event",
        "name": "FPMMBuy",
        "inputs": [
            {"name": "note", "type": "string", "indexed": False},
            {"name": "buyer", "type": "address", "indexed": True},
            {"name": "question", "type": "uint256", "indexed": False},
            {"name": "sharesOut", "type": "uint256", "indexed": False},
            {"name": "poolsAfter", "type": "uint256[2]", "indexed": False},
            {"name": "fee", "type": "uint256", "indexed": False},
            {"name": "amount", "type": "uint256", "indexed": False},
            {"name": "outcome", "type": "uint256", "indexed": True},
            {"name": "seq", "type": "uint64", "indexed": False},
        ],
    }
    names = {"trader": "buyer", "market_id": "question", "collateral_in": "amount"}
    written = {
        "events": {kind.__name__: {} for kind in EVENTS}
        | {"SharesBought": {"event": "FPMMBuy", "fields": names}},
        "first_seq": None,
    }
    others = [
        {
            "type": "event",
            "name": name,
            "inputs": [{"name": n, "type": t, "indexed": i} for n, t, i in inputs],
        }
        for name, inputs in WRITTEN.items()
        if name != "SharesBought"
    ]
    profile = profiles.compiled(written, [entry, *others])
    assert profile.first_seq is None
    data = eth_abi.encode(
        ["string", "uint256", "uint256", "uint256[2]", "uint256", "uint256", "uint64"],
        ["hello", 5, 3, [1, 2], 0, 2**256 - 1, 9],
    )
    (topic,) = (topic for topic, shape in profile.shapes.items() if shape.name == "FPMMBuy")
    topics = (topic, "0x" + "00" * 12 + "a1" * 20, "0x" + "00" * 31 + "01")
    decoded = logs.decode(profile, log(topics, "0x" + data.hex()))
    assert decoded == logs.decode(PROFILE, bought())
    # Here the market is not among the topics.
    assert logs.market_of(profile, log(topics, "0x")) is None

import copy
import json

import pytest
from django.conf import settings

from chain import config, profiles
from chain.artifacts import artifact
from chain.events import EVENTS, Deposited, Family, Withdrawn
from chain.profiles import BadProfile

ABI = artifact("OddsMarket").abi
WRITTEN = json.loads(settings.CHAIN_PROFILE.read_text(encoding="utf-8"))


def test_the_reference_profile_knows_every_event_of_the_contract():
    profile = profiles.load(settings.CHAIN_PROFILE)
    named = {shape.name: shape.kind for shape in profile.shapes.values()}
    assert named == {
        entry["name"]: next((kind for kind in EVENTS if kind.__name__ == entry["name"]), None)
        for entry in ABI
        if entry["type"] == "event"
    }
    assert profile.first_seq == 1


def test_the_vaults_knows_every_event_of_the_vault():
    profile = profiles.load(config.VAULT_PROFILE)
    named = {shape.name: shape.kind for shape in profile.shapes.values() if shape.kind}
    assert named == {"Deposited": Deposited, "Withdrawn": Withdrawn}
    assert {shape.name for shape in profile.shapes.values()} == {
        entry["name"] for entry in artifact("Vault").abi if entry["type"] == "event"
    }
    assert (profile.family, profile.first_seq) == (Family.VAULT, 1)


def changed(path, value):
    """The profile with one thing changed: None takes it away."""
    written = copy.deepcopy(WRITTEN)
    *folders, last = path
    place = written
    for name in folders:
        place = place.setdefault(name, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return written


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (["events", "SharesBought"], None, "SharesBought is not among its events."),
        (["family"], "bank", "family is 'bank': one of markets, vault."),
        (["family"], ["vault"], "family is ['vault']: one of markets, vault."),
        (["family"], "vault", "Deposited is not among its events."),
        (
            ["events", "SharesBought", "event"],
            "Bought",
            "SharesBought: the ABI has no event Bought.",
        ),
        (
            ["events", "SharesBought", "fields"],
            {"trader": "buyer"},
            "SharesBought.trader: the event has no buyer.",
        ),
        (
            ["events", "SharesBought", "fields"],
            {"fee": "trader"},
            "SharesBought.fee: trader is address, not int.",
        ),
        (
            ["events", "SharesBought", "fields"],
            {"pools_after": "fee"},
            "SharesBought.pools_after: fee is uint256, not ints.",
        ),
        (["events", "SharesBought", "event"], "SharesSold", "SharesSold is there twice."),
        (["ignored"], ["Nothing"], "ignored: the ABI has no event Nothing."),
    ],
)
def test_a_profile_that_does_not_fit_its_abi_is_refused(path, value, reason):
    written = changed(path, value)
    if "twice" in reason:
        written["events"]["SharesBought"]["fields"] = {
            "collateral_in": "collateralOut",
            "shares_out": "sharesIn",
        }
    with pytest.raises(BadProfile) as refusal:
        profiles.compiled(written, ABI)
    assert str(refusal.value) == reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"anonymous": True}, "Paused is anonymous: its logs do not say what they are."),
        (
            {"inputs": [{"name": "all", "type": "tuple", "indexed": False}]},
            "Paused: The type 'tuple' is not read here.",
        ),
    ],
)
def test_an_event_that_cannot_be_read_is_refused(change, reason):
    entries = [entry | change if entry.get("name") == "Paused" else entry for entry in ABI]
    with pytest.raises(BadProfile) as refusal:
        profiles.compiled(WRITTEN, entries)
    assert str(refusal.value) == reason


@pytest.mark.parametrize("text", [None, "{", '{"abi": "nowhere.json", "events": {}}'])
def test_a_file_that_cannot_be_read_is_named(tmp_path, text):
    path = tmp_path / "some.profile.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadProfile) as refusal:
        profiles.load(path)
    assert str(tmp_path) in str(refusal.value)
    assert "cannot be read" in str(refusal.value)


def test_a_profile_names_itself_where_it_is_wrong(tmp_path):
    (tmp_path / "abi.json").write_text("[]")
    path = tmp_path / "some.profile.json"
    path.write_text(json.dumps(WRITTEN | {"abi": "abi.json"}))
    with pytest.raises(BadProfile, match=r"some\.profile\.json: MarketCreated: the ABI has no"):
        profiles.load(path)

"""The key: where it comes from, and that it goes nowhere."""

import logging

import pytest

from contracts.tests.house import SIGNER_KEY
from kmarket.env import KeySource
from vault import errors, services, signers, signing
from vault.signers import NoSigner
from vault.tests.conftest import NOW, of_key


@pytest.fixture
def key_file(tmp_path, settings):
    path = tmp_path / "signer.key"
    path.write_text(SIGNER_KEY + "\n")
    path.chmod(0o600)
    settings.VAULT_SIGNER_KEY = KeySource("VAULT_SIGNER_KEY", path=str(path))
    return path


def refusal():
    with pytest.raises(NoSigner) as refused:
        signers.signer()
    said = str(refused.value)
    assert SIGNER_KEY[2:10] not in said
    return said


def test_a_key_from_the_environment_and_from_a_file_are_one(settings, key_file):
    from_file = signers.signer().address
    settings.VAULT_SIGNER_KEY = of_key(SIGNER_KEY)
    assert signers.signer().address == from_file
    settings.VAULT_SIGNER_KEY = of_key(SIGNER_KEY.removeprefix("0x"))
    assert signers.signer().address == from_file


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o644])
def test_a_file_that_others_may_read_is_refused(key_file, mode):
    key_file.chmod(mode)
    assert f"may be read by others (mode {mode:o}): chmod 600" in refusal()


def test_a_file_that_is_not_there_is_named(key_file):
    key_file.unlink()
    assert f"{key_file} cannot be read: No such file" in refusal()


def test_a_file_of_something_else_is_refused(key_file):
    key_file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read: it is not text" in refusal()


def test_no_key_is_said_so(settings):
    settings.VAULT_SIGNER_KEY = of_key("")
    assert refusal() == "VAULT_SIGNER_KEY is not set: no voucher can be signed here."


@pytest.mark.parametrize(
    "bad", [SIGNER_KEY + "00", SIGNER_KEY[:-1], "0x" + "0" * 64, "0x" + "f" * 64, "a key"]
)
def test_what_is_no_key_is_refused_and_not_repeated(settings, bad):
    settings.VAULT_SIGNER_KEY = of_key(bad)
    said = refusal()
    assert said.startswith("VAULT_SIGNER_KEY is no private key")
    assert bad not in said


def test_nobody_sees_the_key(vault, alice, settings, caplog):
    """Neither who looks at the objects that have it, nor who reads the log."""
    shown = [repr(each) for each in (settings.VAULT_SIGNER_KEY, signers.signer())]
    settings.VAULT_SIGNER_KEY = of_key(SIGNER_KEY + "00")
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.VaultUnavailable):
        services.withdraw(user=alice, amount=1, to=None, now=NOW)
    shown += [caplog.text, signing.trouble()]
    assert not [text for text in shown if SIGNER_KEY[2:] in text]
    assert "No voucher is signed: VAULT_SIGNER_KEY is no private key" in caplog.text

"""Who signed a text, against published vectors and eth-account as an independent signer."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from accounts import wallet

# The example of web3.js's documentation (eth.accounts.sign).
KEY = "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23"
TEXT = "Some data"
HASH = "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655"
R = "b91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
S = "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a029"
V = 0x1C
N = wallet.CURVE_ORDER


def written(r=R, s=S, v=V) -> str:
    """A signature as wallets write it; numbers or hex."""
    words = [word if isinstance(word, str) else f"{word:064x}" for word in (r, s)]
    return "0x" + "".join(words) + f"{v:02x}"


def test_a_text_is_hashed_as_eip_191_says():
    assert wallet.personal_hash(TEXT).hex() == HASH


def test_the_length_counts_bytes_and_not_letters():
    expected = encode_defunct(text="ünïcode ✓")
    assert wallet.personal_hash("ünïcode ✓") == wallet.keccak(
        b"\x19" + expected.version + expected.header + expected.body
    )


def test_the_signer_of_the_published_example():
    assert wallet.recover(TEXT, written()) == ADDRESS


@pytest.mark.parametrize("v", [1, 28])
def test_both_spellings_of_the_parity_mean_the_same(v):
    assert wallet.recover(TEXT, written(v=v)) == ADDRESS


@pytest.mark.parametrize("v", [0, 27])
def test_the_other_parity_is_another_key(v):
    assert wallet.recover(TEXT, written(v=v)) not in {ADDRESS, ""}


@pytest.mark.parametrize("v", [2, 3, 17, 26, 29, 30, 35, 36, 148, 255])
def test_any_other_v_is_malformed(v):
    with pytest.raises(wallet.MalformedSignature, match=f"v is 0, 1, 27 or 28, not {v}"):
        wallet.recover(TEXT, written(v=v))


def test_the_same_signature_with_the_upper_s_is_malformed():
    twin = written(s=N - int(S, 16), v=27)
    # A library that takes it finds the same key: that is what makes it a twin.
    assert Account.recover_message(encode_defunct(text=TEXT), signature=twin).lower() == ADDRESS

    with pytest.raises(wallet.MalformedSignature, match="upper half"):
        wallet.recover(TEXT, twin)


@pytest.mark.parametrize("s", [0, N // 2 + 1, N, 2**256 - 1])
def test_an_s_outside_the_lower_half_is_malformed(s):
    with pytest.raises(wallet.MalformedSignature, match="'s s is zero or in the upper half"):
        wallet.recover(TEXT, written(s=s))


@pytest.mark.parametrize("r", [0, N, 2**256 - 1])
def test_an_r_outside_the_order_is_malformed(r):
    with pytest.raises(wallet.MalformedSignature, match="'s r lies outside"):
        wallet.recover(TEXT, written(r=r))


def test_the_largest_s_that_is_low_is_taken():
    assert wallet.recover(TEXT, written(s=N // 2)) not in {ADDRESS, ""}


def test_an_r_that_is_no_point_of_the_curve_is_malformed():
    # x = 5 has no y on secp256k1.
    with pytest.raises(wallet.MalformedSignature, match="No key"):
        wallet.recover(TEXT, written(r=5, s=1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        written()[2:],
        written()[:-2],
        written() + "00",
        written()[:-1] + "g",
        written().replace("0x", "0X"),
        " " + written(),
        written() + "\n",
        # Digits of other scripts.
        "0x" + "\u0661" * 130,
    ],
)
def test_what_is_not_65_bytes_of_hex_is_malformed(text):
    assert not wallet.is_signature(text)
    with pytest.raises(wallet.MalformedSignature, match="130 hex digits"):
        wallet.recover(TEXT, text)


def test_hex_may_be_upper_case():
    assert wallet.recover(TEXT, "0x" + written()[2:].upper()) == ADDRESS


@given(st.integers(min_value=1, max_value=N - 1), st.text(st.characters(exclude_categories=["Cs"])))
def test_whoever_signs_is_found(secret, text):
    account = Account.from_key(secret.to_bytes(32))
    signature = account.sign_message(encode_defunct(text=text)).signature.to_0x_hex()

    assert wallet.recover(text, signature) == account.address.lower()
    assert wallet.checksum(account.address.lower()) == account.address


@pytest.mark.parametrize(
    "address",
    # EIP-55's own.
    [
        "0x52908400098527886E0F7030069857D2E4169EE7",
        "0xde709f2102306220921060314715629080e2fb77",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_an_address_is_shown_with_its_checksum(address):
    assert wallet.checksum(address.lower()) == address


def test_the_login_message_is_the_contracts():
    nonce = "3f8b6f9e-4b43-4c7e-9a55-0c2f3f1d2a10"
    assert wallet.login_message(nonce) == f"Login to KMarket: nonce={nonce}"
    assert wallet.is_login_message(wallet.login_message(nonce))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Login to KMarket: nonce=",
        "Login to KMarket: nonce=x",
        "login to kmarket: nonce=3f8b6f9e-4b43-4c7e-9a55-0c2f3f1d2a10",
        "Login to KMarket: nonce=3F8B6F9E-4B43-4C7E-9A55-0C2F3F1D2A10",
        "Login to KMarket: nonce=3f8b6f9e4b434c7e9a550c2f3f1d2a10",
        " Login to KMarket: nonce=3f8b6f9e-4b43-4c7e-9a55-0c2f3f1d2a10",
        "Login to KMarket: nonce=3f8b6f9e-4b43-4c7e-9a55-0c2f3f1d2a10\n",
        "Login to KMarket: nonce=3f8b6f9e-4b43-4c7e-9a55-0c2f3f1d2a10 and more",
    ],
)
def test_nearly_a_login_message_is_none(text):
    assert not wallet.is_login_message(text)

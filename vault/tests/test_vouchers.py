"""What is signed, against an implementation that isn't ours."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.datatypes import PrivateKey, Signature
from hypothesis import given
from hypothesis import strategies as st

from accounts.wallet import CURVE_ORDER
from contracts.tests.house import OTHER_KEY, SIGNER_KEY, TYPES
from vault import vouchers
from vault.signers import LocalSigner
from vault.vouchers import Domain, Voucher

ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda octets: "0x" + octets.hex())
UINTS = st.integers(0, 2**256 - 1)
DOMAINS = st.builds(Domain, st.integers(1, 2**63), ADDRESSES)
VOUCHERS = st.builds(Voucher, UINTS, ADDRESSES, UINTS, UINTS)
ONE = Voucher(7, "0x" + "ab" * 20, 10**18, 1_800_000_000)
HERE = Domain(56, "0x" + "5a" * 20)


def plain(domain, voucher):
    return {
        "domain_data": {
            "name": "kmarket vault",
            "version": "1",
            "chainId": domain.chain_id,
            "verifyingContract": domain.contract,
        },
        "message_types": TYPES,
        "message_data": {
            "id": voucher.id,
            "to": voucher.to,
            "amount": voucher.amount,
            "deadline": voucher.deadline,
        },
    }


@given(DOMAINS, VOUCHERS)
def test_a_voucher_is_signed_as_wallets_would(domain, voucher):
    signer = LocalSigner(PrivateKey(bytes.fromhex(SIGNER_KEY[2:])))
    theirs = Account.sign_message(encode_typed_data(**plain(domain, voucher)), SIGNER_KEY)
    assert signer.sign(vouchers.digest(domain, voucher)) == "0x" + theirs.signature.hex()
    assert signer.address == Account.from_key(SIGNER_KEY).address.lower()


@pytest.mark.parametrize("field", ["id", "to", "amount", "deadline", "chain_id", "contract"])
def test_each_word_counts(field):
    domain, voucher = HERE, ONE
    changed = {field: "0x" + "cd" * 20 if field in {"to", "contract"} else 8}
    if field in {"chain_id", "contract"}:
        domain = replace(domain, **changed)
    else:
        voucher = replace(voucher, **changed)
    assert vouchers.digest(domain, voucher) != vouchers.digest(HERE, ONE)


def test_a_signature_is_written_in_one_way():
    """A machine that answers the other s, as some do, signs for us as well."""
    digest = vouchers.digest(HERE, ONE)
    key = PrivateKey(bytes.fromhex(OTHER_KEY[2:]))
    made = key.sign_msg_hash(digest)
    low = vouchers.packed(r=made.r, s=made.s, is_odd=bool(made.v))
    high = vouchers.packed(r=made.r, s=CURVE_ORDER - made.s, is_odd=not made.v)
    assert low == high
    octets = bytes.fromhex(low[2:])
    vrs = (octets[64] - 27, int.from_bytes(octets[:32]), int.from_bytes(octets[32:64]))
    assert vrs[2] <= CURVE_ORDER // 2
    assert Signature(vrs=vrs).recover_public_key_from_msg_hash(digest) == key.public_key

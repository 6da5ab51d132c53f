"""EIP-4361's signed vectors: messages that other people's wallets signed, right and wrong.

The facts are those of the EIP's reference implementation (spruceid/siwe, test/verification_*.json).
"""

from datetime import UTC, datetime

import pytest

from accounts import siwe, wallet

EXAMPLE = {
    "domain": "login.xyz",
    "address": "0x9D85ca56217D2bb651b00f15e694EB7E713637D4",
    "statement": "Sign-In With Ethereum Example Statement",
    "nonce": "bTyXgcQxn2htgkjJn",
    "issued": "2022-01-27T17:09:38.578Z",
    "expires": "2100-01-07T14:31:43.952Z",
    "signature": "0xdc35c7f8ba2720df052e0092556456127f00f7707eaa8e3bbff7e56774e7f2e0"
    "5a093cfc9e02964c33d86e8e066e221b7d153d27e5a2e97ccd5ca7d3f2ce06cb1b",
}
NOT_YET = EXAMPLE | {
    "address": "0xE6D3Aa1F561A215E5eb1f02Ba8705385F03fCaFB",
    "nonce": "lx2nx4so",
    "issued": "2022-01-05T14:27:30.883Z",
    "expires": None,
    "begins": "2100-01-07T14:31:43.952Z",
    "signature": "0xc2539ace78f13c7eb8c0852d38d269a6f97bebd9f7872097d2e3137b541f8bf5"
    "0176062a46eeea83086bd2721423fb5755a932ff6ccc046ed482d14e4576042f1c",
}
EXPIRED = EXAMPLE | {
    "address": "0x2ecA0068307e706741445764A3D6A4402aC2A5a9",
    "nonce": "lx2nx4so",
    "issued": "2022-01-05T14:27:30.883Z",
    "expires": "2021-01-05T00:00:00Z",
    "signature": "0x7337bc2826c7678cd6bc84f5b3b236efc969b0451f9feca2328b1d3401b030c1"
    "13f19bdba359ba3f52762c66e9147311fa95fe598a1a4ec9bb383a7b4e3874241b",
}
PARITY_OF_ONE = {
    "domain": "www.tally.xyz",
    "address": "0xc95EB884FE852e241D409234bfC7045CB9E31BD7",
    "statement": "Sign in with Ethereum to Tally",
    "nonce": "15050747",
    "issued": "2022-06-30T14:08:51.382Z",
    "expires": None,
    "signature": "0x8c46b6eb8505939892d8e9b075f89f8277321b17b993151f37810cdda38cce6f"
    "4a85909d2b53e6a14629c74c0ac38bf4becde78ee5b2529812bf6cceaf7b2a2501",
}
ANOTHERS = EXAMPLE | {
    "address": "0x6Da01670d8fc844e736095918bbE11fE8D564163",
    "nonce": "rmplqh1gf",
    "issued": "2022-01-05T14:31:43.954Z",
    "signature": "0x31df81dc02344c9156e6f71da46e2db624b38f8f806290d670d46492b834b2e7"
    "575cbce9f48169356cfb577b910d8e30732fcf23c1ac0021d08b945ed7ee118e1b",
}


def written(vector):
    lines = [
        f"{vector['domain']}{siwe.GREETING}",
        *(vector["address"], "", vector["statement"], ""),
        f"URI: https://{vector['domain'].removeprefix('www.')}",
        *("Version: 1", "Chain ID: 1"),
        f"Nonce: {vector['nonce']}",
        f"Issued At: {vector['issued']}",
    ]
    if vector["expires"]:
        lines.append(f"Expiration Time: {vector['expires']}")
    if begins := vector.get("begins"):
        lines.append(f"Not Before: {begins}")
    return "\n".join(lines)


def judged(vector, *, year=2023, domain=None, nonce=None):
    siwe.judge(
        siwe.parse(written(vector)),
        domains=[domain or vector["domain"]],
        chain_id=1,
        nonce=nonce or vector["nonce"],
        address=vector["address"],
        now=datetime(year, 1, 8, tzinfo=UTC),
    )


@pytest.mark.parametrize("vector", [EXAMPLE, NOT_YET, EXPIRED, PARITY_OF_ONE])
def test_whoever_signed_is_found(vector):
    assert wallet.recover(written(vector), vector["signature"]) == vector["address"].lower()


def test_in_its_time_and_place_a_message_passes():
    judged(EXAMPLE)
    judged(NOT_YET, year=2101)


@pytest.mark.parametrize(
    ("vector", "asked", "check"),
    [
        (EXPIRED, {}, "expirationTime"),
        # The reference takes it before it was issued; we don't.
        (EXPIRED, {"year": 2020}, "issuedAt"),
        (EXAMPLE, {"year": 2200}, "expirationTime"),
        (EXAMPLE, {"domain": "example.com"}, "domain"),
        (EXAMPLE, {"nonce": "6548asdgf"}, "nonce"),
        (NOT_YET, {}, "notBefore"),
        # Its URI is of tally.xyz, without the www: a page of another host.
        (PARITY_OF_ONE, {}, "uri"),
    ],
)
def test_elsewhere_or_at_another_time_it_does_not(vector, asked, check):
    with pytest.raises(siwe.Refused) as refusal:
        judged(vector, **asked)
    assert refusal.value.check == check


def test_a_signature_of_something_else_is_anothers():
    assert wallet.recover(written(ANOTHERS), ANOTHERS["signature"]) != ANOTHERS["address"].lower()


@pytest.mark.parametrize(
    "changes",
    [
        {"issued": "2022-02-31T17:09:38.578Z"},
        {"begins": "2025-02-31T17:09:38.578Z"},
        {"expires": "2100-02-31T14:31:43.952Z"},
    ],
)
def test_a_day_that_never_is_makes_no_message(changes):
    with pytest.raises(siwe.Malformed):
        siwe.parse(written(EXAMPLE | changes))

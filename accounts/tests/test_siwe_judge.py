"""EIP-4361: what we ask of a well-formed message before it signs anybody in."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from accounts import siwe
from accounts.tests.test_siwe import FULL, NONCE, NOON, SHORT

ADDRESS = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"


def judged(text=SHORT, **changes):
    wanted = {
        "domains": ["127.0.0.1:8080", "kmarket.com"],
        "chain_id": 56,
        "nonce": NONCE,
        "address": ADDRESS,
        "now": NOON,
    }
    siwe.judge(siwe.parse(text), **wanted | changes)


@pytest.mark.parametrize("text", [SHORT, FULL])
def test_a_right_message_passes(text):
    judged(text)


def test_the_nonce_may_keep_its_dashes():
    judged(SHORT.replace(NONCE.replace("-", ""), NONCE))


def test_letter_case_does_not_matter_to_hosts():
    judged(SHORT.replace("kmarket.com wants", "KMarket.com wants"), domains=["KMARKET.com"])


def test_a_scheme_that_the_uri_has_passes():
    judged(SHORT.replace("kmarket.com wants", "https://kmarket.com wants"))


@pytest.mark.parametrize(
    ("good", "bad", "check"),
    [
        ("kmarket.com wants", "kmarket.com.evil.org wants", "domain"),
        ("kmarket.com wants", "kmarket.com:8443 wants", "domain"),
        ("kmarket.com wants", "x@kmarket.com wants", "domain"),
        ("kmarket.com wants", "http://kmarket.com wants", "scheme"),
        ("https://kmarket.com/login", "https://evil.org/login", "uri"),
        ("https://kmarket.com/login", "https://kmarket.com@evil.org/", "uri"),
        ("https://kmarket.com/login", "https://kmarket.com:8443/login", "uri"),
        ("https://kmarket.com/login", "did:key:kmarket.com", "uri"),
        ("Chain ID: 56", "Chain ID: 1", "chainId"),
        ("3f8b6f9e", "3f8b6f9f", "nonce"),
        (
            "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2",
            "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
            "address",
        ),
    ],
)
def test_what_names_something_else_is_refused(good, bad, check):
    with pytest.raises(siwe.Refused) as refusal:
        judged(SHORT.replace(good, bad))
    assert refusal.value.check == check


MICROSECOND = timedelta(microseconds=1)


def test_it_may_be_issued_up_to_a_minute_in_our_future():
    judged(now=NOON - timedelta(seconds=60))
    with pytest.raises(siwe.Refused) as refusal:
        judged(now=NOON - timedelta(seconds=60) - MICROSECOND)
    assert refusal.value.check == "issuedAt"


def test_it_expires_at_its_expiration_time():
    end = datetime(2026, 5, 1, 12, 5, 0, 250_000, UTC)
    judged(FULL, now=end - MICROSECOND)
    with pytest.raises(siwe.Refused) as refusal:
        judged(FULL, now=end)
    assert refusal.value.check == "expirationTime"


def test_it_begins_at_its_not_before():
    begin = datetime(2026, 5, 1, 13, 59, 59, tzinfo=timezone(timedelta(hours=2)))
    judged(FULL, now=begin)
    with pytest.raises(siwe.Refused) as refusal:
        judged(FULL, now=begin - MICROSECOND)
    assert refusal.value.check == "notBefore"

"""EIP-4361: the grammar, by the EIP's own example and by what departs from it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import siwe

# The example of the EIP.
EXAMPLE = """\
example.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""
SHORT = """\
kmarket.com wants you to sign in with your Ethereum account:
0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2


URI: https://kmarket.com/login
Version: 1
Chain ID: 56
Nonce: 3f8b6f9e4b434c7e9a550c2f3f1d2a10
Issued At: 2026-05-01T12:00:00Z"""
FULL = SHORT.replace("\n\n\n", "\n\nSign in.\n\n") + (
    "\nExpiration Time: 2026-05-01T12:05:00.250Z"
    "\nNot Before: 2026-05-01T13:59:59+02:00"
    "\nRequest ID: id/7%20".replace("/", "")
    + "\nResources:"
)
ADDRESS = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
NONCE = "3f8b6f9e-4b43-4c7e-9a55-0c2f3f1d2a10"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_the_eips_example_is_read_whole():
    message = siwe.parse(EXAMPLE)

    assert message.scheme is None
    assert message.domain == "example.com"
    assert message.address == "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
    assert message.statement == "I accept the ExampleOrg Terms of Service: https://example.com/tos"
    assert (message.uri.scheme, message.uri.authority) == ("https", "example.com")
    assert message.chain_id == 1
    assert message.nonce == "32891756"
    assert message.issued_at == datetime(2021, 9, 30, 16, 25, 24, tzinfo=UTC)
    assert message.expiration_time is None
    assert message.not_before is None
    assert message.request_id is None
    assert message.resources == (
        "ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/",
        "https://example.com/my-web2-claim.json",
    )


def test_every_optional_line_is_read():
    message = siwe.parse(FULL)

    assert message.statement == "Sign in."
    assert message.expiration_time == datetime(2026, 5, 1, 12, 5, 0, 250_000, UTC)
    assert message.not_before == datetime(2026, 5, 1, 11, 59, 59, tzinfo=UTC)
    assert message.request_id == "id7%20"
    assert message.resources == ()


def test_no_statement_is_two_empty_lines_and_an_empty_one_is_three():
    assert siwe.parse(SHORT).statement is None
    assert siwe.parse(SHORT.replace("\n\n\n", "\n\n\n\n")).statement == ""


@pytest.mark.parametrize(
    ("greeted", "scheme", "domain"),
    [
        ("https://kmarket.com", "https", "kmarket.com"),
        ("kmarket.com:8443", None, "kmarket.com:8443"),
        ("127.0.0.1:8080", None, "127.0.0.1:8080"),
        ("[::1]:8080", None, "[::1]:8080"),
        ("[v1.fe]", None, "[v1.fe]"),
        ("user:pass@kmarket.com", None, "user:pass@kmarket.com"),
        ("git+ssh://kmarket.com", "git+ssh", "kmarket.com"),
        ("k%6darket.com", None, "k%6darket.com"),
    ],
)
def test_a_domain_is_any_authority_with_or_without_a_scheme(greeted, scheme, domain):
    message = siwe.parse(SHORT.replace("kmarket.com wants", f"{greeted} wants"))
    assert (message.scheme, message.domain) == (scheme, domain)


@pytest.mark.parametrize(
    "greeted",
    [
        "",
        "https://",
        "://kmarket.com",
        "1https://kmarket.com",
        "kmarket.com/login",
        "kmarket.com?",
        "kmarket.com#x",
        "kmarket .com",
        "kmarket.com:80x",
        "k%6market.com",
        "ĸmarket.com",
        "[::1",
        "[fe80::1%eth0]",
        "[1:2:3:4:5:6:7:8:9]",
        "[::256.0.0.1]",
        "[]",
        "a@b@kmarket.com",
    ],
)
def test_what_is_no_authority_is_no_domain(greeted):
    with pytest.raises(siwe.Malformed, match="domain"):
        siwe.parse(SHORT.replace("kmarket.com wants", f"{greeted} wants"))


@pytest.mark.parametrize(
    "uri",
    [
        "https://kmarket.com",
        "https://kmarket.com/",
        "https://kmarket.com:443/a/b;c=d/%20?q=a/b?c#frag/ment?",
        "did:key:z6Mk",
        "urn:isbn:0451450523",
        "mailto:a@b.c",
        "file:///etc",
        "a:",
        "a:/b//c",
        "uri://[2001:db8::7]/x",
    ],
)
def test_uris_of_rfc_3986(uri):
    siwe.parse(SHORT.replace("https://kmarket.com/login", uri))
    assert siwe.parse(f"{SHORT}\nResources:\n- {uri}").resources == (uri,)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "kmarket.com",
        "/login",
        "://kmarket.com",
        "https://kmarket.com/a b",
        "https://kmarket.com/%zz",
        "https://kmarket.com/a#b#c",
        "https://kmarket.com/[x]",
        "https://kmarket.com/ä",
        "https://[::1/",
        "https://[1::2::3]/",
        "https://kmarket.com:80x/",
        "1ttps://kmarket.com",
        "https://kmarket.com/\t",
    ],
)
def test_what_is_no_uri(uri):
    with pytest.raises(siwe.Malformed, match="URI"):
        siwe.parse(SHORT.replace("https://kmarket.com/login", uri))
    with pytest.raises(siwe.Malformed, match="resource"):
        siwe.parse(f"{SHORT}\nResources:\n- {uri}")


REQUIRED = ["URI", "Version", "Chain ID", "Nonce", "Issued At"]
OPTIONAL = ["Expiration Time", "Not Before", "Request ID", "Resources"]


@pytest.mark.parametrize("name", REQUIRED)
def test_no_required_line_may_be_missing(name):
    kept = [line for line in SHORT.split("\n") if not line.startswith(f"{name}: ")]
    with pytest.raises(siwe.Malformed):
        siwe.parse("\n".join(kept))


@pytest.mark.parametrize("count", range(len(SHORT.split("\n"))))
def test_no_beginning_of_a_message_is_one(count):
    with pytest.raises(siwe.Malformed):
        siwe.parse("\n".join(SHORT.split("\n")[:count]))


@pytest.mark.parametrize("position", range(len(FULL.split("\n")) - 1))
def test_no_two_lines_may_change_places(position):
    lines = FULL.split("\n")
    first, second = lines[position : position + 2]
    lines[position : position + 2] = [second, first]
    with pytest.raises(siwe.Malformed):
        siwe.parse("\n".join(lines))


@pytest.mark.parametrize("position", range(len(FULL.split("\n")) + 1))
@pytest.mark.parametrize("line", ["", "More: x", "Nonce: 32891756"])
def test_no_line_may_come_on_top(position, line):
    lines = FULL.split("\n")
    lines.insert(position, line)
    with pytest.raises(siwe.Malformed):
        siwe.parse("\n".join(lines))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("wants you to sign in", "Wants you to sign in"),
        ("Ethereum account:", "Ethereum account"),
        ("0xC02a", "0XC02a"),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", ADDRESS),
        ("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2", "0x" + ADDRESS[2:].upper()),
        ("0xC02aaA39", "0xc02aaA39"),
        ("756Cc2", "756Cc"),
        ("Version: 1", "Version: 2"),
        ("Version: 1", "Version: 01"),
        ("Version: 1", "version: 1"),
        ("Version: 1", "Version:1"),
        ("Chain ID: 56", "Chain ID: "),
        ("Chain ID: 56", "Chain ID: 0x38"),
        ("Chain ID: 56", "Chain ID: -56"),
        ("Chain ID: 56", "Chain ID: \u0665\u0666"),
        ("Chain ID: 56", "Chain ID: " + "5" * 5000),
        ("Nonce: 3f8b6f9e4b434c7e9a550c2f3f1d2a10", "Nonce: 1234567"),
        ("Nonce: 3f8b6f9e4b434c7e9a550c2f3f1d2a10", "Nonce: 1234-5678"),
        ("Nonce: 3f8b6f9e4b434c7e9a550c2f3f1d2a10", "Nonce: 12345678 "),
        ("Nonce: 3f8b6f9e4b434c7e9a550c2f3f1d2a10", "Nonce: \u0661\u06623456\u0663\u0664"),
        ("Sign in.", "Sign\tin."),
        ("Sign in.", 'Say "yes".'),
        ("Sign in.", "Ännderung"),
        ("Sign in.", "50%"),
        ("Sign in.", "Two\nlines"),
        ("Request ID: id7", "Request ID: id/7"),
        ("Request ID: id7", "Request ID: id 7"),
        ("Resources:", "Resources: "),
        ("Resources:", "Resources:\n"),
        ("Resources:", "Resources:\n* https://kmarket.com"),
        ("Resources:", "Resources:\nhttps://kmarket.com"),
        ("Resources:", "Resources:\n-https://kmarket.com"),
        ("Resources:", "Resources:\n- https://kmarket.com\n"),
    ],
)
def test_departures_from_the_grammar(good, bad):
    assert good in FULL
    with pytest.raises(siwe.Malformed):
        siwe.parse(FULL.replace(good, bad, 1))


def test_windows_line_ends_are_no_line_feeds():
    with pytest.raises(siwe.Malformed):
        siwe.parse(SHORT.replace("\n", "\r\n"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-05-01T12:00:00Z", NOON),
        ("2026-05-01t12:00:00z", NOON),
        ("2026-05-01T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-05-01T12:00:00.1234567891Z", NOON + timedelta(microseconds=123_456)),
        ("2026-05-01T14:00:00+02:00", NOON),
        ("2026-05-01T06:30:00-05:30", NOON),
        ("2026-05-01T12:00:00-00:00", NOON),
        ("2028-02-29T00:00:00Z", datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_dates_of_rfc_3339(written, meant):
    assert siwe.parse(SHORT.replace("2026-05-01T12:00:00Z", written)).issued_at == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "now",
        "2026-05-01",
        "2026-05-01 12:00:00Z",
        "2026-05-01T12:00:00",
        "2026-05-01T12:00Z",
        "2026-5-1T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-05-01T24:00:00Z",
        "2026-05-01T12:60:00Z",
        "2026-05-01T12:00:61Z",
        "2026-05-01T12:00:00.Z",
        "2026-05-01T12:00:00,5Z",
        "2026-05-01T12:00:00+0200",
        "2026-05-01T12:00:00+24:00",
        "2026-05-01T12:00:00+02:60",
        "0000-05-01T12:00:00Z",
        "+02026-05-01T12:00:00Z",
        "20260501T120000Z",
        "\u0662\u066026-05-01T12:00:00Z",
        "1777636800",
    ],
)
@pytest.mark.parametrize("name", ["Issued At", "Expiration Time", "Not Before"])
def test_what_is_no_date(name, written):
    lines = [f"{name}: {written}" if line.startswith(name) else line for line in FULL.split("\n")]
    with pytest.raises(siwe.Malformed, match=name):
        siwe.parse("\n".join(lines))


@given(st.text())
def test_any_text_is_read_or_refused(text):
    for candidate in (text, SHORT + text, SHORT.replace("Sign in.", text), text + SHORT):
        try:
            siwe.parse(candidate)
        except siwe.Malformed:
            continue


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        (EXAMPLE, True),
        (EXAMPLE.partition("\n")[0], True),
        ("Login to KMarket: nonce=" + NONCE, False),
        ("", False),
    ],
)
def test_a_message_is_known_by_its_first_line(text, is_meant):
    assert siwe.is_meant(text) is is_meant

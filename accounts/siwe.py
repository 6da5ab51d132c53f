"""Sign-In with Ethereum (EIP-4361): the text parsed to its ABNF, then judged. Pure.

`parse` knows the grammar, `judge` what we ask of a message. Signatures are `wallet`'s.
"""

import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from eth_utils.address import to_checksum_address

from accounts import uris

# How far a wallet's clock may be ahead of ours.
LEEWAY = timedelta(seconds=60)
GREETING = " wants you to sign in with your Ethereum account:"
VERSION = "1"

_STATEMENT = re.compile(rf"(?:{uris.RESERVED_OR_UNRESERVED}| )*")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_CHAIN_ID = re.compile(r"[0-9]{1,78}")
# The grammar allows letters and digits. Ours are UUIDs, taken as they were given out too.
_NONCE = re.compile(r"[A-Za-z0-9]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_REQUEST_ID = re.compile(rf"{uris.PCHAR}*")
# RFC 3339, with its rule that T and Z may be small.
_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?"
    r"(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))",
    re.ASCII,
)


class Malformed(ValueError):
    """The text does not follow the grammar."""


class Refused(Exception):
    """A well-formed message that does not sign in here and now. `check` names what is wrong."""

    def __init__(self, check: str, why: str) -> None:
        super().__init__(why)
        self.check = check


@dataclass(frozen=True, slots=True)
class Message:
    """What the text says. `address` as written; instants are aware."""

    scheme: str | None
    domain: str
    address: str
    statement: str | None
    uri: uris.Uri
    chain_id: int
    nonce: str
    issued_at: datetime
    expiration_time: datetime | None
    not_before: datetime | None
    request_id: str | None
    resources: tuple[str, ...]


def is_meant(text: str) -> bool:
    """Tell whether the text means to be a message of this kind, well-formed or not."""
    return text.partition("\n")[0].endswith(GREETING)


def parse(text: str) -> Message:
    """Read a message.

    Raises:
        Malformed: it does not follow EIP-4361's grammar, or its address has a wrong checksum.
    """
    lines = _Lines(text)
    scheme, domain = _origin(lines.take("the greeting"))
    # In the order of the lines: each of these takes its own from the front.
    message = Message(
        scheme=scheme,
        domain=domain,
        address=_address(lines.take("the address")),
        statement=_statement(lines),
        uri=_uri(lines.field("URI"), "URI"),
        chain_id=_chain_id(lines),
        nonce=_matching(_NONCE, lines.field("Nonce"), "Nonce"),
        issued_at=_instant(lines.field("Issued At"), "Issued At"),
        expiration_time=_optional_instant(lines, "Expiration Time"),
        not_before=_optional_instant(lines, "Not Before"),
        request_id=_request_id(lines),
        resources=_resources(lines),
    )
    if lines.rest:
        raise Malformed(f"There is no place for the line {lines.rest[0]!r}.")
    return message


def judge(
    message: Message,
    *,
    domains: list[str],
    chain_id: int,
    nonce: str,
    address: str,
    now: datetime,
) -> None:
    """Let a message pass that signs `address` in here and now, with the nonce it was given.

    Raises:
        Refused: it names another site, chain, nonce or address, or another time.
    """
    domain, scheme = message.domain.lower(), (message.scheme or message.uri.scheme).lower()
    ends = message.expiration_time
    begins = message.not_before
    checks = (
        ("domain", domain in {known.lower() for known in domains}, "It signs in to another site."),
        ("uri", (message.uri.authority or "").lower() == domain, "Its URI is of another site."),
        ("scheme", message.uri.scheme.lower() == scheme, "Its URI has another scheme."),
        ("chainId", message.chain_id == chain_id, f"Its chain is not {chain_id}."),
        # The grammar knows no dashes: clients that keep to it leave them out.
        ("nonce", message.nonce in {nonce, nonce.replace("-", "")}, "It has another nonce."),
        ("address", message.address.lower() == address.lower(), "It names another address."),
        ("issuedAt", message.issued_at <= now + LEEWAY, "It was issued in the future."),
        ("expirationTime", ends is None or now < ends, "It has expired."),
        ("notBefore", begins is None or begins <= now, "It is not valid yet."),
    )
    for check, is_right, why in checks:
        if not is_right:
            raise Refused(check, why)


class _Lines:
    """The lines of a text, taken from the front."""

    def __init__(self, text: str) -> None:
        self.rest = deque(text.split("\n"))

    def next_is(self, start: str) -> bool:
        return bool(self.rest) and self.rest[0].startswith(start)

    def take(self, what: str) -> str:
        if not self.rest:
            raise Malformed(f"The text ends before {what}.")
        return self.rest.popleft()

    def empty(self, where: str) -> None:
        if line := self.take(where):
            raise Malformed(f"There should be an empty line {where}, not {line!r}.")

    def field(self, name: str) -> str:
        line = self.take(name)
        if not line.startswith(f"{name}: "):
            raise Malformed(f"There should be a line {name}: …, not {line!r}.")
        return line.removeprefix(f"{name}: ")


def _matching(pattern: re.Pattern[str], text: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise Malformed(f"The {what} is not well-formed.")
    return text


def _origin(line: str) -> tuple[str | None, str]:
    if not line.endswith(GREETING):
        raise Malformed(f"The first line ends with {GREETING!r}.")
    scheme, separator, domain = line.removesuffix(GREETING).rpartition("://")
    if not domain or not uris.is_authority(domain) or (separator and not uris.is_scheme(scheme)):
        raise Malformed("The domain is not well-formed.")
    return scheme or None, domain


def _address(line: str) -> str:
    address = _matching(_ADDRESS, line, "address")
    # Elsewhere one case throughout will do. Here the grammar asks for the checksum.
    if address != to_checksum_address(address):
        raise Malformed("The address lacks its EIP-55 checksum.")
    return address


def _statement(lines: _Lines) -> str | None:
    lines.empty("after the address")
    line = lines.take("the statement")
    # Two empty lines are no statement; a third says that there is one, of no characters.
    if not line and lines.next_is("URI: "):
        return None
    lines.empty("after the statement")
    return _matching(_STATEMENT, line, "statement")


def _chain_id(lines: _Lines) -> int:
    if lines.field("Version") != VERSION:
        raise Malformed(f"The Version is {VERSION}.")
    return int(_matching(_CHAIN_ID, lines.field("Chain ID"), "Chain ID"))


def _uri(text: str, what: str) -> uris.Uri:
    uri = uris.parse(text)
    if uri is None:
        raise Malformed(f"The {what} is not well-formed.")
    return uri


def _optional_instant(lines: _Lines, name: str) -> datetime | None:
    return _instant(lines.field(name), name) if lines.next_is(f"{name}: ") else None


def _instant(text: str, name: str) -> datetime:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise Malformed(f"The {name} is not well-formed.")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    fraction, sign, hours, minutes = match.groups()[6:]
    zone = UTC
    if sign:
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        zone = timezone(-ahead if sign == "-" else ahead)
    microsecond = int(((fraction or "") + "000000")[:6])
    try:
        return datetime(year, month, day, hour, minute, second, microsecond, zone)
    except ValueError:
        raise Malformed(f"The {name} names a time that never is.") from None


def _request_id(lines: _Lines) -> str | None:
    if not lines.next_is("Request ID: "):
        return None
    return _matching(_REQUEST_ID, lines.field("Request ID"), "Request ID")


def _resources(lines: _Lines) -> tuple[str, ...]:
    if not lines.rest or lines.rest[0] != "Resources:":
        return ()
    lines.take("the resources")
    found = []
    while lines.rest:
        line = lines.take("a resource")
        if not line.startswith("- "):
            raise Malformed(f"A resource is a line that begins with a dash, not {line!r}.")
        _uri(line[2:], "resource")
        found.append(line[2:])
    return tuple(found)

"""URIs and authorities to the grammar of RFC 3986, appendix A. Pure."""

import ipaddress
import re
from dataclasses import dataclass

_UNRESERVED = r"A-Za-z0-9\-._~"
_SUB_DELIMS = r"!$&'()*+,;="
_ESCAPED = r"%[0-9A-Fa-f]{2}"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
PCHAR = rf"(?:[{_UNRESERVED}{_SUB_DELIMS}:@]|{_ESCAPED})"
RESERVED_OR_UNRESERVED = rf"[{_UNRESERVED}{_SUB_DELIMS}:/?#\[\]@]"

_PATH = rf"(?:{PCHAR}|/)*"
_QUERY = rf"(?:{PCHAR}|[/?])*"
_HOST = rf"(?:\[[^\[\]]*\]|(?:[{_UNRESERVED}{_SUB_DELIMS}]|{_ESCAPED})*)"
_AUTHORITY = re.compile(
    rf"(?:(?:[{_UNRESERVED}{_SUB_DELIMS}:]|{_ESCAPED})*@)?(?P<host>{_HOST})(?::[0-9]*)?"
)
_URI = re.compile(
    rf"(?P<scheme>{_SCHEME}):(?://(?P<authority>[^/?#]*)(?:/{_PATH})?|(?!//){_PATH})"
    rf"(?:\?{_QUERY})?(?:#{_QUERY})?"
)
_FUTURE_ADDRESS = re.compile(rf"[vV][0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB_DELIMS}:]+")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]+")


@dataclass(frozen=True, slots=True)
class Uri:
    """The parts of a URI that say where it lies. Without `//` there is no authority."""

    scheme: str
    authority: str | None


def parse(text: str) -> Uri | None:
    """Return the parts of a URI, None where the text is none."""
    match = _URI.fullmatch(text)
    if match is None:
        return None
    authority = match["authority"]
    if authority is not None and not is_authority(authority):
        return None
    return Uri(scheme=match["scheme"], authority=authority)


def is_scheme(text: str) -> bool:
    """Tell whether the text is a scheme, such as https."""
    return re.fullmatch(_SCHEME, text) is not None


def is_authority(text: str) -> bool:
    """Tell whether the text is [userinfo@]host[:port]. An empty host is one too."""
    match = _AUTHORITY.fullmatch(text)
    if match is None:
        return False
    host = match["host"]
    return not host.startswith("[") or _is_address(host[1:-1])


def _is_address(literal: str) -> bool:
    if _FUTURE_ADDRESS.fullmatch(literal):
        return True
    # What `ipaddress` allows beyond the grammar, such as a zone, has other characters.
    if not _IPV6.fullmatch(literal):
        return False
    try:
        ipaddress.IPv6Address(literal)
    except ValueError:
        return False
    return True

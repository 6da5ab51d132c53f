"""Takes out of a text what nobody may read in a log, or where errors are kept for us."""

import re
from functools import lru_cache

from django.conf import settings

HIDDEN = "[hidden]"
# Secret wherever it turns up: a JSON web token, and a wallet's signature (65 bytes or more).
_BY_SHAPE = re.compile(r"eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\b0x[0-9a-fA-F]{130,}")
# By what stands before it. A private key looks like a transaction's hash, which is none.
_BY_NAME = re.compile(
    r"(?i)((?:token|password|secret|signature|(?:signer|private|api)[_-]?key|authorization)"
    r"['\"]?\s*[=:]\s*['\"]?(?:bearer\s+)?|bearer[ .])[^\s'\"&,;)}\]]+"
)
_IN_URL = re.compile(r"(://[^\s/@:]*:)[^\s/@]+(?=@)")
# Shorter ones would be found in ordinary words.
_OWN_LENGTH_MIN = 8


def scrubbed(text: str) -> str:
    """Return the text without tokens, signatures, passwords, and secrets from our settings."""
    for secret in _own():
        text = text.replace(secret, HIDDEN)
    text = _BY_SHAPE.sub(HIDDEN, text)
    return _IN_URL.sub(rf"\1{HIDDEN}", _BY_NAME.sub(rf"\1{HIDDEN}", text))


@lru_cache(maxsize=1)
def _own() -> tuple[str, ...]:
    secrets = (
        *(settings.JWT_SECRET, settings.SECRET_KEY, settings.METRICS_TOKEN),
        *(settings.VAULT_SIGNER_KEY.value, settings.SENTRY_DSN),
        # A node's address may hold the key to it.
        *settings.CHAIN_RPC_URLS,
    )
    return tuple(secret for secret in secrets if len(secret) >= _OWN_LENGTH_MIN)

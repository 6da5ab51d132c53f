"""A file that was looked at and not yet confirmed: one for each session of an operator.

It waits in Redis for fifteen minutes: what is confirmed is what was shown, and no browser has to
send it again. Lost, it is uploaded again.
"""

import hashlib
import json
import zlib
from dataclasses import asdict, dataclass
from datetime import datetime

from kmarket import cache
from kmarket.errors import Unavailable
from markets.imports import Wanted

KEPT_SECONDS = 15 * 60


@dataclass(frozen=True, slots=True)
class Terms:
    """How a file is to be imported."""

    prices: Wanted
    starts: datetime | None  # of its earliest match; None: as the file says
    reason: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file, how it is to be imported, and the digest of what that was shown to do."""

    name: str
    content: bytes
    terms: Terms
    digest: str = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def keep(upload: Upload, *, session_key: str) -> None:
    """Keep a file in the place of the one before.

    Raises:
        Unavailable: Redis is away.
    """
    about = asdict(upload.terms) | {"name": upload.name, "digest": upload.digest}
    head = json.dumps(about, default=str).encode()
    try:
        cache.redis().set(
            _key(session_key), head + b"\n" + zlib.compress(upload.content, 1), ex=KEPT_SECONDS
        )
    except cache.RedisAway as exc:
        raise Unavailable from exc


def take(*, session_key: str) -> Upload | None:
    """Return the session's file, which is kept no more: of two confirmations one gets it.

    Raises:
        Unavailable: Redis is away.
    """
    try:
        kept = cache.redis().getdel(_key(session_key))
    except cache.RedisAway as exc:
        raise Unavailable from exc
    if kept is None:
        return None
    head, _, packed = kept.partition(b"\n")
    about = json.loads(head)
    starts = about["starts"] and datetime.fromisoformat(about["starts"])
    terms = Terms(prices=Wanted(about["prices"]), starts=starts, reason=about["reason"])
    return Upload(about["name"], zlib.decompress(packed), terms, about["digest"])


def _key(session_key: str) -> str:
    # The cookie itself must not be readable in Redis.
    return f"import:{hashlib.sha256(session_key.encode()).hexdigest()}"

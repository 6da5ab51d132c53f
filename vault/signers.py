"""Who signs vouchers. The key stays in here: nothing returns it, prints it or logs it.

A signer knows its address and signs digests of 32 bytes. The local one has the key in memory; an
HSM or a KMS takes its place with these two members and a line in `signer`.
"""

import os
import re
import stat
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from eth_keys.datatypes import PrivateKey
from eth_utils.exceptions import ValidationError

from kmarket.env import KeySource
from vault import vouchers

_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class NoSigner(Exception):
    """There is no key that can be used. The message says why, and never what it is."""


class Signer(Protocol):
    """Signs vouchers for the house."""

    @property
    def address(self) -> str:
        """Whose signature it is: 0x and 40 lower-case hex digits."""
        ...

    def sign(self, digest: bytes, /) -> str:
        """Return a signature as the contract takes it (`vouchers.packed`).

        Raises:
            NoSigner: it cannot now.
        """
        ...


class LocalSigner:
    """Has the key in this process's memory."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key
        self.address: str = key.public_key.to_address()

    def __repr__(self) -> str:
        return f"LocalSigner({self.address})"

    def sign(self, digest: bytes) -> str:
        made = self._key.sign_msg_hash(digest)
        return vouchers.packed(r=made.r, s=made.s, is_odd=bool(made.v))


def signer() -> Signer:
    """Return who signs here.

    Raises:
        NoSigner: no key is set, or it is none, or its file is open to others.
    """
    return _local(settings.VAULT_SIGNER_KEY)


@lru_cache(maxsize=1)
def _local(source: KeySource) -> LocalSigner:
    text = source.value or _read(source)
    if not _KEY.fullmatch(text):
        raise NoSigner(f"{source.name} is no private key: 0x and 64 hex digits.")
    try:
        return LocalSigner(PrivateKey(bytes.fromhex(text.removeprefix("0x"))))
    except (ValidationError, ValueError):
        # Without its words: they may repeat the key.
        raise NoSigner(f"{source.name} is no private key of secp256k1.") from None


def _read(source: KeySource) -> str:
    if not source.path:
        raise NoSigner(f"{source.name} is not set: no voucher can be signed here.")
    try:
        with Path(source.path).open(encoding="utf-8") as file:
            # Of the file that is open, not of another that takes its name meanwhile.
            mode = os.fstat(file.fileno()).st_mode
            if mode & _OTHERS:
                raise NoSigner(
                    f"{source.name}_FILE={source.path} may be read by others"
                    f" (mode {stat.S_IMODE(mode):o}): chmod 600."
                )
            return file.read(1000).strip()
    except (OSError, UnicodeDecodeError) as exc:
        said = exc.strerror if isinstance(exc, OSError) else "it is not text"
        raise NoSigner(f"{source.name}_FILE={source.path} cannot be read: {said}.") from None

"""Wallets that are contracts (ERC-1271, ERC-6492): who asks the chain whether one signed.

The chain is another app's, which registers itself here; without one, only keys sign in.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Check(Protocol):
    def __call__(self, *, address: str, digest: bytes, signature: bytes, now: datetime) -> bool:
        """Return whether the contract at `address` stands by a signature of 32 bytes.

        Raises:
            Unavailable: no node says so now, or too many ask.
        """


class _Registered:
    """Who asks, and whether there is a chain to ask."""

    check: Check | None = None
    is_on: Callable[[], bool] = staticmethod(bool)


def register(check: Check, *, is_on: Callable[[], bool]) -> None:
    """Have `check` asked wherever `is_on` says that there is a chain."""
    _Registered.check, _Registered.is_on = check, staticmethod(is_on)


def are_known() -> bool:
    """Tell whether a contract can be asked at all."""
    return _Registered.check is not None and _Registered.is_on()


def signed(*, address: str, digest: bytes, signature: bytes, now: datetime) -> bool:
    """Return whether the contract at `address` stands by the signature.

    Raises:
        Unavailable: nobody can say so now.
    """
    check = _Registered.check
    assert check is not None, "ask are_known() first"
    return check(address=address, digest=digest, signature=signature, now=now)

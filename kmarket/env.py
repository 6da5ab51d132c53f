"""Typed reading of the environment. Only `settings.py` calls these."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

SECRET_BYTES_MIN = 32


@dataclass(frozen=True)
class KeySource:
    """Where a private key is: in the variable itself, or in a file; nowhere, if neither. Whoever
    needs it reads it, and looks at it then: what it is good for stops without it, not the rest."""

    name: str
    value: str = field(default="", repr=False)
    path: str = ""


class Misconfigured(SystemExit):
    """A setting that cannot be used: the process ends with this one line and exit code 1."""


def env_str(name: str, default: str = "") -> str:
    """Return the variable, or `default` where it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, *, default: bool) -> bool:
    """Read on/off, 1/0, true/false or yes/no.

    Raises:
        Misconfigured: any other word.
    """
    text = env_str(name).lower()
    if not text:
        return default
    if text in {"1", "on", "true", "yes"}:
        return True
    if text in {"0", "off", "false", "no"}:
        return False
    raise Misconfigured(f"{name}={text!r} is neither on nor off: set it to 1 or 0.")


def env_int(name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
    """Read a whole number within [least, most].

    Raises:
        Misconfigured: no whole number, or outside the bounds.
    """
    text = env_str(name, str(default))
    try:
        value = int(text)
    except ValueError:
        raise Misconfigured(f"{name}={text!r} is not a whole number.") from None
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"between {least} and {most}"
        raise Misconfigured(f"{name}={value} must be {bounds}.")
    return value


def env_list(name: str) -> list[str]:
    """Read a comma-separated list; empty members are dropped."""
    return [part.strip() for part in env_str(name).split(",") if part.strip()]


def env_secret(name: str, *, kept_in: Path | None) -> str:
    """Read a secret from NAME, or from the file that NAME_FILE names.

    Where neither is set, one is made at the first start and kept in the folder `kept_in`, so
    that a newcomer needs no setting and sessions outlive a restart. `None` says that this
    process is production, where a secret that nobody chose is refused.

    Raises:
        Misconfigured: unset where it must be set, shorter than 32 bytes, or unreadable.
    """
    secret = env_str(name)
    path = env_str(f"{name}_FILE")
    try:
        if not secret and path:
            secret = Path(path).read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise Misconfigured(f"{name} cannot be read: {exc}.") from None
    if not secret and kept_in is not None:
        try:
            return _kept_secret(kept_in / f"{name.lower()}.txt")
        except OSError as exc:
            raise Misconfigured(
                f"The data folder {kept_in} cannot be used ({exc.strerror}):"
                " name another one in KMARKET_DATA_DIR."
            ) from None
    if not secret:
        raise Misconfigured(f"{name} is not set: production needs at least 32 random bytes.")
    if len(secret.encode()) < SECRET_BYTES_MIN:
        raise Misconfigured(f"{name} is shorter than 32 bytes: choose a longer one.")
    return secret


def env_key(name: str, *, path: str = "") -> KeySource:
    """Return where NAME's key is: NAME itself, or the file that NAME_FILE names, or else `path`."""
    value, named = env_str(name), env_str(f"{name}_FILE")
    return KeySource(name, value, "" if value else named or path)


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        # Written whole under another name first: of several processes that start at once, one
        # gives the secret its name, and none reads half of it.
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48), encoding="utf-8")
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8")

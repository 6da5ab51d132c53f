"""What docker-compose.yml says, read as compose reads it."""

import re
from typing import Any

import yaml

from e2e.running import ROOT

_VARIABLE = re.compile(r"\$\{(\w+):([-?])([^}]*)\}")


def services() -> dict[str, dict[str, Any]]:
    """Return every service, its anchors merged."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return found


def ours() -> dict[str, dict[str, Any]]:
    """Return the services that run our image."""
    return {name: service for name, service in services().items() if "build" in service}


def filled(text: str, given: dict[str, str]) -> str:
    """Fill in the variables of a value.

    Raises:
        AssertionError: one has no default and is not given.
    """

    def value(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if given.get(name):
            return given[name]
        assert kind == "-", f"{name} {rest}"
        return rest

    return _VARIABLE.sub(value, text)


def environment(service: str, **given: str) -> dict[str, str]:
    """Return what the processes of one of our services find in their environment."""
    stated = ours()[service]["environment"]
    return {name: filled(str(value), given) for name, value in stated.items()}

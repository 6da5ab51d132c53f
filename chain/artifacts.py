"""The compiled contracts of contracts/artifacts/, as the compiler left them.

Committed, so that nothing needs a compiler to run; `npm run build` in contracts/ makes them.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parent.parent / "contracts"
ARTIFACTS = CONTRACTS / "artifacts"


@dataclass(frozen=True)
class Artifact:
    """One contract, ready to deploy."""

    contract: str
    # Its file in contracts/.
    source: str
    abi: list[dict[str, Any]]
    # "0x…": what is sent to deploy it, the constructor's arguments to be appended.
    bytecode: str
    # "0x…": what stands at its address afterwards, but for immutables.
    deployed_bytecode: str
    compiler: dict[str, Any]
    # Of all sources that went into it, libraries too: SHA-256 by name, and of those together.
    source_hashes: dict[str, str]
    source_hash: str


@cache
def artifact(contract: str) -> Artifact:
    """Return a contract's artifact.

    Raises:
        LookupError: there is no contract of that name.
    """
    path = ARTIFACTS / f"{contract}.json"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in ARTIFACTS.glob("*.json")))
        raise LookupError(
            f"No contract {contract!r} in {ARTIFACTS} ({known or 'nothing'} there):"
            " name one of these, or build it with `npm run build` in contracts/."
        ) from None
    stored = json.loads(text)
    return Artifact(
        contract=stored["contract"],
        source=stored["source"],
        abi=stored["abi"],
        bytecode=stored["bytecode"],
        deployed_bytecode=stored["deployedBytecode"],
        compiler=stored["compiler"],
        source_hashes=stored["sources"],
        source_hash=stored["sourceHash"],
    )

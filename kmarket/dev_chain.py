"""What the development chain of `CHAIN=dev make run` leaves in the data folder.

    DATA_DIR/chain/state.json      the chain itself, as anvil saves it
    DATA_DIR/chain/deployed.json   which contracts on it are ours
    DATA_DIR/chain/signer.key      what signs its vault's vouchers

No Django here: settings.py asks this module which contract it is.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

# Of wallets and signatures, too: nobody's money is there, and none of its transactions is good
# anywhere else.
CHAIN_ID = 31337
# A question, its outcomes, and the weights of their first reserves: the likelier, the smaller.
MARKETS = [
    ("Does it rain in Hanoi on New Year's Day?", ["Yes", "No"], [60, 40]),
    ("Who wins the cup?", ["Lakers", "Warriors", "Somebody else"], [30, 40, 60]),
]


@dataclass(frozen=True, slots=True)
class Deployment:
    """A market contract, the token that its markets are in, and where the chain has it; the vault
    for the same token."""

    contract: str
    token: str
    block: int
    block_hash: str
    # Empty: an older chain, without one.
    vault: str = ""
    vault_block: int = 0


def folder(data_dir: Path) -> Path:
    """Return the chain's folder; it may not be there yet."""
    return data_dir / "chain"


def signer_key(data_dir: Path) -> Path:
    """Return where the key of its vault's signer is; it may not be there yet."""
    return folder(data_dir) / "signer.key"


def deployed(data_dir: Path) -> Deployment | None:
    """Return what is deployed; None where nothing is, or nobody can tell any more."""
    try:
        return Deployment(**json.loads(_path(data_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remember(data_dir: Path, deployment: Deployment) -> None:
    """Keep what is deployed, whole or not at all."""
    path = _path(data_dir)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(deployment), indent=4) + "\n", encoding="utf-8")
    draft.replace(path)


def stamp(data_dir: Path) -> int:
    """Return a number that is another each time something is remembered."""
    try:
        return _path(data_dir).stat().st_mtime_ns
    except OSError:
        return 0


def _path(data_dir: Path) -> Path:
    return folder(data_dir) / "deployed.json"

"""The development chain's vault: who signs for it, what is in it, what newcomers are given."""

import secrets
from collections.abc import Iterable
from pathlib import Path

from eth_keys.datatypes import PrivateKey

from chain import deploying
from chain.artifacts import artifact
from chain.calls import Interface
from chain.deploying import Receipt
from chain.rpc import Node
from kmarket import dev_chain
from kmarket.dev_chain import Deployment

# In whole tokens: what the house lends its demo, whose faucet gives away what nobody deposited;
# what goes out in a day; what a newcomer begins with.
FLOAT = 10**9
DAILY_LIMIT = 10**6
GIFT = 1000
GAS_MONEY = 10**18

_MONEY = Interface(artifact("TestToken").abi)


def deploy(
    node: Node, data_dir: Path, deployer: str, *, token: str, decimals: int, owner: str
) -> Receipt:
    """Deploy a vault for a token whose signer's key lies in the data folder, and fill it.

    Raises:
        Reverted, NodeError: as `chain.deploying` says.
    """
    signer = PrivateKey(bytes.fromhex(_key(data_dir))).public_key.to_address()
    unit = 10**decimals
    made = deploying.deploy(
        node, deployer, artifact("Vault"), token, owner, signer, DAILY_LIMIT * unit
    )
    data = _MONEY.call("mint", made.contract, FLOAT * unit)
    deploying.send(node, deployer, data, to=token)
    return made


def welcome(
    node: Node, deployment: Deployment, addresses: Iterable[str], *, decimals: int
) -> list[str]:
    """Give test tokens, and what their gas costs, to wallets that have neither; return which.

    Raises:
        Reverted, NodeError: as `chain.deploying` says.
    """
    owner, *_ = deploying.accounts(node)
    given = []
    for address in addresses:
        if int(node.call("eth_getBalance", [address, "latest"]), 16):
            continue
        data = _MONEY.call("mint", address, GIFT * 10**decimals)
        deploying.send(node, owner, data, to=deployment.token)
        # Last: whoever has it was given the tokens, too.
        node.call("anvil_setBalance", [address, hex(GAS_MONEY)])
        given.append(address)
    return given


def _key(data_dir: Path) -> str:
    """Return the signer's key, made now if there is none. Nobody's money hangs on it."""
    path = dev_chain.signer_key(data_dir)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()

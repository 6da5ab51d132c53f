"""Deploy the market contract, a token for its markets and a vault, on a development chain."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chain import deploying, dev_vault
from chain.artifacts import artifact
from chain.deploying import Receipt
from chain.errors import NodeError
from chain.rpc import Node


class Command(BaseCommand):
    help = (
        "Deploy the market contract on a development chain (chain id 1337 or 31337), with a token"
        " that anybody may mint and, where --signer names who signs for it, a vault; and print the"
        " settings that follow them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rpc",
            default=f"http://127.0.0.1:{settings.CHAIN_DEV_PORT}",
            help="the node's JSON-RPC endpoint (default: %(default)s)",
        )
        parser.add_argument("--token", default="", help="use this token instead of a new one")
        parser.add_argument("--signer", default="", help="the address whose vouchers a vault pays")

    def handle(self, *, rpc: str, token: str, signer: str, **options: Any) -> str:
        node = Node(rpc)
        try:
            owner, *_ = deploying.accounts(node)
            if not token:
                symbol, decimals = settings.TOKEN_SYMBOL, settings.TOKEN_DECIMALS
                made = deploying.deploy(
                    node, owner, artifact("TestToken"), symbol, symbol, decimals
                )
                token = made.contract
            contract = deploying.deploy(node, owner, artifact("OddsMarket"), owner)
            vault = _vault(node, owner, token, signer) if signer else None
            chain_id = int(node.call("eth_chainId", []), 16)
        except (deploying.NoDevelopment, deploying.Reverted, NodeError) as exc:
            raise CommandError(str(exc)) from exc
        return "\n".join(
            [
                f"The markets' token is {token}. {owner} has every role. To follow the contract:",
                f"CHAIN_RPC_URLS={rpc}",
                f"CHAIN_ID={chain_id}",
                f"CHAIN_CONTRACT={contract.contract}",
                f"CHAIN_START_BLOCK={contract.block}",
                *([] if vault is None else _settings(vault)),
            ]
        )


def _vault(node: Node, owner: str, token: str, signer: str) -> Receipt:
    limit = dev_vault.DAILY_LIMIT * 10**settings.TOKEN_DECIMALS
    return deploying.deploy(node, owner, artifact("Vault"), token, owner, signer, limit)


def _settings(vault: Receipt) -> list[str]:
    return [f"VAULT_CONTRACT={vault.contract}", f"VAULT_START_BLOCK={vault.block}"]

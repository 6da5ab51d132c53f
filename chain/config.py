"""Which chain, which contracts, through which nodes: the settings, as the listener takes them."""

from dataclasses import dataclass

from django.conf import settings

from chain import profiles
from chain.events import Family
from chain.finality import Finality
from chain.profiles import Profile

# The vault is a contract of ours: nobody else's takes our vouchers.
VAULT_PROFILE = settings.BASE_DIR / "chain" / "vault.profile.json"


class NotConfigured(Exception):
    """There is no chain, or no such contract on it: the settings name none."""


@dataclass(frozen=True)
class ChainConfig:
    """One contract on one chain."""

    chain_id: int
    contract: str  # 0x and 40 lower-case hex digits
    start_block: int
    finality: Finality
    profile: Profile
    rpc_urls: tuple[str, ...] = ()
    poll_seconds: float = 0.5


def is_configured() -> bool:
    """Tell whether there is a chain at all."""
    return bool(settings.CHAIN_RPC_URLS)


def families() -> list[Family]:
    """Return the contracts that are followed; none where there is no chain."""
    if not is_configured():
        return []
    return [Family.MARKETS, Family.VAULT] if settings.VAULT_CONTRACT else [Family.MARKETS]


def from_settings(family: Family = Family.MARKETS) -> ChainConfig:
    """Return what the environment says of a contract.

    Raises:
        NotConfigured: there is no chain, or no vault.
        BadProfile: CHAIN_PROFILE cannot be used.
    """
    if not is_configured():
        raise NotConfigured(
            "There is no chain: set CHAIN_RPC_URLS; or CHAIN=dev, as beside `CHAIN=dev make run`."
        )
    if family not in families():
        raise NotConfigured("VAULT_CONTRACT is not set: there is no vault.")
    contract, start_block, profile = {
        Family.MARKETS: (
            settings.CHAIN_CONTRACT,
            settings.CHAIN_START_BLOCK,
            settings.CHAIN_PROFILE,
        ),
        Family.VAULT: (settings.VAULT_CONTRACT, settings.VAULT_START_BLOCK, VAULT_PROFILE),
    }[family]
    return ChainConfig(
        chain_id=settings.CHAIN_ID,
        contract=contract,
        start_block=start_block,
        finality=Finality.parse(settings.CHAIN_FINALITY),
        profile=profiles.load(profile),
        rpc_urls=tuple(settings.CHAIN_RPC_URLS),
        poll_seconds=settings.CHAIN_POLL_MS / 1000,
    )

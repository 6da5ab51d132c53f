"""Which chain, which contract, through which nodes: the settings, as the listener takes them."""

from dataclasses import dataclass

from django.conf import settings

from chain import profiles
from chain.finality import Finality
from chain.profiles import Profile


class NotConfigured(Exception):
    """There is no chain: CHAIN_RPC_URLS is not set."""


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


def from_settings() -> ChainConfig:
    """Return what the environment says.

    Raises:
        NotConfigured: there is no chain.
        BadProfile: CHAIN_PROFILE cannot be used.
    """
    if not is_configured():
        raise NotConfigured(
            "There is no chain: set CHAIN_RPC_URLS; or CHAIN=dev, as beside `CHAIN=dev make run`."
        )
    return ChainConfig(
        chain_id=settings.CHAIN_ID,
        contract=settings.CHAIN_CONTRACT,
        start_block=settings.CHAIN_START_BLOCK,
        finality=Finality.parse(settings.CHAIN_FINALITY),
        profile=profiles.load(settings.CHAIN_PROFILE),
        rpc_urls=tuple(settings.CHAIN_RPC_URLS),
        poll_seconds=settings.CHAIN_POLL_MS / 1000,
    )

"""What `manage.py check --deploy` says beyond Django's own: settings wrong in production."""

from typing import Any

from django.conf import settings
from django.core import checks

# Networks larger than this hold more than proxies of ours.
NETWORK_BITS_MIN = {4: 8, 6: 32}


@checks.register(checks.Tags.security, deploy=True)
def check_production(**_: Any) -> list[checks.CheckMessage]:
    """Name what is right for development and not where strangers come."""
    found = {
        "W001": (
            "*" in settings.ALLOWED_HOSTS,
            "ALLOWED_HOSTS takes any name: list the names that this house is known by.",
        ),
        "W002": (not settings.RATE_LIMIT, "RATE_LIMIT is off: it is for load tests."),
        "W003": (
            settings.DEMO,
            "DEMO is on: its faucet gives money away, and its admin's password is in a file.",
        ),
        "W004": (
            any(net.prefixlen < NETWORK_BITS_MIN[net.version] for net in settings.TRUSTED_PROXIES),
            "TRUSTED_PROXIES names half the world: anybody there may say who they are.",
        ),
        "W005": (
            settings.TLS and not settings.TRUSTED_PROXIES,
            "TLS is on and TRUSTED_PROXIES empty: no request can be known to have come by https,"
            " so each is sent away. Name the proxy's network.",
        ),
        "W006": (
            any(origin == "*" or origin.startswith("http:") for origin in _origins()),
            "CORS_EXTRA_ORIGINS has an origin without TLS.",
        ),
        "W007": (
            bool(settings.DATABASE_URL) and settings.DATABASE_REPLICA_URL == settings.DATABASE_URL,
            "DATABASE_REPLICA_URL is DATABASE_URL: name a replica of it, or none.",
        ),
    }
    return [
        checks.Warning(why, id=f"kmarket.{number}")
        for number, (is_wrong, why) in found.items()
        if is_wrong
    ]


def _origins() -> list[str]:
    return list(settings.CORS_ALLOWED_ORIGINS)

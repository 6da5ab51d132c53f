"""Tells Sentry, or what speaks like it, of each error that is logged; only where SENTRY_DSN is set.

What is an error is decided where it is logged, and nowhere else: so a report has the request, user
and market of the log line, and no body, cookie, header or local variable at all. What could still
hold a secret, the texts, is scrubbed.
"""

import logging
from typing import Any

from django.conf import settings

from kmarket.requests import current_market, current_request_id, current_user
from kmarket.scrubbing import scrubbed

# How long the last reports may take when a process ends.
LAST_SECONDS = 2


def start() -> None:
    """Report from now on. Costs nothing until something is logged as an error."""
    if not settings.SENTRY_DSN:
        return
    import sentry_sdk  # noqa: PLC0415 (who reports nowhere loads nothing)
    from sentry_sdk.integrations.atexit import AtexitIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.dedupe import DedupeIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.excepthook import ExcepthookIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.logging import LoggingIntegration  # noqa: PLC0415
    from sentry_sdk.integrations.threading import ThreadingIntegration  # noqa: PLC0415

    sentry_sdk.init(
        settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        release=f"kmarket@{settings.VERSION}",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            # No trail of earlier lines: they are in the log, under the same request id.
            LoggingIntegration(level=None, event_level=logging.ERROR),
            # What ends a process or a thread is logged by nobody.
            ExcepthookIntegration(),
            ThreadingIntegration(),
            DedupeIntegration(),
            AtexitIntegration(callback=_say_nothing),
        ],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=True,
        max_request_body_size="never",
        shutdown_timeout=LAST_SECONDS,
        before_send=lambda event, hint: about_now(event),
    )


def about_now(event: Any) -> Any:
    """Return the report with what this code runs for, without secrets."""
    event["tags"] = {**(event.get("tags") or {}), "request_id": current_request_id.get()}
    if (market := current_market.get()) is not None:
        event["tags"]["market"] = str(market)
    if (user := current_user.get()) is not None:
        event["user"] = {"id": str(user)}
    # The machine's name is nobody's business; the process's arguments may hold anything.
    event.pop("server_name", None)
    event.get("extra", {}).pop("sys.argv", None)
    return _cleaned(event)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_cleaned(each) for each in value]
    return value


def _say_nothing(pending: int, timeout: float) -> None:
    """Wait for the last reports without a word on stderr."""

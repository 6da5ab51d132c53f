"""Headless Chromium, as the machine has it, driven by playwright."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from kmarket import testing


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run a browser while the block lasts.

    Playwright keeps an event loop running in the thread meanwhile: whoever needs one of their own,
    or Django's database, is tried in another module.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=testing.chromium())
        yield browser
        browser.close()

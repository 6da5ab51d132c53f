"""Every page of the console as people meet it: in both languages, light and dark, wide and narrow.

With KMARKET_SCREENSHOTS=folder a picture of each is kept there, for a person's eye.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.console.desk import HEIGHT, LOCALES, Desk
from e2e.console.pages import PAGES
from e2e.looking import THEMES, look_as_all_kinds, nothing_sticks_out, turn

pytestmark = [pytest.mark.needs("chromium", "node"), pytest.mark.timeout(180)]

SCREENSHOTS = os.environ.get("KMARKET_SCREENSHOTS", "")
WIDTHS = (1280, 768)


@pytest.fixture(scope="module", params=LOCALES)
def desk(request, browser, book):
    desk = Desk(browser, book.shop.url, language=request.param)
    desk.sign_in("admin", book.shop.password)
    yield desk
    desk.close()


def look(desk: Desk, name: str, axe: str) -> None:
    """Look at the page that is open, as people of all kinds do."""
    page = desk.page
    # Colors are the same in every language.
    look_as_all_kinds(page, axe, THEMES if desk.language == "en" else ["light"])
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        nothing_sticks_out(page)
        for theme in THEMES if SCREENSHOTS else ():
            turn(page, theme)
            file = f"{name}-{desk.language}-{width}-{theme}.png"
            page.screenshot(path=Path(SCREENSHOTS) / file, full_page=True)
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    assert not desk.complaints


@pytest.mark.parametrize("name", PAGES)
def test_anybody_can_use_it(desk, book, axe, name):
    PAGES[name](desk, book)
    look(desk, name, axe)


@pytest.mark.parametrize("language", LOCALES)
def test_so_they_can_before_they_sign_in(browser, book, axe, language):
    desk = Desk(browser, book.shop.url, language=language)
    desk.page.goto("/admin/")
    expect(desk.page.locator("#id_username")).to_be_focused()
    look(desk, "login", axe)
    desk.close()

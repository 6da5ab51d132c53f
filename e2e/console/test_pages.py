"""Every page of the console as people meet it: in both languages, light and dark, wide and narrow.

With KMARKET_SCREENSHOTS=folder a picture of each is kept there, for a person's eye.
"""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from e2e.console.desk import HEIGHT, LOCALES, Desk
from e2e.console.pages import PAGES

pytestmark = [pytest.mark.needs("chromium", "node"), pytest.mark.timeout(180)]

SCREENSHOTS = os.environ.get("KMARKET_SCREENSHOTS", "")
# By which rules a page is looked at. WCAG 2.2, A and AA; the dark theme has other colors alone.
THEMES = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
WIDTHS = (1280, 768)
# Preloading would ask the page for styles that its policy refuses.
AXE = """(runOnly) => axe.run(document, {
    runOnly,
    resultTypes: ["violations"],
    preload: false,
})"""
# What sticks out of the page on its right, and is in nothing that scrolls by itself.
STICKS_OUT = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = (one) => one && (
        getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement)
    );
    return [...document.body.querySelectorAll("*")]
        .filter((one) => one.getBoundingClientRect().right > width + 1)
        .filter((one) => !scrolls(one.parentElement))
        .map((one) => one.outerHTML.slice(0, 100));
}"""


@pytest.fixture(scope="module")
def axe(node_clients) -> str:
    return (node_clients / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=LOCALES)
def desk(request, browser, book):
    desk = Desk(browser, book.shop.url, language=request.param)
    desk.sign_in("admin", book.shop.password)
    yield desk
    desk.close()


def look(desk: Desk, name: str, axe: str) -> None:
    """Look at the page that is open, as people of all kinds do."""
    page = desk.page
    page.evaluate(axe)
    for theme, rules in THEMES.items():
        # Colors are the same in every language.
        if theme == "dark" and desk.language != "en":
            continue
        turn(page, theme)
        faults = page.evaluate(AXE, rules)["violations"]
        assert not faults, [
            (fault["id"], node["target"], node["failureSummary"])
            for fault in faults
            for node in fault["nodes"]
        ]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        assert page.evaluate(STICKS_OUT) == []
        for theme in THEMES if SCREENSHOTS else ():
            turn(page, theme)
            file = f"{name}-{desk.language}-{width}-{theme}.png"
            page.screenshot(path=Path(SCREENSHOTS) / file, full_page=True)
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
    assert not desk.complaints


def turn(page: Page, theme: str) -> None:
    """Turn the page light or dark, and wait until its colors have faded into the others."""
    page.emulate_media(color_scheme=theme)
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")


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

"""How a page is looked at by people of all kinds: by axe, by its edges, with the keyboard."""

from collections.abc import Iterable

from playwright.sync_api import Locator, Page

# By which rules a page is looked at. WCAG 2.2, A and AA; the dark theme has other colors alone.
THEMES = {
    "light": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
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
STOPS_MAX = 150
OUTLINE = "getComputedStyle(document.activeElement).outlineStyle"
HAS_FOCUS = "one => one === document.activeElement"


def look_as_all_kinds(page: Page, axe: str, themes: Iterable[str] = THEMES) -> None:
    """Hold a page in these themes against WCAG. `axe`: its source.

    Raises:
        AssertionError: somebody cannot use it; names the rules and the elements.
    """
    page.evaluate(axe)
    for theme in themes:
        turn(page, theme)
        faults = page.evaluate(AXE, THEMES[theme])["violations"]
        assert not faults, [
            (fault["id"], node["target"], node["failureSummary"])
            for fault in faults
            for node in fault["nodes"]
        ]


def nothing_sticks_out(page: Page) -> None:
    """Assert that nothing is cut off at the right."""
    found = page.evaluate(STICKS_OUT)
    assert not found, found


def turn(page: Page, theme: str) -> None:
    """Turn the page light or dark, and wait until its colors have faded into the others."""
    page.emulate_media(color_scheme=theme)
    # One that is cut short is over, too.
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus; wherever that goes, one can see it."""
    for _ in range(STOPS_MAX):
        page.keyboard.press("Tab")
        if wanted.evaluate(HAS_FOCUS):
            assert page.evaluate(OUTLINE) != "none", wanted
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def fill(page: Page, wanted: Locator, text: str) -> None:
    tab_to(page, wanted)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)

"""A person at the console: a browser of their own, in which nothing goes wrong unseen."""

from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    StorageState,
    expect,
)

LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}
# A page that another one takes the place of leaves its questions unanswered.
ABORTED = "net::ERR_ABORTED"
WIDTH, HEIGHT = 1280, 900

# However busy the machine is.
expect.set_options(timeout=30_000)


class Desk:
    """One browser profile with as many pages as are opened in it."""

    def __init__(
        self, browser: Browser, url: str, *, language: str = "en", state: StorageState | None = None
    ) -> None:
        self.language = language
        # What the browser complained about. A policy that is broken is told there, too.
        self.complaints: list[str] = []
        self._host = urlsplit(url).netloc
        self.context = browser.new_context(
            base_url=url,
            locale=LOCALES[language],
            viewport={"width": WIDTH, "height": HEIGHT},
            reduced_motion="reduce",
            # Of somebody who has signed in before.
            storage_state=state,
        )
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.context.on("request", self._asked)
        self.context.on("requestfailed", self._failed)
        self.page: Page = self.context.new_page()

    def sign_in(self, name: str, password: str) -> None:
        self.page.goto("/admin/")
        self.page.locator("#id_username").fill(name)
        self.page.locator("#id_password").fill(password)
        self.page.locator("[type=submit]").click()
        expect(self.page.locator("#user-tools")).to_be_visible()

    def open(self, path: str) -> None:
        self.page.goto(f"/admin/{path}")

    def form(self, name: str) -> Locator:
        """Return the form under a heading."""
        return self.page.get_by_role("form", name=name, exact=True)

    def press(self, button: str) -> list[str]:
        """Press a button of the page, and return what the next page says on top."""
        self.page.locator("#content").get_by_role("button", name=button, exact=True).click()
        return self.said()

    def send(self, form: Locator) -> list[str]:
        """Press a form's own button, and return what the next page says on top."""
        form.locator("[type=submit]").click()
        return self.said()

    def act(self, name: str, **fields: str) -> list[str]:
        """Do one of the things that may be done on a market's page."""
        act = self.folded(name)
        act.locator("summary").click()
        for field, value in fields.items():
            act.locator(f"[name={field}]").fill(value)
        return self.send(act)

    def folded(self, name: str) -> Locator:
        """Return one of the things that may be done on a market's page, its form folded away."""
        return self.page.locator(f'details.act:has(> summary:text-is("{name}"))')

    def said(self) -> list[str]:
        """Return the messages on top of the page."""
        self.page.wait_for_load_state()
        return self.page.locator(".messagelist li").all_inner_texts()

    def give_role(self, user_id: int, role: str) -> None:
        """Make somebody an operator, on their page."""
        self.open(f"accounts/user/{user_id}/change/")
        form = self.form("Change the role")
        form.locator("[name=role]").select_option(role)
        form.locator("[name=reason]").fill("hired")
        assert self.send(form) == [f"The role is {role.title()}."]

    def close(self) -> None:
        """Leave.

        Raises:
            AssertionError: something went wrong in a page, or was asked of somebody else.
        """
        self.context.close()
        assert not self.complaints, "\n".join(self.complaints)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "assert"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location})")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"blob", "data"} and parts.netloc != self._host:
            self.complaints.append(f"asked elsewhere: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != ABORTED:
            self.complaints.append(f"failed: {request.url}: {request.failure}")

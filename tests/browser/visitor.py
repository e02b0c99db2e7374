"""Somebody at a browser: opens one address, then only clicks, types and reads. Complaints of the browser fail the test."""

from __future__ import annotations

import re
from typing import Any

from web.formatting import searchable

REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")
"""What Chromium says about a page that was refused on purpose; the test looks at the status itself."""


FIND_FIELD = """
({text, pattern}) => {
  const words = (said) => said.replace(/[\\s\\u00a0]+/g, " ").replace(/\\u2011/g, "-").trim();
  const fields = [...document.querySelectorAll("main input, main select, main textarea")]
    .filter((field) => field.type !== "hidden" && field.checkVisibility());
  const names = (field) => [field.ariaLabel || "", ...[...(field.labels || [])].map((one) => one.textContent)].map(words);
  const fits = pattern ? (said) => new RegExp(pattern).test(said) : (said) => said.includes(text);
  return (text && fields.find((field) => names(field).includes(text))) || fields.find((field) => names(field).some(fits)) || null;
}
"""
"""Asked of the page at once: a table of two hundred fields takes too long to ask one by one."""


class Visitor:
    """One window of one person."""

    def __init__(self, browser: Any, address: str, width: int = 1366, height: int = 768, **options: Any) -> None:
        self.context = browser.new_context(
            base_url=address, viewport={"width": width, "height": height}, locale="ru-RU", **options
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.complaints: list[str] = []
        self.loads: list[tuple[int, str]] = []
        """Every page that was shown: status and address."""
        self._watch(self.page)

    def _watch(self, page: Any) -> None:
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("response", self._note)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not REFUSED.match(text):
            self.complaints.append(text)

    def _note(self, response: Any) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self.loads.append((response.status, response.url))

    # -- going ----------------------------------------------------------------------------------------------------------

    def visit(self, path: str, status: int = 200) -> Visitor:
        """Open an address, as from a bookmark."""
        response = self.page.goto(path)
        assert response.status == status, f"{path}: {response.status}, expected {status}\n{self.text}"
        return self

    def go(self, target: Any, status: int = 200) -> Visitor:
        """Click what leads to another page and wait for it."""
        before = self.page.url
        with self.page.expect_navigation() as navigation:
            target.click()
        response = navigation.value
        # A link to a part of the same page answers nothing.
        if response is not None:
            found = response.status
            assert found == status, f"from {before} to {self.page.url}: {found}, expected {status}\n{self.text}"
        return self

    def press(
        self, words: str | re.Pattern[str], status: int = 200, *, within: str = "main", exact: bool = False
    ) -> Visitor:
        """Press a button that sends a form."""
        return self.go(self.page.locator(within).get_by_role("button", name=words, exact=exact).first, status)

    def follow(self, words: str | re.Pattern[str], *, within: str = "body", exact: bool = False) -> Visitor:
        """Follow a link."""
        return self.go(self.page.locator(within).get_by_role("link", name=words, exact=exact).first)

    def menu(self, summary: str, words: str) -> Visitor:
        """Open a menu of a page and follow its link."""
        menu = self.page.locator("main details", has=self.page.locator("summary", has_text=summary)).first
        menu.locator("summary").click()
        return self.go(menu.get_by_role("link", name=words).first)

    def section(self, word: str) -> Visitor:
        """Go to one of the words of the bar."""
        return self.go(self.page.locator(".top-nav").get_by_role("link", name=word, exact=True))

    def log_in(self, username: str, password: str) -> Visitor:
        """Log in on the page of the login."""
        self.visit("/login")
        self.fill("Имя для входа", username).fill("Пароль", password)
        return self.press("Войти")

    # -- typing ---------------------------------------------------------------------------------------------------------

    def field(self, label: str | re.Pattern[str]) -> Any:
        """The visible field of a label: the one that is called exactly so, else the first whose label holds the words."""
        asked = {"text": label, "pattern": ""} if isinstance(label, str) else {"text": "", "pattern": label.pattern}
        found = self.page.evaluate_handle(FIND_FIELD, asked).as_element()
        assert found is not None, f"{self.page.url} has no field «{label}»:\n{self.text}"
        return found

    def fill(self, label: str | re.Pattern[str], value: str) -> Visitor:
        """Type into a field of the page."""
        self.field(label).fill(value)
        return self

    def choose(self, label: str | re.Pattern[str], option: str) -> Visitor:
        """Choose from a list by a part of the words of an answer."""
        field = self.field(label)
        words = [searchable(one) for one in field.evaluate("(field) => [...field.options].map((one) => one.text)")]
        index = next((i for i, one in enumerate(words) if option.casefold() in one.casefold()), None)
        assert index is not None, f"«{label}» does not offer «{option}», only {words}"
        field.select_option(index=index)
        return self

    def tick(self, *labels: str | re.Pattern[str]) -> Visitor:
        """Tick boxes or radio answers."""
        for label in labels:
            self.field(label).check()
        return self

    # -- reading --------------------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """The words of the page as a person would type them, one space between two."""
        return " ".join(searchable(self.page.locator("main").inner_text()).split())

    def sees(self, *sentences: str) -> Visitor:
        """All these words stand on the page."""
        found = self.text
        missing = [one for one in sentences if one.casefold() not in found.casefold()]
        assert not missing, f"{self.page.url} lacks {missing}; it says:\n{found}"
        return self

    def sees_not(self, *sentences: str) -> Visitor:
        """None of these words stands on the page."""
        found = self.text
        present = [one for one in sentences if one.casefold() in found.casefold()]
        assert not present, f"{self.page.url} must not say {present}; it says:\n{found}"
        return self

    def close(self) -> None:
        self.context.close()

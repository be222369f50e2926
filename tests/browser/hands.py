"""The same work done in two ways: with a mouse, and by keyboard alone."""

import re

from playwright.sync_api import Error, Locator, Page, expect

MOST_STOPS = 150  # of the Tab key on one page, before we say that a thing cannot be reached
# Null where the page has put something else in its place meanwhile.
IS_FOCUSED = "element => element.isConnected ? element === document.activeElement : null"
# On the thing itself, or on the card that it stretches over.
FOCUS_SHOWS = """() => [null, "::after"].some((part) => {
  const style = getComputedStyle(document.activeElement, part);
  return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && (!part || style.content !== "none");
})"""

PRESS = """element => {
  element.scrollIntoView({ block: "center" });
  const { left, top, width, height } = element.getBoundingClientRect();
  const hit = document.elementFromPoint(left + width / 2, top + height / 2);
  if (!element.contains(hit)) throw new Error(`the mouse would hit ${hit?.outerHTML}`);
  element.click();
}"""


def press(thing: Locator) -> None:
    """A link, a button or a box of a page that is not painted, where a mouse waits for ever: it would find it there."""
    thing.evaluate(PRESS)


class Mouse:
    """Points, clicks and types."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, thing: Locator) -> None:
        """A link or a button."""
        thing.click()

    def write(self, field: Locator, text: str) -> None:
        """In the place of what stands there; days as 2026-12-05 and times as 09:00."""
        field.fill(text)

    def tick(self, box: Locator) -> None:
        """Put the tick in."""
        box.check()

    def untick(self, box: Locator) -> None:
        """Take it out."""
        box.uncheck()

    def choose(self, select: Locator, choice: str) -> None:
        """One of a list."""
        select.select_option(choice)


class Keyboard(Mouse):
    """Tab, Space, Enter and letters; wherever Tab stops, the focus must be seen."""

    def go(self, thing: Locator) -> None:
        """Tab on until it has the focus."""
        expect(thing).to_be_visible()
        found = thing.element_handle()  # to look for it by name at every stop would cost most of the way
        for _ in range(MOST_STOPS):
            try:
                focused = found.evaluate(IS_FOCUSED)
            except Error:  # the page on which it stood is gone
                focused = None
            if focused is None:
                found = thing.element_handle()
            elif focused:
                assert self.page.evaluate(FOCUS_SHOWS), f"no focus is seen on {thing}"
                return
            else:
                self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key never comes to {thing}")

    def press(self, thing: Locator) -> None:
        self.go(thing)
        self.page.keyboard.press("Enter")

    def write(self, field: Locator, text: str) -> None:
        self.go(field)
        kind = field.get_attribute("type")
        if kind == "date":
            year, month, day = text.split("-")
            text = month + day + year
        elif kind == "time":
            text = text.replace(":", "") + "AM"
        else:
            self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        self.go(box)
        if not box.is_checked():
            self.page.keyboard.press("Space")
        expect(box).to_be_checked()

    def untick(self, box: Locator) -> None:
        self.go(box)
        if box.is_checked():
            self.page.keyboard.press("Space")
        expect(box).not_to_be_checked()

    def choose(self, select: Locator, choice: str) -> None:
        self.go(select)
        self.page.keyboard.type(choice)
        expect(select.locator("option:checked")).to_have_text(re.compile(choice))


def link(page: Page, name: str, *, exact: bool = False) -> Locator:
    """In the page itself, not in the bar."""
    return page.get_by_role("main").get_by_role("link", name=name, exact=exact)


def button(page: Page, name: str) -> Locator:
    """In the page itself."""
    return page.get_by_role("main").get_by_role("button", name=name)

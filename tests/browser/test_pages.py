"""Every page in light and dark, wide and narrow: axe finds nothing, nothing scrolls sideways, and it stays light on the wire."""

import gzip
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, Response

from app.config import ROOT
from tests.browser.axe import Axe
from tests.browser.cases import CASES, Case
from tests.browser.world import Window, make_browser_world
from tests.browser_fixtures import LiveServer

KB = 1024
BUDGET = {"html": 14 * KB, "css": 12 * KB, "js": 20 * KB}  # gzipped; design: what a page may weigh
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# The page, its window, and the tables that are wider than their sheet, whose last column nobody sees.
WIDTHS = """() => [
  document.scrollingElement.scrollWidth,
  innerWidth,
  [...document.querySelectorAll(".scroll")].map((box) => box.scrollWidth - box.clientWidth).filter((over) => over > 1),
]"""
LEFT_BEHIND = """async () => [
  localStorage.length,
  sessionStorage.length,
  (await indexedDB.databases()).length,
  document.querySelectorAll("[style], style, script:not([src])").length,
]"""
# What the error summary links to, in its order and in that of the page; what is not there is left out of the second.
ORDERS = """() => {
  const found = [...document.querySelectorAll(".error-summary a[href^='#']")].map((link) => link.hash.slice(1));
  const onPage = [...document.querySelectorAll("main [id]")].map((element) => element.id);
  return [found, onPage.filter((id) => found.includes(id))];
}"""

TWO_BUTTONS = """() => {
  const place = document.createElement("div");
  place.innerHTML = "<button>1</button><button>2</button>";
  document.querySelector("main").append(place);
  place.style.cssText = "position: relative; height: 99px";
}"""
PLACE = """([size, apart]) => document.querySelectorAll("main > div:last-child > button").forEach((button, at) => {
  button.style.cssText = `position: absolute; left: ${at * apart}px; width: ${size}px; height: ${size}px; padding: 0`;
})"""
WORDLESS_IF_NARROW = """() => {
  document.querySelector("main button:not([aria-label])").innerHTML = "<span>Words</span>";
  document.styleSheets[0].insertRule("@media (max-width: 400px) { main button span { display: none; } }");
}"""


@pytest.fixture(scope="module")
def world(live_server: LiveServer) -> SimpleNamespace:
    with live_server.app.app_context():
        return make_browser_world()


class Reader(Window):
    """A window with axe; it keeps whatever comes from the network."""

    def __init__(self, browser: Browser, server: LiveServer) -> None:
        super().__init__(browser, server)
        self.axe = Axe(self.context)
        self.loaded: list[Response] = []
        self.page.on("response", self.note)

    def note(self, response: Response) -> None:
        self.loaded.append(response)

    def read(self, case: Case, world: SimpleNamespace) -> None:
        """The page in every look."""
        self.loaded.clear()
        expected = [f"status of {case.status}"] if case.status >= 400 else []
        with self.of(world.keys.get(case.who), expected) as page:
            page.emulate_media(color_scheme="light")
            page.set_viewport_size(WIDE)
            page.goto(case.address.format_map(world.ids))
            if case.act:
                case.act(page)
            assert {response.status for response in self.loaded} <= {200, 204, 303, case.status}
            check_width(page)
            linked, on_page = page.evaluate(ORDERS)
            assert linked == on_page, "the error summary names fields in the order of the page"
            self.axe.check(page, "light and wide")
            page.set_viewport_size({"width": 768, "height": 1024})
            check_width(page)
            page.set_viewport_size(NARROW)
            check_width(page)
            page.emulate_media(color_scheme="dark")
            self.axe.check(page, "dark and narrow")
            check_weight(self.loaded)
            check_privacy(page, self.loaded, self.server)
            # Or it would be laid out once more, in the first look of the next page.
            page.evaluate("document.documentElement.remove()")


@pytest.fixture(scope="module")
def reader(unpainted: Browser, live_server: LiveServer) -> Iterator[Reader]:
    reader = Reader(unpainted, live_server)
    yield reader
    reader.context.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_page(case: Case, reader: Reader, world: SimpleNamespace) -> None:
    reader.read(case, world)


def see_what_is_too_pale(reader: Reader) -> None:
    with reader.of(None, expected=[]) as page:
        page.emulate_media(color_scheme="light")
        page.goto("/login")
        page.evaluate("document.querySelector('h1').style.color = getComputedStyle(document.body).color")
        reader.axe.check(page, "light")
        page.emulate_media(color_scheme="dark")
        with pytest.raises(AssertionError, match="color-contrast"):
            reader.axe.check(page, "dark")
        page.emulate_media(color_scheme="light")
        page.evaluate("document.querySelector('h1').parentElement.style.background = '#444'")
        with pytest.raises(AssertionError, match="color-contrast"):
            reader.axe.check(page, "the same text on another ground")


def see_what_is_too_small(reader: Reader) -> None:
    """A finger finds each of two buttons only if they are large enough, or apart, and neither lies over the other."""
    with reader.of(None, expected=[]) as page:
        page.goto("/login")
        page.evaluate(TWO_BUTTONS)
        for size, apart, passes in ((24, 24, True), (20, 44, True), (20, 20, False), (24, 10, False), (60, 40, True)):
            page.evaluate(PLACE, [size, apart])
            if passes:
                reader.axe.check(page, "large enough or apart")
                continue
            for _ in range(2):  # what has failed is looked at anew
                with pytest.raises(AssertionError, match="target-size"):
                    reader.axe.check(page, "too small and too close")


def see_what_only_the_narrow_hides(reader: Reader) -> None:
    with reader.of(None, expected=[]) as page:
        page.set_viewport_size(WIDE)
        page.goto("/login")
        page.evaluate(WORDLESS_IF_NARROW)
        reader.axe.check(page, "wide")
        page.set_viewport_size(NARROW)
        for _ in range(2):  # what has failed is looked at anew
            with pytest.raises(AssertionError, match="button-name"):
                reader.axe.check(page, "narrow")


@pytest.mark.parametrize("see", [see_what_is_too_pale, see_what_is_too_small, see_what_only_the_narrow_hides])
def test_axe_finds_what_is_wrong_in_one_look_only(see: Callable[[Reader], None], reader: Reader) -> None:
    see(reader)


def test_a_page_that_is_not_painted_takes_its_width(reader: Reader) -> None:
    with reader.of(None, expected=[]) as page:
        page.set_viewport_size(WIDE)
        page.goto("/login")
        page.evaluate("document.querySelector('h1').style.width = '700px'")
        check_width(page)
        page.set_viewport_size(NARROW)
        with pytest.raises(AssertionError, match="in 360"):
            check_width(page)


def check_width(page: Page) -> None:
    wide, window, cut_off = page.evaluate(WIDTHS)
    assert wide <= window, f"scrolls sideways: {wide} in {window}"
    # In between, a table of very long names may scroll within its sheet.
    assert cut_off == [] or NARROW["width"] < window < WIDE["width"], f"a table is cut off at {window}"


def check_weight(loaded: list[Response]) -> None:
    page = [response for response in loaded if response.request.resource_type == "document"][-1]
    assert len(gzip.compress(page.body(), 6)) <= BUDGET["html"]


def check_privacy(page: Page, loaded: list[Response], server: LiveServer) -> None:
    assert {response.url for response in loaded if not response.url.startswith(server.address + "/")} == set()
    assert page.evaluate(LEFT_BEHIND) == [0, 0, 0, 0]
    kept = {response.url for response in loaded if "no-store" not in response.headers.get("cache-control", "")}
    assert {url for url in kept if not url.startswith(f"{server.address}/static/")} == set()


def test_style_and_script_are_light() -> None:
    def weight(*patterns: str) -> int:
        files = [path for pattern in patterns for path in (ROOT / "static").glob(pattern)]
        assert files
        return sum(len(gzip.compress(path.read_bytes(), 6)) for path in files)

    assert weight("css/*.css") <= BUDGET["css"]
    assert weight("js/*.js", "vendor/*.js") <= BUDGET["js"]

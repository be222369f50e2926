"""Chromium for the tests that need one, and a real site on a real port for it to look at.

Without a Chromium these tests are skipped; with REQUIRE_BROWSER=1 they fail instead.
"""

import contextlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.sites import Site, fresh_site

# The shell is Chromium without windows: it starts at a third of the cost, and goes from page to page at two thirds.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_PATHS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = [
    "--no-sandbox",  # in a container we may be root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A page here lives for a second: to optimize its scripts costs more than it saves, and so does looking for rubbish.
    "--js-flags=--no-opt --no-maglev --min-semi-space-size=64",  # megabytes
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """``-m "not browser"`` leaves out every test that would open one."""
    for item in items:
        if "launch" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


def find_chromium() -> str | None:
    """The browser that is installed, if any."""
    if os.environ.get("CHROMIUM"):
        return os.environ["CHROMIUM"]
    found = filter(None, map(shutil.which, (*NAMES, *MAC_PATHS)))
    return next(found, None)


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Starts a Chromium, with further arguments."""
    chromium = find_chromium()
    if chromium is None:
        reason = "no Chromium found: install it, or set CHROMIUM to its path"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        yield lambda *more: playwright.chromium.launch(executable_path=chromium, args=[*ARGUMENTS, *more])


@pytest.fixture(scope="session")
def browser(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """One Chromium for all tests of this worker."""
    with launch() as browser:
        yield browser


@pytest.fixture(scope="session")
def unpainted(launch: Callable[..., Browser]) -> Iterator[Browser]:
    """Another, which lays everything out and paints nothing: at less than half of the cost, for pages that are looked at.

    What waits for a frame never comes: no click by the mouse (``press`` does instead), no ``autofocus``, no animation.
    """
    with launch("--disable-threaded-compositing") as browser:
        yield browser


@dataclass(frozen=True)
class LiveServer(Site):
    """A site that answers at ``address``; fill its database within ``app.app_context()`` and commit."""

    address: str


class QuietHandler(WSGIRequestHandler):
    """Prints no line for each request."""

    def log_request(self, *_: object) -> None: ...


@contextlib.contextmanager
def serve_fresh_site() -> Iterator[LiveServer]:
    """The application with all its guards on a free port, over a fresh database of its own."""
    with fresh_site() as site:
        server = make_server("127.0.0.1", 0, site.app, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield LiveServer(site.app, site.url, f"http://127.0.0.1:{server.port}")
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def live_server() -> Iterator[LiveServer]:
    """One for each file: a test seeds a unit of its own."""
    with serve_fresh_site() as server:
        yield server


@pytest.fixture
def expected_complaints() -> list[str]:
    """Parts of console messages that this test provokes on purpose, such as "status of 409"."""
    return []


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, expected_complaints: list[str]) -> Iterator[Page]:
    """A page of the live server. Any error in the console, a CSP violation included, fails the test."""
    yield from watched_page(browser, live_server, expected_complaints, javascript=True)


@pytest.fixture
def page_without_js(browser: Browser, live_server: LiveServer, expected_complaints: list[str]) -> Iterator[Page]:
    """The same in a browser that runs no script."""
    yield from watched_page(browser, live_server, expected_complaints, javascript=False)


def watched_page(
    browser: Browser, server: LiveServer, expected: list[str], *, javascript: bool, still: bool = False
) -> Iterator[Page]:
    """A new page whose console is read; end the iteration to hear of what was not ``expected``.

    A ``still`` one is for whoever prefers that nothing moves: it costs less, because all that moves is painted.
    """
    motion: Literal["reduce"] | None = "reduce" if still else None
    with browser.new_context(base_url=server.address, java_script_enabled=javascript, reduced_motion=motion) as context:
        complaints = listen(context)
        yield context.new_page()
    check_quiet(complaints, expected)


def listen(context: BrowserContext) -> list[str]:
    """All that its pages will complain about; and none of them is waited for longer than ten seconds."""
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    context.set_default_timeout(10_000)  # milliseconds
    context.on("console", note)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    return complaints


def check_quiet(complaints: list[str], expected: list[str]) -> None:
    """Fail on what nobody has expected."""
    unexpected = [complaint for complaint in complaints if not any(part in complaint for part in expected)]
    assert not unexpected, "the browser complained:\n" + "\n".join(unexpected)

"""One live site for each file of these tests, and as many watched pages of it as a test asks for."""

import contextlib
import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.browser_fixtures import LiveServer, QuietHandler, watched_page
from tests.sites import fresh_site

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def live_server() -> Iterator[LiveServer]:
    """As everywhere, but one for the whole file: each test seeds a unit of its own."""
    with fresh_site() as site:
        server = make_server("127.0.0.1", 0, site.app, threaded=True, request_handler=QuietHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield LiveServer(site.app, site.url, f"http://127.0.0.1:{server.port}")
        server.shutdown()
        server.server_close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, expected_complaints: list[str]) -> Iterator[OpenPage]:
    """``open_page()`` is a further browser, apart from the others; what its console says is read at the end."""
    with contextlib.ExitStack() as watched:

        def open_page(*, javascript: bool = True) -> Page:
            page = contextlib.contextmanager(watched_page)
            return watched.enter_context(page(browser, live_server, expected_complaints, javascript=javascript))

        yield open_page

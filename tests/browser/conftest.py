"""One live site for each file of these tests, and as many watched pages of it as a test asks for."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser_fixtures import LiveServer, serve_fresh_site, watched_page

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def live_server() -> Iterator[LiveServer]:
    """As everywhere, but one for the whole file: each test seeds a unit of its own."""
    with serve_fresh_site() as server:
        yield server


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, expected_complaints: list[str]) -> Iterator[OpenPage]:
    """``open_page()`` is a further browser, apart from the others; what its console says is read at the end."""
    with contextlib.ExitStack() as watched:

        def open_page(*, javascript: bool = True) -> Page:
            page = contextlib.contextmanager(watched_page)
            return watched.enter_context(page(browser, live_server, expected_complaints, javascript=javascript))

        yield open_page

"""As many watched pages of the live site as a test asks for; nothing moves in them, as it does in those of tests/roster."""

import contextlib
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser_fixtures import LiveServer, watched_page

OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, expected_complaints: list[str]) -> Iterator[OpenPage]:
    """``open_page()`` is a further browser, apart from the others; what its console says is read at the end."""
    with contextlib.ExitStack() as watched:

        def open_page(*, javascript: bool = True) -> Page:
            page = contextlib.contextmanager(watched_page)
            return watched.enter_context(
                page(browser, live_server, expected_complaints, javascript=javascript, still=True)
            )

        yield open_page

"""Files that people send. They stay in memory: the site may run where nothing can be written to a disk."""

import io
from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, current_app

View = TypeVar("View", bound=Callable[..., Any])


def takes_files(megabytes: int, *names: str) -> Callable[[View], View]:
    """Mark a view that reads files from the fields ``names``; its requests may be larger than those of all others."""

    def mark(view: View) -> View:
        view.files = names  # type: ignore[attr-defined]
        view.largest_body = megabytes * 1024 * 1024 + 64 * 1024  # type: ignore[attr-defined]
        return view

    return mark


class Sized(Request):
    """A request that knows how large it may be before anybody reads it: the CSRF check does, ahead of every view."""

    @property
    def max_content_length(self) -> int | None:
        """The view's own limit, or the site's."""
        view = current_app.view_functions.get(self.endpoint or "") if current_app else None
        return getattr(view, "largest_body", None) or super().max_content_length

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        """For this one request."""
        self._max_content_length = value

    def _get_file_stream(self, *_: Any, **__: Any) -> io.BytesIO:
        return io.BytesIO()


def init_app(app: Flask) -> None:
    """Give it to the kind of request that the app has by now; htmx has one of its own."""
    app.request_class = type("HouseRequest", (Sized, app.request_class), {})

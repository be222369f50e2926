"""One view serves the page and the fragment."""

from typing import Any
from urllib.parse import urlsplit

from flask import Response, make_response, redirect, render_template, request

from app.web.headers import vary_by


def wants_fragment() -> bool:
    """Whether htmx asks for a part. A boosted link and a history restore want the whole page."""
    htmx = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page(template: str, *, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """Render ``template``, or only ``fragment`` when htmx asks for a part of the page."""
    chosen = fragment if fragment and wants_fragment() else template
    response = make_response(render_template(chosen, **context), status)
    vary_by(response, "HX-Request")
    return response


def go(url: str) -> Response:
    """Send the browser to another page: 303 for a plain form, HX-Redirect for htmx, which cannot see a redirect."""
    if wants_fragment():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url, 303)  # type: ignore[return-value]


def safe_next(target: str | None, default: str) -> str:
    """``target`` when it is a path on this site, else ``default``.

    A browser reads ``//host`` and ``/\\host`` as another site, and drops control characters while it reads.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    if "\\" in target or any(ord(letter) < 32 or ord(letter) == 127 for letter in target):
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc else target

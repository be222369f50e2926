"""Short messages at the foot of the page: what happened, and a way back."""

import json
from typing import Any

from flask import Response, flash

from app.web.pages import wants_fragment


def toast(response: Response, message: str, *, kind: str = "ok", undo: dict[str, Any] | None = None) -> Response:
    """Show ``message`` with this answer: now when htmx asked, else on the next page.

    ``undo`` is ``{"url": ..., "fields": {...}, "target": "#row-..."}``: a form that takes the change back.
    """
    if not wants_fragment():
        # The session keeps any JSON, whatever Flask declares.
        flash({"message": message, "undo": undo}, kind)  # type: ignore[arg-type]
        return response
    happened = json.loads(response.headers.get("HX-Trigger", "{}"))
    happened["toast"] = {"message": message, "kind": kind, "undo": undo}
    # json.dumps escapes what is not ASCII: a header carries Latin-1 only.
    response.headers["HX-Trigger"] = json.dumps(happened)
    return response

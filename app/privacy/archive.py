"""The file that somebody takes home: the same data once for machines and once for people, without a word from the network."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app, render_template

from app.identity.models import User
from app.privacy.download import Chapter
from app.privacy.left_out import KEPT_BACK, LEFT_OUT

STYLES = ("tokens", "base", "layout", "components", "tables", "print")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d")


def in_words(value: Any) -> str:
    """A moment as people read it, the parts of a list with commas between; everything else as it is."""
    if isinstance(value, list | tuple):
        return ", ".join(in_words(part) for part in value)
    if isinstance(value, dict) and all(part is None or isinstance(part, str) for part in value.values()):
        return ": ".join(part for part in value.values() if part)
    if isinstance(value, str) and MOMENT.fullmatch(value):
        at = datetime.fromisoformat(value).astimezone(UTC)
        return f"{at:%b} {at.day}, {at.year}, {at:%H:%M}"
    return str(value)


def archive(user: User, chapters: list[Chapter], at: datetime) -> bytes:
    """A ZIP with ``data.json``, ``index.html`` and the style sheets of the site."""
    data = {
        "made_at": at.isoformat(),
        "account": str(user.id),
        **{chapter.key: chapter.rows for chapter in chapters},
        "cut_short": [chapter.key for chapter in chapters if chapter.is_cut],
        "left_out": LEFT_OUT | KEPT_BACK,
    }
    page = render_template(
        "privacy/archive.html",
        owner=user,
        chapters=chapters,
        at=at,
        left_out=LEFT_OUT,
        kept_back=KEPT_BACK,
        styles=STYLES,
        in_words=in_words,
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", json.dumps(data, ensure_ascii=False, indent=1))
        file.writestr("index.html", page)
        for name in STYLES:
            file.write(Path(current_app.static_folder or "static") / "css" / f"{name}.css", f"css/{name}.css")
    return packed.getvalue()

"""Addresses of static files that change when the file does, so that browsers may keep them for a year."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask


def init_app(app: Flask) -> None:
    """Give templates ``asset('css/base.css')``."""
    folder = Path(app.static_folder or "static")

    def address(name: str) -> str:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
        return f"{app.static_url_path}/{name}?v={digest}"

    # While somebody edits the files, each page asks anew.
    app.jinja_env.globals["asset"] = address if app.debug else cache(address)

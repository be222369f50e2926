"""One's own data: all of it in one file, and leaving. It comes after all rooms because every one of them holds some."""

from flask import Flask

from app.config import Config
from app.privacy import letters, views

__all__ = ["init_app", "letters"]


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    app.register_blueprint(views.bp)

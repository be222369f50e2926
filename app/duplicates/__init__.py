"""One human with two rows: found, looked at, merged, and taken back. It comes after all rooms whose rows point to a person."""

from flask import Flask

from app.config import Config
from app.duplicates import views


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    app.register_blueprint(views.bp)

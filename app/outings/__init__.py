"""The trip: the list of outings, the page of one, and planning."""

from flask import Flask

from app.config import Config
from app.outings import models, views  # noqa: F401
from app.outings.text import paragraphs


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    app.add_template_filter(paragraphs)
    app.register_blueprint(views.bp)

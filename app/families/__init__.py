"""People and those who care for them: the guardian's side."""

from flask import Flask

from app.config import Config
from app.families import views


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    app.register_blueprint(views.bp)

"""People and those who care for them: the guardian's side."""

from flask import Flask

from app.config import Config
from app.families import cli, views


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    cli.init_app(app)
    app.register_blueprint(views.bp)

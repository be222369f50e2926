"""The leader's workbench over an outing's sign-ups: who comes, who waits, and what is missing."""

from flask import Flask

from app.config import Config
from app.roster import views


def init_app(app: Flask, _config: Config) -> None:
    """Move in."""
    app.register_blueprint(views.bp)

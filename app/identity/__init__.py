"""Accounts, sign-in, sessions and ``flask seed-admin``."""

from flask import Flask

from app.config import Config
from app.identity import cli, sessions, views


def init_app(app: Flask, config: Config) -> None:
    """Move in."""
    sessions.init_app(app)
    cli.init_app(app, config)
    app.register_blueprint(views.bp)
